"""Settings that nobody thought of: described cases, drawn the same way every time."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from described import Case
from facets import ASKED, DEALT, ENVIRONMENTS, LIKELY, LITELLM, OTHERS, PLUGINS, PROVIDERS, SECOND, STORES, Parts
from spelling import SPELLINGS

DRAWN = range(40)
"""The numbers of the cases that are drawn alone."""

DEALT_FROM = 56
"""The number of the first case that is about a certain thing to ask for. A number is also what a case is drawn by."""


def cases(release: str) -> tuple[Case, ...]:
    """The generated cases of a release, by different names."""
    return tuple(_draw(number, release) for number in [*DRAWN, *range(DEALT_FROM, DEALT_FROM + len(DEALT))])


def _draw(number: int, release: str) -> Case:
    """Every store comes once; the rest is drawn. A release that refuses the knob has it in its first case only, where
    it is seen to be refused."""
    draw = random.Random(f"a route nobody thought of, {number}")
    stores = list(STORES)
    held = stores[number] if number < len(stores) else draw.choice([*LIKELY, *stores])
    around = draw.choice(["bare", "openai", "openai", *ENVIRONMENTS])
    parts: Parts = {"profiles": STORES[held], "env": dict(ENVIRONMENTS[around])}
    names = [held, around]
    if "ref" in next(iter(STORES[held].values()), {}):
        parts["env"]["STORED_KEY"] = "KEY3"
    if number >= DEALT_FROM:
        name = list(DEALT)[number - DEALT_FROM]
        _merge(parts, DEALT[name])
        names.append(name)
    facets: list[tuple[float, Callable[[random.Random, Parts], str]]] = [
        (0.45, lambda r, p: _table(r, p, PROVIDERS)),
        (0.6 if number in DRAWN else 0.0, lambda r, p: _table(r, p, ASKED)),
        (0.35, _order),
        (0.25, _declare),
        (0.2, _others),
        (0.2, _place),
        (0.15, _fail),
        (0.12, _agents),
        (0.1, lambda r, p: _table(r, p, PLUGINS)),
        (0.12, _codex),
        (0.15, _layout),
        (0.1 if SPELLINGS[release].knob or number == 0 else 0.0, _knob),
    ]
    for likelihood, add in facets:
        # Both are drawn in any case, so that a changed likelihood does not change every other case.
        wanted, own = draw.random() < likelihood, random.Random(draw.random())
        if wanted and (said := add(own, parts)):
            names.append(said)
    return Case(name=f"{number:02d} {', '.join(names)}", **parts)


def _merge(into: Parts, more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), Mapping):
            into[name] = dict(into[name])
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, Mapping) else value


def _table(draw: random.Random, parts: Parts, table: Mapping[str, Parts]) -> str:
    name = draw.choice(list(table))
    _merge(parts, table[name])
    return name


def _order(draw: random.Random, parts: Parts) -> str:
    ids = list(parts["profiles"])
    where = draw.choice(["auth_order", "auth_order", "stored_order", "last_good"])
    if where == "last_good":
        if ids:
            parts[where] = draw.choice(ids)
        return f"last good {parts.get(where)}"
    draw.shuffle(ids)
    parts[where] = tuple(ids[: draw.randint(0 if where == "auth_order" else 1, len(ids))]) if ids else ()
    if where == "stored_order" and not ids:
        del parts[where]
        return ""
    return f"{where.replace('_', ' ')} {list(parts[where])}"


def _declare(draw: random.Random, parts: Parts) -> str:
    kinds = {name: about["kind"] for name, about in parts["profiles"].items()} or {"LOGIN:default": "oauth"}
    chosen = {name: kind for name, kind in kinds.items() if draw.random() < 0.7} or {"openai:default": "api_key"}
    if draw.random() < 0.25:
        chosen = dict.fromkeys(chosen, "api_key")
    parts["declared"] = chosen
    return f"declared {chosen}"


def _others(draw: random.Random, parts: Parts) -> str:
    name = draw.choice(list(OTHERS))
    parts["env"] = {**parts["env"], **OTHERS[name]}
    if name == "litellm":
        _merge(parts, {"providers": {"litellm": {"baseUrl": LITELLM["baseUrl"], "models": []}}})
    return f"also {name}"


def _place(draw: random.Random, parts: Parts) -> str:
    """The variables stand somewhere else than in the environment, or a second value does."""
    where = draw.choice(["dotenv", "config_env"])
    if draw.random() < 0.3:
        parts[where] = {"OPENAI_API_KEY": "KEY4"}
        return f"another key in {where}"
    parts[where], parts["env"] = {name: value for name, value in parts["env"].items() if value}, {}
    return f"variables in {where}"


def _fail(draw: random.Random, parts: Parts) -> str:
    host = draw.choice(["api.openai.com", "chatgpt.com"])
    parts["failing"] = tuple(dict.fromkeys([*parts.get("failing", ()), host]))
    return f"{host} fails"


def _agents(draw: random.Random, parts: Parts) -> str:
    own = draw.choice([{}, {"openai:own": {"kind": "api_key", "secret": "KEY4"}}, {"LOGIN:own": SECOND}])
    parts["agents"] = {"main": {}, "work": {}}
    parts["agent_profiles"] = {"work": own} if own else {}
    parts["default_agent"] = draw.choice(["main", "work"])
    return f"agents, {parts['default_agent']} first, work has {list(own)}"


def _codex(draw: random.Random, parts: Parts) -> str:
    parts["codex"] = {
        "folder": draw.choice(["home", "elsewhere"]),
        "kind": draw.choice(["chatgpt", "chatgpt", "api_key"]),
    }
    return f"codex {parts['codex']['kind']} {parts['codex']['folder']}"


def _layout(draw: random.Random, parts: Parts) -> str:
    parts["layout"] = draw.choice(["state-dir", "config-path", "openclaw-home", "home"])
    if parts["layout"] == "home":
        parts["included"] = ("models",) if parts.get("providers") else ()
        return "an include" if parts["included"] else ""
    return str(parts["layout"])


def _knob(draw: random.Random, parts: Parts) -> str:
    parts["auto_fallback"] = draw.choice([False, False, True])
    return f"auto fallback {parts['auto_fallback']}"
