"""OpenClaw's words about one and about several candidates, in all its releases and styles of logging."""

import json

import pytest

from diagnose.matrix.reading import read

KEY_401 = (
    "OpenAI image generation failed (HTTP 401): Incorrect API key provided: sk-fake. "
    "[type=invalid_request_error, code=invalid_api_key] [request_id=req_1]"
)
CANDIDATE = "[image-generation] candidate failed: openai/gpt-image-2: "
SELECTED = (
    "[image-generation/openai] image auth selected: provider=openai mode=oauth transport=codex-responses "
    "requestedModel=gpt-image-2 responsesModel=gpt-6-astra timeoutMs=180000"
)


@pytest.mark.parametrize("between", [" | ", "; ", "\n| "])
def test_each_of_several_is_read_by_itself(between: str) -> None:
    parts = [
        f"openai/gpt-image-2: {KEY_401}",
        "google/gemini-3-pro-image-preview: Blocked: resolves to private/internal/special-use IP address",
        "openrouter/openai/gpt-5.4-image-2: fetch failed | connect ECONNREFUSED 127.0.0.1:9",
    ]
    found = read(f"Error: All image generation models failed (3): {between.join(parts)}").attempts
    assert [one.candidate for one in found] == [part.split(": ")[0] for part in parts]
    assert [one.status for one in found] == [401, None, None]
    assert [one.transport for one in found] == [None, None, "connect"]
    assert (found[0].code, found[0].request_id) == ("invalid_api_key", "req_1")
    assert all(one.by[0] == "openclaw" for one in found)


def test_the_line_and_the_list_tell_the_same_attempt_once_and_the_cause_is_kept() -> None:
    text = (
        f"{CANDIDATE}fetch failed | connect ECONNREFUSED 203.0.113.7:443\n"
        "[image-generation] candidate failed: litellm/gpt-image-2: No image-generation provider registered for it\n"
        "Error: All image generation models failed (2): openai/gpt-image-2: fetch failed | "
        "litellm/gpt-image-2: No image-generation provider registered for it\n"
    )
    found = read(text).attempts
    assert [(one.candidate, one.transport) for one in found] == [
        ("openai/gpt-image-2", "connect"),
        ("litellm/gpt-image-2", None),
    ]
    assert found[0].host == "203.0.113.7"


def test_the_older_release_has_the_body_cut_off() -> None:
    body = '{"error": {"message": "You have insufficient permissions. Missing scopes: api.model.images.r…'
    text = f"All image generation models failed (2): openai/gpt-image-2: P failed (HTTP 401): {body} | b/c: Forbidden"
    first, second = read(text).attempts
    assert first.message.endswith("api.model.images.r")
    assert (second.candidate, second.message) == ("b/c", "Forbidden")


def test_the_newest_release_prints_an_envelope_that_is_not_the_vendors() -> None:
    found = read(json.dumps({"ok": False, "error": {"type": "cli_error", "message": KEY_401}})).attempts[0]
    assert (found.status, found.code, found.error_type) == (401, "invalid_api_key", "invalid_request_error")
    plain = read(json.dumps({"ok": False, "error": {"type": "cli_error", "message": "request timed out"}})).outer
    assert (plain.error_type, plain.content, plain.transport) == ("", "", "timeout")


def test_several_inside_of_the_envelope() -> None:
    said = (
        f"All image generation models failed (2): openai/gpt-image-2: {KEY_401} | minimax/image-01: request timed out"
    )
    text = json.dumps({"ok": False, "error": {"type": "cli_error", "message": said}}, indent=2)
    assert [one.message for one in read(text).attempts] == ["Incorrect API key provided: sk-fake.", "request timed out"]


def test_a_success_of_another_lists_what_failed_before() -> None:
    failed = {"provider": "openai", "model": "gpt-image-2", "error": KEY_401}
    text = json.dumps({"ok": True, "provider": "litellm", "model": "gpt-image-2", "attempts": [failed], "outputs": []})
    found = read(text)
    assert (found.attempts[0].candidate, found.attempts[0].status) == ("openai/gpt-image-2", 401)
    assert found.attempts[0].served_model == "litellm/gpt-image-2"


def test_the_lines_before_tell_route_address_and_timer_and_other_lines_nothing() -> None:
    text = (
        "2026-11-20T18:09:50.000+00:00 [canvas] host mounted at http://127.0.0.1:18789/__openclaw__/canvas/\n"
        f"2026-11-20T18:09:51.000+00:00 {SELECTED}\n"
        "2026-11-20T18:09:54.000+00:00 [fetch-timeout] fetch timeout after 1500ms (elapsed 1502ms) "
        "operation=fetchWithSsrFGuard url=https://chatgpt.com/backend-api/codex/responses\n"
        f"2026-11-20T18:09:54.012+00:00 {CANDIDATE}request timed out\n"
        "2026-11-20T18:10:04.507+00:00 [memory] sync failed: Error: openai embeddings failed (404): no such path\n"
    )
    (found,) = read(text).attempts
    assert (found.status, found.transport, found.waited, found.message) == (None, "timeout", 1.5, "request timed out")
    assert (found.host, found.path) == ("chatgpt.com", "/backend-api/codex/responses")
    assert (found.route, found.credential) == ("codex-oauth", "codex-oauth")


def test_lines_of_the_log_file_and_of_the_json_console() -> None:
    said = f"candidate failed: openai/gpt-image-2: {KEY_401}"
    filed = {"0": '{"subsystem":"image-generation"}', "1": said, "_meta": {"name": '{"subsystem":"image-generation"}'}}
    console = {
        "time": "2026-11-20T18:09:54.012+00:00",
        "level": "warn",
        "subsystem": "image-generation",
        "message": said,
    }
    for line in (filed, console):
        (found,) = read(json.dumps(line, separators=(",", ":"))).attempts
        assert (found.candidate, found.status, found.code) == ("openai/gpt-image-2", 401, "invalid_api_key")


def test_a_message_that_begins_with_the_reference() -> None:
    (found,) = read("⚠️ google/gemini-3-pro-image: Blocked: resolves to private IP address").attempts
    assert (found.candidate, found.message) == ("google/gemini-3-pro-image", "Blocked: resolves to private IP address")


def test_the_release_is_read() -> None:
    assert read("OpenClaw 2026.4.22 (00bd2cf)\nError: request timed out").outer.release == "2026.4.22"
    assert read("openclaw@2026.9.6: request timed out", release="2026.5.18").outer.release == "2026.5.18"


def test_what_is_given_wins() -> None:
    found = read("HTTP 500: chatgpt.com no", status=403, route="azure", credential="project-key", release="2026.9.6")
    assert found.attempts == (found.outer,)
    one = found.outer
    assert (one.status, one.route, one.credential, one.release) == (403, "azure", "project-key", "2026.9.6")


def test_a_status_that_is_given_is_that_of_the_attempts_without_one() -> None:
    text = f"All image generation models failed (2): openai/gpt-image-2: {KEY_401} | minimax/image-01: Forbidden"
    assert [one.status for one in read(text, status=403).attempts] == [401, 403]


def test_a_saved_report_is_recognised() -> None:
    report = {"schema": "routecheck.report/v1", "verdict": "broken", "symptoms": []}
    assert read("$ routecheck run --format json\n" + json.dumps(report, indent=2)).report == report
    assert read(json.dumps({**report, "schema": "routecheck.explanation/v1"})).report is not None
    assert read(json.dumps(report)[:-3]).report is None
    assert read(json.dumps({"schema": "another/v1"})).report is None
