"""The fields of a request that are noted, from its body while it passes: JSON, or a form with files in it."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from diagnose.tap.decoding import Unreadable
from diagnose.tap.records import REQUEST_FIELDS
from diagnose.tap.skim import LONGEST, Skim

Fields = dict[str, Any]


class RequestReader(Protocol):
    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""

    def finish(self) -> tuple[Fields, Fields]:
        """REQUEST_FIELDS of the request, and of its first tool. Raises Unreadable."""


def request_reader(content_type: str) -> RequestReader:
    """The reader for a body of this type, which may be any."""
    if content_type.lower().startswith("multipart/form-data"):
        return FormReader(content_type)
    return JsonReader()


class JsonReader:
    """A JSON object; some programs send it as text/plain, so the type is not asked for."""

    def __init__(self) -> None:
        self._skim = Skim()

    def feed(self, data: bytes) -> None:
        self._skim.feed(data)

    def finish(self) -> tuple[Fields, Fields]:
        try:
            tree = self._skim.parsed()
        except ValueError:
            raise Unreadable("the body of the request is no JSON that can be read") from None
        if not isinstance(tree, Mapping):
            return {}, {}
        tools = tree.get("tools")
        first = tools[0] if isinstance(tools, list) and tools else None
        return named(tree), named(first) if isinstance(first, Mapping) else {}


def named(tree: Mapping[str, Any]) -> Fields:
    """REQUEST_FIELDS that hold a single value."""
    return {name: tree[name] for name in REQUEST_FIELDS if isinstance(tree.get(name), str | int | float)}


_HEAD = 8 * 1024
_NAME = re.compile(rb'name="([^"\r\n]*)"')


class FormReader:
    """multipart/form-data: the short fields, with files passed over as they come."""

    def __init__(self, content_type: str) -> None:
        found = re.search(r'boundary="?([^";]{1,200})', content_type, re.IGNORECASE)
        self._mark = b"\r\n--" + found[1].strip().encode() if found else None
        self._held = bytearray(b"\r\n")
        self._step = self._part  # what comes next: a part's content (before the first mark, the preamble)
        self._name: str | None = None
        self._value = bytearray()
        self._fields: Fields = {}
        self._over = False

    def feed(self, data: bytes) -> None:
        if self._mark is None or self._over:
            return
        self._held += data
        while not self._over and self._step():
            pass

    def finish(self) -> tuple[Fields, Fields]:
        if self._mark is None or not self._over:
            raise Unreadable("the form of the request cannot be read")
        return self._fields, {}

    def _part(self) -> bool:
        """Up to the next mark."""
        assert self._mark is not None
        at = self._held.find(self._mark)
        stop = at if at >= 0 else max(0, len(self._held) - len(self._mark) + 1)
        if self._name is not None and len(self._value) <= LONGEST:
            self._value += self._held[: min(stop, LONGEST + 1)]
        if at < 0:
            del self._held[:stop]
            return False
        if self._name is not None and len(self._value) <= LONGEST:
            self._fields[self._name] = self._value.decode("utf-8", "replace")
        self._name, self._value = None, bytearray()
        del self._held[: at + len(self._mark)]
        self._step = self._between
        return True

    def _between(self) -> bool:
        """After a mark: the end of the form, or the head of a part."""
        if self._held.startswith(b"--"):
            self._over = True
            return False
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            if len(self._held) > _HEAD:
                self._mark = None
                self._over = True
            return False
        head = bytes(self._held[:end])
        found = _NAME.search(head)
        name = found[1].decode("utf-8", "replace") if found else ""
        self._name = name if name in REQUEST_FIELDS and b"filename" not in head else None
        del self._held[: end + 4]
        self._step = self._part
        return True
