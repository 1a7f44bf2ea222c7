"""The real Codex CLI takes the sandbox for its backend, and routecheck reads what that program leaves behind."""

import contextlib
import fcntl
import json
import re
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from children import child, run
from codex_cli import CODEX_SECONDS, PROMPT, Machine, digest, machine
from install import Codex, install_codex

from diagnose.machine.codex_home import CodexHome
from diagnose.machine.codex_logs import stored_errors
from diagnose.sandbox.codex_logs import write_logs
from diagnose.sandbox.faults import Codex as CodexFaults
from diagnose.sandbox.faults import Faults, Oauth
from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.server import Sandbox

Start = Callable[..., Machine]

SCRIPTED, CALLED = "gpt-5.6-sol", "gpt-5.5"
"""A model that Codex lets write scripts, in which the image function is called, and one that calls it itself."""
NAMED = {SCRIPTED: "exec-", CALLED: "call_"}
"""How the files of either begin."""
ACCOUNTS, RESPONSES = "/backend-api/wham/accounts/check", "/backend-api/codex/responses"
GENERATIONS, EDITS = "/backend-api/codex/images/generations", "/backend-api/codex/images/edits"
EXPIRED = LoginPlan(expires_in=-3600.0, issued_ago=864_000.0)
KEY = "sk-proj-" + "a1b2c3d4" * 8


@pytest.fixture(scope="session")
def codex() -> Codex:
    """The real program. That it cannot be had fails the tests; it never skips them."""
    return install_codex()


@pytest.fixture
def start(codex: Codex, tmp_path: Path) -> Iterator[Start]:
    """Starts a sandbox with these faults and gives a machine with a login in front of it."""
    with contextlib.ExitStack() as stack:

        def started(plan: LoginPlan | None = None, **faults: Any) -> Machine:
            sandbox = stack.enter_context(Sandbox(Faults(**faults)))
            return stack.enter_context(machine(codex, tmp_path, sandbox, plan))

        yield started


def asked(on: Machine, path: str, method: str = "POST") -> list[int | None]:
    """The status of each answer."""
    return [row.status for row in on.asked("codex") if (row.method, row.path) == (method, path)]


def test_the_login_that_the_sandbox_writes_is_taken_for_a_chatgpt_login(start: Start) -> None:
    on = start()
    before = digest(on.login)
    assert on.status() == (0, "Logged in using ChatGPT")
    auth = on.doctor()["auth.credentials"]
    assert (auth["status"], auth["summary"]) == ("ok", "auth is configured")
    assert auth["details"]["stored auth mode"] == "chatgpt"
    assert digest(on.login) == before
    assert not on.asked("oauth")


@pytest.mark.parametrize("model", [SCRIPTED, CALLED])
def test_an_image_is_made_and_billed_once(model: str, start: Start) -> None:
    on = start()
    before = digest(on.login)
    done = on.draw("--model", model)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The image is ready." in done.stdout
    assert asked(on, ACCOUNTS, "GET") == [200]
    assert asked(on, RESPONSES, "GET") == [426]
    assert asked(on, RESPONSES) == [200, 200]
    assert asked(on, GENERATIONS) == [200]
    [billed] = [row for row in on.sandbox.requests if row.billed]
    assert (billed.path, billed.images, billed.model) == (GENERATIONS, 1, "gpt-image-2")
    assert billed.body is not None
    assert billed.body["prompt"] == PROMPT
    [image] = on.images()
    assert image.name.startswith(NAMED[model])
    assert image.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert "auth.openai.com" not in on.outside.hosts
    assert digest(on.login) == before
    assert not on.sandbox.failures


def test_the_list_of_models_is_understood(start: Start) -> None:
    on = start()
    assert "failed to decode models response" not in on.draw("--model", CALLED).stderr
    assert set(asked(on, "/backend-api/codex/models", "GET")) == {200}


def test_an_attached_image_is_edited(start: Start) -> None:
    on = start()
    assert on.draw("--model", CALLED).returncode == 0
    [image] = on.images()
    done = on.draw("--model", CALLED, "--image", image)
    assert done.returncode == 0, done.stdout + done.stderr
    assert asked(on, EDITS) == [200]
    assert [row.path for row in on.sandbox.requests if row.billed] == [GENERATIONS, EDITS]
    assert len(on.images()) == 2


