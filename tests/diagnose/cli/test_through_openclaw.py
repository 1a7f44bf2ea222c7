"""A run through an installed OpenClaw: who really answered it, by what crossed the tap and by what it says itself."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnose.sandbox.server import Sandbox

COMMAND = Path(sys.executable).with_name("routecheck")
FAKE = Path(__file__).with_name("fake_openclaw.py")
LINE = (
    "[image-generation/openai] image auth selected: provider=openai mode=oauth transport=codex-responses "
    "requestedModel=gpt-image-2 responsesModel=gpt-6-astra timeoutMs=180000"
)


class Installed:
    """A stand-in for the program on PATH; `calls` are the commands that it was started with."""

    def __init__(self, folder: Path, env: dict[str, str], routecheck: Any) -> None:
        self._package = folder / "node_modules" / "openclaw"
        self._package.mkdir(parents=True)
        self.programs = folder / "programs"
        self.programs.mkdir()
        self._env, self._routecheck = env, routecheck

    def install(self, version: str = "2026.9.6", **does: Any) -> None:
        (self._package / "package.json").write_text(json.dumps({"name": "openclaw", "version": version}))
        (self._package / "behaviour.json").write_text(json.dumps(does))
        program = self._package / "openclaw.py"
        program.write_text(f"#!{sys.executable}\n{FAKE.read_text()}")
        program.chmod(0o755)
        (self.programs / "openclaw").symlink_to(program)

    @property
    def calls(self) -> list[str]:
        file = self._package / "calls.txt"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def leaked(self) -> list[str]:
        found: list[str] = json.loads((self._package / "leaked.json").read_text())
        return found

    def run(self, *words: str, env: dict[str, str] | None = None, timeout: float = 60) -> tuple[Any, dict[str, Any]]:
        path = {"PATH": f"{self.programs}:{self._env['PATH']}"}
        done = self._routecheck(
            "run", "--no-fallback", "--format", "json", *words, env=path | (env or {}), timeout=timeout
        )
        return done, json.loads(done.stdout) if done.stdout else {}

    def healthy(self, *words: str, **more: Any) -> tuple[Any, dict[str, Any]]:
        return self.run("--sandbox=openclaw-healthy", *words, **more)


@pytest.fixture
def openclaw(tmp_path: Path, machine: dict[str, str], routecheck: Any) -> Installed:
    assert shutil.which("openclaw", path=machine["PATH"]) is None, "a real OpenClaw would be asked by these tests"
    return Installed(tmp_path / "openclaw", machine, routecheck)


def against(report: dict[str, Any]) -> set[tuple[str, int]]:
    return {(w["dimension"], w["strength"]) for w in report["witnesses"] if not w["agrees"]}


def test_what_crossed_the_tap_proves_who_served_openclaw(openclaw: Installed) -> None:
    openclaw.install()
    done, report = openclaw.healthy()
    assert (report["verdict"], done.returncode) == ("proven", 0), done.stdout
    assert report["served"]["host"] == "api.openai.com:443"
    assert report["openclaw"]["how"] == "tap"
    assert report["openclaw"]["tried"] == ["api.openai.com:443/v1/images/generations"]
    assert report["checks"]["served.file"]["summary"].startswith("the file holds the very bytes")
    assert report["spend"]["billable_requests"] == 1
    assert any("throw-away CA" in note for note in report["notes"])


def test_every_question_starts_the_program_once(openclaw: Installed) -> None:
    openclaw.install()
    openclaw.healthy()
    # The list is asked for beside the image, so which of the two comes first is chance.
    assert sorted(openclaw.calls) == ["config validate --json", "infer image generate", "infer image providers"]


def test_no_spend_asks_for_nothing_and_shows_whom_it_would_ask(openclaw: Installed) -> None:
    openclaw.install()
    done, report = openclaw.healthy("--no-spend")
    assert (report["verdict"], done.returncode) == ("unproven", 3)
    assert report["checks"]["smoke.dry"]["status"] == "pass", report["checks"]["smoke.dry"]
    assert (report["openclaw"]["how"], report["openclaw"]["tried"]) == ("dry", ["api.openai.com:443"])
    assert report["spend"]["billable_requests"] == 0
    assert not report["served"]["credential"]


def test_dry_sends_nothing_at_all(openclaw: Installed) -> None:
    openclaw.install()
    _, report = openclaw.healthy("--dry")
    assert report["spend"]["requests"] == 0
    assert {c["status"] for c in report["checks"].values() if c["cost"] in {"free", "billable"}} == {"skip"}
    assert report["checks"]["smoke.dry"]["status"] == "pass"


def test_a_program_that_does_not_confirm_its_seal_is_started_for_nothing_that_must_not_send(
    openclaw: Installed,
) -> None:
    openclaw.install(unsealed=True)
    _, report = openclaw.healthy("--no-spend")
    found = report["checks"]["smoke.dry"]
    assert found["status"] == "skip"
    assert "does not load what it is started with" in found["summary"]
    assert openclaw.calls == ["config validate --json"]


def test_a_dry_run_to_another_host_contradicts(openclaw: Installed) -> None:
    openclaw.install(host="litellm.example")
    done, report = openclaw.healthy("--no-spend")
    assert (report["verdict"], done.returncode) == ("contradicted", 4)
    assert ("provider", 4) in against(report)


def test_the_line_of_the_codex_login_contradicts_the_key_route(openclaw: Installed) -> None:
    openclaw.install(auth_line=LINE)
    _, report = openclaw.healthy()
    assert report["verdict"] == "contradicted"
    assert report["symptoms"][0]["id"] == "openclaw-login-wins"


def test_a_fallback_is_no_success_whatever_the_program_calls_it(openclaw: Installed) -> None:
    attempts = [{"provider": "openai", "model": "gpt-image-2", "error": "HTTP 500"}]
    openclaw.install(says={"provider": "litellm", "attempts": attempts})
    _, report = openclaw.healthy()
    assert report["verdict"] == "contradicted"
    assert report["symptoms"][0]["id"] == "openclaw-fallback-answered"


@pytest.mark.parametrize(
    ("does", "symptom"),
    [
        ({"body": {"model": "gpt-image-1.5"}}, "openclaw-model-rewritten"),
        ({"body": {"size": "1536x1024"}}, "openclaw-parameters-changed"),
        ({"credential": "sk-proj-another-made-up-key"}, "bad-credential"),
        ({"image": "not the picture"}, "image-damaged"),
    ],
)
def test_what_it_hides_is_found_on_the_wire_or_in_the_file(openclaw: Installed, does: Any, symptom: str) -> None:
    openclaw.install(**does)
    _, report = openclaw.healthy()
    assert report["verdict"] in {"contradicted", "broken"}
    assert symptom in {row["id"] for row in report["symptoms"]}
    assert "sk-proj-another-made-up-key" not in json.dumps(report)


@pytest.mark.parametrize(
    ("before", "verdict", "symptom"),
    [
        (["api.openai.com", "/v1/images/generations"], "unproven", "openclaw-asked-twice"),
        (["evil.example", "/leak"], "contradicted", "openclaw-another-route"),
    ],
)
def test_what_it_sends_besides_is_seen(openclaw: Installed, before: list[str], verdict: str, symptom: str) -> None:
    openclaw.install(before=[before])
    _, report = openclaw.healthy()
    assert report["verdict"] == verdict, report["because"]
    assert symptom in {row["id"] for row in report["symptoms"]}
    assert report["spend"]["billable_requests"] == (2 if verdict == "unproven" else 1)


def test_a_program_that_cannot_be_started_is_told_as_that(openclaw: Installed) -> None:
    openclaw.install()
    program = next(openclaw.programs.iterdir()).resolve()
    program.write_text("#!/no/such/interpreter\n")
    _, report = openclaw.healthy()
    assert report["verdict"] == "broken"
    assert report["symptoms"][0]["id"] == "openclaw-missing"
    assert report["spend"]["billable_requests"] == 0


def test_next_after_a_proof_names_commands_that_exist(openclaw: Installed, routecheck: Any) -> None:
    openclaw.install()
    _, report = openclaw.healthy()
    assert not [
        command for command in report["next"] if command.startswith("routecheck generate") and "--through" in command
    ]
    openclaw_commands = [command for command in report["next"] if command.startswith("openclaw ")]
    assert openclaw_commands == [], "what would change a made-up machine is not to be typed on this one"


def test_a_hanging_program_is_ended_and_told(openclaw: Installed) -> None:
    openclaw.install(hang=60)
    begun = time.monotonic()
    done, report = openclaw.healthy("--timeout", "3")
    assert time.monotonic() - begun < 30
    assert report["symptoms"][0]["id"] == "openclaw-hung"
    assert (report["verdict"], done.returncode) == ("broken", 1)
    assert report["spend"]["unknown_requests"] <= 1


def test_its_own_error_is_classified(openclaw: Installed) -> None:
    openclaw.install(exit=1, stderr="Error: No image-generation provider registered for openai")
    _, report = openclaw.healthy()
    assert report["symptoms"][0]["id"] == "built-in-provider-missing"


def test_a_config_that_the_release_rejects_is_told_with_its_key(openclaw: Installed) -> None:
    openclaw.install(valid=False)
    _, report = openclaw.healthy()
    found = report["checks"]["environment.validation"]
    assert (found["status"], found["symptom"]) == ("fail", "openclaw-config-invalid")
    assert "agents.defaults" in found["summary"]


def test_a_list_that_says_something_else_than_the_route_is_pointed_out(openclaw: Installed) -> None:
    openclaw.install(listing=[{"id": "openai", "configured": False, "selected": False}])
    _, report = openclaw.healthy()
    assert report["verdict"] == "proven"
    assert report["checks"]["served.listing"]["symptom"] == "openclaw-listing-misleads"


def test_without_the_program_it_is_a_usage_error(openclaw: Installed) -> None:
    done, _ = openclaw.run("--through", "openclaw")
    assert done.returncode == 2
    assert "OpenClaw is not on PATH" in done.stderr
    done, _ = openclaw.healthy()
    assert done.returncode == 2
    assert "needs OpenClaw" in done.stderr


def test_a_release_that_is_newer_than_the_tables_is_told_and_taken_for_the_newest(openclaw: Installed) -> None:
    openclaw.install(version="2027.1.1")
    _, report = openclaw.healthy()
    assert report["verdict"] == "proven"
    assert "newer than the tables" in report["checks"]["environment.openclaw"]["summary"]


def test_a_second_installation_is_told_and_not_started(openclaw: Installed, tmp_path: Path, machine: Any) -> None:
    openclaw.install()
    other = Installed(tmp_path / "other", machine, None)
    other.install(version="2026.5.18")
    path = f"{openclaw.programs}:{other.programs}:{machine['PATH']}"
    _, report = openclaw.healthy(env={"PATH": path})
    found = report["checks"]["environment.openclaw"]
    assert found["status"] == "warn"
    assert "OpenClaw 2026.9.6" in found["summary"]
    assert "2026.5.18 is installed at" in found["summary"]
    assert other.calls == []


def test_the_report_says_what_was_read_and_where_it_stands(openclaw: Installed) -> None:
    openclaw.install()
    _, report = openclaw.run("--sandbox=openclaw-key-wins", "--no-spend")
    read = report["openclaw"]["read"]
    assert any(line.startswith("openai/gpt-image-2: agents.defaults.mediaModels.image in /") for line in read)
    assert any(line.startswith("oauth openai:default") and ".sqlite" in line for line in read)
    assert any(line.startswith("order of openai: openai:other: auth.order.openai in /") for line in read)


def test_a_run_of_the_direct_route_starts_no_openclaw(openclaw: Installed) -> None:
    openclaw.install()
    _, report = openclaw.run("--sandbox")
    assert report["verdict"] == "proven"
    assert openclaw.calls == []
    assert report["openclaw"] is None


@pytest.mark.parametrize("option", ["--tap", "--as-configured"])
def test_options_that_need_openclaw_contradict_a_direct_run(openclaw: Installed, option: str) -> None:
    done, _ = openclaw.run("--sandbox", "--through", "direct", option)
    assert done.returncode == 2
    assert option in done.stderr


@pytest.mark.parametrize("how", ["error", "garbage"])
@pytest.mark.parametrize("scenario", ["openclaw-healthy", "openclaw-key-wins", "openclaw-private-network"])
def test_credentials_that_the_program_prints_come_out_nowhere(
    openclaw: Installed, machine: dict[str, str], tmp_path: Path, scenario: str, how: str
) -> None:
    openclaw.install(leak=how)
    kept = tmp_path / "reports"
    kept.mkdir()
    files = [word for name in ("a.html", "a.md", "a.txt") for word in ("--output", str(kept / name))]
    done, report = openclaw.run(f"--sandbox={scenario}", *files)
    assert report["checks"]["smoke.openclaw"]["status"] in {"fail", "skip"}
    assert openclaw.leaked, "the program had nothing to leak"
    written = [p.read_text("latin-1") for f in (kept, Path(machine["ROUTECHECK_STATE_DIR"])) if f.exists()
               for p in f.rglob("*") if p.is_file()]  # fmt: skip
    everything = "\n".join([done.stdout, done.stderr, *written])
    for secret in openclaw.leaked:
        assert secret not in everything


def test_an_agent_that_the_config_does_not_have_is_a_usage_error(openclaw: Installed) -> None:
    openclaw.install()
    done, _ = openclaw.healthy("--agent", "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--agent nope: the config has no such agent; there is main" in done.stderr
    assert openclaw.calls == []


@pytest.fixture
def own_host(machine: dict[str, str]) -> Iterator[Sandbox]:
    """An image host on this machine that OpenClaw's config names, and that nobody vouches for."""
    with Sandbox() as server:
        folder = Path(machine["HOME"]) / ".openclaw"
        folder.mkdir()
        config = {
            "models": {"providers": {"openai": {"baseUrl": server.base_url}}},
            "agents": {"defaults": {"mediaModels": {"image": "openai/gpt-image-2"}}},
            "browser": {"ssrfPolicy": {"dangerouslyAllowPrivateNetwork": True}},
        }
        (folder / "openclaw.json").write_text(json.dumps(config))
        yield server


