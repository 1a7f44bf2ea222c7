"""`routecheck token`: found wherever it is, judged, and shown nowhere."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reports
from diagnose.cli.problems import UsageProblem
from diagnose.cli.token import take
from diagnose.cli.token_sources import looks_like_token
from diagnose.machine.host import Host

CODEX = "app_EMoamEEZ73f0CkXaXp7hrann"
ACCOUNT = "11111111-2222-3333-4444-555555555555"
E_MAIL = "canary.person@example.org"
REFRESH = "rt_CANARYrefresh" + "r7" * 20
KEY = "sk-proj-CANARYkey" + "k3" * 16
SCHEMA = json.loads((Path(reports.__file__).parent / "schemas" / "token.v1.schema.json").read_text(encoding="utf-8"))


def token(days: float = 9, **more: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": "https://auth.openai.com", "client_id": CODEX, "aud": ["https://api.openai.com/v1"], "iat": now - 60,
        "exp": now + int(days * 86_400), "scp": ["openid", "offline_access"], "sub": f"auth0|{E_MAIL}",
        "https://api.openai.com/auth": {"chatgpt_account_id": ACCOUNT, "chatgpt_plan_type": "plus",
                                        "chatgpt_user_id": "user-1",
                                        "organizations": [{"id": "org-1", "role": "owner", "title": "CANARY Inc."}]},
        "https://api.openai.com/profile": {"email": E_MAIL},
    } | more  # fmt: skip
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "kid": "k"}, claims)]
    return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in (*parts, b"CANARY" * 43))


def auth_file(access: str, **more: Any) -> dict[str, Any]:
    tokens = {"access_token": access, "refresh_token": REFRESH, "id_token": token(aud=[CODEX]), "account_id": ACCOUNT}
    return {"auth_mode": "chatgpt", "OPENAI_API_KEY": None, "tokens": tokens | more,
            "last_refresh": "2026-01-01T00:00:00Z"}  # fmt: skip


def profile(access: str, **more: Any) -> dict[str, Any]:
    return {"type": "oauth", "provider": "openai-codex", "access": access, "refresh": REFRESH, "email": E_MAIL,
            "expires": int(time.time() * 1000) + 86_400_000, "accountId": ACCOUNT} | more  # fmt: skip


@pytest.fixture
def home(machine: dict[str, str]) -> Path:
    """A machine with everything: a Codex login, a profile of OpenClaw named by an e-mail, a key."""
    home = Path(machine["HOME"])
    agent = home / ".openclaw" / "agents" / "main" / "agent"
    agent.mkdir(parents=True)
    stored = {f"openai-codex:{E_MAIL}": profile(token(8)), "openai:key": {
        "type": "api_key", "provider": "openai", "key": KEY + "stored"}}  # fmt: skip
    (agent / "auth-profiles.json").write_text(json.dumps({"version": 1, "profiles": stored}))
    (home / ".codex").mkdir()
    (home / ".codex" / "auth.json").write_text(json.dumps(auth_file(token())))
    machine["OPENAI_API_KEY"] = KEY
    return home


def secrets_of(home: Path) -> list[str]:
    found = [KEY, REFRESH, E_MAIL, "CANARY", "canary"]
    for file in home.rglob("auth*.json"):
        text = file.read_text()
        found += [part for part in text.split('"') if len(part) > 30 and "/" not in part and "-2222-" not in part]
    return found


def quiet(done: subprocess.CompletedProcess[str], *secrets: str) -> None:
    for secret in secrets:
        assert secret not in done.stdout + done.stderr, f"{secret[:12]}… came out"


def test_the_login_of_the_codex_route_is_the_default(routecheck: Any, home: Path) -> None:
    done = routecheck("token")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("FIT  Nothing stands in the way of codex-responses for the login of the Codex CLI")
    for text in (ACCOUNT, "user-1", "plus", "org-1 (owner)", CODEX, "openid offline_access", "claimed, not verified",
                 "api.model.images.request", "The same refresh token stands in"):  # fmt: skip
        assert text in done.stdout, text
    assert max(map(len, done.stdout.splitlines())) <= 80
    quiet(done, *secrets_of(home))


@pytest.mark.parametrize("words", ["", "--all", "--from openclaw", "--from codex --route codex-images", "--from env"])
def test_the_json_fits_its_schema_and_shows_no_secret(routecheck: Any, home: Path, words: str) -> None:
    done = routecheck("token", *words.split(), "--format", "json")
    content = json.loads(done.stdout)
    assert isinstance(content, list) == ("--all" in words)
    for one in content if isinstance(content, list) else [content]:
        jsonschema.validate(one, SCHEMA, cls=jsonschema.Draft202012Validator)
    quiet(done, *secrets_of(home))


def test_the_names_of_the_contract(routecheck: Any, home: Path) -> None:
    content = json.loads(routecheck("token", "--format", "json").stdout)
    assert list(content)[:13] == [
        "schema", "kind", "fingerprint", "issuer", "client_id", "scopes", "account", "workspace", "plan", "expires_at",
        "expired", "verified", "problems",
    ]  # fmt: skip
    assert content["schema"] == "routecheck.token/v1"
    assert (content["kind"], content["family"], content["plan"]) == ("codex-oauth", "codex-oauth", "plus")
    assert (content["account"], content["workspace"], content["verified"]) == (ACCOUNT, ACCOUNT, None)
    assert (content["expired"], content["claimed"], content["exit_code"]) == (False, True, 0)
    assert content["last_refresh_age_seconds"] > 0
    assert {row["id"]: row["can"] for row in content["surfaces"]}["openai-images"] == "no"


def test_all_lists_everything_and_the_used_one_first(routecheck: Any, home: Path) -> None:
    content = json.loads(routecheck("token", "--all", "--format", "json").stdout)
    assert [one["kind"] for one in content] == ["codex-oauth", "project-key", "codex-oauth", "project-key"]
    assert [one["name"] for one in content[:2]] == ["codex", "OPENAI_API_KEY"]
    table = routecheck("token", "--all")
    lines = table.stdout.splitlines()
    assert lines[0].startswith("FIT  Nothing stands in the way of codex-responses for the login of the Codex CLI")
    assert lines[-1] == "FIT, exit code 0"
    assert "4 credentials found, judged for codex-responses; the first one decides." in lines
    assert "2 of 4 OPENAI_API_KEY (a project key of the OpenAI platform): not for this route" in lines
    quiet(table, *secrets_of(home))


def test_the_key_is_the_default_where_there_is_no_login(routecheck: Any, machine: dict[str, str]) -> None:
    machine["OPENAI_API_KEY"] = KEY
    content = json.loads(routecheck("token", "--format", "json").stdout)
    assert (content["route"], content["kind"], content["exit_code"]) == ("openai-images", "project-key", 0)
    assert (content["verified"], content["claimed"], content["expires_at"]) == (None, False, None)


def test_nothing_found_is_a_finding(routecheck: Any, machine: dict[str, str]) -> None:
    done = routecheck("token")
    assert done.returncode == 1
    assert done.stdout.startswith("STOPPED  There is no login and no API key.")
    assert "Next\n  codex login\n" in done.stdout
    content = json.loads(routecheck("token", "--format", "json").stdout)
    assert (content["kind"], content["fingerprint"], content["problems"][0]["id"]) == ("none", None, "no-credential")
    jsonschema.validate(content, SCHEMA, cls=jsonschema.Draft202012Validator)
    every = routecheck("token", "--all", "--format", "json")
    assert (every.returncode, json.loads(every.stdout)[0]["problems"]) == (1, content["problems"])
    key = routecheck("token", "--route", "openai-images")
    assert key.stdout.startswith("STOPPED  There is no API key for openai-images.")
    assert "export OPENAI_API_KEY=YOUR_KEY   # with" in key.stdout
    login = routecheck("token", "--from", "codex")
    assert login.stdout.startswith("STOPPED  There is no login for codex-responses.")
    assert "An API key does not help here." in " ".join(login.stdout.split())


@pytest.mark.parametrize(("place", "route"), [("codex", "codex-responses"), ("env", "openai-images")])
def test_the_route_that_is_judged_for_is_that_of_the_place(tmp_path: Path, place: str, route: str) -> None:
    (found,) = take(Host(env={}, home=tmp_path), place=place)
    assert (found.route, found.kind) == (route, "none")


def test_a_wrapped_login_is_still_one_of_codex(tmp_path: Path) -> None:
    (tmp_path / "wrapped").write_text(token()[:64] + "\n" + token()[64:])
    (found,) = take(Host(env={}, home=tmp_path), place=str(tmp_path / "wrapped"))
    assert (found.route, [problem.id for problem in found.problems]) == ("codex-responses", ["line-breaks"])


def test_a_profile_can_be_named_even_by_an_email(routecheck: Any, home: Path) -> None:
    done = routecheck("token", "--profile", f"openai-codex:{E_MAIL}", "--format", "json")
    assert json.loads(done.stdout)["source"].startswith("OpenClaw's profile openai-codex:<redacted>")
    quiet(done, *secrets_of(home))
    again = routecheck("token", "--profile", json.loads(done.stdout)["fingerprint"], "--format", "json")
    assert json.loads(again.stdout)["source"] == json.loads(done.stdout)["source"]
    unknown = routecheck("token", "--profile", "nobody")
    assert unknown.returncode == 2
    assert "there is codex, OPENAI_API_KEY" in unknown.stderr
    quiet(unknown, *secrets_of(home))


def nexts(done: subprocess.CompletedProcess[str]) -> list[str]:
    found: list[str] = json.loads(done.stdout)["next"]
    return [command for command in found if command != "routecheck token --all"]


RUN = "routecheck run --no-fallback --no-spend --route codex-responses"


def openclaw(machine: dict[str, str], folder: Path, release: str) -> None:
    """An installation of that release, by its package alone."""
    package = folder / "npm" / "openclaw"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": release}))
    (package / "openclaw.mjs").write_text("#!/bin/sh\n")
    (package / "openclaw.mjs").chmod(0o755)
    (folder / "bin").mkdir()
    (folder / "bin" / "openclaw").symlink_to(package / "openclaw.mjs")
    machine["PATH"] = f"{folder / 'bin'}:{machine['PATH']}"


def test_the_next_command_uses_the_login_that_was_judged(
    routecheck: Any, home: Path, machine: dict[str, str], tmp_path: Path
) -> None:
    openclaw(machine, tmp_path, "2026.5.18")
    first = routecheck("token", "--format", "json")
    assert json.loads(first.stdout)["name"] == "openai-codex:<redacted>"
    assert nexts(first) == [RUN]
    for option in ("--login", "--profile"):
        assert nexts(routecheck("token", option, "codex", "--format", "json")) == [f"{RUN} --login codex"]
    by_variable = routecheck("token", "--format", "json", env={"ROUTECHECK_LOGIN": "codex"})
    assert json.loads(by_variable.stdout)["name"] == "codex"


def test_a_login_named_by_an_email_is_used_by_its_fingerprint(
    routecheck: Any, home: Path, machine: dict[str, str], tmp_path: Path
) -> None:
    openclaw(machine, tmp_path, "2026.5.18")
    file = home / ".openclaw" / "agents" / "main" / "agent" / "auth-profiles.json"
    stored = {"openai-codex:a": profile(token(7)), f"openai-codex:{E_MAIL}": profile(token(8))}
    order = {"openai-codex": list(stored)}
    file.write_text(json.dumps({"version": 1, "profiles": stored, "order": order}))
    done = routecheck("token", "--login", f"openai-codex:{E_MAIL}", "--format", "json")
    assert nexts(done) == [f"{RUN} --login {json.loads(done.stdout)['fingerprint']}"]


def test_a_login_that_the_installed_openclaw_does_not_read_is_stopped_and_says_why(
    routecheck: Any, home: Path, machine: dict[str, str], tmp_path: Path
) -> None:
    openclaw(machine, tmp_path, "2026.9.6")
    done = routecheck("token", "--from", "openclaw", "--format", "json")
    content = json.loads(done.stdout)
    assert (done.returncode, content["verdict"], nexts(done)) == (1, "stopped", [])
    assert content["problems"][0]["id"] == "not-read"
    assert "OpenClaw 2026.9.6 does not read" in content["problems"][0]["says"]


def test_a_key_that_no_run_reads_has_no_next_command_and_says_why(routecheck: Any, machine: dict[str, str]) -> None:
    folder = Path(machine["HOME"]) / ".codex"
    folder.mkdir()
    (folder / "auth.json").write_text(json.dumps({"auth_mode": "apikey", "OPENAI_API_KEY": KEY}))
    done = routecheck("token", "--format", "json")
    assert (done.returncode, nexts(done)) == (0, [])
    assert "Put this one into OPENAI_API_KEY" in json.loads(done.stdout)["notes"][0]


def test_the_next_command_for_a_file_takes_that_file(
    routecheck: Any, home: Path, machine: dict[str, str], tmp_path: Path
) -> None:
    own = routecheck("token", "--from", str(home / ".codex" / "auth.json"), "--format", "json")
    assert nexts(own) == [RUN]
    for name, before in (("elsewhere", "CODEX_HOME={} "), ("else where", "env CODEX_HOME='{}' ")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "auth.json").write_text(json.dumps(auth_file(token())))
        done = routecheck("token", "--from", f"{name}/auth.json", "--format", "json")
        assert nexts(done) == [before.format(tmp_path / name) + RUN]
    openclaw(machine, tmp_path, "2026.5.18")  # whose login would come first
    done = routecheck("token", "--from", "elsewhere/auth.json", "--format", "json")
    assert nexts(done) == [f"CODEX_HOME={tmp_path / 'elsewhere'} {RUN} --login codex"]


@pytest.mark.parametrize("name", ["loose", "login.json"])
def test_a_loose_token_has_no_next_command_and_says_why(
    routecheck: Any, machine: dict[str, str], tmp_path: Path, name: str
) -> None:
    (tmp_path / "loose").write_text(token())
    (tmp_path / "login.json").write_text(json.dumps(auth_file(token())))
    done = routecheck("token", "--from", name, "--format", "json")
    assert (done.returncode, nexts(done)) == (0, [])
    assert json.loads(done.stdout)["notes"][0].startswith("routecheck run takes no loose token")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "cannot be read: it is empty"),
        (json.dumps({"tokens": {"access_token": KEY}})[:-9], "it ends in the middle (line 1)"),
        (json.dumps(auth_file(f'"{KEY}"')), "Quotes stand around it"),
    ],
)
def test_a_damaged_login_is_stopped_on_its_own_route_in_its_own_words(
    routecheck: Any, machine: dict[str, str], content: str, says: str
) -> None:
    folder = Path(machine["HOME"]) / ".codex"
    folder.mkdir()
    (folder / "auth.json").write_text(content)
    for words in ((), ("--from", str(folder / "auth.json"))):
        done = routecheck("token", "--format", "json", *words)
        found = json.loads(done.stdout)
        assert (done.returncode, found["verdict"]) == (1, "stopped")
        assert says in found["problems"][0]["says"]
        quiet(done, KEY)
        if "Quotes" not in says:  # there it is a key by its form
            assert (found["route"], nexts(done)) == ("codex-responses", ["codex login"])


@pytest.mark.parametrize(
    "spoil", [lambda text: f'"{text}"', lambda text: text.replace(".", "\n.", 1), lambda text: f"'{text}' "]
)
def test_a_spoilt_token_is_one_of_the_codex_route(routecheck: Any, machine: dict[str, str], spoil: Any) -> None:
    folder = Path(machine["HOME"]) / ".codex"
    folder.mkdir()
    (folder / "auth.json").write_text(json.dumps(auth_file(spoil(token()))))
    found = json.loads((done := routecheck("token", "--format", "json")).stdout)
    assert (found["route"], found["kind"], done.returncode) == ("codex-responses", "codex-oauth", 1)
    assert [problem["id"] for problem in found["problems"]] in (["quoted"], ["line-breaks"])
    assert nexts(done) == ["codex login"]


def test_a_refresh_token_that_the_codex_cli_saw_refused_is_told(routecheck: Any, home: Path) -> None:
    folder = home / ".codex" / "sessions" / "2099" / "01" / "01"
    folder.mkdir(parents=True)
    message = "Your access token could not be refreshed because your refresh token was already used. Please log in."
    payload = {"type": "task_complete", "turn_id": "1", "error": {"message": message}}
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - 5))
    event = {"timestamp": moment, "ordinal": 1, "type": "event_msg", "payload": payload}
    (folder / "rollout-2099-01-01T00-00-00-a.jsonl").write_text(json.dumps(event) + "\n")
    alive = routecheck("token", "--format", "json")
    assert alive.returncode == 0
    assert "refresh-refused" in [problem["id"] for problem in json.loads(alive.stdout)["problems"]]
    (home / ".codex" / "auth.json").write_text(json.dumps(auth_file(token(-1))))
    over = routecheck("token", "--from", "codex", "--format", "json")
    assert (over.returncode, nexts(over)) == (1, ["codex login"])
    assert "expired-for-good" in [problem["id"] for problem in json.loads(over.stdout)["problems"]]


def test_only_profiles_of_openai_are_taken_from_a_store(
    routecheck: Any, machine: dict[str, str], tmp_path: Path
) -> None:
    stored = {
        "anthropic:a": {"type": "oauth", "provider": "anthropic", "access": token(-1), "refresh": REFRESH},
        "x$(id):y": profile(token(-1), provider="openai; rm -rf ~ #"),
    }
    (tmp_path / "store.json").write_text(json.dumps({"version": 1, "profiles": stored}))
    done = routecheck("token", "--from", "store.json", "--all")
    assert done.returncode == 1
    assert "rm -rf" not in done.stdout
    assert done.stdout.startswith("STOPPED  There is no API key for openai-images.")


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda file: file["tokens"].update(access_token=token(-1)), 1, "It expired"),
        (lambda file: file["tokens"].update(access_token=token()[:300]), 1, "It is cut off"),
        (lambda file: file["tokens"].update(access_token=token().replace(".", "\n.", 1)), 1, "White space stands"),
        (lambda file: file["tokens"].update(access_token=token(client_id=None, aud=[CODEX])), 1, "It is an id token"),
        (lambda file: file["tokens"].update(access_token=REFRESH), 1, "It is a refresh token"),
        (lambda file: file["tokens"].update(account_id="org-abc"), 1, "org-abc is stored"),
        (lambda file: file["tokens"].update(account_id="other"), 1, "other is stored beside it"),
        (lambda file: file["tokens"].update(refresh_token=None), 0, "No refresh token"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_login(
    routecheck: Any, machine: dict[str, str], tmp_path: Path, change: Any, code: int, says: str
) -> None:
    content = auth_file(token())
    change(content)
    (tmp_path / "auth.json").write_text(json.dumps(content))
    done = routecheck("token", "--from", "auth.json", "--route", "codex-responses")
    assert (done.returncode, says in " ".join(done.stdout.split())) == (code, True), done.stdout + done.stderr
    quiet(done, REFRESH, E_MAIL, "CANARY", *[part for part in json.dumps(content).split('"') if len(part) > 50])


@pytest.mark.parametrize(
    "text",
    [
        "{token}", " {token}\r\n", "Bearer {token}", "authorization: bearer {token}", '"{token}"', "\ufeff{token}",
        "POST /v1/images HTTP/1.1\r\nhost: x\r\nAuthorization: Bearer {token}\r\naccept: */*\r\n",
    ],
)  # fmt: skip
def test_a_file_and_stdin_hold_a_token_in_any_dress(tmp_path: Path, machine: dict[str, str], text: str) -> None:
    (tmp_path / "secret").write_bytes(text.replace("{token}", token()).encode())
    command = [str(Path(sys.executable).with_name("routecheck")), "token", "--format", "json", "--from"]
    for place, stdin in (("secret", None), ("-", (tmp_path / "secret").open("rb"))):
        done = subprocess.run([*command, place], env=machine, cwd=tmp_path, capture_output=True, text=True, stdin=stdin,
                              timeout=30, check=False)  # fmt: skip
        if stdin is not None:
            stdin.close()
        content = json.loads(done.stdout)
        assert (done.returncode, content["kind"], content["route"]) == (0, "codex-oauth", "codex-responses")
        quiet(done, E_MAIL, "CANARY", token().split(".")[1])


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        ({"version": 1, "profiles": {"openai:a": profile("TOKEN")}}, ["codex-oauth"]),
        ({"openai-codex": {"access": "TOKEN", "refresh": REFRESH, "expires": 1}}, ["codex-oauth"]),
        ({"access_token": "TOKEN", "refresh_token": REFRESH, "expires_in": 3600}, ["codex-oauth"]),
        ({"auth_mode": "apikey", "OPENAI_API_KEY": KEY}, ["project-key"]),
        ({"personal_access_token": "at-CANARY1234567890"}, ["codex-access-token"]),
        ({"agent_identity": {"key": "CANARYprivate"}}, ["unread"]),
        ({"tokens": {}}, []),
        ({"something": "else"}, []),
    ],
)
def test_files_of_several_programs_are_known(tmp_path: Path, content: Any, kinds: list[str]) -> None:
    (tmp_path / "f.json").write_text(json.dumps(content).replace("TOKEN", token()))
    found = take(Host(env={}, home=tmp_path), place=str(tmp_path / "f.json"))
    assert [one.kind for one in found] == (kinds or ["none"])
    assert "CANARY" not in str(found)


@pytest.mark.parametrize("secret", [KEY, token(), REFRESH, "Bearer " + token(), "at-0123456789abcdef", "x9" * 20])
@pytest.mark.parametrize("words", [["token", "{}"], ["token", "--from", "{}"], ["token", "--jwks", "{}"],
                                   ["token", "--all", "--", "{}"]])  # fmt: skip
def test_a_credential_on_the_command_line_is_refused_and_not_repeated(
    routecheck: Any, machine: dict[str, str], words: list[str], secret: str
) -> None:
    done = routecheck(*[word.replace("{}", secret) for word in words])
    assert (done.returncode, done.stdout) == (2, "")
    quiet(done, secret, secret[-20:])
    assert "looks like a credential" in done.stderr or "takes no argument" in done.stderr


@pytest.mark.parametrize(
    ("words", "piece"),
    [
        *((words, "eyJhbGciOi.abc.def") for words in ("{}", "--from {}", "--{}", "--format {}", "--agent {}",
                                                      "--all={}", "--jwks {}", "--route={}")),
        *((words, piece) for words in ("--from {}", "--format {}")
          for piece in ("hbGciOiJSUzI1NiJ9.eyJh", "at-CANARY12", "x9" * 20 + "/y", KEY)),
    ],
)  # fmt: skip
def test_a_piece_of_a_credential_is_not_repeated_either(
    routecheck: Any, machine: dict[str, str], words: str, piece: str
) -> None:
    done = routecheck("token", *words.replace("{}", piece).split())
    assert (done.returncode, done.stdout) == (2, "")
    quiet(done, piece)


def test_a_wrong_word_that_is_no_secret_is_named(routecheck: Any, machine: dict[str, str]) -> None:
    assert "Did you mean" in routecheck("token", "--fromat", "json").stderr
    assert "'jsno'" in routecheck("token", "--format", "jsno").stderr


@pytest.mark.parametrize("name", ["auth.json", "some/where/token.txt", "secret", "~/.codex/auth.json", "key"])
def test_a_file_name_is_no_token(name: str) -> None:
    assert not looks_like_token(name)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--from", "nowhere.json"], "--from nowhere.json: No such file or directory; there are openclaw, codex"),
        (["--from", "."], "--from .: "),
        (["--from", "broken.json"], "it begins as JSON, and it ends in the middle (line 1); give an auth.json"),
        (["--from", "list.json"], "it holds a list in JSON"),
        (["--from", "binary"], "it is no text"),
        (["--jwks", "broken.json"], "--jwks: broken.json holds no JSON"),
        (["--jwks", "nowhere.json"], "--jwks: nowhere.json cannot be read"),
        (["--route", "nowhere"], "there is no such route"),
        (["--agent", "nobody"], "the config has no such agent"),
    ],
)
def test_usage_errors_say_what_to_do(
    routecheck: Any, machine: dict[str, str], tmp_path: Path, words: list[str], says: str
) -> None:
    (tmp_path / "broken.json").write_text('{"anything": {"else": "' + KEY)
    (tmp_path / "list.json").write_text(f'["{KEY}"]')
    (tmp_path / "binary").write_bytes(b"\x80" + KEY.encode())
    done = routecheck("token", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    quiet(done, KEY, "CANARY")


def test_a_broken_config_of_openclaw_does_not_hide_the_codex_login(routecheck: Any, home: Path) -> None:
    (home / ".openclaw" / "openclaw.json").write_text("{ no json5")
    assert routecheck("token").returncode == 2
    done = routecheck("token", "--from", "codex")
    assert done.returncode == 0
    assert "OpenClaw's config cannot be read" in done.stdout


@pytest.fixture(scope="module")
def private() -> Any:
    return rsa.generate_private_key(65537, 2048)


def signed(private: Any, folder: Path) -> str:
    public = jwt.get_algorithm_by_name("RS256").to_jwk(private.public_key(), as_dict=True) | {"kid": "k"}
    (folder / "jwks.json").write_text(json.dumps({"keys": [public]}))
    claims = jwt.decode(token(), options={"verify_signature": False})
    return jwt.encode(claims, private, algorithm="RS256", headers={"kid": "k"})


def test_a_signature_is_verified_against_saved_keys(
    routecheck: Any, machine: dict[str, str], tmp_path: Path, private: Any
) -> None:
    (tmp_path / "good").write_text(good := signed(private, tmp_path))
    (tmp_path / "bad").write_text(good.rpartition(".")[0] + "." + token().rpartition(".")[2])
    for name, verified, code in (("good", True, 0), ("bad", False, 1)):
        done = routecheck("token", "--from", name, "--jwks", "jwks.json", "--format", "json")
        content = json.loads(done.stdout)
        assert (content["verified"], content["claimed"], done.returncode) == (verified, not verified, code)
    cache = tmp_path / "cache" / "routecheck"
    cache.mkdir(parents=True)
    (tmp_path / "jwks.json").rename(cache / "jwks.json")
    if os.uname().sysname == "Linux":
        found = routecheck("token", "--from", "good", env={"XDG_CACHE_HOME": str(tmp_path / "cache")})
        assert "What it says of itself (verified)" in found.stdout
    named = routecheck("token", "--from", "good", env={"ROUTECHECK_JWKS": str(cache / "jwks.json")})
    assert "What it says of itself (verified)" in named.stdout


def test_the_keyring_is_named_and_opened_only_when_asked(
    routecheck: Any, machine: dict[str, str], tmp_path: Path
) -> None:
    from keyrings.alt.file import PlaintextKeyring

    from diagnose.machine.keyring import SERVICE, account

    folder = Path(machine["HOME"]) / ".codex"
    folder.mkdir()
    (folder / "config.toml").write_text('cli_auth_credentials_store = "keyring"\n')
    machine |= {"PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring", "XDG_DATA_HOME": str(tmp_path / "data")}
    done = routecheck("token")
    assert done.returncode == 1
    assert f'config.toml says keyring): service "{SERVICE}"' in " ".join(done.stdout.split())
    assert account(folder) in done.stdout
    assert routecheck("token", "--from", "keyring").returncode == 1
    backend = PlaintextKeyring()
    backend.file_path = str(tmp_path / "data" / "python_keyring" / "keyring_pass.cfg")
    backend.set_password(SERVICE, account(folder), json.dumps(auth_file(token())))
    opened = routecheck("token", "--from", "keyring")
    assert opened.returncode == 0, opened.stdout + opened.stderr
    assert "in the keyring" in opened.stdout
    quiet(opened, REFRESH, E_MAIL, "CANARY")


def test_nothing_is_written_sent_or_started(
    home: Path, machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a socket or a program")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in home.rglob("*") if path.is_file()}
    host = Host(env=machine, home=home)
    for place in (None, "openclaw", "codex", "env", str(home / ".codex" / "auth.json")):
        for route in (None, "openai-images", "codex-images"):
            assert take(host, place=place, route=route)
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in home.rglob("*") if path.is_file()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(min_size=1) | st.text(min_size=1).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_file_makes_it_fail_or_comes_out(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "anything"
    file.write_bytes(raw)
    try:
        shown = str(take(Host(env={}, home=tmp_path), place=str(file)))
    except UsageProblem as problem:
        shown = str(problem)
    secret = raw.decode("utf-8", "replace").strip()
    assert len(secret) < 40 or secret not in shown


def test_no_heavy_library_is_loaded_without_keys_to_verify_with(home: Path, machine: dict[str, str]) -> None:
    code = (
        "import sys\nsys.argv = ['routecheck', 'token', '--all']\nfrom diagnose.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(' '.join({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=machine, capture_output=True, text=True, timeout=30)
    heavy = {"httpx", "PIL", "jinja2", "starlette", "uvicorn", "jwt", "cryptography", "msgspec", "tabulate", "keyring"}
    assert set(done.stderr.split()) & heavy == set()
