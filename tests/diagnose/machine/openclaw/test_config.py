"""OpenClaw's config as a user may have written it: read, never changed, and never quoted in an error."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnose.machine.host import Host, empty_machine, this_machine
from diagnose.machine.json5 import ConfigError, load
from diagnose.machine.openclaw.config import Config, read_config
from diagnose.machine.openclaw.installation import find
from diagnose.machine.openclaw.variables import dotenv

PLANTED = "sk-proj-planted-0123456789abcdef"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".openclaw").mkdir()
    return tmp_path


def host(home: Path, **env: str) -> Host:
    return Host(env=env, home=home, which=lambda _: None)


@pytest.fixture
def read(home: Path) -> Callable[..., Config]:
    """Writes the config (text or value) and reads it back."""

    def write_and_read(content: Any, **env: str) -> Config:
        text = content if isinstance(content, str) else json.dumps(content)
        (home / ".openclaw" / "openclaw.json").write_text(text, encoding="utf-8")
        return read_config(host(home, **env))

    return write_and_read


def key_of(config: Config) -> tuple[str | None, str | None]:
    """The OpenAI key that the config gives, and in which form."""
    key = config.provider.api_key
    if key is None:
        return None, None
    return key.secret.reveal() if key.secret else None, key.form


def own_agents(config: Config) -> list[str | None]:
    """The agents that name an image model of their own."""
    return [model.agent for model in config.image_models if model.agent is not None]


def keyed(value: Any, **more: Any) -> dict[str, Any]:
    return {"models": {"providers": {"openai": {"apiKey": value}}}} | more


def error(read: Callable[..., Config], content: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        read(content)
    return str(caught.value)


def test_without_a_config_there_is_nothing(tmp_path: Path) -> None:
    assert replace(read_config(host(tmp_path)), environment={}) == Config()


def test_a_config_that_is_named_must_be_there(home: Path) -> None:
    with pytest.raises(ConfigError, match="OPENCLAW_CONFIG_PATH"):
        read_config(host(home, OPENCLAW_CONFIG_PATH=str(home / "missing.json")))
    with pytest.raises(ConfigError):
        read_config(host(home, OPENCLAW_CONFIG_PATH=str(home)))
    with pytest.raises(ConfigError):
        read_config(host(home, OPENCLAW_CONFIG_PATH="/" + "x" * 5000))


# JSON5


def test_json5_with_everything_that_people_write(read: Callable[..., Config]) -> None:
    found = read(
        """\ufeff// a comment
        {
          /* another */
          agents: { defaults: { 'imageGenerationModel': "openai/gpt-image-2",
                                mediaGenerationAutoProviderFallback: false, }, },
          models: { providers: { openai: { baseUrl: 'https://gateway.test/v1', apiKey: 'sk-x', }, }, },
        }"""
    )
    assert found.image_models[0].primary == "openai/gpt-image-2"
    assert found.auto_fallback is False
    assert found.provider.base_url == "https://gateway.test/v1"
    assert key_of(found) == ("sk-x", "plain")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{\n  "k": "' + PLANTED + '",\n  "a": 1 "b": 2\n}', 3, None),
        ('{\n  apiKey: "' + PLANTED + '",,\n}', 2, None),
        ("{\n  apiKey: " + PLANTED + "\n}", 2, 11),
        ('{ apiKey: "' + PLANTED, 1, None),
        ('{"a": "' + PLANTED + '"} x', 1, None),
        ("", 1, 1),
        ("\n\n/* " + PLANTED, 3, None),
    ],
)
def test_a_mistake_is_found_by_line_and_column_and_nothing_is_quoted(
    read: Callable[..., Config], text: str, line: int, column: int | None
) -> None:
    message = error(read, text)
    found = re.search(r"openclaw\.json: line (\d+), column (\d+): ", message)
    assert found is not None
    assert int(found[1]) == line
    assert column is None or int(found[2]) == column
    for part in (PLANTED, "sk-", "planted"):
        assert part not in message


def test_the_cause_of_the_error_does_not_carry_the_text(read: Callable[..., Config]) -> None:
    with pytest.raises(ConfigError) as caught:
        read("{ apiKey: '" + PLANTED + "' oops }")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_what_is_no_text_is_told_so(home: Path) -> None:
    (home / ".openclaw" / "openclaw.json").write_bytes(b'{"a": "\xff\xfe"}')
    with pytest.raises(ConfigError, match="UTF-8"):
        read_config(host(home))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, '{"a":' * 600 + "1" + "}" * 600, "[" * 900 + "]" * 900]
)
def test_no_depth_breaks_the_reading(read: Callable[..., Config], text: str) -> None:
    try:
        read(text)
    except ConfigError:
        return


# $include


def test_includes_are_merged_under_the_own_keys(home: Path, read: Callable[..., Config]) -> None:
    folder = home / ".openclaw"
    (folder / "parts").mkdir()
    (folder / "a.json5").write_text("{ openai: { apiKey: 'from-a', baseUrl: 'https://a.test/v1' } }")
    (folder / "parts" / "b.json5").write_text("{ $include: './c.json5', openai: { apiKey: 'from-b' } }")
    (folder / "parts" / "c.json5").write_text("{ openai: { apiKey: 'from-c', api: 'x' } }")
    one = read({"models": {"providers": {"$include": "a.json5"}}})
    assert (key_of(one)[0], one.includes) == ("from-a", (folder / "a.json5",))
    both = read({"models": {"providers": {"$include": ["a.json5", "parts/b.json5"]}}})
    assert (key_of(both)[0], both.provider.base_url) == ("from-b", "https://a.test/v1")
    assert len(both.includes) == 3
    own = read({"models": {"providers": {"$include": "a.json5", "openai": {"apiKey": "own"}}}})
    assert (key_of(own)[0], own.provider.base_url) == ("own", "https://a.test/v1")


def test_one_file_may_be_included_in_two_places(home: Path, read: Callable[..., Config]) -> None:
    (home / ".openclaw" / "model.json5").write_text("{ image: 'openai/gpt-image-2' }")
    found = read(
        {
            "agents": {
                "defaults": {"mediaModels": {"$include": "model.json5"}},
                "entries": {"art": {"mediaModels": {"$include": "model.json5"}}},
            }
        }
    )
    assert found.image_models[0].primary == "openai/gpt-image-2"
    assert own_agents(found) == ["art"]
    assert len(found.includes) == 1


def test_an_included_list_stands_for_itself(home: Path, read: Callable[..., Config]) -> None:
    (home / ".openclaw" / "agents.json5").write_text("[{ id: 'art', imageGenerationModel: 'google/x' }]")
    assert own_agents(read({"agents": {"list": {"$include": "agents.json5"}}})) == ["art"]


def test_includes_that_go_in_a_circle_are_refused(home: Path, read: Callable[..., Config]) -> None:
    folder = home / ".openclaw"
    (folder / "a.json5").write_text("{ $include: 'b.json5' }")
    (folder / "b.json5").write_text("{ $include: 'a.json5' }")
    assert "$include" in error(read, {"$include": "a.json5"})
    assert "$include" in error(read, {"$include": "openclaw.json"})
    (folder / "x").mkdir()
    (folder / "a.json5").write_text("{ $include: 'x/../a.json5' }")
    assert "$include" in error(read, {"$include": "a.json5"})


@pytest.mark.parametrize("names", ["missing.json5", ["missing.json5"], [""], ".", "\x00", "\ud800", "x" * 5000])
def test_an_include_that_cannot_be_read_is_told_with_its_name(read: Callable[..., Config], names: Any) -> None:
    assert error(read, {"$include": names})


@pytest.mark.parametrize("names", [5, True, {}, [5], [["a.json5"]]])
def test_an_include_that_is_no_file_name_is_told_so(read: Callable[..., Config], names: Any) -> None:
    assert "$include" in error(read, {"$include": names})


def test_a_mistake_in_an_included_file_is_found_there(home: Path, read: Callable[..., Config]) -> None:
    (home / ".openclaw" / "a.json5").write_text("{\n  apiKey: '" + PLANTED + "' x\n}")
    message = error(read, {"$include": "a.json5"})
    assert "a.json5: line 2" in message
    assert PLANTED not in message


# Anything at all


KEYS = (
    "agents", "defaults", "imageGenerationModel", "mediaModels", "image", "primary", "fallbacks", "list", "entries",
    "id", "models", "providers", "openai", "apiKey", "baseUrl", "source", "env", "vars", "$include",
    "mediaGenerationAutoProviderFallback", "OPENAI_API_KEY",
)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8)
    | st.sampled_from(["${X}", "${OPENAI_API_KEY}", "env", "openai/gpt-image-2", "openclaw.json", ".", "/"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
shaped = st.fixed_dictionaries(
    {},
    optional={
        "agents": st.fixed_dictionaries({}, optional={"defaults": values, "list": values, "entries": values}) | values,
        "models": st.fixed_dictionaries({"providers": st.fixed_dictionaries({"openai": values})}) | values,
        "env": values,
        "$include": values,
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values | shaped)
def test_any_value_is_a_config_or_a_config_error(home: Path, value: Any) -> None:
    (home / ".openclaw" / "openclaw.json").write_text(json.dumps(value))
    try:
        assert isinstance(read_config(host(home)), Config)
    except ConfigError as found:
        assert ": " in str(found)  # noqa: PT017 - either outcome is right


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60) | st.text("{}[]\"':,/*\\ab1$\n", max_size=40))
def test_any_text_is_a_value_or_a_config_error(home: Path, text: str) -> None:
    path = home / "any.json5"
    path.write_text(text, encoding="utf-8")
    try:
        load(path)
    except ConfigError as found:
        assert re.search(r"line \d+, column \d+", str(found))  # noqa: PT017 - either outcome is right


# Read only


def tree(folder: Path) -> dict[str, tuple[str, float]]:
    return {
        str(p): (hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "", p.stat().st_mtime_ns)
        for p in sorted([folder, *folder.rglob("*")])
    }


def test_reading_changes_nothing_on_disk(home: Path) -> None:
    from diagnose.machine.credentials import candidates, unread_sources

    folder = home / ".openclaw"
    (folder / "state").mkdir()
    (folder / "state" / "openclaw.sqlite").write_bytes(b"SQLite format 3\0")
    (folder / "agents" / "main" / "agent").mkdir(parents=True)
    (folder / "agents" / "main" / "agent" / "auth-profiles.json").write_text("no JSON")
    (home / ".codex").mkdir()
    (home / ".codex" / "auth.json").write_text('{"OPENAI_API_KEY": null}')
    (folder / ".env").write_text("OPENAI_API_KEY=sk-x\n")
    (folder / "openclaw.json").write_text("{ env: { vars: { OPENAI_API_KEY: 'sk-y' } } }")
    before = tree(home)
    machine = host(home)
    config = read_config(machine)
    assert len(candidates(machine, config)) == 2
    assert len(unread_sources(machine, config)) == 3
    find(machine)
    assert tree(home) == before


def test_an_empty_machine_holds_only_what_it_is_given(home: Path) -> None:
    (home / ".openclaw" / "openclaw.json").write_text(json.dumps(keyed(PLANTED)))
    real = Host(env={"OPENAI_API_KEY": PLANTED}, home=home, which=lambda _: "/usr/bin/openclaw")
    empty = empty_machine({"OPENAI_API_KEY": "sk-sandbox"}, real)
    assert dict(empty.env) == {"OPENAI_API_KEY": "sk-sandbox"}
    assert replace(read_config(empty), environment={}) == Config()
    assert dotenv(empty) == {}
    assert find(empty) is None
    assert (empty.now, empty.sleep, empty.monotonic) == (real.now, real.sleep, real.monotonic)


def test_this_machine_is_a_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = this_machine()
    monkeypatch.setenv("HOME", "/elsewhere")
    assert (found.home, found.env["HOME"]) == (tmp_path, str(tmp_path))
