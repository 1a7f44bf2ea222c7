"""`$include` as the real releases merge it, and where each key then stands."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw.config import Config, read_config
from diagnose.machine.openclaw.facts import Origin


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".openclaw").mkdir()
    return tmp_path / ".openclaw"


@pytest.fixture
def read(folder: Path) -> Callable[..., Config]:
    """Writes openclaw.json and other files beside it, and reads the config."""

    def write_and_read(content: Any, files: dict[str, Any] | None = None, **env: str) -> Config:
        for name, value in {"openclaw.json": content, **(files or {})}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(json.dumps(value))
        return read_config(Host(env=env, home=folder.parent, which=lambda _: None))

    return write_and_read


def refused(read: Callable[..., Config], *words: Any, **env: str) -> str:
    with pytest.raises(ConfigError, match=r"\$include") as caught:
        read(*words, **env)
    return str(caught.value)


def test_lists_are_joined_and_single_values_replaced(read: Callable[..., Config]) -> None:
    defaults = {"$include": ["a.json", "b.json"], "workspace": "/own", "skills": ["own"]}
    files = {"a.json": {"workspace": "/a", "skills": ["a"]}, "b.json": {"workspace": "/b", "skills": ["b"]}}
    found = read({"agents": {"defaults": defaults}}, files)
    assert found.at("agents.defaults.skills") == ["a", "b", "own"]
    assert found.at("agents.defaults.workspace") == "/own"
    assert found.at("agents.defaults.skills.1") == "b"
    for missing in (
        "agents.defaults.skills.3",
        "agents.defaults.skills.x",
        "agents.none.x",
        "agents.defaults.workspace.x",
    ):
        assert found.at(missing) is None


def test_every_key_knows_the_file_that_it_stands_in(folder: Path, read: Callable[..., Config]) -> None:
    found = read(
        {"models": {"$include": "m.json", "mode": "merge"}, "agents": {"list": {"$include": ["x.json", "y.json"]}}},
        {
            "m.json": {"providers": {"openai": {"$include": "parts/o.json", "api": "x"}}},
            "parts/o.json": {"apiKey": "sk-x", "baseUrl": "https://a.test/v1"},
            "x.json": [{"id": "one"}],
            "y.json": [{"id": "two", "imageGenerationModel": "fal/y"}],
        },
    )
    where = {
        "models.mode": "openclaw.json", "models.providers.openai.api": "m.json",
        "models.providers.openai.baseUrl": "parts/o.json", "agents.list.0.id": "x.json", "agents.list.1.id": "y.json",
        "models.providers.openai.not.there": "m.json",
    }  # fmt: skip
    for key, name in where.items():
        assert found.origin(key) == Origin(file=folder / name, key=key)
    assert found.image_models[0].origin.file == folder / "y.json"
    key = found.provider.api_key
    assert key is not None
    assert str(key.origin) == f"models.providers.openai.apiKey in {folder / 'parts' / 'o.json'}"
    assert found.includes == tuple(folder / name for name in ("m.json", "parts/o.json", "x.json", "y.json"))


def chain(length: int) -> dict[str, Any]:
    files: dict[str, Any] = {f"m{i}.json": {"$include": f"m{i + 1}.json"} for i in range(1, length)}
    return files | {f"m{length}.json": {"mode": "deep"}}


def test_ten_deep_is_read_and_eleven_is_not(read: Callable[..., Config]) -> None:
    assert read({"models": {"$include": "m1.json"}}, chain(10)).at("models.mode") == "deep"
    assert "deep" in refused(read, {"models": {"$include": "m1.json"}}, chain(11))


def test_files_that_multiply_are_refused_before_they_are_many(read: Callable[..., Config]) -> None:
    files = {f"m{i}.json": {"a": {"$include": [f"m{i + 1}.json"] * 9}} for i in range(1, 9)} | {"m9.json": {}}
    assert "too many" in refused(read, {"models": {"$include": "m1.json"}}, files)


def test_what_lies_outside_the_configs_folder_is_refused_unless_its_root_is_named(
    folder: Path, read: Callable[..., Config]
) -> None:
    outside = folder.parent / "shared"
    outside.mkdir()
    (outside / "m.json").write_text('{"mode": "outside"}')
    (folder / "link.json").symlink_to(outside / "m.json")
    for name in ("../shared/m.json", str(outside / "m.json"), "link.json"):
        config = {"models": {"$include": name}}
        assert "outside" in refused(read, config)
        assert read(config, OPENCLAW_INCLUDE_ROOTS=f"/nowhere:~/shared{os.pathsep}").at("models.mode") == "outside"
    (folder / "inner.json").write_text('{"mode": "inside"}')
    (folder / "own.json").symlink_to("inner.json")
    assert read({"models": {"$include": str(folder / "own.json")}}).at("models.mode") == "inside"


def test_a_file_with_a_second_name_or_of_great_size_is_refused(folder: Path, read: Callable[..., Config]) -> None:
    (folder / "a.json").write_text("{}")
    os.link(folder / "a.json", folder / "b.json")
    assert "hard link" in refused(read, {"models": {"$include": "b.json"}})
    (folder / "large.json").write_text("{}" + " " * (2 * 1024 * 1024))
    assert "larger" in refused(read, {"models": {"$include": "large.json"}})


def test_beside_other_keys_only_an_object_is_included(read: Callable[..., Config]) -> None:
    assert "object" in refused(read, {"models": {"$include": "m.json", "mode": 1}}, {"m.json": []})
    assert read({"tools": {"$include": []}}).at("tools") == {}


def test_a_file_may_include_itself_by_no_way(folder: Path, read: Callable[..., Config]) -> None:
    config = {"models": {"$include": "m.json"}}
    assert "itself" in refused(read, config, {"m.json": {"x": {"$include": "openclaw.json"}}})
    (folder / "again").symlink_to(".")
    assert refused(read, config, {"m.json": {"x": {"$include": "again/m.json"}}})
