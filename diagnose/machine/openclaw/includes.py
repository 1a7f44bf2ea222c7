"""`$include` in OpenClaw's config, merged as OpenClaw does it, with the file that each key stands in.

Measured with 2026.4.22, 2026.5.18 and 2026.9.6: objects are merged key by key, the own keys last; lists are joined;
anything else is replaced. A file must lie in the config's folder (or one of OPENCLAW_INCLUDE_ROOTS), links resolved,
must have no second hard link, and may not include itself by any way. More than ten deep is an error.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnose.machine.json5 import ConfigError, load

_MAX_DEPTH = 10
_MAX_BYTES = 2 * 1024 * 1024
_MAX_READ = 1000
"""OpenClaw has no such limit; without one a few files that include each other twice would be read for ever."""


@dataclass(frozen=True, slots=True)
class Place:
    """The file that a value stands in; `parts` are the places of what is in it, by key or index."""

    file: Path
    parts: Mapping[str, "Place"] = field(default_factory=dict)

    def of(self, key: str) -> Path:
        """The file that holds "a.b.c", or the last part of it that is there."""
        place = self
        for part in key.split("."):
            place = place.parts.get(part, Place(place.file))
        return place.file


@dataclass(slots=True)
class Included:
    """A config with everything that it includes."""

    value: Any
    place: Place
    files: tuple[Path, ...]


def read(path: Path, roots: tuple[Path, ...] = ()) -> Included:
    """The config in `path` with its includes. Raises ConfigError, and RecursionError for what is nested too deeply."""
    reader = _Reader(path, roots)
    value, place = reader.process(load(path), path, (_plain(path),))
    return Included(value, place, tuple(dict.fromkeys(reader.files)))


class _Reader:
    def __init__(self, path: Path, roots: tuple[Path, ...]) -> None:
        folders = [_plain(path.parent), *(_plain(root) for root in roots if root.is_absolute())]
        self.lexical = folders
        self.real = [os.path.realpath(folder) for folder in folders]
        self.files: list[Path] = []
        self.loaded: dict[Path, Any] = {}

    def process(self, value: Any, file: Path, chain: tuple[str, ...]) -> tuple[Any, Place]:
        """A value of `file` with its includes in place. `chain` holds the files that are being included right now."""
        if isinstance(value, list):
            items = [self.process(item, file, chain) for item in value]
            return [item for item, _ in items], Place(file, {str(i): place for i, (_, place) in enumerate(items)})
        if not isinstance(value, dict):
            return value, Place(file)
        own = {key: self.process(item, file, chain) for key, item in value.items() if key != "$include"}
        result = {key: item for key, (item, _) in own.items()}, Place(file, {key: p for key, (_, p) in own.items()})
        if "$include" not in value:
            return result
        included = self._included(value["$include"], file, chain)
        if not own:
            return included
        if not isinstance(included[0], dict):
            raise ConfigError(f"{file}: key $include: what is included beside other keys must be an object")
        return _merged(included, result)

    def _included(self, names: Any, file: Path, chain: tuple[str, ...]) -> tuple[Any, Place]:
        if isinstance(names, str):
            return self._file(names, file, chain)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ConfigError(f"{file}: key $include: must be a file name or a list of them")
        merged: tuple[Any, Place] = {}, Place(file)
        for name in names:
            merged = _merged(merged, self._file(name, file, chain))
        return merged

    def _file(self, name: str, file: Path, chain: tuple[str, ...]) -> tuple[Any, Place]:
        try:
            target = _plain(Path(chain[-1]).parent / name)
            real = os.path.realpath(target)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{file}: key $include: {name!a} is no file name") from error
        shown = f"{file}: key $include: {name!a}"
        if target in chain:
            raise ConfigError(f"{shown} includes itself")
        if len(chain) > _MAX_DEPTH or len(self.files) >= _MAX_READ:
            raise ConfigError(f"{shown}: there are too many includes, or they are more than {_MAX_DEPTH} deep")
        if not _inside(target, self.lexical) or not _inside(real, self.real):
            raise ConfigError(f"{shown} is outside the config's folder; OpenClaw refuses that")
        path = Path(target)
        self.files.append(path)
        if path not in self.loaded:
            _check(path, shown)
            self.loaded[path] = load(path)
        return self.process(self.loaded[path], path, (*chain, target))


def _check(path: Path, shown: str) -> None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return  # reading it will say why
    if found.st_nlink > 1 and path.is_file():
        raise ConfigError(f"{shown} has a second hard link; OpenClaw refuses that")
    if found.st_size > _MAX_BYTES:
        raise ConfigError(f"{shown} cannot be read: it is larger than {_MAX_BYTES // 1024 // 1024} MiB")


def _plain(path: Path) -> str:
    """The absolute path without dots; links stay what they are."""
    return os.path.normpath(path.absolute())


def _inside(path: str, folders: list[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def _merged(base: tuple[Any, Place], over: tuple[Any, Place]) -> tuple[Any, Place]:
    (below, below_at), (above, above_at) = base, over
    if isinstance(below, list) and isinstance(above, list):
        shifted = {str(len(below) + int(index)): place for index, place in above_at.parts.items()}
        return [*below, *above], Place(above_at.file, {**below_at.parts, **shifted})
    if not isinstance(below, dict) or not isinstance(above, dict):
        return over
    values, places = dict(below), dict(below_at.parts)
    for key, value in above.items():
        place = above_at.parts[key]
        if key in below:
            value, place = _merged((below[key], below_at.parts[key]), (value, place))
        values[key], places[key] = value, place
    return values, Place(above_at.file, places)