def test_beside_a_direct_request_openclaw_is_asked_too_and_proves_nothing(
    openclaw: Installed, own_host: Sandbox
) -> None:
    openclaw.install(host=f"127.0.0.1:{own_host.port}")
    _, report = openclaw.run(env={"OPENAI_API_KEY": own_host.key})
    assert report["openclaw"]["mode"] == "both"
    assert report["checks"]["smoke.generation"]["status"] == "pass"
    assert report["checks"]["smoke.openclaw"]["status"] == "pass", report["checks"]["smoke.openclaw"]
    assert own_host.billed == report["spend"]["billable_requests"] == 2
    assert report["spend"]["ceiling_usd"] == pytest.approx(2 * 0.0062, rel=0.05)
    of_openclaw = [w for w in report["witnesses"] if w["check"] == "served.openclaw"]
    assert all(w["strength"] <= 1 for w in of_openclaw if w["agrees"])
    assert report["verdict"] == "unproven"


def test_where_both_images_would_cost_too_much_openclaw_is_not_asked(openclaw: Installed, own_host: Sandbox) -> None:
    openclaw.install(host=f"127.0.0.1:{own_host.port}")
    _, report = openclaw.run("--max-cost", "0.01", env={"OPENAI_API_KEY": own_host.key})
    assert own_host.billed == 1
    assert "more than --max-cost 0.01" in report["checks"]["smoke.openclaw"]["summary"]


