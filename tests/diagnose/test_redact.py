"""No secret leaves, in whatever form it stands; and what is no secret stays readable."""

from __future__ import annotations

import base64
import json
import time
from collections import namedtuple
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.model.secret import Secret
from diagnose.redact import MARK, Redactor, secrets_of

NOTHING_KNOWN = Redactor()


@dataclass(frozen=True)
class Node:
    text: str
    below: Any = None
    fixed: str = field(default="fixed", init=False)


Pair = namedtuple("Pair", "left right")


class Word(StrEnum):
    PROVEN = "proven"


# Long enough that no accident of the text around it holds the same letters.
secrets = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=12, max_size=40).filter(
    lambda s: s.strip() == s and len(set(s)) > 5 and MARK not in s and s not in MARK
)
FORMS = {
    "plain": str,
    "quoted": lambda s: quote(s, safe=""),
    "quoted but for slashes": quote,
    "quoted in a form": quote_plus,
    "quoted in lower case": lambda s: quote(s, safe="").lower(),
    "json": lambda s: json.dumps(s)[1:-1],
    "json as text": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json with slashes": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 unpadded": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "base64 for URLs": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("form", FORMS)
@given(
    secret=secrets, before=st.sampled_from(["", "key=", '{"k":"', "x"]), after=st.sampled_from(["", "&b", '"}', "x"])
)
def test_a_known_secret_never_survives(form: str, secret: str, before: str, after: str) -> None:
    planted = FORMS[form](secret)
    cleaned = Redactor([secret]).text(before + planted + after)
    assert planted not in cleaned
    assert secret not in cleaned
    assert MARK in cleaned


@given(secret=secrets)
def test_no_depth_hides_a_secret(secret: str) -> None:
    deep = {
        "list": [{"tuple": (Node(secret, below=[secret, {secret: secret}]),)}],
        "set": {secret},
        "frozen": frozenset([f"a {secret} b"]),
        "pair": Pair(secret, [secret]),
    }
    cleaned = Redactor([secret]).tree(deep)
    assert secret not in str(cleaned)
    assert MARK in str(cleaned["pair"])
    assert type(cleaned["pair"]) is Pair
    assert cleaned["list"][0]["tuple"][0].fixed == "fixed"


def test_what_holds_no_text_stays_the_same_object() -> None:
    value: dict[str, Any] = {"a": 1, "b": None, "c": b"bytes", "d": Word.PROVEN, "e": 1.5, "f": Secret("sk-x")}
    cleaned = Redactor(["proven", "planted-secret"]).tree(value)
    assert cleaned == value
    assert cleaned["d"] is Word.PROVEN


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert Redactor(["planted", "planted-and-longer"]).text("planted-and-longer") == MARK


KEY = "Zx9Kq27LmP04RtYw81"
UNKNOWN = [
    f"sk-{KEY}", f"sk-proj-{KEY}_abc", f"sk-ant-{KEY}", f"rk_{KEY}", f"rt_{KEY}", f"sess-{KEY}", f"xai-{KEY}",
    f"gsk_{KEY}", f"hf_{KEY}", f"ghp_{KEY}", f"gho_{KEY}", f"AIza{KEY}", f"runapi-{KEY}",
    f"eyJ{KEY}.eyJ{KEY}.{KEY}", f"eyJ{KEY}", "someone@example.com", "a.b+c@mail.example.co.uk",
    f"__cf_bm={KEY}", f"_cfuvid={KEY}",
]  # fmt: skip


@pytest.mark.parametrize("secret", UNKNOWN)
@pytest.mark.parametrize(
    "around", ["{}", "Authorization: Bearer {}", '{{"key":"{}"}}', "https://h/?k={}&b=1", "a {}, b"]
)
def test_what_has_the_form_of_a_secret_goes_without_being_known(secret: str, around: str) -> None:
    cleaned = NOTHING_KNOWN.text(around.format(secret))
    assert KEY not in cleaned
    assert secret not in cleaned


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer opaque.value/x", "opaque.value/x"),
        ("authorization: bearer abcdefgh", "abcdefgh"),
        ("Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
        ("https://user:planted@gateway.test/v1", "planted"),
        ("http://planted-token@127.0.0.1:8080/v1", "planted-token"),
        ("http://user:pl@nted@proxy:3128", "nted"),
        ("x" * 100 + "@example.com", "x" * 40),
    ],
)
def test_credentials_in_headers_and_urls_go(text: str, secret: str) -> None:
    assert secret not in NOTHING_KNOWN.text(text)


