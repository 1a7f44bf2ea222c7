"""Turns TOML tables into frozen dataclasses and refuses whatever does not fit (stdlib only)."""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class DataError(ValueError):
    """A data file of the sandbox does not have the shape that the code expects."""


def read(name: str) -> dict[str, Any]:
    """The parsed TOML file `name` of this package."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


_hints: dict[type, dict[str, Any]] = {}


def hints_of(cls: type) -> dict[str, Any]:
    """The resolved annotations of a class; resolving them is most of the cost of a load."""
    if cls not in _hints:
        _hints[cls] = typing.get_type_hints(cls)
    return _hints[cls]


def build(cls: type[T], table: Mapping[str, Any], where: str) -> T:
    """An instance of the dataclass `cls`; unknown, missing or ill-typed keys raise DataError."""
    if not dataclasses.is_dataclass(cls):
        raise TypeError(f"{cls!r} is no dataclass")
    hints = hints_of(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    if unknown := sorted(set(table) - set(fields)):
        raise DataError(f"{where}: unknown key {', '.join(unknown)}; known: {', '.join(fields)}")
    missing = [
        name
        for name, field in fields.items()
        if name not in table and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise DataError(f"{where}: missing key {', '.join(missing)}")
    return cls(**{key: convert(hints[key], value, f"{where}.{key}") for key, value in table.items()})


def convert(hint: Any, value: Any, where: str) -> Any:
    """`value` as the annotation `hint` wants it, or DataError."""
    if hint is Any:
        return value
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        if value in args and type(value) in {type(arg) for arg in args}:
            return value
        raise DataError(f"{where}: {value!r} is none of {', '.join(map(repr, args))}")
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in args:
            return None
        [inner] = [arg for arg in args if arg is not type(None)]
        return convert(inner, value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise DataError(f"{where}: {value!r} is no list")
        return tuple(convert(args[0], item, f"{where}[{at}]") for at, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise DataError(f"{where}: {value!r} is no table")
        return {key: convert(args[1], item, f"{where}.{key}") for key, item in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, hint):
            return value
        if not isinstance(value, dict):
            raise DataError(f"{where}: {value!r} is no table")
        return build(hint, value, where)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise DataError(f"{where}: {value!r} is no {hint.__name__}")
    return value
