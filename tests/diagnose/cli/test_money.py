"""What a run may cost: an image of a login costs no dollars, and a key that may be used beside it does."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnose import routes
from diagnose.cli.money import money_of
from diagnose.cli.openclaw_part import Part, _ceiling, _held
from diagnose.cli.problems import UsageProblem
from diagnose.cli.typed import Options
from diagnose.machine.openclaw.facts import Origin
from diagnose.machine.openclaw.prediction import Candidate, Prediction, UsedCredential
from diagnose.model.claim import Claim, Parameters

KEY = UsedCredential(kind="api_key", source="OPENAI_API_KEY", origin=Origin(file=Path("/x"), key="k"), fingerprint="b")
CLAIM = Claim(route="codex-responses", model="openai/gpt-image-2")
LOGIN, KEYS = routes.load("codex-responses"), routes.load("openai-images")


def candidate(surface: str, **changes: Any) -> Candidate:
    fields: dict[str, Any] = {"provider": "openai", "named": "gpt-image-2", "model": "gpt-image-2", "via": "override"}
    return Candidate(**fields | {"surface": surface, "credential": KEY} | changes)


def ceiling(kind: Any, *candidates: Candidate, made_up: bool = False) -> tuple[float | None, str | None]:
    prediction = Prediction(release=(2026, 9, 6), newer=False, candidates=candidates)
    return _ceiling(kind, CLAIM, CLAIM.parameters, prediction, made_up=made_up)


def part(mode: Any, ceiling_usd: float | None, declined: str | None = None) -> Part:
    program: Any = object()
    return Part(openclaw=program, mode=mode, claim=CLAIM, ceiling_usd=ceiling_usd, declined=declined)


def test_an_image_of_the_plan_has_no_price_and_is_asked_for() -> None:
    assert ceiling(LOGIN, candidate("codex-responses")) == (None, None)
    assert ceiling(LOGIN) == (None, None)
    money = money_of(Options(), LOGIN, Part(claim=CLAIM), CLAIM, 0.05)
    assert (money.ceiling_usd, money.declined) == (None, None)


@pytest.mark.parametrize("surface", ["openai-images", "litellm-images"])
def test_whoever_takes_a_key_counts(surface: str) -> None:
    usd, declined = ceiling(LOGIN, candidate("codex-responses"), candidate(surface))
    assert usd == pytest.approx(0.0062, rel=0.05)
    assert declined is None
    assert ceiling(LOGIN, candidate("codex-responses"), candidate(surface, refused="no-credential")) == (None, None)


def test_a_price_that_nobody_knows_declines_unless_everything_is_made_up() -> None:
    usd, declined = ceiling(LOGIN, candidate("other", model="image-01"))
    assert usd is None
    assert "no dated price is known for image-01" in (declined or "")
    assert ceiling(LOGIN, candidate("other", model="image-01"), made_up=True) == (None, None)


def test_of_a_key_route_the_claimed_model_always_counts() -> None:
    assert ceiling(KEYS, candidate("codex-responses"))[0] == pytest.approx(0.0062, rel=0.05)


@pytest.mark.parametrize(
    ("mode", "usd", "declined", "openclaw_declined"),
    [
        ("both", None, None, None),
        ("both", 0.01, None, None),
        ("both", 0.2, None, "by a key"),
        ("openclaw", None, "only OpenClaw", None),
        ("openclaw", 0.01, "only OpenClaw", None),
    ],
)
def test_openclaws_image_beside_a_login(
    mode: Any, usd: float | None, declined: str | None, openclaw_declined: str | None
) -> None:
    money = money_of(Options(), LOGIN, part(mode, usd), CLAIM, 0.05)
    for found, words in ((money.declined, declined), (money.openclaw_declined, openclaw_declined)):
        assert (found is None) is (words is None)
        assert (words or "") in (found or "")
    assert money.ceiling_usd == (None if openclaw_declined else usd)


def test_openclaw_alone_by_a_key_that_costs_too_much_is_refused_beforehand() -> None:
    with pytest.raises(UsageProblem, match="--max-cost"):
        money_of(Options(), LOGIN, part("openclaw", 0.2), CLAIM, 0.05)


def test_no_spend_asks_nobody() -> None:
    for found in (Part(claim=CLAIM), part("both", None), part("openclaw", None)):
        money = money_of(Options(no_spend=True), LOGIN, found, CLAIM, 0.05)
        assert money.declined is not None
        assert money.openclaw_declined == (None if found.openclaw is None else "--no-spend")


def test_what_openclaw_was_not_asked_for_is_no_claim_of_it() -> None:
    claim = replace(CLAIM, typed=frozenset({"size", "quality"}))
    held = _held(claim, Parameters(quality="auto"))
    assert held.typed == {"size"}
    assert held.parameters.quality == "auto"