def test_what_openclaw_did_otherwise_contradicts_although_the_direct_request_was_fine(
    openclaw: Installed, own_host: Sandbox
) -> None:
    attempts = [{"provider": "openai", "model": "gpt-image-2", "error": "HTTP 500"}]
    openclaw.install(host=f"127.0.0.1:{own_host.port}", says={"provider": "litellm", "attempts": attempts})
    _, report = openclaw.run(env={"OPENAI_API_KEY": own_host.key})
    assert report["checks"]["smoke.generation"]["status"] == "pass"
    assert report["verdict"] == "contradicted"
    assert any("--through direct" in command for command in report["next"])


def test_a_scenario_with_a_machine_cannot_be_served_without_it(routecheck: Any) -> None:
    done = routecheck("sandbox", "serve", "--scenario", "openclaw-healthy")
    assert done.returncode == 2
    assert "routecheck run --no-fallback --sandbox=openclaw-healthy" in done.stderr


def test_an_interrupted_run_leaves_no_program_behind(
    openclaw: Installed, machine: dict[str, str], tmp_path: Path
) -> None:
    openclaw.install(hang=120)
    env = machine | {"PATH": f"{openclaw.programs}:{machine['PATH']}"}
    words = [str(COMMAND), "run", "--no-fallback", "--sandbox=openclaw-healthy"]
    process = subprocess.Popen(words, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while "infer image generate" not in openclaw.calls and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=40)
    assert process.returncode == 130
    assert "may have been billed" in told
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert [line for line in listed.splitlines() if str(tmp_path) in line] == []