def test_the_address_of_the_sandbox_itself_serves_a_provider_of_its_own(start: Start) -> None:
    on = start()
    provider = f'{{name="sandbox", base_url="{on.sandbox.codex_url}", wire_api="responses", requires_openai_auth=true}}'
    done = on.draw(
        *("-c", f'chatgpt_base_url="{on.sandbox.url}/backend-api/"', "-c", 'model_provider="sandbox"'),
        *("-c", f"model_providers.sandbox={provider}", "--model", CALLED),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(on.images()) == 1
    assert asked(on, GENERATIONS) == [200]
    assert {row.host.partition(":")[0] for row in on.asked("codex")} == {"127.0.0.1"}
    assert "chatgpt.com" not in on.outside.hosts


def test_no_image_comes_of_a_refusal(start: Start) -> None:
    on = start(codex=CodexFaults(refusal="usage_limit_reached"))
    done = on.draw("--model", CALLED)
    assert not on.images()
    assert on.sandbox.billed == 0
    assert "usage limit" in done.stdout


def test_a_login_that_two_programs_hold_is_lost_to_the_one_that_comes_second(start: Start) -> None:
    on = start(EXPIRED, oauth=Oauth(rotates=True))
    other = on.codex_home.with_name("other")
    other.mkdir()
    shutil.copy2(on.login, other)
    before = digest(on.login)

    assert on.draw("--model", CALLED).returncode == 0
    assert digest(on.login)[0] != before[0]
    assert [row.status for row in on.asked("oauth")] == [200]

    env = on.cli_env | {"CODEX_HOME": str(other)}
    late = run(on.command("exec", "--skip-git-repo-check", "--", PROMPT), env, on.folder, CODEX_SECONDS)
    assert late.returncode != 0
    assert "your refresh token was already used" in late.stderr
    assert [error.symptom for error in stored_errors(CodexHome(folder=other))] == ["refresh-token-reused"]
    assert len(on.images()) == 1


@pytest.mark.parametrize(
    ("code", "symptom"),
    [
        ("refresh_token_reused", "refresh-token-reused"),
        ("refresh_token_expired", "login-revoked"),
        ("refresh_token_invalidated", "login-revoked"),
    ],
)
def test_a_refused_refresh_is_found_in_what_the_program_keeps(code: Any, symptom: str, start: Start) -> None:
    on = start(EXPIRED, oauth=Oauth(refusal=code))
    begun = time.time()
    assert on.draw("--model", CALLED).returncode != 0
    [error] = stored_errors(CodexHome(folder=on.codex_home))
    assert (error.symptom, error.over) == (symptom, False)
    assert begun - 1 < error.at < time.time() + 1


def test_a_refused_login_is_found_and_reads_as_the_sandbox_writes_it(start: Start, tmp_path: Path) -> None:
    on = start()
    on.login.unlink()
    # On a busy machine the program now and then ends before its own log has taken the last line (0.169.0).
    for _ in range(5):
        log_in(on, error="invalid_scope", error_description="The OAuth 2.0 Client is not allowed to request scope 'x'.")
        if len(timeless(on.codex_home)) > 1:
            break
        (on.codex_home / "log" / "codex-login.log").unlink()
    [error] = stored_errors(CodexHome(folder=on.codex_home))
    assert (error.symptom, error.over) == ("invalid-scope-login", False)
    played = tmp_path / "played"
    write_logs(played, ["invalid_scope"], on.sandbox.sign_in(LoginPlan()), time.time())
    assert timeless(played) == timeless(on.codex_home)


def test_a_login_that_is_begun_ends_the_one_before_it(start: Start) -> None:
    on = start()
    log_in(on, error="access_denied")
    assert not on.login.exists()
    assert [row.path for row in on.asked("oauth")] == ["/oauth/revoke"]
    assert on.status() == (1, "Not logged in")


def log_in(on: Machine, **answer: str) -> None:
    """A login in the browser that ends with this answer."""
    with one_login_at_a_time(), child(on.command("login"), on.cli_env, on.folder) as process:
        assert process.stderr is not None
        shown = next(line for line in process.stderr if "/oauth/authorize?" in line)
        query = parse_qs(urlsplit(shown.strip()).query)
        back = f"{query['redirect_uri'][0]}?{urlencode({'state': query['state'][0], **answer})}"
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with contextlib.suppress(urllib.error.HTTPError), direct.open(back, timeout=10) as page:
            page.read()
        assert process.wait(CODEX_SECONDS) == 1


@contextlib.contextmanager
def one_login_at_a_time() -> Iterator[None]:
    """The program's port is the same for everybody on a computer, and a second login ends the first."""
    with (Path(tempfile.gettempdir()) / "routecheck-tests-codex-login").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def timeless(home: Path) -> list[str]:
    """The log of the logins without its moments."""
    lines = (home / "log" / "codex-login.log").read_text().splitlines()
    stripped = [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ", "", line) for line in lines]
    assert stripped != lines
    return stripped


@pytest.mark.parametrize(
    ("content", "said", "family", "code"),
    [
        (None, "Logged in using ChatGPT", "codex-oauth", 0),
        ({"auth_mode": "apikey", "OPENAI_API_KEY": KEY}, "API key configured", "platform-key", 0),
        ({}, "Not logged in", "", 1),
    ],
)
def test_routecheck_and_the_program_agree_on_what_is_held(
    content: Any, said: str, family: str, code: int, start: Start
) -> None:
    on = start()
    if content is not None:
        on.login.unlink()
    if content:
        on.login.write_text(json.dumps(content))
    assert said in on.status()[1]
    done = on.routecheck("token", "--from", "codex", "--format", "json")
    found = json.loads(done.stdout)
    assert (found["family"], done.returncode) == (family, code), done.stdout + done.stderr
    assert not on.sandbox.requests


def test_routecheck_says_more_than_the_program_of_a_login_that_cannot_work(start: Start) -> None:
    on = start(LoginPlan(expires_in=-3600.0, issued_ago=864_000.0, stored_account="other"))
    before = digest(on.login)
    assert on.status() == (0, "Logged in using ChatGPT")
    done = on.routecheck("token", "--from", "codex", "--format", "json")
    assert done.returncode == 1
    assert {problem["id"] for problem in json.loads(done.stdout)["problems"]} >= {"expired", "account-differs"}
    assert digest(on.login) == before
    assert not on.sandbox.requests


def test_routecheck_leaves_a_login_alone_that_the_program_would_refresh(start: Start) -> None:
    on = start(EXPIRED, oauth=Oauth(rotates=True))
    before = digest(on.login)
    assert on.routecheck("token", "--all").returncode == 1
    assert digest(on.login) == before
    assert not on.sandbox.requests
    on.doctor()
    assert digest(on.login)[0] != before[0]
