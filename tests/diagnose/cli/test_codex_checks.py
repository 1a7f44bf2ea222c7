"""The checks of a login in whole runs: what is not sent, what is not paid for, and whose login it is."""

import pytest

OWN = "6b1f0d52-3c47-4e0a-9d58-0a7c41e6f293"
TEAM = "c0a4e8d7-51b9-4f62-8e3d-7f2b96a01c84"


@pytest.mark.parametrize(
    "scenario_id",
    ["siwc-token", "expired-token", "codex-token-on-images-api", "invalid-scope-login", "refresh-token-reused"],
)
def test_a_token_that_cannot_work_there_is_not_sent_at_all(scenario_id: str, play) -> None:
    report = play(scenario_id)
    assert report.verdict == "broken"
    assert report.spend.requests == 0


@pytest.mark.parametrize(
    "scenario_id",
    [
        "oauth-401-missing-scope", "oauth-403-json", "oauth-403-html", "codex-images-403-html", "revoked",
        "wrong-workspace", "workspace-deactivated", "account-mismatch", "usage-limit-reached",
        "codex-images-usage-limit",
    ],
)  # fmt: skip
def test_what_is_found_out_for_nothing_costs_nothing(scenario_id: str, play) -> None:
    report = play(scenario_id)
    assert report.verdict == "broken"
    assert report.spend.requests > 0
    assert (report.spend.billable_requests, report.spend.unknown_requests) == (0, 0)


@pytest.mark.parametrize("route", ["codex-healthy", "codex-images-healthy"])
def test_a_claimed_account_is_proven_by_the_backends_list(route: str, play) -> None:
    report = play(route, owner=OWN)
    assert report.verdict == "proven", report.because
    assert report.served.owner == OWN
    assert any(sentence.startswith("owner: the backend names the account") for sentence in report.because)


@pytest.mark.parametrize("owner", [TEAM, "org-EXAMPLE", "user-SOMEBODYELSE"])
def test_another_claimed_owner_contradicts_before_an_image_is_asked_for(owner: str, play) -> None:
    report = play("codex-healthy", owner=owner)
    assert report.verdict == "contradicted"
    assert report.symptoms[0].id == "account-not-claimed"
    assert report.spend.billable_requests == 0


def test_the_controls_that_tell_nothing_there_are_no_part_of_the_run(play) -> None:
    ids = {row.check_id for row in play("codex-healthy").checks}
    assert "controls.bogus_key" in ids
    assert not ids & {
        "controls.bogus_model", "controls.invalid_body", "scopes.model", "workspace.owner", "parameters.confirmed"
    }  # fmt: skip
    direct = {row.check_id for row in play("healthy").checks}
    assert not direct & {"credentials.expiry", "workspace.account", "workspace.usage", "scopes.claims"}


def test_no_spend_asks_every_free_question_and_is_unproven(play) -> None:
    report = play("codex-healthy", no_spend=True)
    assert report.verdict == "unproven"
    assert report.spend.billable_requests == 0
    asked = {row.check_id: row.outcome.status for row in report.checks}
    assert asked["workspace.listed"] == asked["workspace.usage"] == asked["controls.bogus_key"] == "pass"


def test_an_expired_login_is_found_where_nothing_is_asked(play) -> None:
    report = play("expired-token", skip=["scopes", "model_reference.carrier", "workspace.listed", "workspace.usage"])
    assert report.symptoms[0].id == "login-expired"
    assert report.spend.requests == 0


def test_a_retired_text_model_of_the_codex_cli_is_told_and_costs_this_route_nothing(play) -> None:
    report = play("retired-host-model")
    assert report.verdict == "proven", report.because
    assert [symptom.id for symptom in report.symptoms] == ["carrier-not-supported"]
    (row,) = (row for row in report.checks if row.check_id == "model_reference.host_model")
    assert "the Codex CLI asks gpt-5.4" in row.outcome.summary


AGAIN = "routecheck run --no-fallback --sandbox="


@pytest.mark.parametrize(
    ("scenario_id", "symptom", "command"),
    [
        ("revoked", "login-revoked", "# on a real machine: codex login"),
        ("oauth-403-json", "login-forbidden", AGAIN + "oauth-403-json   # plays the same again"),
        ("oauth-401-missing-scope", "platform-answers", AGAIN + "oauth-401-missing-scope --route codex-images"),
        (
            "spoke-instead-of-drawing",
            "spoke-instead-of-drawing",
            AGAIN + "spoke-instead-of-drawing --route codex-images",
        ),
        ("expired-token", "login-expired", "# on a real machine: codex   # once: it renews the login by itself"),
    ],
)
def test_the_next_step_is_a_command_that_helps(scenario_id: str, symptom: str, command: str, play) -> None:
    report = play(scenario_id)
    assert report.symptoms[0].id == symptom
    assert report.next[0] == command


def test_a_403_is_answered_by_no_new_login(play) -> None:
    report = play("oauth-403-json")
    assert not any("codex login" in command for command in report.next)
    assert "request id" in report.symptoms[0].better_move
    assert "log in" not in report.symptoms[0].better_move.lower()


LOGIN = ["--no-fallback", "--route", "codex-responses"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*LOGIN, "--owner", "me@example.org"], "an e-mail is no owner"),
        ([*LOGIN, "--base-url", "https://gateway.example/backend-api/codex"], "say --allow-other-host"),
        ([*LOGIN, "--base-url", "https://api.openai.com/v1"], "takes API keys and no login"),
        ([*LOGIN, "--max-cost", "0.05"], "has no price in dollars"),
    ],
)
def test_what_a_login_is_not_used_for_is_told_before_anything_is_sent(words, said, routecheck) -> None:
    done = routecheck("run", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_generate_keeps_no_limit_in_dollars_for_a_login(routecheck) -> None:
    done = routecheck("generate", "x", "-o", "x.png", *LOGIN, "--sandbox=codex-healthy", "--max-cost", "1")
    assert done.returncode == 2
    assert "has no price in dollars; leave it out" in done.stderr


def test_a_limit_left_in_the_environment_is_about_keys_unless_it_is_nothing(routecheck) -> None:
    words = ("run", "--no-fallback", "--sandbox=codex-images-healthy")
    done = routecheck(*words, env={"ROUTECHECK_MAX_COST": "0.05"})
    assert done.returncode == 0
    assert routecheck(*words, env={"ROUTECHECK_MAX_COST": "0"}).returncode == 2


@pytest.mark.parametrize("name", ["table", "markdown", "html"])
def test_where_no_model_is_named_none_is_said_to_have_served(name: str, routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--sandbox=codex-images-healthy", "--format", name)
    text = " ".join(done.stdout.split())
    assert "the answer names no model" in text
    assert "served this request as claimed" not in text