PLAIN = [
    "controls.bogus_key", "bogus-key-not-refused", "risk-assessment", "task-force-for-images", "desk-research",
    "controls.bogus_model", "credentials.source", "several-credentials", "missing-image-scope", "no-credential",
    "openai/gpt-image-2", "gpt-image-2.5-sunburst-2026-09-08", "gpt-image-2-codex", "chatgpt-image-latest",
    "xai/grok-imagine-image-quality", "xai-grok-imagine-image-quality", "ghost-in-the-machine-of-images",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "fingerprint 0a1b2c3d", "req_0123456789abcdef0123456789abcdef", "org-EXAMPLE", "proj_0Wv6", "user-rk8w",
    "npm install openclaw@2026.9.6", "@openai/codex@0.169.0", "https://api.openai.com/v1/images/generations",
    "http://127.0.0.1:8317/v1", "POST /v1/images/generations", "WWW-Authenticate: Bearer realm",
    "Bearer authentication is needed", "a bearer token is sent", "bearer tokens of this kind",
    "Basic authentication is not supported", "basic authorization", "OPENAI_API_KEY",
    "You have insufficient permissions for this operation. Missing scopes: api.model.images.request.",
    "models.providers.openai.apiKey (reference to env OPENAI_API_KEY)", "export OPENAI_API_KEY=…",
    "7024 image tokens billed where gpt-image-2 bills 196", "meet me @ noon", "a@b", "1024x1024 at 12:30",
    "x-runapi-task-id", "x-litellm-model-id", "cf-ray 8f1a2b3c4d5e6f70-FRA",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor(["planted-secret"]).text(text) == text


@given(
    st.lists(
        st.sampled_from([*UNKNOWN, *PLAIN, *" @:.\n", "Bearer ", "Basic ", "://", MARK, "planted-secret"]),
        max_size=12,
    ).map("".join)
)
def test_redacting_twice_changes_nothing(text: str) -> None:
    redactor = Redactor(["planted-secret"])
    once = redactor.text(text)
    assert redactor.text(once) == once


ADVERSARIAL = [
    "a", "a.", "@", "a@", "a@1.", "eyJ", "eyJ.", "sk-", "xai-", "://", "://a:", "bearer ", "basic ", "ghp_a-", "-",
    "%40", "sk_*", "\\", "=", "__cf_bm=",
]  # fmt: skip


@pytest.mark.parametrize("unit", ADVERSARIAL)
def test_the_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    redactor = Redactor(["planted-secret", "planted/other+secret"])

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            redactor.text(text)
            best = min(best, time.process_time() - begun)
        return best

    small, large = 20_000, 320_000
    # 16 times the text: linear is 16 times the time, quadratic 256 times.
    assert seconds(large) < 64 * max(seconds(small), 1e-4)


def test_five_megabytes_come_through() -> None:
    text = "a.@sk-" * (5 * 1024 * 1024 // 6) + "planted-secret"
    assert Redactor(["planted-secret"]).text(text).endswith(MARK)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("OPENAI_API_KEY", True), ("AZURE_OPENAI_KEY", True), ("MY_TOKEN", True), ("TOKEN_2", True),
        ("PASSWORD", True), ("SESSION_COOKIE", True), ("AWS_SECRET_ACCESS_KEY", True), ("openai_apikey", True),
        ("GOOGLE_CREDENTIALS", True), ("HOME", False), ("KEYBOARD", False), ("MONKEY", False),
        ("TOKENIZERS_PARALLELISM", False), ("LANG", False),
    ],
)  # fmt: skip
def test_which_variables_hold_a_secret(name: str, secret: bool) -> None:
    assert secrets_of({name: "planted-value-7x"}) == ({"planted-value-7x"} if secret else set())


def test_a_short_value_is_not_taken_out_of_every_word() -> None:
    assert secrets_of({"API_KEY": "abc"}) == set()
    assert Redactor(["abc", ""]).text("abcdef") == "abcdef"


def test_a_value_that_is_no_valid_text_does_not_stop_the_redactor() -> None:
    for odd in ("broken-\udcff-bytes", "broken-\ud800-escape"):
        assert Redactor([odd]).text(f"a {odd} b") == f"a {MARK} b"


SECRET = "Zq7plainKeyNoPrefix9981"
EMBEDDED = {
    "upper case": SECRET.upper(),
    "lower case": SECRET.lower(),
    "hex": SECRET.encode().hex(),
    "HEX": SECRET.encode().hex().upper(),
    "percent": "".join(f"%{byte:02X}" for byte in SECRET.encode()),
    "escapes": "".join(f"\\u{ord(c):04x}" for c in SECRET),
    "entities": "".join(f"&#{ord(c)};" for c in SECRET),
    **{
        f"base64 behind {before!r}": base64.b64encode(f"{before}{SECRET}{after}".encode()).decode()
        for before, after in (("Bearer ", ""), (":", ""), ("user:", "x"), ("ab", "cd"), ("abc", "\n"))
    },
    "base64 for URLs behind a name": base64.urlsafe_b64encode(f"user:{SECRET}".encode()).decode(),
}


@pytest.mark.parametrize("planted", EMBEDDED.values(), ids=EMBEDDED)
def test_a_known_secret_goes_in_every_case_and_encoding(planted: str) -> None:
    cleaned = Redactor([SECRET]).text(f"a {planted} b")
    assert MARK in cleaned
    for begin in range(len(planted) - 12):
        assert planted[begin : begin + 12] not in cleaned.replace("QmVhcmVy", "")


