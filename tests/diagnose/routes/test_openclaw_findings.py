"""What the settings say against the claimed route: for a key a login is the deviation, for a login a key is."""

from pathlib import Path
from typing import Any

import pytest

from diagnose import routes
from diagnose.machine.openclaw.facts import Origin
from diagnose.machine.openclaw.prediction import Candidate, Prediction, UsedCredential
from diagnose.model.claim import Claim
from diagnose.routes import openclaw_findings as findings

HOSTS = {"openai-images": "api.openai.com:443", "codex-responses": "chatgpt.com:443"}
ORIGIN = Origin(file=Path("/state/openclaw.json"), key="models.providers.openai.apiKey")
LOGIN = UsedCredential(kind="oauth", source="profile openai:default", origin=ORIGIN, fingerprint="aaaaaaaa")
KEY = UsedCredential(kind="api_key", source="OPENAI_API_KEY", origin=ORIGIN, fingerprint="bbbbbbbb")


def predicted(surface: str, credential: UsedCredential, **changes: Any) -> Prediction:
    fields: dict[str, Any] = {
        "provider": "openai", "named": "gpt-image-2", "model": "gpt-image-2", "via": "override",
        "surface": surface, "host": HOSTS[surface], "credential": credential,
    }  # fmt: skip
    return Prediction(release=(2026, 9, 6), newer=False, candidates=(Candidate(**fields | changes),))


def found(route: str, prediction: Prediction, fingerprint: str | None) -> findings.Finding | None:
    claim = Claim(route=route, model="openai/gpt-image-2")
    return findings.another_route(routes.load(route), claim, HOSTS[route], prediction, fingerprint)


@pytest.mark.parametrize(("route", "credential"), [("openai-images", KEY), ("codex-responses", LOGIN)])
def test_the_claimed_route_with_its_own_credential_is_no_deviation(route: str, credential: UsedCredential) -> None:
    prediction = predicted(route, credential)
    assert found(route, prediction, credential.fingerprint) is None
    assert findings.token_misdirected(routes.load(route), HOSTS[route], prediction) is None


@pytest.mark.parametrize(
    ("route", "surface", "credential", "symptom"),
    [
        ("openai-images", "codex-responses", LOGIN, "openclaw-login-wins"),
        ("codex-responses", "openai-images", KEY, "openclaw-login-ignored"),
        ("codex-responses", "codex-responses", KEY, "openclaw-login-ignored"),
    ],
)
def test_the_other_credential_is_another_route(
    route: str, surface: str, credential: UsedCredential, symptom: str
) -> None:
    finding = found(route, predicted(surface, credential), "aaaaaaaa")
    assert finding is not None
    assert finding.symptom == symptom


def test_another_login_than_the_claimed_one_is_another_route() -> None:
    finding = found("codex-responses", predicted("codex-responses", LOGIN), "cccccccc")
    assert finding is not None
    assert finding.symptom == "openclaw-another-route"
    assert "the credential would be aaaaaaaa, not cccccccc" in finding.says


def test_where_the_login_is_claimed_no_command_puts_a_key_in_its_place() -> None:
    finding = found("codex-responses", predicted("openai-images", KEY), "aaaaaaaa")
    assert finding is not None
    assert finding.remedy
    assert not [command for command in finding.remedy if "apiKey" in command]


@pytest.mark.parametrize(("route", "misdirected"), [("openai-images", True), ("codex-responses", False)])
def test_a_login_may_go_where_it_was_claimed_to_go(route: str, misdirected: bool) -> None:
    prediction = predicted("codex-responses", LOGIN, host="127.0.0.1:8080")
    finding = findings.token_misdirected(routes.load(route), "127.0.0.1:8080", prediction)
    assert (finding is not None) is misdirected


def test_a_token_for_the_images_api_is_misdirected_whatever_is_claimed() -> None:
    prediction = predicted("openai-images", LOGIN)
    for route, host in HOSTS.items():
        finding = findings.token_misdirected(routes.load(route), host, prediction)
        assert finding is not None
        assert finding.symptom == "openclaw-token-on-images-api"


@pytest.mark.parametrize(
    ("route", "typed", "name", "claimed"),
    [
        ("openai-images", (), "size", True),
        ("codex-responses", (), "size", False),
        ("codex-responses", ("size",), "size", True),
        ("codex-responses", ("format",), "output_format", True),
        ("codex-responses", (), "outputFormat", False),
        ("codex-responses", (), "n", True),
    ],
)
def test_which_parameters_are_claimed(route: str, typed: tuple[str, ...], name: str, claimed: bool) -> None:
    claim = Claim(route=route, model="openai/gpt-image-2", typed=frozenset(typed))
    assert findings.claims(routes.load(route), claim, name) is claimed
