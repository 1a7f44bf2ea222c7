"""`routecheck explain` as it is typed: what it takes, what it refuses in which words, and what it never says."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import reports
from diagnose.cli import pasted
from diagnose.cli.explain import Hints, explain_text
from diagnose.cli.explain_words import OURS, USERS, credentials
from diagnose.cli.problems import UsageProblem
from diagnose.matrix import rows
from diagnose.matrix.branches import branches, groups

SCHEMA_FILE = Path(reports.__file__).parent / "schemas" / "explanation.v1.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
VERIFY = "HTTP 403: Your organization must be verified to use the model `gpt-image-1`."
CANARY = "Zk4rT9qLwX7mPv2sYd8n"
SCOPES = "You have insufficient permissions for this operation. Missing scopes: api.responses.write."


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