@pytest.mark.parametrize("cut", range(12, len(SECRET)))
def test_a_secret_that_was_cut_goes_too(cut: int) -> None:
    redactor = Redactor([SECRET])
    assert redactor.text(f"key: {SECRET[:cut]}") == f"key: {MARK}"
    assert redactor.text(f"{SECRET[-cut:]} was refused") == f"{MARK} was refused"
    assert redactor.text(f"{SECRET[:cut]}…{SECRET[-cut:]}") == f"{MARK}…{MARK}"


def test_what_only_begins_like_a_secret_stays() -> None:
    assert Redactor([SECRET]).text(f"key: {SECRET[:11]}") == f"key: {SECRET[:11]}"


@pytest.mark.parametrize(
    "word", ["openai", "gpt-image-2", "openai-images", "openai/gpt-image-2", "sandbox", "unproven", "contradicted"]
)
def test_our_own_words_are_no_secrets_whatever_variable_holds_them(word: str) -> None:
    assert secrets_of({"TOKEN_PROVIDER": word}) == set()


@pytest.mark.parametrize(
    "value",
    ["hunter2canary", "Passw0rdLike", "all-lower-case-and-very-long", "sk-abcdefgh1", "12345678", "correct horse"],
)
def test_what_mixes_signs_or_is_long_is_a_secret(value: str) -> None:
    assert secrets_of({"MY_SECRET": value}) == {value}


def test_a_key_that_is_known_to_be_one_goes_even_if_it_is_a_word() -> None:
    assert Redactor(["openai-images"]).text("key openai-images") == f"key {MARK}"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"])
@pytest.mark.parametrize("url", ["http://proxyuser:hunter2%40pw@127.0.0.1:x", "proxyuser:hunter2%40pw@127.0.0.1:1"])
def test_the_credentials_of_a_proxy_are_secrets(name: str, url: str) -> None:
    redactor = Redactor(secrets_of({name: url}))
    header = base64.b64encode(b"proxyuser:hunter2@pw").decode()
    for planted in ("proxyuser", "hunter2%40pw", "hunter2@pw", header, header.rstrip("=")):
        assert planted not in redactor.text(f"407 for {planted}: denied")


def test_a_proxy_without_credentials_holds_no_secret() -> None:
    assert secrets_of({"HTTPS_PROXY": "http://127.0.0.1:3128", "NO_PROXY": "a@b"}) == set()


def test_in_what_we_wrote_only_known_secrets_go() -> None:
    text = f"a poster for someone@example.org with sk-abcdefghijk and {SECRET}"
    assert Redactor([SECRET]).known(text) == f"a poster for someone@example.org with sk-abcdefghijk and {MARK}"
    assert Redactor().known(text) == text


def test_many_secrets_and_a_text_made_of_their_pieces_take_no_square_time() -> None:
    redactor = Redactor(["ab" * 60, *(f"planted-secret-{i}" for i in range(40))])
    begun = time.process_time()
    redactor.text("ab" * 400_000 + "planted-secre" * 20_000)
    assert time.process_time() - begun < 10


def test_where_a_file_is_and_which_host_was_asked_stay_readable() -> None:
    env = {
        "PWD": "/home/somebody/work",
        "GOOGLE_CREDENTIALS": "/home/somebody/google.json",
        "KEY_URL": "https://api.openai.com/v1/key/planted",
    }
    redactor = Redactor(secrets_of(env))
    for text in ("/home/somebody/work/x.png", "/home/somebody/x.png", "https://api.openai.com/v1"):
        assert redactor.text(text) == text
    assert redactor.text("/home/somebody/google.json") == MARK


def test_every_string_of_what_was_written_here_loses_the_known_secrets_alone() -> None:
    sent = {"input": [{"text": f"draw {SECRET}"}], "n": 1, "note": "mail me@example.org"}
    assert Redactor([SECRET]).known_tree(sent) == {
        "input": [{"text": f"draw {MARK}"}], "n": 1, "note": "mail me@example.org"
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["=", "ab", "abcdefghijkl"])
def test_a_secret_that_repeats_itself_costs_no_more_than_another(unit: str) -> None:
    secret = unit * (200_000 // len(unit))
    assert Redactor([secret]).text(f"x {secret[:150_000]} y") == f"x {MARK} y"


def test_an_access_token_of_another_form_and_words_that_begin_alike() -> None:
    assert Redactor().text("at-0123456789abcdef0123") == MARK
    assert Redactor().text("attachment-2026-11-20-picture and at-the-very-latest") == (
        "attachment-2026-11-20-picture and at-the-very-latest"
    )


def test_a_secret_that_begins_within_its_own_beginning_is_found() -> None:
    secret = "abcabcabcabcXYZ" + "0123456789" * 3
    assert Redactor([secret]).text(f"abc{secret[:-4]} y") == f"{MARK} y"


@pytest.mark.parametrize(
    "key", ["ya29.a0AfH6SMBx1234567890", "AQ.Ab8RN6I2x1234567890", "xoxb-1234567890-abcdefghij", "AKIA1234567890ABCDEF"]
)
def test_keys_of_other_houses_are_known_by_their_form(key: str) -> None:
    assert Redactor().text(f"sent {key} there") == f"sent {MARK} there"
