"""From what was read on the machine and predicted of OpenClaw to the inventory that `routecheck providers` shows."""

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from diagnose.capabilities.providers import ImageProvider, measured, providers_of, shown, turning_points
from diagnose.cli.finding import found
from diagnose.machine.openclaw.prediction import Prediction
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.inventory import Inventory, ProviderRow, Turn

if TYPE_CHECKING:
    from diagnose.machine.openclaw.facts import ImageModel


def inventory(setting: Setting, prediction: Prediction, agent: str | None) -> Inventory:
    """Every provider as this release has it, with what was found for it and the turn that it would have."""
    turns = tuple(_turns(prediction))
    model = _configured(setting, agent)
    primary = next((turn.provider for turn in turns if turn.via == "primary"), None)
    if primary is None and model and model.primary:
        primary = model.primary.partition("/")[0]
    program = setting.installation
    return Inventory(
        release=shown(setting.version) if setting.version else None,
        program=str(program.program) if program else None,
        agent=agent,
        primary=model.primary if model else None,
        primary_key=str(model.origin) if model else None,
        turns=turns,
        stops=prediction.why or prediction.stops,
        rules=_rules(prediction),
        rows=tuple(_row(row, setting, turns, primary, agent) for row in providers_of(setting.version)),
        notes=tuple(_notes(setting)),
        next=tuple(_next(setting, turns)),
    )


def _turns(prediction: Prediction) -> Iterator[Turn]:
    number = 0
    for candidate in prediction.candidates:
        leaves = prediction.stops is None and candidate.refused is None
        number += leaves
        used = candidate.credential
        yield Turn(
            number=number if leaves else None,
            provider=candidate.provider,
            model=candidate.model,
            via=candidate.via,
            host=candidate.host,
            credential=f"{used.source} ({used.kind})" if used else None,
            refusal=candidate.refusal or candidate.refused,
        )


def _configured(setting: Setting, agent: str | None) -> "ImageModel | None":
    """The configured image model: the agent's own before that of all agents."""
    models = [model for model in setting.config.image_models if model.primary]
    own = (model for model in models if model.agent == (agent or setting.config.default_agent))
    return next(own, None) or next((model for model in models if model.agent is None), None)


def _rules(prediction: Prediction) -> tuple[str, ...]:
    first = prediction.first
    rules = (*prediction.rules, *(first.rules if first else ()))
    return tuple(dict.fromkeys(f"{rule.says} ({rule.id}, {rule.releases})" for rule in rules))


def _row(
    row: ImageProvider, setting: Setting, turns: tuple[Turn, ...], primary: str | None, agent: str | None
) -> ProviderRow:
    own = tuple(turn for turn in turns if turn.provider in {row.id, *row.logins})
    later = next((turn.via for turn in own if turn.number is not None and turn.number > 1), None)
    return ProviderRow(
        id=row.id,
        label=row.label,
        presence=row.presence,
        plugin=row.plugin,
        releases=_releases(row),
        default_model=row.default_model,
        models=row.models,
        count=row.count,
        edit_images=row.edit_images,
        edit_by_model=row.edit_by_model,
        size=row.size,
        aspect_ratio=row.aspect_ratio,
        resolution=row.resolution,
        sizes=row.sizes,
        aspect_ratios=row.aspect_ratios,
        resolutions=row.resolutions,
        variables=row.variables,
        found=tuple(found(row, setting, agent)),
        selected=primary in {row.id, *row.logins},
        fallback=None if later is None else "detection" if later == "auto" else "config",
        turns=own,
        note=row.note,
        as_of=row.as_of,
        source=row.source,
    )


def _releases(row: ImageProvider) -> str:
    """In which releases the provider makes images: "from 2026.4.27; from 2026.9.6 as a plugin"; "" for none."""
    oldest = measured()[0]
    told = []
    for point in turning_points(row.id):
        if point.presence != "chat only":
            begin = f"from {shown(point.since)}" + (" or earlier" if point.since == oldest else "")
            told.append(begin + (" as a plugin" if point.presence == "plugin" else ""))
    return "; ".join(told)


def _notes(setting: Setting) -> Iterator[str]:
    oldest, *_, newest = measured()
    version, there = setting.version, ", ".join(map(shown, measured()))
    if setting.installation is None:
        yield f"OpenClaw is not on PATH: what follows holds for {shown(newest)}, the newest release of the table."
    elif version is None:
        yield f"The release of OpenClaw is unknown: what follows holds for {shown(newest)}."
    elif version > newest:
        yield f"{shown(version)} is newer than the table ({shown(newest)}): its own list tells more, with --live."
    elif version < oldest:
        yield f"{shown(version)} is older than the table ({shown(oldest)}): its own list tells more, with --live."
    elif version not in measured():
        yield f"The table was measured with {there}: {shown(version)} has the rows of the release before it."
    for other in setting.others:
        yield f"Another OpenClaw, {other.shown}, is installed as {other.program}; the first one on PATH starts."
    for file, reason in setting.stores.unreadable.items():
        yield f"{file} could not be read, so its logins are missing here: {reason}."
    for file in setting.stores.waiting:
        yield f"{file} waits to be migrated; this release refuses to start an image before that."


def _next(setting: Setting, turns: tuple[Turn, ...]) -> Iterator[str]:
    first = next((turn for turn in turns if turn.number == 1), None)
    if first is not None and first.provider == "openai":
        yield f"routecheck run --no-fallback --no-spend --model {shlex.quote(f'{first.provider}/{first.model}')}"
    elif first is None:
        yield "routecheck run --no-fallback --no-spend"
    if setting.installation is not None:
        yield "routecheck providers --live"
