"""A run that claims the login's route through OpenClaw: its own login proves it, and a key contradicts it."""

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diagnose.cli.problems import UsageProblem
from diagnose.cli.proving import run_checks, selected
from diagnose.cli.session import opened
from diagnose.cli.typed import Options
from diagnose.machine.host import Host
from diagnose.model.report import Report
from diagnose.sandbox.faults import Codex, Faults
from diagnose.sandbox.plan import Plan, Profile, Provider
from diagnose.sandbox.scenarios import get

FAKE = Path(__file__).with_name("fake_openclaw.py")
LOGIN = Plan(primary="openai/gpt-image-2", profiles=(Profile(agent="main"),))
KEYED = dataclasses.replace(LOGIN, providers=(Provider(api_key="{openai_key}"),))
Ask = Callable[..., Report]


class Silent:
    def say(self, text: str) -> None:
        pass

    def listen(self, event: object) -> None:
        pass


@pytest.fixture
def ask(tmp_path: Path, machine: dict[str, str]) -> Ask:
    """Plays a scenario with a stand-in for the program that does what `does` says."""
    package = tmp_path / "node_modules" / "openclaw"
    package.mkdir(parents=True)
    programs = tmp_path / "programs"
    programs.mkdir()
    program = package / "openclaw.py"
    program.write_text(f"#!{sys.executable}\n{FAKE.read_text()}")
    program.chmod(0o755)
    (programs / "openclaw").symlink_to(program)
    env = machine | {"PATH": f"{programs}:{machine['PATH']}"}
    host = Host(env=env, home=Path(machine["HOME"]), which=lambda name: shutil.which(name, path=env["PATH"]))

    def play(does: dict[str, Any], *, version: str = "2026.9.6", changed: Any = None, **options: Any) -> Report:
        (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": version}))
        (package / "behaviour.json").write_text(json.dumps(does))
        scenario = dataclasses.replace(get("openclaw-codex-healthy"), **(changed or {}))
        progress: Any = Silent()
        with opened(Options(no_fallback=True, **options), host, progress.say, scenario=scenario) as session:
            return run_checks(session, selected(session), progress)

    return play


def outcome(report: Report, check: str) -> Any:
    return next(row.outcome for row in report.checks if row.check_id == check)


def against(report: Report) -> set[tuple[str, int]]:
    return {(w.dimension, w.strength) for w in report.witnesses if not w.agrees}


def test_openclaws_own_login_is_the_claim_and_is_proven(ask: Ask) -> None:
    report = ask({"codex": {}})
    assert report.verdict == "proven", report.because
    assert report.served.host == "chatgpt.com:443"
    assert report.served.model == "gpt-image-2-codex"
    assert "carried by gpt-6-astra" in outcome(report, "served.request").summary
    assert report.openclaw is not None
    assert report.openclaw.tried == ("chatgpt.com:443/backend-api/codex/responses",)
    assert (report.spend.billable_requests, report.spend.ceiling_usd) == (1, None)
    assert not [note for note in report.notes if "not asked for every parameter" in note]


def test_no_spend_shows_whom_it_would_ask_and_by_what(ask: Ask) -> None:
    report = ask({"codex": {}}, no_spend=True)
    assert report.verdict == "unproven"
    found = outcome(report, "smoke.dry")
    assert found.status == "pass", found
    assert any(w.dimension == "surface" and w.agrees and "by oauth" in w.value for w in found.witnesses)
    assert report.spend.billable_requests == 0


def test_a_key_in_the_place_of_the_login_contradicts(ask: Ask) -> None:
    report = ask({}, changed={"openclaw": KEYED})
    assert report.verdict == "contradicted"
    assert report.symptoms[0].id == "openclaw-login-ignored"
    assert ("surface", 4) in against(report)
    assert report.spend.billable_requests == 0


def test_a_key_that_it_sends_in_secret_brings_no_image(ask: Ask) -> None:
    report = ask({"codex": {}, "credential": "sk-proj-a-made-up-key-of-somebody"})
    assert report.verdict == "broken"
    assert "sk-proj-a-made-up-key-of-somebody" not in repr(report)


@pytest.mark.parametrize(
    ("tool", "typed", "verdict"),
    [
        ({"size": "1536x1024"}, {}, "proven"),
        ({"size": "1536x1024"}, {"size": "1024x1024"}, "contradicted"),
        ({"model": "gpt-image-1.5"}, {}, "contradicted"),
    ],
)
def test_what_was_not_typed_is_told_and_what_was_is_a_claim(
    ask: Ask, tool: dict[str, str], typed: dict[str, str], verdict: str
) -> None:
    report = ask({"codex": tool}, **typed)
    assert report.verdict == verdict, report.because


def test_beside_a_direct_request_openclaw_proves_nothing(ask: Ask) -> None:
    report = ask({"codex": {}}, changed={"through": "auto", "tap": False})
    assert report.openclaw is not None
    assert report.openclaw.mode == "both"
    assert outcome(report, "smoke.generation").status == "pass"
    assert outcome(report, "smoke.openclaw").status == "pass", outcome(report, "smoke.openclaw")
    assert report.verdict == "proven", report.because
    assert report.spend.billable_requests == 2
    of_openclaw = [w for w in report.witnesses if w.check == "served.openclaw"]
    assert of_openclaw
    assert all(w.strength <= 1 for w in of_openclaw if w.agrees)


def test_beside_a_direct_request_a_key_is_not_paid(ask: Ask) -> None:
    report = ask({}, changed={"through": "auto", "tap": False, "openclaw": KEYED})
    assert outcome(report, "smoke.generation").status == "pass"
    assert outcome(report, "smoke.openclaw").status == "skip"
    assert report.verdict == "contradicted"


@pytest.mark.parametrize(
    ("version", "plan", "symptom", "words"),
    [
        ("2026.4.22", LOGIN, "openclaw-no-credential", "a ChatGPT login cannot make them"),
        ("2026.9.6", Plan(primary="openai/gpt-image-2"), "openclaw-no-credential", "No credential was found"),
        (
            "2026.9.6",
            dataclasses.replace(LOGIN, providers=(Provider(headers={"X-Team": "images"}),)),
            "openclaw-token-on-images-api",
            "would be sent to api.openai.com:443",
        ),
    ],
    ids=["release-without-it", "no-login", "token-led-astray"],
)
def test_where_the_login_cannot_serve_no_image_is_asked_for(
    ask: Ask, version: str, plan: Plan, symptom: str, words: str
) -> None:
    report = ask({"exit": 1, "stderr": "Error: OpenAI API key or Codex OAuth missing"}, version=version,
                 changed={"openclaw": plan})  # fmt: skip
    assert report.verdict == "broken"
    assert report.symptoms[0].id == symptom
    assert words in outcome(report, "credentials.openclaw").summary
    assert report.spend.billable_requests == 0
    assert not [c for c in outcome(report, "credentials.openclaw").remedy if "API_KEY" in c and "no-cred" in symptom]


@pytest.mark.parametrize(
    ("fault", "symptom"),
    [({"tools": "removed-auto"}, "image-tool-absent"), ({"failure": "server_is_overloaded"}, "server-error")],
)
def test_why_no_image_came_is_read_on_the_wire(ask: Ask, fault: dict[str, Any], symptom: str) -> None:
    report = ask({"codex": {}}, changed={"faults": Faults(codex=Codex(**fault))})
    assert report.verdict == "broken"
    assert outcome(report, "smoke.openclaw").symptom == symptom
    assert report.spend.billable_requests == 1


def test_a_key_stored_as_a_login_is_not_sent(ask: Ask) -> None:
    plan = dataclasses.replace(LOGIN, profiles=(Profile(agent="main", kind="token", holds="{openai_key}"),))
    report = ask({"codex": {}}, changed={"openclaw": plan})
    assert (report.verdict, report.symptoms[0].id) == ("broken", "wrong-credential-kind")
    assert outcome(report, "smoke.openclaw").skipped_because == "credentials.kind"
    assert report.spend.billable_requests == 0


@pytest.mark.parametrize("words", [{"through": "openclaw"}, {"tap": True}, {"as_configured": True}])
def test_a_route_that_openclaw_never_takes_is_a_usage_error_with_it(ask: Ask, words: dict[str, Any]) -> None:
    changed = {"route": "codex-images", "through": "auto", "tap": False}
    with pytest.raises(UsageProblem, match="never asks the route codex-images"):
        ask({}, changed=changed, **words)


def test_a_route_that_openclaw_never_takes_is_asked_directly(ask: Ask) -> None:
    report = ask({}, changed={"route": "codex-images", "through": "auto", "tap": False})
    assert report.openclaw is None
    assert report.verdict == "proven", report.because
