"""Which route OpenClaw would take for an image request: provider, host, credential, model, parameters, in order.

It follows from the settings and from the rules of the release alone. Nothing is asked, read or started here.
"""

from diagnose.machine.openclaw import predict_config, predict_openai
from diagnose.machine.openclaw.predict_candidates import Wanted, detects, wanted
from diagnose.machine.openclaw.predict_network import bypasses
from diagnose.machine.openclaw.predict_openai import Plan
from diagnose.machine.openclaw.predict_others import blocked, other, refusal_of
from diagnose.machine.openclaw.predict_plugins import registered
from diagnose.machine.openclaw.predict_sent import Options, openai_size, options, texts
from diagnose.machine.openclaw.predict_world import World
from diagnose.machine.openclaw.prediction import Asked, Candidate, Prediction, Rule
from diagnose.machine.openclaw.rules import Row, Trail, rules_for
from diagnose.machine.openclaw.setting import Setting

_OPENAI = "openai"


def predict(setting: Setting, asked: Asked, *, refreshing: bool = True) -> Prediction:
    """What would happen with this request on this machine. Never raises, and takes some 100 microseconds.

    `refreshing`: a login that has to be refreshed first (`Candidate.refreshes_first`) can be; False tells what
    would happen otherwise.
    """
    rules = rules_for(setting.version)
    world = World(setting=setting, asked=asked, rules=rules, refreshing=refreshing)
    about = (rules.about,) if rules.about else ()
    if (stopped := predict_config.stop(world)) is not None:
        return _stopped(world, *stopped)
    waits = bool(setting.stores.waiting) and rules.holds("store-waits-for-migration")
    if waits and not (asked.model or "").strip() and detects(world):
        row = rules.rows["store-waits-for-migration"]
        return _stopped(world, row.id, row.says, (row.rule,))
    candidates = tuple(_candidate(world, item) for item in wanted(world))
    if not candidates:
        row = rules.rows["no-image-model"]
        return _stopped(world, row.id, row.says, (row.rule,))
    used = [*about, *(rule for candidate in candidates for rule in candidate.rules)]
    return Prediction(
        release=rules.release if rules.about or setting.version is None else setting.version,
        newer=rules.newer,
        candidates=candidates,
        rules=tuple(dict.fromkeys(used)),
    )


def _stopped(world: World, rule: str, says: str, used: tuple[Rule, ...]) -> Prediction:
    rules = world.rules
    return Prediction(
        release=rules.release,
        newer=rules.newer,
        candidates=(),
        stops=rule,
        why=says,
        rules=(*((rules.about,) if rules.about else ()), *used),
    )


def _candidate(world: World, item: Wanted) -> Candidate:
    row, trail = world.rules.provider(item.provider), item.trail
    if row is None or row.values["name"] not in registered(world):
        denied = trail.note("plugin-not-allowed" if row else "provider-not-registered")
        if row and world.rules.holds("plugins-allow-is-a-wall") and world.setting.config.plugins.allow:
            trail.note("plugins-allow-is-a-wall")
        return refusal_of(world, item, denied)
    stores, name = world.setting.stores, row.values["name"]
    waits = name in stores.waiting_for or "*" in stores.waiting_for or (bool(stores.waiting) and name == _OPENAI)
    if waits and world.rules.holds("store-waits-for-migration"):
        return refusal_of(world, item, trail.note("store-waits-for-migration"))
    if (rule := _edit_refused(world, row, trail)) is not None:
        return refusal_of(world, item, rule)
    given = options(world.asked, row, item.model, trail)
    if row.values["name"] == _OPENAI:
        return _openai(world, item, row, given)
    return other(world, item, row, given)


def _edit_refused(world: World, row: Row, trail: Trail) -> str | None:
    references = row.values["references"]
    if world.asked.images and not references:
        return trail.note("edit-not-supported")
    if world.asked.images > references and world.rules.holds("too-many-references"):
        return trail.note("too-many-references")
    return None


def _openai(world: World, item: Wanted, row: Row, given: Options) -> Candidate:
    trail, rules = item.trail, world.rules
    plan = predict_openai.plan(world, item.model, trail)
    if plan.refused is not None or plan.where is None:
        return refusal_of(world, item, plan.refused or "base-url-invalid")
    codex = plan.surface == "codex-responses"
    model = item.model
    at_vendor = (codex or plan.where.public) and rules.holds("transparent-other-model")
    if at_vendor and given.background == "transparent" and model == rules.value("transparent-other-model", "from"):
        model = rules.value(trail.note("transparent-other-model"), "to")
    size = openai_size(given, model, plan.native, not codex, row.values["sizes"], trail)
    count = world.asked.count
    if rules.holds("count-limited"):
        limited = max(1, min(int(rules.value("count-limited", "most")), count))
        if limited != count:
            trail.note("count-limited")
        count = limited
    sent = texts(
        size=size,
        n=None if codex else count,
        quality=given.quality,
        output_format=given.format,
        background=given.background,
        moderation=world.asked.moderation,
    )
    reads = plan.settings is not None
    return Candidate(
        provider=item.provider,
        named=item.model,
        model=model,
        carrier=rules.value("carrier-model", "model") if codex else None,
        via=item.via,
        surface=plan.surface,
        host=plan.where.host,
        path=_openai_path(plan, model, world),
        credential=plan.credential,
        requests=count if codex else 1,
        refreshes_first="refresh-margin" in trail.noted,
        bypasses_proxy=bypasses(world, plan.settings or _OPENAI, plan.where, True, reads, trail),
        **blocked(world, plan.settings or _OPENAI, plan.where, plan.allowance, reads, trail),
        sent=sent,
        ignored=tuple(given.ignored),
        rules=trail.all,
    )


def _openai_path(plan: Plan, model: str, world: World) -> str:
    assert plan.where is not None
    if plan.surface == "codex-responses":
        return f"{plan.where.path}/responses"
    action = "edits" if world.asked.images else "generations"
    if plan.azure:
        below = plan.where.path.removesuffix("/openai/v1").removesuffix("/v1")
        return f"{below}/openai/deployments/{model}/images/{action}"
    return f"{plan.where.path}/images/{action}"
