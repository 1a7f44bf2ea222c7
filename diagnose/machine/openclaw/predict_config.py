"""What ends a request before a provider is tried: keys that the release rejects, secrets without a value, agents."""

from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.machine.openclaw.predict_world import World
from diagnose.machine.openclaw.prediction import Rule
from diagnose.machine.openclaw.rules import Row

_OPTIONS = ("size", "aspect_ratio", "resolution", "background", "format", "quality", "moderation", "agent")


def stop(world: World) -> tuple[str, str, tuple[Rule, ...]] | None:
    """(rule id, sentence, rules) when the program would end at once, else None."""
    rejected = [row for row in world.rules.config if _rejects(row, world.setting.config.tree)]
    if rejected:
        row = world.rules.rows["config-invalid"]
        says = " ".join(row.says for row in rejected)
        return row.id, says, (row.rule, *(row.rule for row in rejected))
    for rule, says in _others(world):
        row = world.rules.rows[rule]
        return rule, says or row.says, (row.rule,)
    return None


def _others(world: World) -> Iterator[tuple[str, str]]:
    rules, asked = world.rules, world.asked
    if unknown := _unknown_options(world):
        yield "option-unknown", f"{rules.rows['option-unknown'].says} {', '.join(unknown)}."
    if rules.holds("model-needs-provider") and (asked.model or "").strip() and not parse(asked.model):
        yield "model-needs-provider", ""
    if rules.holds("secret-unresolved") and (key := _unresolved(world)):
        yield "secret-unresolved", f"{rules.rows['secret-unresolved'].says} {key}."
    known = {agent.id for agent in world.setting.config.agents} or {world.setting.config.default_agent or "main"}
    if asked.agent and rules.holds("agent-unknown") and world.agent not in known:
        yield "agent-unknown", ""
    if not asked.agent and rules.holds("agent-ambiguous") and not world.setting.config.default_agent:
        yield "agent-ambiguous", ""


def parse(reference: str | None) -> tuple[str, str] | None:
    """(provider, model) of "provider/model", None for anything else."""
    provider, slash, model = (reference or "").strip().partition("/")
    return (provider.strip(), model.strip()) if slash and provider.strip() and model.strip() else None


def _unknown_options(world: World) -> list[str]:
    asked = world.asked
    given = [name for name in _OPTIONS if getattr(asked, name)]
    if asked.count != 1:
        given.append("count")
    known = world.rules.value("option-unknown", "edit" if asked.edit else "generate")
    return [name for name in given if name not in known]


def _unresolved(world: World) -> str | None:
    """The key of the first secret of a provider that does not resolve, None when all do."""
    forms: list[str] = world.rules.value("secret-unresolved", "forms")
    for provider in world.setting.config.providers.values():
        key = provider.api_key
        missing = key is not None and key.secret is None and key.form != "reference to profile"
        if key is not None and missing and key.form.startswith(tuple(forms)):
            return key.origin.key
        if "variable" in forms and _holds_variable(provider.settings.get("headers")):
            return f"models.providers.{provider.id}.headers"
    return None


def _holds_variable(value: Any) -> bool:
    """Whether the header values still hold a place for a variable, which then is not set."""
    headers = value.values() if isinstance(value, dict) else ()
    return any(isinstance(text, str) and text.startswith("${") and text.endswith("}") for text in headers)


def _rejects(row: Row, tree: Mapping[str, Any]) -> bool:
    values = row.values
    if "unknown" in values:
        spared = {tuple(path.split(".")) for path in values.get("but", ())}
        return any(found not in spared for path in _listed(values["unknown"]) for found in _places(tree, path))
    if "required" in values:
        return any(_lacks(tree, path) for path in values["required"])
    return any(value in values["values"] for value in _values(tree, values["key"]))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _places(tree: Any, path: str) -> list[tuple[str, ...]]:
    """The keys that a path with "*" really leads to."""
    found: list[tuple[tuple[str, ...], Any]] = [((), tree)]
    for part in path.split("."):
        found = [((*names, key), value) for names, at in found for key, value in _below(at, part)]
    return [names for names, _ in found]


def _below(value: Any, part: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return (
            [(str(k), v) for k, v in value.items()] if part == "*" else [(part, value[part])] if part in value else []
        )
    if isinstance(value, list) and part == "*":
        return [(str(number), item) for number, item in enumerate(value)]
    return []


def _values(tree: Any, path: str) -> list[Any]:
    found = [tree]
    for part in path.split("."):
        found = [value for at in found for _, value in _below(at, part)]
    return [value for value in found if isinstance(value, str)]


def _lacks(tree: Any, path: str) -> bool:
    above, _, key = path.rpartition(".")
    found = [tree]
    for part in above.split("."):
        found = [value for at in found for _, value in _below(at, part)]
    return any(isinstance(value, dict) and key not in value for value in found)
