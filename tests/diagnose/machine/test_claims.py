"""What a text says of itself as a token: every form has a name, and nothing makes the reading fail."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.machine.claims import Claims, Organization, header, read_claims

ACCOUNT = "11111111-2222-3333-4444-555555555555"
AUTH = {
    "chatgpt_account_id": ACCOUNT,
    "chatgpt_plan_type": "plus",
    "chatgpt_user_id": "user-1",
    "user_id": "user-2",
    "organizations": [
        {"id": "org-a", "is_default": True, "role": "owner", "title": "The CANARY company"},
        {"id": "org-b", "role": 5},
        {"title": "without an id"},
        "no object",
    ],
}
PAYLOAD: dict[str, Any] = {
    "iss": "https://auth.openai.com",
    "client_id": "app_x",
    "aud": ["https://api.openai.com/v1"],
    "scp": ["openid", "email"],
    "scope": "email offline_access",
    "iat": 1_800_000_000,
    "exp": 1_800_003_600.5,
    "nbf": 1_799_999_999,
    "https://api.openai.com/auth": AUTH,
    "https://api.openai.com/profile": {"email": "canary@example.org"},
    "email": "canary@example.org",
}


def part(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token(payload: Any = PAYLOAD, head: Any = None, signature: bytes = b"s" * 256) -> str:
    return ".".join([part(head or {"alg": "RS256", "kid": "k"}), part(payload), part(signature)])


def test_everything_that_a_token_says() -> None:
    found = read_claims(token())
    assert found == Claims(
        form="jwt",
        algorithm="RS256",
        issuer="https://auth.openai.com",
        client_id="app_x",
        audience=("https://api.openai.com/v1",),
        scopes=("openid", "email", "offline_access"),
        account=ACCOUNT,
        user="user-1",
        plan="plus",
        organizations=(
            Organization(id="org-a", role="owner", default=True),
            Organization(id="org-b", role=None, default=False),
        ),
        issued_at=1_800_000_000.0,
        not_before=1_799_999_999.0,
        expires_at=1_800_003_600.5,
    )
    assert "canary" not in repr(found).lower(), "neither an e-mail nor a title is taken over"
    assert header(token())["kid"] == "k"


def test_a_plan_token_hides_whose_it_is() -> None:
    hidden = {"per_user_salt": "x", "encrypted_auth_metadata": "y"}
    found = read_claims(token({"https://api.openai.com/auth": hidden}))
    assert found.encrypted_identity
    assert (found.account, found.user, found.plan) == (None, None, None)
    assert not read_claims(token()).encrypted_identity


@pytest.mark.parametrize(
    ("text", "form", "says"),
    [
        ("", "opaque", None),
        ("sk-proj-abc", "opaque", None),
        ("a.b.c", "opaque", None),
        ("eyJhbGci", "truncated", "first part"),
        (part({"alg": "RS256"}), "truncated", "Only 1 of its three parts is there"),
        (token().rpartition(".")[0], "truncated", "Only 2 of its three parts are there"),
        (token().rpartition(".")[0] + ".", "truncated", "Only 2"),
        (part({"alg": "RS256"}) + ".." + part(b"s" * 256), "malformed", "no JSON object"),
        (part({"alg": "RS256"}) + "." + part(PAYLOAD)[:80] + "." + part(b"s"), "truncated", "breaks off"),
        (part({"alg": "RS256"}) + "." + part(PAYLOAD)[:81] + "." + part(b"s"), "truncated", "breaks off"),
        (token([1]), "malformed", "no JSON object"),
        (token(b"\xff\xfe"), "malformed", "no JSON object"),
        (token(b"[" * 50_000), "malformed", "no JSON object"),
        ("eyJ!.e30.x", "malformed", "first part"),
        (token() + ".x", "malformed", "4 parts"),
        (token() + ".x.y", "malformed", "5 parts"),
        (".".join([part({"alg": "RSA-OAEP", "enc": "A256GCM"}), "k", "iv", "text", "tag"]), "encrypted", None),
        (".".join([part({"alg": "dir", "enc": "A256GCM"}), "", "iv", "text", "tag"]), "encrypted", None),
        (".".join([part({"alg": "dir", "enc": "A256GCM"}), "", "iv", "text"]), "truncated", "five parts"),
        (".".join([part({"alg": "dir", "enc": "A256GCM"}), "", "iv", "text", ""]), "truncated", "five parts"),
        (".".join([part({"alg": "dir", "enc": "A256GCM"}), *"123456"]), "malformed", "7 parts"),
    ],
)
def test_every_form_has_its_own_words(text: str, form: str, says: str | None) -> None:
    found = read_claims(text)
    assert found.form == form
    assert (found.problem is None) if says is None else (says in (found.problem or ""))


@pytest.mark.parametrize(
    ("head", "signature", "says"),
    [
        ({"alg": "RS256"}, b"s" * 255, "breaks off"),
        ({"alg": "PS512"}, b"s" * 100, "breaks off"),
        ({"alg": "ES256"}, b"s" * 63, "breaks off"),
        ({"alg": "ES256"}, b"s" * 65, "added"),
        ({"alg": "EdDSA"}, b"s" * 64, None),
        ({"alg": "RS256"}, b"s" * 512, None),
        ({"alg": "unheard of"}, b"s", None),
        ({"alg": 5}, b"s", None),
    ],
)
def test_a_signature_of_the_wrong_length_was_cut_or_lengthened(head: Any, signature: bytes, says: str | None) -> None:
    found = read_claims(token(head=head, signature=signature))
    assert found.form == "jwt", "what it says can be read all the same"
    assert (found.problem is None) if says is None else (says in (found.problem or ""))


def test_line_breaks_inside_are_passed_over() -> None:
    text = token()
    assert read_claims(f"  {text[:40]}\r\n {text[40:]}\n") == read_claims(text)


@pytest.mark.parametrize("value", ["1800000000", True, -1, 0, 10**400, 1e300, float("nan"), float("inf"), [], {}])
def test_a_moment_that_is_none_is_said(value: Any) -> None:
    found = read_claims(token({"exp": value}))
    assert found.expires_at is None
    assert found.problem == "Its claim exp is no moment in time."


def test_a_name_of_another_type_is_none_and_a_long_one_is_cut() -> None:
    found = read_claims(token({"iss": 5, "client_id": "", "aud": {"a": 1}, "scp": [1, "b"], "scope": None}))
    assert (found.issuer, found.client_id, found.audience, found.scopes) == (None, None, (), ("b",))
    assert len(read_claims(token({"iss": "x" * 5000})).issuer or "") == 200
    assert read_claims(token({"https://api.openai.com/auth": "text"})).account is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["iss", "aud", "exp", "iat", "nbf", "scp", "scope", "client_id", "https://api.openai.com/auth"]


@given(st.text() | st.binary().map(lambda raw: "eyJ" + raw.decode("latin-1")))
def test_no_text_makes_the_reading_fail(text: str) -> None:
    assert read_claims(text).form in {"jwt", "encrypted", "truncated", "malformed", "opaque"}


@given(st.dictionaries(st.sampled_from(NAMES), json_values), json_values)
def test_no_claims_make_the_reading_fail(payload: dict[str, Any], algorithm: Any) -> None:
    found = read_claims(token(payload, head={"alg": algorithm}))
    assert found.form == "jwt"
    for moment in (found.issued_at, found.expires_at, found.not_before):
        assert moment is None or 0 < moment < 253_402_300_800


@given(st.integers(min_value=1, max_value=len(token()) - 1))
def test_whatever_is_cut_off_is_noticed(length: int) -> None:
    found = read_claims(token()[:length])
    assert (
        found.form == "truncated" or (found.form == "jwt" and found.problem) or not token()[:length].startswith("eyJ")
    )
