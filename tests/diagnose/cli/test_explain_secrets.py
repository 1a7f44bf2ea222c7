"""What `routecheck explain` never repeats: credentials of the text, of the command line and of this machine."""

import base64
import json
import time
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import reports
from diagnose.cli.explain import Hints, explain_text
from diagnose.cli.pasted_secrets import PastedRedactor
from diagnose.matrix import rows
from diagnose.matrix.branches import branches

SCHEMA_FILE = Path(reports.__file__).parent / "schemas" / "explanation.v1.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
VERIFY = "HTTP 403: Your organization must be verified to use the model `gpt-image-1`."
SCOPES = "You have insufficient permissions for this operation. Missing scopes: api.responses.write."

CANARY = "Zk4rT9qLwX7mPv2sYd8n"
JWT = f"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI{CANARY}.{CANARY}"
BASIC = base64.b64encode(f"robin:{CANARY}".encode()).decode()
PLANTED = {
    "header": f"> POST /v1/images HTTP/2\n> Host: x.example\n> Authorization: Bearer {CANARY}\n< HTTP/2 403",
    "lower": f"authorization: {CANARY}\n{VERIFY} code={CANARY}",
    "jwt": f"Bearer {JWT} {VERIFY}",
    "basic": f"curl -u robin:{CANARY} -H 'Authorization: Basic {BASIC}' {VERIFY} {CANARY}",
    "json": json.dumps(
        {"api_key": CANARY, "error": {"message": f"Incorrect API key provided: {CANARY}", "code": CANARY}}
    ),
    "escaped": json.dumps({"body": json.dumps({"apiKey": CANARY, "error": {"code": CANARY, "param": CANARY}})}),
    "repr": f"{{'headers': {{'x-api-key': '{CANARY}'}}, 'error': {{'type': '{CANARY}', 'message': 'bad'}}}}",
    "url": f"GET https://robin:{CANARY}@gateway.example/v1/{CANARY}?key={CANARY} 401 Unauthorized",
    "query": f"https://x.example/v1/images?api_key={CANARY}&model={CANARY} HTTP 404",
    "cookie": f"< set-cookie: sid={CANARY}; Path=/\n< x-request-id: {CANARY}\n< HTTP/1.1 403 Forbidden",
    "password": f'{{"password": "{CANARY} with, blanks", "error": {{"code": "{CANARY}"}}}}',
    "env": f"OPENAI_API_KEY={CANARY} openclaw infer image\nError: {CANARY}",
    "attempts": f"Authorization: {CANARY}\nAll image generation models failed (2): openai/{CANARY}: HTTP 401 {CANARY}; "
    f"google/x: token={CANARY}",
    "question": f"{SCOPES} token: {CANARY} code {CANARY}",
}


@pytest.mark.parametrize("name", PLANTED)
def test_no_credential_of_the_text_comes_out(name, routecheck, piped) -> None:
    for done in (
        piped(PLANTED[name]),
        piped(PLANTED[name], "--format", "json"),
        routecheck("explain", PLANTED[name]),
        routecheck("explain", PLANTED[name], "--route", CANARY),
        routecheck("explain", PLANTED[name], "--credential", CANARY),
        routecheck("explain", PLANTED[name], "--openclaw-version", CANARY),
        routecheck("explain", PLANTED[name], "--from-run", CANARY),
    ):
        said = done.stdout + done.stderr
        assert CANARY not in said
        assert BASIC not in said
        assert CANARY[:12] not in said


