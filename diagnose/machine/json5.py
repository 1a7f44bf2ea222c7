"""Reading JSON and JSON5 files so that a mistake in them can be found: file, line and column."""

import json
import re
from pathlib import Path
from typing import Any

from diagnose.machine.files import read_small


class ConfigError(ValueError):
    """A config that cannot be used: the message names file, line and column or key, and what to do."""


def load(path: Path) -> Any:
    """The value in a JSON5 file. Plain JSON is tried first, it is a hundred times faster."""
    try:
        text = read_small(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{str(path)!a}: is no file name") from error
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _json5(path, text)


def _json5(path: Path, text: str) -> Any:
    import pyjson5

    try:
        return pyjson5.decode(text)
    except pyjson5.Json5Exception as error:
        # The exception quotes the input, which may hold a key; its offset is all that we take.
        found = re.search(r"near (\d+)", str(error.args[0]))
        line, column = _position(text, int(found[1]) - 1 if found else 0)
        raise ConfigError(f"{path}: line {line}, column {column}: this is no valid JSON5; mend it there") from None


def _position(text: str, offset: int) -> tuple[int, int]:
    before = text[: max(0, min(offset, len(text)))]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
