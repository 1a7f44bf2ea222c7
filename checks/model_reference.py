"""The model that is claimed, what the config says about it, and the text models around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.codex_login import SKEW
from checks.context import Context, declare
from checks.credentials import not_to_send, rerun
from checks.scopes import few, in_force, remedies
from diagnose import capabilities
from diagnose.model.check import Cost, Outcome, Status, skip

if TYPE_CHECKING:
    from datetime import date

    from diagnose.capabilities.codex import Carrier


@declare("model_reference.name", "Model reference", cost=Cost.OFFLINE)
def name(context: Context) -> Outcome:
    """Whether the claimed model is known, and whether it is active on this day."""
    from datetime import UTC, datetime

    claimed = context.claim.model_id
    row = capabilities.find_model(claimed)
    today = datetime.fromtimestamp(context.host.now(), UTC).date()
    if row is None:
        near = _nearest(claimed)
        return Outcome(
            status=Status.WARN,
            summary=f"{claimed} is in no dated table: misspelt, or newer than this release",
            measured=claimed,
            expected="one of " + ", ".join(capabilities.models()),
            symptom="model-unknown",
            remedy=(rerun(context, "--model", f"openai/{near}"),) if near else (),
        )
    from diagnose.capabilities.codex import served_there

    if not context.kind.login and (there := served_there(row.id)):
        return Outcome(
            status=Status.WARN,
            summary=f"{claimed} is served on {' and '.join(there)} alone, to a login",
            measured=claimed,
            expected="a model of the platform's API",
            symptom="model-unknown",
            remedy=(rerun(context, "--model", "openai/gpt-image-2"),),
        )
    if row.shutdown is not None and row.shutdown <= today:
        return Outcome(
            status=Status.WARN,
            summary=f"{claimed} was shut down on {row.shutdown} (table as of {row.as_of})",
            measured=f"shut down on {row.shutdown}",
            expected="an active model",
            symptom="model-retiring",
            remedy=(rerun(context, "--model", "openai/gpt-image-2"),),
        )
    if row.shutdown is not None:
        days = (row.shutdown - today).days
        return Outcome(
            status=Status.WARN,
            summary=f"{claimed} will be shut down in {days} days, on {row.shutdown}",
            measured=f"shutdown on {row.shutdown}",
            expected="an active model without a shutdown date",
            symptom="model-retiring",
        )
    return Outcome(status=Status.PASS, summary=f"{claimed} is active (table as of {row.as_of})")


@declare("model_reference.config", "Model in the OpenClaw config", cost=Cost.OFFLINE)
def config(context: Context) -> Outcome:
    """Which image model OpenClaw is configured for, under which key, and whether its release reads that key."""
    from diagnose.machine.openclaw.installation import since

    settings = [s for s in context.config.image_models if s.agent is None]
    agents = list(dict.fromkeys(s.agent for s in context.config.image_models if s.agent is not None))
    if not settings:
        return skip("the OpenClaw config names no image model")
    shown = "; ".join(f"{s.key} = {s.primary or 'no primary'}" for s in settings)
    version = context.installation.version if context.installation else None
    for setting in settings:
        old = setting.key.endswith("imageGenerationModel")
        if version is not None and old == (version >= since("image-model-key-moved")):
            right = "agents.defaults.mediaModels.image" if old else "agents.defaults.imageGenerationModel"
            release = ".".join(map(str, version))
            return Outcome(
                status=Status.WARN,
                summary=f"OpenClaw {release} does not read {setting.key}",
                measured=setting.key,
                expected=right,
                symptom="config-key-moved",
                remedy=(f"openclaw config set {right} {context.claim.model}",),
            )
    different = [s for s in settings if s.primary not in {None, context.claim.model}]
    if different or agents:
        named = f"; agents with a model of their own: {', '.join(agents)}"
        return Outcome(
            status=Status.WARN,
            summary=shown + (named if agents else ""),
            measured=shown,
            expected=context.claim.model,
        )
    return Outcome(status=Status.PASS, summary=shown)


@declare("model_reference.host_model", "Text models in force", cost=Cost.OFFLINE, routes=["codex-responses"])
def host_model(context: Context) -> Outcome:
    """Whether a text model that would carry an image here is retired: this route's, OpenClaw's, the Codex CLI's."""
    from datetime import UTC, datetime

    from diagnose.capabilities.codex import carrier as first
    from diagnose.capabilities.codex import carriers

    today = datetime.fromtimestamp(context.host.now(), UTC).date()
    known = {row.id: row for row in carriers()}
    asked = _host_models(context)
    shown = "; ".join(f"{who}: {model}" for who, model in asked.items())
    retired = {who: row for who, model in asked.items() if (row := known.get(model)) and _is_over(row, today)}
    if not retired:
        return Outcome(status=Status.PASS, summary=f"none is known as retired (table as of {first().as_of}): {shown}")
    who, row = next(iter(retired.items()))
    ours = first().id in {found.id for found in retired.values()} or (context.mode == "openclaw" and who == _OPENCLAW)
    beside = "" if ours else f"; the image of this run is carried by {first().id}"
    return Outcome(
        # What does not carry this image is a warning: the other program would be refused, this run is not.
        status=Status.FAIL if ours else Status.WARN,
        summary=f"{who} asks {row.id}, which the backend refuses to ChatGPT accounts since {row.retired} "
        f"(table as of {row.as_of}: {row.source}){beside}",
        measured=f"{row.id}, retired on {row.retired}",
        expected=in_force(),
        symptom="carrier-not-supported",
        remedy=(_TO_ANOTHER[who].format(model=first().id),),
    )


