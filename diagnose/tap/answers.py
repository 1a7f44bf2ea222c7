"""The fields of an answer that are noted, from its body while it passes: JSON, or an event stream."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from diagnose.images.events import EventImage, Events
from diagnose.images.extract import Base64Extractor, Extracted
from diagnose.tap.decoding import Unreadable

Keep = Callable[[bytes], object]
Fields = dict[str, Any]

_SAID = ("created", "model", "size", "quality", "background", "output_format")
_ERROR = ("message", "type", "param", "code")
_LONGEST = 4096
_DEEPEST = 3
_WIDEST = 40


class Picture:
    """The bytes of one image: their digest, and they themselves if somebody wants them."""

    def __init__(self, keep: Keep | None) -> None:
        self._keep = keep
        self._digest = hashlib.sha256()
        self._bytes = bytearray()

    def put(self, data: bytes) -> None:
        self._digest.update(data)
        if self._keep is not None:
            self._bytes += data

    def digest(self, found: Extracted) -> str | None:
        """The SHA-256 in hex of a whole and sound image, which is then handed over; None of any other."""
        if not found.complete or found.problem is not None:
            return None
        if self._keep is not None:
            self._keep(bytes(self._bytes))
        return self._digest.hexdigest()


class AnswerReader(Protocol):
    """Attributes: how many images came, and the digest of the first (of a stream: of the last)."""

    images: int
    sha256: str | None

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body, unpacked."""

    def finish(self) -> Fields:
        """The answer's fields. Raises Unreadable."""


class JsonAnswer:
    """A JSON answer with the image as `b64_json`."""

    def __init__(self, keep: Keep | None) -> None:
        self.images = 0
        self.sha256: str | None = None
        self._picture = Picture(keep)
        self._scan = Base64Extractor(self._picture.put)

    def feed(self, data: bytes) -> None:
        self._scan.feed(data)

    def finish(self) -> Fields:
        found = self._scan.finish()
        self.images = found.images
        self.sha256 = self._picture.digest(found)
        tree = _parsed(found)
        fields = _chosen(tree, _SAID)
        if isinstance(items := tree.get("data"), list):
            fields["data_items"] = len(items)
        _add_usage_and_error(fields, tree)
        if found.problem is not None:
            fields["image_problem"] = found.problem
        return fields


class StreamAnswer:
    """An event stream of the Responses API, with the image as `result`.

    Of its events the last image item counts, and the response that ends the stream.
    """

    def __init__(self, keep: Keep | None) -> None:
        self.images = 0
        self.sha256: str | None = None
        self._keep = keep
        self._events = Events(self._data, self._event_over)
        self._scan: EventImage | None = None
        self._picture = Picture(keep)
        self._item: Fields = {}
        self._last: Fields | None = None
        self._in_last: tuple[int, str | None] = (0, None)
        self._lost = False

    def feed(self, data: bytes) -> None:
        self._events.feed(data)

    def finish(self) -> Fields:
        self._events.finish()
        if not self.images:
            self.images, self.sha256 = self._in_last
        if self._last is None and not self._item:
            lost = "an event was too long or cut off"
            raise Unreadable(lost if self._lost else "the stream held no image and no end")
        return self._item | (self._last or {})

    def _data(self, piece: bytes) -> None:
        if self._scan is None:
            self._picture = Picture(self._keep)
            self._scan = EventImage(self._picture.put)
        self._scan.feed(piece)

    def _event_over(self, name: str) -> None:
        scan, self._scan = self._scan, None
        if scan is None:
            return
        found = scan.finish()
        try:
            tree = _parsed(found)
        except Unreadable:
            # A preview of the image under another key is long and says nothing that is noted.
            self._lost = self._lost or not name.endswith("partial_image")
            return
        self._note(str(tree.get("type", name)), tree, found)

    def _note(self, kind: str, tree: Mapping[str, Any], found: Extracted) -> None:
        item, response = tree.get("item"), tree.get("response")
        if kind == "response.output_item.done" and isinstance(item, Mapping):
            if item.get("type") == "image_generation_call":
                self._item = _chosen(item, _SAID)
                if found.images:
                    self.images += found.images
                    self.sha256 = self._picture.digest(found)
                if found.problem is not None:
                    self._item["image_problem"] = found.problem
        elif kind in ("response.completed", "response.failed", "response.incomplete") and isinstance(response, Mapping):
            self._last = self._ended(response)
            if found.images and not self.images:
                self._in_last = found.images, self._picture.digest(found)
        elif kind == "error":
            self._last = {}
            _add_usage_and_error(self._last, tree if "error" in tree else {"error": tree})

    @staticmethod
    def _ended(response: Mapping[str, Any]) -> Fields:
        fields = _chosen(response, ("status",))
        if isinstance(carrier := response.get("model"), str):
            fields["carrier"] = _short(carrier)
        if isinstance(created := response.get("created_at"), int | float):
            fields["created"] = created
        tools = response.get("tools")
        if isinstance(tools, list):
            fields["tools"] = len(tools)
            if tools and isinstance(tools[0], Mapping):
                fields["tool"] = _chosen(tools[0], (*_SAID, "type", "n", "moderation"))
        _add_usage_and_error(fields, response)
        return fields


def _parsed(found: Extracted) -> Mapping[str, Any]:
    if found.overflow:
        raise Unreadable("it is too long besides its image")
    try:
        tree = json.loads(found.rest)
    except (ValueError, RecursionError):
        raise Unreadable("it is no JSON, or was cut off") from None
    return tree if isinstance(tree, Mapping) else {}


def _chosen(tree: Mapping[str, Any], names: tuple[str, ...]) -> Fields:
    """The named fields that hold a single value."""
    found = {name: tree.get(name) for name in names}
    return {name: _short(value) for name, value in found.items() if isinstance(value, str | int | float)}


def _add_usage_and_error(fields: Fields, tree: Mapping[str, Any]) -> None:
    for name in ("usage", "tool_usage"):
        if isinstance(tree.get(name), Mapping):
            fields[name] = _numbers(tree[name], _DEEPEST)
    error = tree.get("error") or tree.get("detail")
    if isinstance(error, str):
        fields["error"] = {"message": _short(error)}
    elif isinstance(error, Mapping):
        fields["error"] = _chosen(error, _ERROR)


def _numbers(tree: Mapping[str, Any], depth: int) -> Fields:
    """Counts, and counts within them."""
    found: Fields = {}
    for name, value in list(tree.items())[:_WIDEST]:
        if isinstance(value, int | float):
            found[_short(name)] = value
        elif isinstance(value, Mapping) and depth:
            found[_short(name)] = _numbers(value, depth - 1)
    return found


def _short(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value
