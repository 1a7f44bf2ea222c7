"""What the three releases print, as read. The samples are compact; their keys are made up."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.machine.openclaw import reading
from diagnose.machine.openclaw.observation import FailedAttempt, Generation, Output, Ran
from diagnose.machine.openclaw.reading_lines import lines

PRINTED: dict[str, Any] = {
    path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).with_name("printed").glob("*.json"))
}
SAMPLES = [(release, case) for release, cases in PRINTED.items() for case in cases]
CODEX = {
    "2026.5.18": ("openai-codex", "gpt-5.5"),
    "2026.9.6": ("openai", "gpt-6-astra"),
}


def ran(stdout: str = "", stderr: str = "", code: int | None = 1) -> Ran:
    return Ran(words=("openclaw",), exit_code=code, stdout=stdout, stderr=stderr, seconds=1, limit=180)


def same(text: str) -> str:
    return text


def read(stdout: str = "", stderr: str = "", code: int | None = 1) -> Generation:
    return reading.generation(ran(stdout, stderr, code), same)


@pytest.mark.parametrize(("release", "case"), SAMPLES)
def test_a_recorded_run_is_read_as_it_was(release: str, case: str) -> None:
    sample = PRINTED[release][case]
    found = read(sample["stdout"], sample["stderr"], sample["exit"])
    shown = {
        "ok": found.ok,
        "provider": found.provider,
        "model": found.model,
        "error": found.error,
        "attempts": [[one.provider, one.model, one.error] for one in found.attempts],
        "outputs": [[str(one.path), one.mime, one.size, one.width, one.height] for one in found.outputs],
        "ignored": [list(pair) for pair in found.ignored],
        "auth": [[one.provider, one.mode, one.requested_model, one.responses_model] for one in found.auth],
        "failures": list(found.failures),
        "blocked": list(found.blocked),
        "waited": list(found.waited),
        "routed": found.routed,
        "unsent": found.refused_before_sending,
    }
    assert {name: value for name, value in shown.items() if value} == sample["read"]


def test_samples_of_all_three_releases_are_there() -> None:
    assert list(PRINTED) == ["2026.4.22", "2026.5.18", "2026.9.6"]
    assert len(SAMPLES) >= 45


def test_a_line_of_the_log_before_the_document_does_not_hide_it() -> None:
    found = read('[proxy] routing process HTTP traffic through external proxy http://u:p@px:1\n{"ok": true}', code=0)
    assert (found.ok, found.routed) == (True, "http://px:1")


def test_a_document_of_success_is_none_when_the_program_failed() -> None:
    text = json.dumps({"ok": True, "provider": "openai", "outputs": [{"path": "/tmp/a.png"}]})
    for code in (1, 13, -9, None):
        assert not read(text, code=code).ok
    # What it wrote is known all the same: it may have been paid for.
    assert read(text, code=None).outputs == (
        Output(path=Path("/tmp/a.png"), mime=None, size=None, width=None, height=None),
    )


@pytest.mark.parametrize("stamp", ["", "2026-11-20T18:01:40.772+00:00 ", "18:01:40 ", "\x1b[2m18:01:40\x1b[22m "])
@pytest.mark.parametrize("colour", ["", "\x1b[36m"])
def test_colours_and_times_around_a_line_are_taken_off(stamp: str, colour: str) -> None:
    line = (
        f"{stamp}{colour}[image-generation/openai]{colour and chr(27) + '[39m'} image auth selected: provider=openai "
        "mode=oauth transport=codex-responses requestedModel=gpt-image-2 responsesModel=gpt-6-astra timeoutMs=180000\n"
    )
    (auth,) = read("", line).auth
    assert (auth.transport, auth.responses_model) == ("codex-responses", "gpt-6-astra")


def test_the_json_console_style_is_read_like_the_others() -> None:
    said = {"time": "2026-11-20T18:01:40.772+00:00", "level": "warn", "subsystem": "security"}
    line = json.dumps(said | {"message": "blocked URL fetch (url-fetch) targetOrigin=http://127.0.0.1:9 reason=x"})
    assert read("", line).blocked == ("http://127.0.0.1:9",)


def test_an_address_is_kept_without_user_and_query() -> None:
    line = (
        "[fetch-timeout] fetch timeout after 1500ms (elapsed 2ms) operation=x url=https://u:key@h.example/v1?key=secret"
    )
    assert read("", line).waited == ("https://h.example/v1",)


def test_where_the_seal_did_not_let_it_go_is_kept() -> None:
    assert read("", "[routecheck] refused 127.0.0.1:4000\n").sealed == ("127.0.0.1:4000",)


def test_every_text_goes_through_the_redactor_and_the_raw_one_is_in_no_repr() -> None:
    said = {
        "ok": False,
        "provider": "canary",
        "model": "canary",
        "attempts": [{"provider": "canary", "model": "canary", "error": "canary"}],
        "ignoredOverrides": [{"key": "canary", "value": "canary"}],
        "error": {"message": "canary"},
    }
    noise = (
        "[image-generation] candidate failed: openai/canary: canary\n"
        "[image-generation/openai] image auth selected: provider=canary mode=canary\n"
        "[security] blocked URL fetch (x) targetOrigin=http://canary reason=canary\n"
        "[fetch-timeout] fetch timeout after 1ms url=http://canary/canary\n"
        "[proxy] routing process HTTP traffic through external proxy http://canary\n"
    )
    found = reading.generation(ran(json.dumps(said), noise), lambda text: text.replace("canary", "*"))
    assert found.attempts == (FailedAttempt(provider="*", model="*", error="*"),)
    assert (found.auth[0].provider, found.blocked, found.routed) == ("*", ("http://*",), "http://*")
    assert "canary" not in repr(found)
    invalid = json.dumps({"valid": False, "issues": [{"path": "canary", "message": "canary"}]})
    assert "canary" not in repr(reading.validation(ran(invalid), lambda text: text.replace("canary", "*")))


UNSENT = [
    "[image-generation] candidate failed: openai/gpt-image-2: OpenAI API key missing",
    "[image-generation] candidate failed: openai/gpt-image-2: getaddrinfo ENOTFOUND api.openai.com",
    "error: unknown option '--quality'",
    "openclaw: Node.js v22.12+ is required (current: v20.20.2).",
]


@pytest.mark.parametrize("line", UNSENT)
def test_what_failed_before_anything_was_sent_is_known(line: str) -> None:
    assert read("", line).refused_before_sending


@pytest.mark.parametrize(
    "lines",
    [
        "[image-generation] candidate failed: openai/gpt-image-2: request timed out",
        "[image-generation] candidate failed: openai/gpt-image-2: fetch failed | other side closed",
        # A server may write anything into its message.
        "[image-generation] candidate failed: openai/m: OpenAI image generation failed (HTTP 500): x ECONNREFUSED",
        # The image's own address may have failed, after the image was paid for.
        "[image-generation] candidate failed: fal/m: fetch failed | connect ECONNREFUSED 1.2.3.4:443",
        "[image-generation] candidate failed: openai/m: OpenAI API key missing\n"
        "[image-generation] candidate failed: litellm/m: LiteLLM image generation failed (HTTP 500): x",
        "",
    ],
)
def test_what_may_have_been_sent_is_not_taken_for_unsent(lines: str) -> None:
    assert not read("", lines).refused_before_sending


@pytest.mark.parametrize("code", [None, -9, 0])
def test_a_run_that_did_not_end_by_itself_may_have_sent_something(code: int | None) -> None:
    assert not read("", UNSENT[0], code).refused_before_sending


def test_a_crash_without_a_message_gives_what_node_warned_of() -> None:
    text = (
        "Warning: Detected unsettled top-level await at file:///openclaw.mjs:393\n    if (await x()) {\n        ^\n\n"
    )
    assert read("", text, 13).error == "Warning: Detected unsettled top-level await at file:///openclaw.mjs:393"


def test_validation_of_each_shape() -> None:
    assert reading.validation(ran('{"valid":true,"path":"x"}', code=0), same).valid
    issues = {"valid": False, "issues": [{"path": "agents.defaults", "message": 'Unrecognized key: "x"'}]}
    found = reading.validation(ran(json.dumps(issues)), same)
    assert (found.valid, found.issues) == (False, (("agents.defaults", 'Unrecognized key: "x"'),))
    warned = {"valid": True, "warnings": [{"path": "models", "message": "unset"}]}
    assert reading.validation(ran(json.dumps(warned), code=0), same).warnings == (("models", "unset"),)
    for error in ("file not found", {"type": "cli_error", "message": "file not found"}):
        assert reading.validation(ran(json.dumps({"valid": False, "error": error})), same).error == "file not found"
    old = reading.validation(ran("", "openclaw: Node.js v22.12+ is required (current: v20.20.2)."), same)
    assert (old.valid, old.error) == (False, "openclaw: Node.js v22.12+ is required (current: v20.20.2).")


def test_the_listing_is_read_by_provider_and_says_why_when_it_is_none() -> None:
    rows = [{"id": "fal", "configured": False}, {"id": "openai", "selected": True}, "odd", {"id": 7}]
    found = reading.listing(ran(json.dumps(rows), code=0), same)
    assert (list(found.providers), found.error) == (["fal", "openai"], None)
    waiting = json.dumps({"ok": False, "error": {"type": "cli_error", "message": "store requires migration"}})
    assert reading.listing(ran(waiting), same).error == "store requires migration"


PIECES = [
    '{"ok": true', '{"ok": true}', "[", "{", "]", '"outputs": [{"path": 3}]', "\n", "\x1b[", "\x1b]", "Error: ",
    "[image-generation] candidate failed: ", "[image-generation/x] image auth selected: a=b=c", "  - x", " url=http://[",
    "OpenClaw config is invalid", "[security] blocked URL fetch ", "targetOrigin=http://a@b@c/%", '{"message": 1}',
    '{"a', "\ud800", "[fetch-timeout] fetch timeout after ",
]  # fmt: skip
texts = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["ok", "valid", "provider", "model", "attempts", "outputs", "ignoredOverrides", "error", "issues", "warnings", "id"]
)
odd = st.dictionaries(names, values | st.lists(st.dictionaries(st.sampled_from(["path", "key", "error"]), values)))


@given(texts | odd.map(json.dumps) | st.lists(odd).map(json.dumps), texts, st.none() | st.integers(-9, 200))
def test_any_output_is_read_without_an_error(stdout: str, stderr: str, code: int | None) -> None:
    for read_it in (reading.generation, reading.validation, reading.listing):
        read_it(ran(stdout, stderr, code), same)


def test_what_a_server_wrote_into_a_line_is_not_taken_for_the_program_s_own() -> None:
    said = "image auth selected: provider=openai mode=oauth"
    found = read("", f"[image-generation] candidate failed: openai/m: [image-generation/openai] {said}\n{said}\n")
    assert (found.auth, len(found.failures)) == ((), 1)


@pytest.mark.parametrize(
    "piece", ["[security] blocked URL fetch ", "[fetch-timeout] fetch timeout after ", "\x1b]", "{", "[\n"]
)
def test_four_mebibytes_of_one_piece_are_read_quickly(piece: str) -> None:
    text = piece * (4 * 1024 * 1024 // len(piece))
    began = time.monotonic()
    read(text, text)
    assert time.monotonic() - began < 10


def test_a_document_nested_without_end_is_none() -> None:
    assert read("[" * 100_000, "x").error == "x"
    assert read('{"a":' * 100_000, '{"a":' * 100_000).ok is False


def without_key(text: str) -> str:
    """A redactor that knows a secret as a whole only."""
    return text.replace("sk-CANARY-0123456789", "*")


def test_a_text_is_cut_after_it_was_redacted() -> None:
    for before in range(1975, 2005):
        text = "x" * before + "sk-CANARY-0123456789" + "y" * 9000
        line = f"[image-generation] candidate failed: openai/m: {text}"
        said = {"ok": False, "attempts": [{"provider": text, "error": text}], "error": {"message": text}}
        for found in (
            reading.generation(ran(json.dumps(said), line), without_key),
            reading.generation(ran("", f"Error: {text}"), without_key),
            reading.validation(
                ran(json.dumps({"valid": False, "issues": [{"path": text, "message": text}]})), without_key
            ),
            reading.listing(ran(json.dumps(said)), without_key),
        ):
            assert "sk-" not in repr(found)
            assert "y" * 2001 not in repr(found)
            assert len(found.error or "") <= 2000


@pytest.mark.parametrize("gap", ["\n", " "])
def test_half_a_secret_at_the_edge_of_a_flood_is_dropped(gap: str) -> None:
    end = 128 * 1024
    for at in range(18):
        head = "Error: " + "x" * (end - 8 - at) + gap + "sk-CANARY-0123456789" + gap
        tail = "sk-CANARY-0123456789"[at:] + gap
        tail += "z" * (end - len(tail))
        found = list(lines(f"{head}{'f' * 99}{'sk-CANARY-0123456789'[:at]}{tail}"))
        assert not any("CANARY" in line or "sk-" in line for line in found if "sk-CANARY-0123456789" not in line)
        assert "456789" not in "".join(found).replace("sk-CANARY-0123456789", "")


def test_where_the_seal_did_not_let_it_go_is_redacted() -> None:
    found = reading.generation(ran("", "[routecheck] refused sk-CANARY-0123456789\n"), without_key)
    assert found.sealed == ("*",)


@pytest.mark.parametrize(
    ("stdout", "stderr", "code"),
    [
        ("", "", 1),
        ("", "", 0),
        ("<html><h1>Bad gateway</h1></html>", "", 1),
        ("{", "", 0),
        ("[]", "", 0),
        ('{"valid": "no", "issues": [{"path": "a", "message": "b"}]}', "", 1),
        ('{"ok": false, "issues": [{"path": "a", "message": "b"}]}', "", 1),
        ('{"valid": true}', "", 1),
        ('{"valid": true}', "", None),
        ("", "OpenClaw config is invalid: ~/x", None),
        ("", "Error: Cannot find module", 1),
        ("", "", -11),
    ],
)
def test_what_is_no_answer_to_the_question_is_no_rejection(stdout: str, stderr: str, code: int | None) -> None:
    found = reading.validation(ran(stdout, stderr, code), same)
    assert (found.answered, found.valid, found.issues) == (False, False, ())


@pytest.mark.parametrize(
    ("stdout", "stderr", "code"),
    [
        ('{"valid": false, "error": "file not found"}', "", 1),
        ('{"valid": false, "issues": []}', "", None),
        ("", "Config invalid at ~/.openclaw/openclaw.json:\n  \u00d7 agents.defaults: Unrecognized key", 1),
        ("", "OpenClaw config is invalid: ~/x\n  \u00d7 agents.defaults: Invalid input", 1),
    ],
)
def test_a_rejection_is_a_document_or_the_words_of_the_older_releases(
    stdout: str, stderr: str, code: int | None
) -> None:
    found = reading.validation(ran(stdout, stderr, code), same)
    assert (found.answered, found.valid) == (True, False)
