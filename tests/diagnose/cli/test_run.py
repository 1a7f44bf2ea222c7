"""`routecheck run` as a person and a script meet it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox

COMMAND = Path(sys.executable).with_name("routecheck")


@pytest.mark.wheel
def test_the_main_job_proves_the_healthy_sandbox(routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--sandbox")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("PROVEN")
    assert "In the sandbox only" in done.stdout.splitlines()[0]


@pytest.mark.wheel
def test_json_is_alone_on_stdout(routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--sandbox", "--format", "json")
    report = json.loads(done.stdout)
    assert report["verdict"] == "proven"
    assert report["served"]["pixels"] == "1024x1024"
    assert report["spend"]["billable_requests"] == 1
    assert next(iter(report["checks"])) == "environment.openclaw"


@pytest.mark.wheel
def test_reports_are_written_in_the_format_of_their_extension(routecheck, tmp_path: Path) -> None:
    names = ["r.txt", "r.json", "r.md", "r.html"]
    outputs = [word for name in names for word in ("--output", name)]
    done = routecheck("run", "--no-fallback", "--sandbox", *outputs)
    assert done.returncode == 0, done.stderr
    texts = {name: (tmp_path / name).read_text() for name in names}
    assert texts["r.txt"].startswith("PROVEN")
    assert json.loads(texts["r.json"])["verdict"] == "proven"
    assert texts["r.md"].startswith("# ")
    assert texts["r.html"].lstrip().lower().startswith("<!doctype html")
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == sorted(names)


def test_without_no_fallback_nothing_is_proven(play) -> None:
    report = play(no_fallback=False)
    assert report.verdict == "unproven"
    assert report.claim.fallback == "undeclared"
    assert any("--no-fallback" in sentence for sentence in report.because)


def test_no_spend_sends_nothing_that_bills_and_never_says_proven(routecheck) -> None:
    with Sandbox() as server:
        done = routecheck(
            "run", "--no-fallback", "--no-spend", "--base-url", server.base_url, "--format", "json",
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
        assert server.billed == 0
        assert all(request.body is None or request.body.get("n") == 0 for request in server.requests)
    report = json.loads(done.stdout)
    assert report["verdict"] == "unproven"
    assert report["checks"]["smoke.generation"]["status"] == "skip"
    assert report["spend"]["billable_requests"] == 0


def test_no_spend_on_the_healthy_sandbox_is_unproven(play) -> None:
    assert play(no_spend=True).verdict == "unproven"


def test_a_loopback_server_without_the_secret_is_never_proven(routecheck) -> None:
    with Sandbox() as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--format", "json",
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
    report = json.loads(done.stdout)
    assert (report["verdict"], done.returncode) == ("unproven", 3)
    assert report["sandbox"] is None
    assert report["served"]["provider"] is None
    host_says = [w for w in report["witnesses"] if w["source"] in {"header", "body", "control"}]
    assert host_says
    assert max(w["strength"] for w in host_says) <= 1


def test_a_token_mismatch_contradicts_where_the_host_is_not_the_vendors(routecheck) -> None:
    with Sandbox(Faults(usage_quality="low")) as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--quality", "high", "--max-cost", "1",
            "--format", "json", env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
    assert json.loads(done.stdout)["verdict"] == "contradicted"


def test_max_cost_refuses_before_anything_is_sent(routecheck) -> None:
    with Sandbox() as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--quality", "high",
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
        assert server.requests == []
    assert done.returncode == 2
    assert "$0.2" in done.stderr
    assert "--max-cost" in done.stderr


def test_the_ceiling_is_said_before_the_money_is_spent(routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--sandbox")
    assert "at most $0.006" in done.stderr


def test_no_credential_is_broken_with_its_branch(routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--format", "json")
    report = json.loads(done.stdout)
    assert (report["verdict"], done.returncode) == ("broken", 1)
    assert report["symptoms"][0]["branch"] == "auth_profile"
    assert report["spend"]["requests"] == 0
    assert report["checks"]["smoke.generation"]["skipped_because"] == "credentials.source"


@pytest.mark.parametrize("key", ["sk-admin-" + "a1" * 20, "codex"])
def test_a_key_of_the_wrong_kind_is_never_sent(key: str, routecheck) -> None:
    if key == "codex":
        import jwt

        key = jwt.encode({"client_id": "app_EMoamEEZ73f0CkXaXp7hrann"}, "k" * 32)
    with Sandbox() as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--format", "json", env={"OPENAI_API_KEY": key}
        )
        assert server.requests == []
    report = json.loads(done.stdout)
    assert report["verdict"] == "broken"
    assert report["checks"]["credentials.kind"]["status"] == "fail"
    assert key not in done.stdout + done.stderr


def test_an_unfamiliar_key_only_informs(routecheck) -> None:
    with Sandbox(key="gw_0123456789abcdef") as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--format", "json",
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["checks"]["credentials.kind"]["status"] == "pass"
    assert report["served"]["credential"]["kind"] == "unknown-key"


def test_a_claimed_owner_that_is_another_contradicts(play) -> None:
    report = play(owner="org-somebody-else")
    assert report.verdict == "contradicted"
    assert report.symptoms[0].branch == "workspace_account"


def test_a_claimed_owner_that_pays_is_proven(play) -> None:
    owner = play().served.owner.split(", ")[0]
    assert play(owner=owner).verdict == "proven"


def test_skipping_the_controls_costs_the_proof(play) -> None:
    report = play(skip=["controls.bogus_key"])
    assert report.verdict == "unproven"
    assert any("filtered" in note for note in report.notes)


def test_only_runs_what_it_needs_and_says_that_it_was_filtered(play) -> None:
    report = play(only=["scopes.images"])
    ran = [row.check_id for row in report.checks if row.outcome.status != "skip"]
    assert ran == ["credentials.source", "credentials.kind", "scopes.images"]
    assert report.verdict == "unproven"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nope"], "--nope"),
        (["--only", "served.colour"], "served.provider"),
        (["--skip", "nothing"], "environment"),
        (["--only", "smoke", "--skip", "smoke"], "--skip"),
        (["--sandbox", "no-such-scenario"], "routecheck sandbox scenarios"),
        (["--format", "yaml"], "json"),
        (["--route", "pigeon"], "openai-images"),
        (["--model", "google/gemini"], "google"),
        (["--model", " "], "--model"),
        (["--model", "openai/../me?x="], "--model"),
        (["--base-url", "https://a..b/v1"], "https://HOST/v1"),
        (["--base-url", "https://api.openai.com/v1%0d%0a/v1"], "https://HOST/v1"),
        (["--base-url", "\x01https://api.openai.com/v1"], "https://HOST/v1"),
        (["--size", "big"], "1024x1024"),
        (["--timeout", "0"], "--timeout"),
        (["--timeout", "soon"], "--timeout"),
        (["--max-cost", "-1"], "--max-cost"),
        (["--base-url", "api.openai.com"], "https://"),
        (["--base-url", "https://api.openai.com"], "/v1"),
        (["--base-url", "http://example.com/v1"], "--allow-http"),
        (["--base-url", "https://u:p@example.com/v1"], "user name"),
        (["--base-url", "https://example.com:99999/v1"], "URL"),
        (["--sandbox", "--base-url", "http://127.0.0.1:9/v1"], "contradict"),
        (["--sandbox", "--sandbox-at", "http://127.0.0.1:9"], "contradict"),
        (["--sandbox-at", "http://127.0.0.1:9"], "sandbox serve"),
        (["--sandbox-at", "https://example.com"], "http://127.0.0.1:PORT"),
        (["--output", "."], "director"),
        (["--output", "report.pdf"], ".html"),
        (["--output", "missing/report.html"], "missing"),
        (["--output", "a.md", "--output", "./a.md"], "twice"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_says_what_is_wrong_and_does_nothing(words: list[str], said: str, routecheck, tmp_path) -> None:
    before = sorted(p.name for p in tmp_path.rglob("*"))
    done = routecheck("run", "--no-fallback", *words, env={"OPENAI_API_KEY": "sk-proj-" + "0" * 40})
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_a_folder_that_takes_no_files_is_bad_input_even_for_root(routecheck) -> None:
    done = routecheck("run", "--sandbox", "--output", "/proc/r.html")
    assert done.returncode == 2
    assert "not writable" in done.stderr


def test_a_broken_config_names_file_line_and_column_and_not_its_content(routecheck, machine) -> None:
    folder = Path(machine["HOME"]) / ".openclaw"
    folder.mkdir()
    config = folder / "openclaw.json"
    config.write_text('{\n  models: {providers: {openai: {apiKey: "sk-proj-CANARY0000000000"}}},\n  oops oops\n}\n')
    done = routecheck("run", "--no-fallback")
    assert done.returncode == 2
    assert f"{config}: line 3" in done.stderr
    assert "column" in done.stderr
    assert "CANARY" not in done.stdout + done.stderr


def test_a_broken_config_does_not_disturb_the_sandbox(routecheck, machine) -> None:
    folder = Path(machine["HOME"]) / ".openclaw"
    folder.mkdir()
    (folder / "openclaw.json").write_text("{")
    assert routecheck("run", "--no-fallback", "--sandbox").returncode == 0


def test_a_sandbox_run_never_sees_a_real_key(play, machine) -> None:
    machine["OPENAI_API_KEY"] = "sk-proj-" + "real" * 8
    report = play()
    import hashlib

    real = hashlib.sha256(machine["OPENAI_API_KEY"].encode()).hexdigest()[:8]
    assert report.served.credential.fingerprint != real


def test_an_exported_base_url_yields_to_the_sandbox(routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--sandbox", env={"OPENAI_BASE_URL": "https://example.com/v1"})
    assert done.returncode == 0


def test_the_config_gives_base_url_and_key(routecheck, machine) -> None:
    with Sandbox() as server:
        folder = Path(machine["HOME"]) / ".openclaw"
        folder.mkdir()
        (folder / "openclaw.json").write_text(
            "// written by hand\n{models: {providers: {openai: {baseUrl: '"
            + server.base_url
            + "', apiKey: '${MY_KEY}'}}}}"
        )
        done = routecheck("run", "--no-fallback", "--format", "json", env={"MY_KEY": server.key})
        seen = {request.credential_fingerprint for request in server.requests}
    report = json.loads(done.stdout)
    assert report["base_url"] == server.base_url
    assert report["served"]["credential"]["source"] == "models.providers.openai.apiKey"
    assert report["served"]["credential"]["fingerprint"] in seen


def test_ctrl_c_ends_with_130_and_leaves_nothing_half_written(machine, tmp_path) -> None:
    with Sandbox(Faults(delay=30.0)) as server:
        process = subprocess.Popen(
            [str(COMMAND), "run", "--no-fallback", "--base-url", server.base_url, "--output", "r.html"],
            env=machine | {"OPENAI_API_KEY": server.key}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        wait_until(lambda: any(r.billed for r in server.requests))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert out == ""
    assert not list(tmp_path.glob("*.html"))
    assert not list(tmp_path.glob(".routecheck-*"))


def wait_until(condition, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def test_options_come_from_the_environment_too(routecheck) -> None:
    env = {"ROUTECHECK_NO_FALLBACK": "1", "ROUTECHECK_FORMAT": "json", "ROUTECHECK_QUALITY": "medium"}
    done = routecheck("run", "--sandbox", env=env | {"ROUTECHECK_MAX_COST": "1"})
    report = json.loads(done.stdout)
    assert (report["verdict"], report["claim"]["parameters"]["quality"]) == ("proven", "medium")
    done = routecheck("run", env=env | {"ROUTECHECK_TIMEOUT": "soon"})
    assert done.returncode == 2
    assert routecheck("checks", env=env).returncode == 0


@pytest.mark.parametrize("name", ["ROUTECHECK_SANDBOX", "ROUTECHECK_SANDBOX_AT"])
def test_a_sandbox_in_the_environment_is_refused_and_not_passed_over(routecheck, name) -> None:
    done = routecheck("run", "--no-fallback", env={name: "healthy"})
    assert (done.returncode, done.stdout) == (2, "")
    assert name in done.stderr


@pytest.mark.parametrize("limit", [[], ["--max-cost", "0"], ["--max-cost", "100"]])
def test_a_model_of_unknown_price_is_never_paid(routecheck, limit) -> None:
    with Sandbox() as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--model", "openai/gpt-image-2.5-flare", *limit,
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
        assert server.billed == 0
    assert done.returncode == 3
    assert "no dated price" in done.stderr


@pytest.mark.parametrize("words", [["--max-cost", "nan"], ["--max-cost", "inf"], ["--timeout", "nan"]])
def test_a_limit_that_is_no_number_is_bad_input(routecheck, words) -> None:
    assert routecheck("run", "--sandbox", *words).returncode == 2


def test_no_spend_sends_only_what_asks_for_zero_images(play) -> None:
    report = play(no_spend=True)
    confirmed = next(row for row in report.checks if row.check_id == "parameters.confirmed")
    assert confirmed.outcome.status == "skip"


def test_the_name_of_the_variable_that_holds_a_bad_base_url_is_said(routecheck) -> None:
    done = routecheck("run", env={"OPENAI_BASE_URL": "https://api.openai.com"})
    assert done.returncode == 2
    assert "OPENAI_BASE_URL" in done.stderr