_OPENCLAW, _CODEX_CLI, _OURS = "OpenClaw", "the Codex CLI", "this route"
_TO_ANOTHER = {
    _OPENCLAW: "openclaw update   # the text model comes with the release; {model} is in force",
    _CODEX_CLI: 'codex -m {model}   # or write model = "{model}" into its config.toml',
    _OURS: "routecheck run --no-fallback --route codex-images   # no text model carries the request there",
}


def _host_models(context: Context) -> dict[str, str]:
    """The text model that each program would ask at the Codex backend."""
    from diagnose.capabilities.codex import carrier as first
    from diagnose.machine.codex_home import read_home

    found = {_OURS: first().id}
    candidate = context.openclaw.prediction.first if context.openclaw is not None else None
    if candidate is not None and candidate.carrier is not None:
        found[_OPENCLAW] = candidate.carrier
    home = read_home(context.host)
    # A provider of its own is another host, with models of its own.
    if home.model is not None and home.provider in {None, "openai"}:
        found[_CODEX_CLI] = home.model
    return found


def _is_over(row: Carrier, today: date) -> bool:
    return row.retired is not None and row.retired <= today


@declare("model_reference.carrier", "Text model that carries the request", cost=Cost.FREE, routes=["codex-responses"])
def carrier(context: Context) -> Outcome:
    """Whether the account lists the text model that calls the image tool; a list that is empty tells nothing."""
    from diagnose.capabilities.codex import carrier as first
    from diagnose.machine.codex_home import known
    from diagnose.matrix import rows as matrix

    row, login, claims = first(), context.login, context.claims
    # It stands before the checks of the credential: a token of another kind must not be sent there.
    if context.route is None or login is None or login.secret is None or login.kind.id != "codex-oauth":
        return skip("there is no Codex login that could ask for the list")
    if not_to_send(context) is not None:
        return skip("there is no Codex login that could ask for the list")
    if claims is not None and claims.expires_at is not None and context.host.now() - claims.expires_at > SKEW:
        return skip("the login has expired, so it is not asked")
    # The list is that of a release of the Codex CLI; without one the call is refused.
    reply = context.asking().get(f"/models?client_version={known()['release']}")
    if not reply.answer.ok:
        return skip(f"the host did not give the list of this account ({reply.answer.describe()})")
    models = reply.payload.get("models") if isinstance(reply.payload, dict) else None
    rows = [model for model in models if isinstance(model, dict)] if isinstance(models, list) else []
    slugs = [slug for model in rows if isinstance(slug := model.get("slug"), str)]
    if not slugs:
        return Outcome(status=Status.PASS, summary=f"{row.id} (table as of {row.as_of}); an empty list tells nothing")
    if row.id in slugs:
        return Outcome(status=Status.PASS, summary=f"{row.id} is listed for this account")
    named = few(slugs)
    return Outcome(
        status=Status.WARN,
        summary=f"{row.id} (table as of {row.as_of}) is not listed for this account, which has {named}",
        measured=named,
        expected=row.id,
        symptom="carrier-not-supported",
        remedy=remedies(context, matrix()["carrier-not-supported"]),
    )


def _nearest(claimed: str) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(claimed, list(capabilities.models()), n=1)), None)
