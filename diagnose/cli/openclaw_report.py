"""OpenClaw's part of a finished run, for the report."""

from collections.abc import Iterator

from checks.context import Context
from diagnose.machine.openclaw import prediction
from diagnose.machine.openclaw.facts import Provider
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.report import Candidate, OpenClawPart
from diagnose.routes.openclaw_findings import shown, told


def openclaw_part(context: Context) -> OpenClawPart | None:
    """What was read, predicted and seen of OpenClaw; None when it had no part in the run."""
    program = context.openclaw
    if program is None:
        return None
    asked = program.asked
    options = {
        "model": asked.model, "size": asked.size, "quality": asked.quality, "background": asked.background,
        "output_format": asked.format, "agent": asked.agent,
    }  # fmt: skip
    learned = context.learned
    tried: tuple[str, ...] = ()
    how = None
    if learned.through is not None and learned.through.tapped is not None:
        tried, how = tuple(f"{t.target.shown}{t.path}" for t in learned.through.tapped), "tap"
    elif learned.dry is not None:
        tried, how = learned.dry.hosts, "dry"
    generation = learned.through.generation if learned.through else learned.dry.generation if learned.dry else None
    says = None
    if generation is not None:
        label = f"{generation.provider}/{generation.model}" if generation.provider else generation.error
        lines = [f"{a.transport} by {a.mode} ({a.provider})" for a in generation.auth]
        says = "; ".join(part for part in (label, *lines) if part) or None
    predicted = program.prediction
    return OpenClawPart(
        release=program.program.installation.shown,
        program=str(program.program.installation.program),
        mode=context.mode,
        asked={name: value for name, value in options.items() if value is not None},
        read=tuple(_read(program.setting)),
        predicted=tuple(_candidate(c) for c in predicted.candidates),
        stops=predicted.why if predicted.stops is not None else None,
        tried=tried,
        how=how,
        says=says,
    )


_WORTH_KNOWING = (
    "agents.defaults.mediaGenerationAutoProviderFallback",
    "agents.defaults.mediaMaxMb",
    "browser.ssrfPolicy.dangerouslyAllowPrivateNetwork",
    "proxy.enabled",
    "plugins.allow",
)
"""Settings that change what becomes of an image request, and are no secret."""


def _read(setting: Setting) -> Iterator[str]:
    """The settings by which OpenClaw decides, each with where it stands; values only where they are no secret."""
    config = setting.config
    for model in config.image_models:
        others = f", then {', '.join(model.fallbacks)}" if model.fallbacks else ""
        timeout = f", {model.timeout_ms} ms" if model.timeout_ms is not None else ""
        yield f"{model.primary or 'no primary'}{others}{timeout}: {model.origin}"
    for provider in config.providers.values():
        words = [part for part in ("a base URL" * bool(provider.base_url), _key(provider)) if part]
        words += sorted(provider.settings)
        yield f"provider {provider.id} with {', '.join(words) or 'nothing'}: {provider.origin}"
    for name, ids in config.auth_order.items():
        yield f"order of {name}: {', '.join(ids) or 'nobody'}: {config.origin(f'auth.order.{name}')}"
    for profile in setting.stores.profiles:
        whose = f" of agent {profile.agent}" if profile.agent else ""
        yield f"{profile.kind} {profile.id}{whose}: {profile.origin.file}"
    for key in _WORTH_KNOWING:
        if (value := config.at(key)) is not None:
            yield f"{value}: {config.origin(key)}"


def _key(provider: Provider) -> str:
    return f"apiKey ({provider.api_key.form})" if provider.api_key else ""


TAP_NOTE = (
    "the tap was on: OpenClaw's requests went through a loopback proxy of this run, with a throw-away CA that "
    "only OpenClaw was told to trust; the requests were passed on unchanged and the CA is gone"
)


def proxy_notes(context: Context) -> tuple[str, ...]:
    """What the report has to say of the proxies of the run."""
    from diagnose.tap.environment import departures

    dry, through = context.learned.dry, context.learned.through
    notes = [*(dry.notes if dry else ()), *(through.notes if through else ())]
    if through is not None and through.tapped is not None and context.openclaw is not None:
        notes += [TAP_NOTE, *departures(context.openclaw.env)]
    return tuple(notes)


def _candidate(candidate: prediction.Candidate) -> Candidate:
    return Candidate(
        route=shown(candidate),
        via=candidate.via,
        refused=candidate.refusal if candidate.refused is not None else None,
        origin=str(candidate.credential.origin) if candidate.credential else None,
        rules=tuple(told(rule) for rule in candidate.rules),
    )