@pytest.mark.parametrize(
    "words",
    [["--status", f"api_key={CANARY}"], ["--format", f"token={CANARY}"], [f"--api-key={CANARY}"], [f"-k={CANARY}"]],
)
def test_no_credential_comes_out_of_an_error(words, routecheck) -> None:
    done = routecheck("explain", *words)
    assert done.returncode == 2
    assert CANARY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--status", CANARY, "x"], "--status takes a status from 100 to 599"),
        (["--status", "42", "x"], "--status takes a status from 100 to 599"),
        (["x", "--format", CANARY], "--format takes table or json"),
        (["x", f"--{CANARY}"], "No such option"),
        (["x", f"-{CANARY}"], "No such option"),
        ([f"/x/Bearer/{CANARY}.json"], "there is no file /x/Bearer/<redacted>.json"),
        ([f"api_key={CANARY}.log"], "there is no file"),
        ([f"./{CANARY}/error.log"], "there is no file ./<redacted>/error.log"),
        (["./gateway-2026-11-21.log"], "there is no file ./gateway-2026-11-21.log"),
        (["./error_20261121T1800.log"], "there is no file ./error_20261121T1800.log"),
        (["x", "--all-of-it"], "No such option '--all-of-it'; a text that begins with"),
    ],
)
def test_an_error_says_what_is_wanted_and_not_what_was_typed(words, wanted, routecheck) -> None:
    done = routecheck("explain", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert wanted in done.stderr
    assert CANARY[:8] not in done.stderr


def test_every_command_that_may_pay_says_so(routecheck) -> None:
    from diagnose.cli.explain import _priced, by_id, may_pay

    shown = [_priced(explanation) for name in (*rows(), *branches()) if (explanation := by_id(name))]
    assert [text for one in shown for text in one.next if may_pay(text)] == []
    for text in (
        "routecheck run --no-fallback",
        "routecheck generate",
        "openclaw infer image generate --prompt x",
        "POST $BASE_URL/v1/images/generations with the image model",
    ):
        assert may_pay(text)
    for text in ("routecheck run --no-fallback --no-spend", "routecheck run --dry", "routecheck token"):
        assert not may_pay(text)
    assert not may_pay("routecheck run --no-fallback   # pays for one image")


def test_what_is_proposed_on_a_gateway_says_that_it_pays(piped) -> None:
    from diagnose.cli.explain import _priced
    from diagnose.matrix.remedies import commands

    row = next(row for row in rows().values() if row.action == "call_dedicated_image_endpoint")
    explanation = explain_text(VERIFY, Hints())
    for of in ({"gateway"}, {"openrouter"}, {"login"}, set()):
        told = _priced(replace(explanation, next=commands(row, frozenset(of)))).next
        assert all("pays" in text for text in told if "POST" in text)


def test_a_missing_file_named_like_a_key_is_not_repeated(routecheck) -> None:
    done = routecheck("explain", f"./sk-proj-{CANARY}")
    assert done.returncode == 2
    assert CANARY not in done.stderr


def test_a_key_of_this_machine_is_not_repeated(routecheck) -> None:
    text = f'{{"error": {{"message": "bad", "code": "{CANARY}"}}}} HTTP 401'
    done = routecheck("explain", text, env={"OPENAI_API_KEY": CANARY})
    assert CANARY not in done.stdout


@pytest.mark.parametrize(
    "text",
    [
        "Missing key: api_key: missing, token: expired, code: invalid_api_key, host api.openai.com",
        'request_id: req_0123456789abcdef, "prompt_tokens": 1234567890, "token_type": "bearer"',
        "password=required; secret is missing",
    ],
)
def test_what_only_talks_about_credentials_stays(text) -> None:
    assert PastedRedactor(text).text(text) == text


def test_our_own_commands_are_not_taken_for_credentials(piped) -> None:
    done = piped("Codex completed without producing an image_generation_call", "--route", "cpa-responses")
    assert done.returncode == 0
    assert "<redacted>" not in done.stdout


def test_commands_of_a_saved_report_are_not_taken_for_credentials(piped) -> None:
    command = "routecheck run --no-fallback --no-spend --only credentials"
    saved = {
        "schema": "routecheck.report/v1",
        "symptoms": [{"id": "no-credential"}],
        "next": ["export OPENAI_API_KEY=YOUR_KEY", command, "export OPENAI_API_KEY=$OPENAI_API_KEY"],
    }
    done = piped(json.dumps(saved))
    assert done.returncode == 0
    assert f"    {command}\n" in done.stdout
    assert "<redacted>" not in done.stdout
    assert "pays" not in done.stdout


def test_a_fact_that_is_hidden_is_hidden_in_a_command_too() -> None:
    found = replace(
        explain_text(VERIFY, Hints()), facts={"host": "Hunterhunter"}, next=("curl https://Hunterhunter/v1",)
    )
    hidden = PastedRedactor("password: Hunterhunter").explanation(found)
    assert hidden.facts == {"host": "<redacted>"}
    assert hidden.next == ("curl https://<redacted>/v1",)


def test_a_long_text_is_not_repeated(piped) -> None:
    done = piped(VERIFY + " filler" * 20_000)
    assert len(done.stdout) < 6000


def timed(text: str) -> float:
    begin = time.perf_counter()
    PastedRedactor(text)
    return time.perf_counter() - begin


@pytest.mark.parametrize(
    "piece",
    [
        "token",
        "token=",
        "authorization: ",
        "://a",
        'key="a ',
        'cookie: a="',
        "İ key: ",
        "-u ",
        "code=a",
        "key" + "-" * 30,
        '{"value":"a1","name":"key"},',
        'name="key"\r\n\r\na1\r\n',
        "key:\n",
        "password is a1 ",
        "key%3D%22",
        "\\u0041",
        "\x1b[",
        "[1m",
        "authorization: a=b; ",
        "\uff4b",
        "密码",
        "パスワードは",
        "key|",
        "token=abcd12345678\n" + "abcd12345678\n" * 12,
        "│ token: ab1 │\n",
    ],
)
def test_looking_for_secrets_takes_linear_time(piece) -> None:
    short, long = "x" * 1000 + piece * (1_000_000 // len(piece)), piece * (4_000_000 // len(piece))
    timed(short)
    # The smallest of three: another process may have had the processor in the meantime.
    assert min(timed(long) for _ in range(3)) < 12 * min(timed(short) for _ in range(3)) + 0.05


def test_too_many_credentials_hide_whatever_could_be_one() -> None:
    text = "".join(f"token=a{number}b{number}c " for number in range(5000))
    redactor = PastedRedactor(text)
    assert CANARY not in redactor.text(f"the code is {CANARY}")
    assert redactor.text("model gpt-image-2 at api.openai.com") == "model gpt-image-2 at api.openai.com"


@pytest.mark.parametrize(
    "text",
    [
        f"Call to https://api.telegram.org/bot123456789:{CANARY}/sendPhoto failed: HTTP 400",
        f"POST https://gw.example/{CANARY}x1/v1/images/generations failed: HTTP 403 Forbidden",
        f"curl --api-key {CANARY} failed for {CANARY}: HTTP 401, param {CANARY}",
    ],
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_credential_in_a_path_or_behind_an_option_is_not_shown(text: str, form: str, routecheck) -> None:
    done = routecheck("explain", text, "--format", form)
    assert CANARY not in done.stdout + done.stderr


def test_the_path_of_an_api_stays(routecheck) -> None:
    url = (
        "https://x.openai.azure.com/openai/deployments/gpt-image-2-1/images/generations?api-version=2025-04-01-preview"
    )
    done = routecheck("explain", f"{url} 404 DeploymentNotFound", "--format", "json")
    assert json.loads(done.stdout)["facts"]["path"].startswith("/openai/deployments/gpt-image-2-1/images")


@pytest.mark.parametrize(
    ("ray", "shown"),
    [("9a1f3c2b7d8e4f10-FRA", True), (f"sk-proj-{CANARY}", False), ("9a1f3c2b7d8e4f109a1f3c2b7d8e4f10", False)],
)
def test_the_ray_of_an_answer_is_shown_and_nothing_else_in_its_place(routecheck, ray: str, shown: bool) -> None:
    page = f"HTTP/2 403\ncontent-type: text/html\ncf-ray: {ray}\n\n<html><title>Just a moment...</title></html>"
    assert (ray in routecheck("explain", page).stdout) is shown
