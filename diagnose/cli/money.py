"""What a run may cost: the most that its images can, against the limit, before anything is sent."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagnose import capabilities
from diagnose.cli.openclaw_part import Part
from diagnose.cli.problems import UsageProblem
from diagnose.model.claim import Claim
from diagnose.routes.kind import RouteKind
from diagnose.routes.shot import SMOKE_PROMPT

if TYPE_CHECKING:
    from diagnose.cli.typed import Options


NO_DOLLARS = "an image of this route counts against a ChatGPT plan, or its credits, and has no price in dollars"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """`ceiling_usd` of all images of the run together, None when no dated price is known.

    `declined` and `openclaw_declined` are the reasons why no image is asked for directly and through OpenClaw.
    """

    ceiling_usd: float | None
    declined: str | None
    openclaw_declined: str | None


def money_of(options: "Options", kind: RouteKind, part: Part, claim: Claim, max_cost: float) -> Money:
    """What may be paid. Raises UsageProblem when the image of the claim can cost more than the limit."""
    if kind.login:
        return _of_login(options, part, max_cost)
    direct = capabilities.ceiling_usd(capabilities.find_model(claim.model_id), claim.parameters, SMOKE_PROMPT)
    if part.mode == "openclaw":
        reason = part.declined or _declined(options, part.claim, part.ceiling_usd, max_cost)
        return Money(
            ceiling_usd=part.ceiling_usd,
            declined="--through openclaw: only OpenClaw is asked",
            openclaw_declined=reason,
        )
    declined = _declined(options, claim, direct, max_cost)
    if part.openclaw is None:
        return Money(ceiling_usd=direct, declined=declined, openclaw_declined=None)
    other = declined or part.declined or _too_dear(direct, part.ceiling_usd, max_cost)
    both = None if direct is None or part.ceiling_usd is None else direct + part.ceiling_usd
    return Money(ceiling_usd=direct if other else both, declined=declined, openclaw_declined=other)


def refuse_limit(part: Part, max_cost: float) -> None:
    """Raise UsageProblem where a limit that was typed says nothing about the image of a login.

    Beside OpenClaw it does: its own image may be paid by a key.
    """
    if part.openclaw is None or not max_cost:
        raise UsageProblem(f"--max-cost: {NO_DOLLARS}; leave it out, or say --no-spend. Nothing was sent")


def _of_login(options: "Options", part: Part, max_cost: float) -> Money:
    """An image costs a share of a plan there and no dollars; one of OpenClaw may be paid by a key all the same."""
    chosen, by_key = _by_choice(options), part.ceiling_usd
    if part.openclaw is None:
        return Money(ceiling_usd=None, declined=chosen, openclaw_declined=None)
    other = chosen or part.declined
    if other is None and by_key is not None and part.mode == "openclaw":
        other = _declined(options, part.claim, by_key, max_cost)
    elif other is None and by_key is not None and by_key > max_cost:
        other = (
            f"OpenClaw could pay for its image by a key, with up to ${by_key:.4f}, more than --max-cost {max_cost:g}"
        )
    return Money(
        ceiling_usd=None if other else by_key,
        declined="--through openclaw: only OpenClaw is asked" if part.mode == "openclaw" else chosen,
        openclaw_declined=other,
    )


def _too_dear(direct: float | None, other: float | None, max_cost: float) -> str | None:
    if direct is None or other is None:
        return "no dated price of OpenClaw's image is known, so no limit could be kept"
    if direct + other <= max_cost:
        return None
    return (
        f"an image through OpenClaw besides could cost ${other:.4f}, together more than --max-cost {max_cost:g}; "
        "--through openclaw asks it alone"
    )


def _by_choice(options: "Options") -> str | None:
    return ("--dry" if options.dry else "--no-spend") if options.no_spend else None


def _declined(options: "Options", claim: Claim, ceiling: float | None, max_cost: float) -> str | None:
    if options.no_spend:
        return _by_choice(options)
    if ceiling is None:
        return f"no dated price is known for {claim.model_id} at this size and quality, so no limit could be kept"
    if ceiling > max_cost:
        enough = math.ceil(ceiling * 100) / 100
        undecided = claim.parameters.quality == "auto" and options.quality != "auto"
        why = "; this OpenClaw passes no quality on, so the vendor decides" if undecided else ""
        raise UsageProblem(
            f"the smoke image ({claim.parameters.size}, {claim.parameters.quality}) can cost ${ceiling:.4f}, more "
            f"than --max-cost {max_cost:g}{why}; ask for less or say --max-cost {enough:.2f}. Nothing was sent"
        )
    return None
