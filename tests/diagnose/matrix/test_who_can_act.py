"""No answer asks for something that its reader can not do, or that helps nobody with this failure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from diagnose.matrix import Row, load, rows
from diagnose.matrix.explaining import explain, explain_row
from diagnose.matrix.reading import read
from diagnose.matrix.remedies import commands, dont
from diagnose.model.explanation import Explanation

REAUTH = "reauth_or_repair_profile"
CLASSES = ("", "login", "key", "gateway", "azure", "litellm", "openrouter", "google", "runapi", "fallback", "other")
ELSEWHERE = ("azure", "litellm", "openrouter", "google", "other")
LOGINS = ("codex-oauth", "codex-responses", "codex-images")


def explained(text: str, **more: Any) -> Explanation:
    return explain(read(text, **more))


def rows_led_to(found: Explanation) -> set[str]:
    return {one.symptom for one in (found.found, *(choice.found for choice in found.candidates)) if one is not None}


def typed(row: Row, name: str) -> tuple[str, ...]:
    return commands(row, frozenset({name} - {""}))


def about_logins() -> Iterator[Row]:
    own = load("remedies.toml")["row"]
    return (row for row in rows().values() if own.get(row.id, {}).get("of") == ["login"])


REFUSED = (
    "HTTP 403", "HTTP 403 Forbidden", 'HTTP 403 {"detail":"Forbidden"}', "403 Forbidden: you may not do this",
    "HTTP 403 Your account is not permitted to do this", "status 403: access denied for this account",
    "HTTP 401: Missing scopes: api.model.images.request", "401 You have insufficient permissions for this operation. "
    "Missing scopes: model.request", "HTTP 401 insufficient_scope", "HTTP 403 missing_scope",
    "401 Unauthorized: the scope api.model.images.request is missing, log in again",
    "HTTP 401: scope model.images.request fehlt, bitte neu anmelden",
    "HTTP 401: this token does not grant access to images. Sign in again.",
    "HTTP 401: the credential grants no permission for image generation, please sign in again",
)  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("more", [{}, *({"route": route} for route in LOGINS), {"credential": "codex-oauth"}])
def test_neither_a_403_nor_a_missing_scope_leads_to_a_new_login(text: str, more: dict[str, str]) -> None:
    found = explained(text, **more)
    assert rows_led_to(found)
    assert REAUTH not in {rows()[row].action for row in rows_led_to(found)}
    assert not any("login" in command.split("#")[0].split("status")[0].split() for command in found.next)


def test_an_organisation_is_verified_for_keys_so_a_login_is_asked_which_host_answered() -> None:
    text = "HTTP 403 Your organization must be verified to use the model gpt-image-2"
    assert rows_led_to(explained(text)) == rows_led_to(explained(text, route="openai-images")) == {"org-unverified"}
    assert rows_led_to(explained(text, route="codex-oauth")) == {"org-unverified", "platform-answers"}
    assert rows_led_to(explained(f"https://chatgpt.com/backend-api/codex/responses: {text}")) == {"platform-answers"}


@pytest.mark.parametrize(
    "text", ["HTTP 403 login expired", 'HTTP 403 {"code":"token_expired"}', "403 Forbidden: please sign in again"]
)
@pytest.mark.parametrize("route", LOGINS)
def test_a_403_in_words_of_a_login_is_asked_about_before_a_new_one(text: str, route: str) -> None:
    found = explained(text, route=route)
    assert found.outcome == "ambiguous"
    assert found.question is not None
    assert "do not log in again" in found.question
    assert rows_led_to(found) == {"login-forbidden", "login-expired"}


def test_a_refused_login_is_a_matter_for_whoever_can_see_why() -> None:
    found = explain_row("login-forbidden")
    assert found.found is not None
    assert "request id" in found.found.better_move
    assert "administrator" in found.found.better_move
    assert "API key" in found.found.better_move
    assert "log in" not in f"{found.found.better_move} {' '.join(found.next)}".lower()
    assert any("Do not log in again" in text for text in found.dont)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in about_logins()])
@pytest.mark.parametrize("name", ["", "login"])
def test_a_row_about_logins_checks_no_key(row: Row, name: str) -> None:
    for command in typed(row, name):
        assert "openai-images" not in command
        assert "OPENAI_API_KEY" not in command
        if command.startswith("routecheck run") and "--dry" not in command and "--through" not in command:
            assert "--route codex-" in command


def test_what_is_typed_about_a_key_asks_no_login() -> None:
    logins = {row.id for row in about_logins()}
    asks = [
        (row.id, command)
        for row in rows().values()
        if row.id not in logins
        for command in typed(row, "key")
        if "--route codex-" in command or command.startswith("codex login") or "debug-codex" in command
    ]
    assert asks == []


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_key_of_another_vendor_is_not_tried_at_openai(name: str) -> None:
    asks = [
        (row.id, command)
        for row in rows().values()
        for command in typed(row, name)
        if command.startswith(("routecheck run", "routecheck token")) or "openai.com/v1" in command
    ]
    assert asks == []


@pytest.mark.parametrize(
    ("text", "more", "asks"),
    [
        ("400 API key not valid. Please pass a valid API key.", {}, "generativelanguage.googleapis.com"),
        ("HTTP 401 invalid api key", {"route": "azure"}, "openai.azure.com"),
        ("HTTP 401 invalid api key", {"route": "openrouter"}, "openrouter.ai/api/v1/key"),
        ("HTTP 401 invalid api key", {"route": "litellm"}, "$BASE_URL/v1/models"),
        ("minimax image request failed (status 1004): login fail", {}, "$BASE_URL/v1/models"),
    ],
)
def test_a_refused_key_is_asked_about_where_it_belongs(text: str, more: dict[str, str], asks: str) -> None:
    found = explained(text, **more)
    assert found.found is not None
    assert any(asks in command for command in found.next)
    assert not any("routecheck run" in command for command in found.next)


def test_the_login_of_a_gateway_is_looked_for_in_the_gateway() -> None:
    text = 'sub2api: upstream 401 {"error":{"code":"token_invalidated","message":"The token was invalidated"}}'
    found = explained(text)
    assert found.found is not None
    assert found.found.symptom == "login-revoked"
    assert any("in the gateway" in command for command in found.next)
    assert not any(command.startswith(("codex", "routecheck token")) for command in found.next)


def test_the_key_of_the_platform_is_still_asked_about_by_our_own_run() -> None:
    found = explained("HTTP 401 Incorrect API key provided: sk-proj-****abcd", route="openai-images")
    assert "routecheck run --no-fallback --no-spend --only credentials" in found.next


@pytest.mark.parametrize(
    "name", ["gateway-example-key", "library-lacks-model", "program-part-missing", "program-fault"]
)
def test_a_program_that_is_not_openclaw_is_not_asked_in_its_words(name: str) -> None:
    found = explain_row(name)
    assert found.found is not None
    assert found.next
    assert not any("openclaw" in text for text in (*found.next, found.found.confirm))
    assert any("openclaw --version" in command for command in explain_row("option-unknown").next)


@pytest.mark.parametrize("name", ["key-at-another-vendor", "labs-endpoint", "gateway-wants-imagen-here"])
def test_where_there_is_no_login_nothing_is_said_of_one(name: str) -> None:
    found = explain_row(name)
    assert found.found is not None
    assert "login" not in f"{' '.join(found.next)} {' '.join(found.dont)} {found.found.confirm}"
    assert not any("--route codex" in command for command in found.next)


@pytest.mark.parametrize("name", CLASSES)
def test_every_command_has_its_quotes_closed(name: str) -> None:
    for row in rows().values():
        assert typed(row, name), row.id
        for command in typed(row, name):
            assert shlex.split(command, comments=True), row.id


@pytest.mark.parametrize("name", CLASSES)
def test_who_is_to_look_for_the_image_first_is_told_where(name: str) -> None:
    told = [row for row in rows().values() if any("for the finished image" in text for text in dont(row))]
    assert {"timeout", "hop-gave-up", "openclaw-hung"} <= {row.id for row in told}
    for row in told:
        assert "pays" not in typed(row, name)[0], row.id


def test_a_curl_that_repeats_a_request_says_that_it_is_paid_for() -> None:
    for row in rows().values():
        for command in typed(row, ""):
            assert not command.startswith("curl -v …") or "paid for" in command, row.id


SIGNED_IN = "you have since logged out or signed in to another account. Please sign in again."


@pytest.mark.parametrize(
    "text",
    [
        f"both machines use the login of one account: {SIGNED_IN}",
        f"worker-1 and worker-2 run codex: {SIGNED_IN}",
        f"CODEX_HOME=/shared/codex, in each container: {SIGNED_IN}",
        "laptop and desktop: codex says the session expired, sign in again",
        "The VS Code extension says: session expired, sign in again. The codex cli works.",
        "I have the folder in OneDrive, and codex says that the refresh token was revoked, log in again",
    ],
)
def test_a_login_that_may_be_shared_is_asked_about_before_anybody_logs_in(text: str) -> None:
    found = explained(text)
    assert found.outcome == "ambiguous"
    assert "refresh-token-shared" in rows_led_to(found)


@pytest.mark.parametrize("name", ["signed-in-elsewhere", "account-differs", "wrong-workspace"])
def test_who_is_told_to_log_in_is_warned_of_a_shared_login(name: str) -> None:
    assert any("another program holds the same login" in text for text in explain_row(name).dont)


def test_of_several_attempts_the_login_under_its_older_name_is_the_wanted_one() -> None:
    found = explained(
        "All image generation models failed (2): "
        "openai-codex/gpt-image-2: HTTP 403 <html><title>Just a moment...</title> | "
        'openai/gpt-image-2: No API key found for provider "openai"'
    )
    assert [attempt.matters for attempt in found.attempts] == [True, False]
    assert found.found is not None
    assert found.found.branch == "timeout_transport"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("curl: (56) CONNECT tunnel failed, response 403", "unreachable"),
        ("curl: (56) CONNECT tunnel failed, response 407", "unreachable"),
        ("curl: (18) transfer closed with outstanding read data remaining", "dropped-connection"),
        ("curl: (18) transfer closed with 1024 bytes remaining to read", "dropped-connection"),
        ("curl: (56) Recv failure: Connection was reset", "dropped-connection"),
        ("curl: (3) URL using bad/illegal format or missing URL", "endpoint-unknown"),
    ],
)
def test_the_words_of_curl_are_known(text: str, row: str) -> None:
    found = explained(text)
    assert found.found is not None
    assert found.found.symptom == row


@pytest.mark.parametrize("text", ["token_expired", "401 token_expired", "HTTP 401: token_expired"])
def test_a_code_by_itself_says_what_it_says_with_its_status(text: str) -> None:
    found = explained(text, route="codex-oauth")
    assert found.found is not None
    assert found.found.symptom == "login-expired"


@pytest.mark.parametrize(
    "text",
    [
        'codex: unexpected status 403 Forbidden: {"detail":"Please sign in again"}',
        'POST https://chatgpt.com/backend-api/codex/responses 403 {"detail":"login required"}',
        'HTTP 403 {"error":{"code":"token_invalidated","message":"Your session has ended"}}',
    ],
)
def test_no_403_leads_to_a_new_login_whatever_its_words(text: str) -> None:
    found = explain(read(text))
    assert found.found is None or found.found.action != "reauth_or_repair_profile"


@pytest.mark.parametrize(
    "text",
    [
        "auth.json copied from my laptop to the VPS. Now: Your session has ended. Please log in again.",
        "our team shares a single ChatGPT Plus login over five bots: 401 token_revoked Please sign in again",
    ],
)
def test_a_login_that_was_copied_or_shared_is_asked_about_before_a_new_one(text: str) -> None:
    found = explain(read(text, route="codex-oauth"))
    assert found.outcome == "ambiguous"
    assert {one.found.symptom for one in found.candidates} >= {"refresh-token-shared"}
