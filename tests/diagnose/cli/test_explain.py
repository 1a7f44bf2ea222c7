"""`routecheck explain` as it is typed: what it takes, what it refuses in which words, and what it never says."""

import base64
import errno
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import reports
from diagnose.cli import pasted
from diagnose.cli.explain import Hints, explain_text
from diagnose.cli.explain_words import OURS, USERS, credentials
from diagnose.cli.pasted_secrets import PastedRedactor
from diagnose.cli.problems import UsageProblem
from diagnose.matrix import rows
from diagnose.matrix.branches import branches, groups
from tests.conftest import COMMAND

SCHEMA_FILE = Path(reports.__file__).parent / "schemas" / "explanation.v1.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
VERIFY = "HTTP 403: Your organization must be verified to use the model `gpt-image-1`."
SCOPES = "You have insufficient permissions for this operation. Missing scopes: api.responses.write."


@pytest.fixture
def piped(machine, tmp_path):
    def call(text: str | bytes, *words: str) -> subprocess.CompletedProcess[str]:
        raw = text.encode() if isinstance(text, str) else text
        done = subprocess.run(
            [str(COMMAND), "explain", *words], input=raw, env=machine, cwd=tmp_path, capture_output=True, timeout=60
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


def test_words_a_file_and_a_pipe_say_the_same(routecheck, piped, tmp_path) -> None:
    (tmp_path / "error.log").write_text(VERIFY)
    shown = [routecheck("explain", VERIFY), routecheck("explain", *VERIFY.split()), routecheck("explain", "error.log"),
             piped(VERIFY), piped(VERIFY, "-")]  # fmt: skip
    assert {done.returncode for done in shown} == {0}
    assert len({done.stdout for done in shown}) == 1
    assert shown[0].stdout.startswith("DIAGNOSED  The organisation is not verified")
    assert max(len(line) for line in shown[0].stdout.splitlines() if "routecheck" not in line) <= 80


def test_one_more_fact_decides_and_the_option_tells_it(piped) -> None:
    open_ = piped(SCOPES)
    assert open_.returncode == 3
    assert open_.stdout.startswith("AMBIGUOUS  Which kind of credential")
    assert "add  --credential codex-oauth" in open_.stdout
    closed = piped(SCOPES, "--credential", "codex-oauth")
    assert closed.returncode == 0
    assert "row     token-on-images-api" in closed.stdout


def test_an_open_question_ends_with_commands_to_copy_and_the_way_to_find_out(routecheck, piped, tmp_path) -> None:
    (tmp_path / "error.log").write_text(SCOPES)
    shown = routecheck("explain", "error.log", "--status", "401").stdout
    assert "\n        routecheck explain error.log --status 401 --credential codex-oauth\n" in shown
    assert "\n    routecheck token   # which kind" in shown
    assert "branch scope, action fix_key_permissions, row missing-image-scope" in " ".join(shown.split())
    status = routecheck("explain", "HTTP 401").stdout
    assert "\n        routecheck explain 'HTTP 401' --credential platform-key\n" in status
    # Any other word may be a credential, however little it looks like one.
    for word in ("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", "Hunter2!", "xoxb-abc-def-ghi"):
        short = routecheck("explain", f"Missing scopes: model.request {word}")
        assert short.stdout.startswith("AMBIGUOUS")
        assert word not in short.stdout
    long = piped(SCOPES)
    assert "routecheck token" in long.stdout
    assert "To answer, repeat the command with the option that is true." in long.stdout
    for said in (f"token={CANARY}", CANARY):
        secret = routecheck("explain", f"Missing scopes: model.request {said}")
        assert secret.stdout.startswith("AMBIGUOUS")
        assert CANARY not in secret.stdout


@pytest.mark.parametrize(("status", "playbook"), [("401", True), ("403", True), ("429", False)])
def test_a_bare_status_tells_how_to_get_the_body(status, playbook, piped) -> None:
    shown = piped(f"HTTP {status}").stdout
    assert "the raw body of that answer" in shown
    assert "    routecheck run --no-fallback --no-spend\n" in shown
    assert "curl -v ... 2>&1 | routecheck explain -" in shown
    assert ("routecheck playbook run debug-codex-401-403" in shown) is playbook


def test_a_question_about_words_of_a_body_does_not_ask_for_the_body(piped) -> None:
    assert "raw body" not in piped(f"HTTP 401 {SCOPES}").stdout


@pytest.mark.parametrize(
    ("option", "word", "means"),
    [
        ("--credential", "api-key", "platform-key"),
        ("--credential", "API key", "platform-key"),
        ("--credential", "chatgpt", "codex-oauth"),
        ("--route", "openai", "openai-images"),
        ("--route", "chatgpt", "codex-oauth"),
    ],
)
def test_the_words_of_users_are_taken_for_ours(option, word, means, piped) -> None:
    taken, wanted = (piped(SCOPES, option, said, "--format", "json") for said in (word, means))
    assert (taken.returncode, taken.stderr) == (wanted.returncode, "")
    assert taken.stdout == wanted.stdout


def test_every_synonym_means_a_word_that_is_taken_and_is_none_itself() -> None:
    from diagnose.matrix import load

    known = {"--route": {*OURS, *USERS}, "--credential": set(credentials())}
    for row in load("routes.toml")["synonym"]:
        assert row["means"] in known[row["option"]]
        assert known[row["option"]].isdisjoint(row["words"])


def test_several_files_are_refused_with_the_way_to_read_them(routecheck, tmp_path) -> None:
    for name in ("a.log", "error"):
        (tmp_path / name).write_text(VERIFY)
    for names in (["a.log", "error"], ["a.log", "missing.txt"]):
        done = routecheck("explain", *names)
        assert (done.returncode, done.stdout) == (2, "")
        assert "2 files are named" in done.stderr
        assert "cat FILE FILE | routecheck explain -" in done.stderr
    assert routecheck("explain", "HTTP", "403:", "error").returncode in {0, 3}


@pytest.mark.parametrize(
    ("word", "row"),
    [
        ("quota", "quota-exhausted"),
        ("moderation", "moderation-blocked"),
        ("cloudflare", "edge-html"),
        ("fix_key_permissions", "missing-image-scope"),
    ],
)
def test_one_word_names_the_rows_that_have_it(word, row, routecheck) -> None:
    done = routecheck("explain", word)
    assert done.returncode == 3
    assert row in done.stdout
    assert "routecheck explain ROW" in done.stdout


def test_nothing_that_is_known_says_what_to_collect(piped) -> None:
    done = piped("it does not work")
    assert done.returncode == 3
    assert done.stdout.startswith("UNKNOWN  ")
    assert "What to collect" in done.stdout


@pytest.mark.parametrize("text", [VERIFY, SCOPES, "it does not work", "HTTP 503", ""])
def test_the_json_fits_the_schema(text, piped) -> None:
    done = piped(text, "--format", "json", "--status", "403")
    found = json.loads(done.stdout)
    VALIDATOR.validate(found)
    assert done.returncode == found["exit_code"] == (0 if found["outcome"] == "diagnosed" else 3)


def test_every_row_branch_group_and_check_has_a_page() -> None:
    from checks import all_checks
    from diagnose.cli.explain import by_id

    names = {*rows(), *branches(), *groups(), *(check.id for check in all_checks())}
    assert {name for name in names if by_id(name) is None} == set()


@pytest.mark.parametrize("name", ["login-expired", "scope", "codex-oauth-403", "served.model"])
def test_an_id_shows_its_row(name, routecheck) -> None:
    done = routecheck("explain", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{name}  ")
    VALIDATOR.validate(json.loads(routecheck("explain", name, "--format", "json").stdout))


@pytest.mark.parametrize("options", [["--route", "codex-responses"], ["--credential", "codex-oauth"]])
def test_what_to_type_about_an_id_is_that_of_the_route(options, routecheck) -> None:
    key = routecheck("explain", "edge-html", "--credential", "platform-key")
    login = routecheck("explain", "edge-html", *options)
    assert key.returncode == login.returncode == 0
    assert "routecheck run --no-fallback --no-spend --route codex-images" in login.stdout
    assert "--route codex-images" not in key.stdout


def test_a_word_that_is_nearly_an_id_is_told_so(routecheck) -> None:
    done = routecheck("explain", "login-expire")
    assert "routecheck explain login-expired" in done.stdout


@pytest.mark.parametrize("text", ["served.png", "api.openai.com", "image/png", "openai/gpt-image-2", "scopes.other"])
def test_what_only_looks_like_an_id_or_a_file_is_a_text(text, routecheck) -> None:
    assert routecheck("explain", text).returncode in {0, 3}


def test_bad_files_are_refused_in_words(routecheck, tmp_path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "data.bin").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "log.gz").write_bytes(b"\x1f\x8b\x08")
    with (tmp_path / "big.log").open("wb") as file:
        file.truncate(pasted.LIMIT + 1)
    for name, why in {
        "folder": "is a directory",
        "pipe": "is a named pipe",
        "picture.png": "is a PNG image, no text",
        "data.bin": "is no text",
        "log.gz": "unpack it first",
        "big.log": "has more than 20 MB",
        "missing.log": "there is no file missing.log",
        "./missing": "there is no file ./missing",
    }.items():
        done = routecheck("explain", name, timeout=20)
        assert (done.returncode, done.stdout) == (2, ""), name
        assert why in done.stderr


def test_a_file_that_cannot_be_opened(routecheck, tmp_path) -> None:
    (tmp_path / "round.log").symlink_to("round.log")  # as root may read everything, something that nobody can open
    done = routecheck("explain", "round.log")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be read: Too many levels of symbolic links" in done.stderr


def test_a_file_that_may_not_be_read(monkeypatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(UsageProblem, match=r"test_explain\.py cannot be read: Permission denied"):
        pasted.given((__file__,))


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_a_file_may_be_written_in_any_coding(coding, tmp_path) -> None:
    file = tmp_path / "error.log"
    file.write_bytes(f"Größe: {VERIFY}".encode(coding))
    text = pasted.given((str(file),))
    assert text is not None
    assert VERIFY in text


def test_nothing_at_all_is_a_usage_error_with_an_example(piped) -> None:
    for done in (piped(""), piped("  \n", "-")):
        assert done.returncode == 2
        assert "nothing to explain" in done.stderr


def test_words_beside_the_text_are_checked(piped) -> None:
    for words, said in {
        ("--route", "codex-oath"): "did you mean codex-oauth?",
        ("--credential", "plattform-key"): "did you mean platform-key?",
        ("--openclaw-version", "newest"): "for example 2026.9.6",
        ("--status", "4003"): "--status",
        ("--from-run", "last"): "a text was given besides",
    }.items():
        done = piped(VERIFY, *words, *(["text"] if words[0] == "--from-run" else []))
        assert done.returncode == 2
        assert said in " ".join(done.stderr.split())
    for word in (*OURS, *USERS):
        explain_text(VERIFY, Hints(route=word))
    assert {"platform-key", "codex-oauth", "siwc", "project-key"} <= set(credentials())


def test_the_options_have_variables(routecheck) -> None:
    done = routecheck("explain", SCOPES, env={"ROUTECHECK_EXPLAIN_CREDENTIAL": "codex-oauth"})
    assert done.returncode == 0


def test_the_newest_stored_run_is_explained(routecheck, machine, play) -> None:
    from diagnose.history import History, claim_key
    from diagnose.model.verdict import Verdict
    from reports.json_v1 import render

    none = routecheck("explain", "--from-run", "last")
    assert none.returncode == 2
    assert "no run is stored" in none.stderr
    history = History(Path(machine["ROUTECHECK_STATE_DIR"]))
    for at, scenario in enumerate(("healthy", "revoked")):
        report = play(scenario)
        key = claim_key(report.claim, base_url="x", fingerprint="y", sandbox=True)
        history.record(at=at, key=key, verdict=Verdict(report.verdict), conclusive=True, report=render(report))
    last = routecheck("explain", "--from-run", "last")
    assert last.returncode == 0, last.stdout + last.stderr
    assert f"row     {report.symptoms[0].id}\n" in last.stdout
    assert last.stdout.splitlines()[1].startswith(
        "           routecheck's own report of a sandbox run, no contract for"
    )
    about = " ".join(last.stdout.split())
    assert (
        f"says broken for {report.claim.model} through {report.claim.route}; a run in a sandbox of its own is" in about
    )
    well = routecheck("explain", "--from-run", "1")
    assert well.returncode == 3
    assert "That sandbox run went as it should" in well.stdout
    wrong = routecheck("explain", "--from-run", "7")
    assert "the newest are 2 (broken), 1 (proven)" in wrong.stderr
    assert routecheck("explain", "--from-run", "yesterday").returncode == 2


@pytest.mark.parametrize("words", [["explain", VERIFY], ["explain", "edge-html"], ["matrix"], ["checks"]])
def test_nothing_heavy_is_loaded(words) -> None:
    code = (
        "import sys\nsys.argv = ['routecheck', *sys.argv[1:]]\n"
        "from diagnose.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(' '.join({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=30, check=True)
    heavy = {"httpx", "jwt", "PIL", "jinja2", "sqlite3", "tabulate", "cryptography", "starlette", "c2pa", "tomllib"}
    assert set(done.stderr.split()) & heavy == set()


# Secrets

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
