"""The event stream of the Codex backend, read while it comes: the image goes to its sink, the words beside it are kept.

Nothing is judged here; `codex_shot` says what the stream comes to.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from diagnose.images.events import EventImage, Events
from diagnose.images.extract import Extracted
from diagnose.images.walk import Shape, Walker
from diagnose.routes.answers import parse_once
from diagnose.routes.codex_names import IMAGE_CALL, Listener, Said

ITEM_DONE, COMPLETED = "response.output_item.done", "response.completed"
ENDS = frozenset({COMPLETED, "response.failed", "response.incomplete", "error"})
_BEGINS = frozenset({"response.created", "response.queued", "response.in_progress"})
_ITEM_ADDED = "response.output_item.added"
_PROGRESS = "response.image_generation_call."
_COUNTS = frozenset({ITEM_DONE, _ITEM_ADDED, *ENDS, *_BEGINS})
_SPOKEN = {"response.output_text": "text", "response.refusal": "refusal"}
"""Beginnings of the events of a text that comes piece by piece (".delta", ".done"), and where ".done" has it."""

_BEGINNING = 4096
_MOST_TEXTS = 20
_LONGEST_TEXT = 20_000
# In JSON text, a `"type"` inside a string has backslashes before its quotes and does not match.
_TYPE = re.compile(rb'"type"\s*:\s*"([\w.]{1,80})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """What one stream held.

    Attributes:
        beginning: the first bytes of the body, 4 KiB at most.
        events: how many events had data.
        created: the response as it was announced; empty if it never was.
        end: the type of the event that ended the stream, None if none did.
        last: that event's response, or its error.
        item: the finished item that holds the image, without it.
        failure: the error of an image item that holds no image.
        extracted: how the image's text read, None without an image.
        shape: of the bytes that went to the sink.
        images: how many different images came.
        said: what the events say of models, tools and responses.
        texts: what the text model said.
        refused: some of that was marked as a refusal.
        twice: keys that stood twice in one object.
        late: something that counts came after the end.
        stray: why what went to the sink is not to be trusted; None when it is.
        unread: an event was too long or no JSON.
    """

    beginning: bytes
    events: int
    created: Mapping[str, Any]
    end: str | None
    last: Mapping[str, Any]
    item: Mapping[str, Any]
    failure: Mapping[str, Any]
    extracted: Extracted | None
    shape: Shape
    images: int
    said: Said
    texts: tuple[str, ...]
    refused: bool
    twice: frozenset[str]
    late: bool
    stray: str | None
    unread: bool


class StreamReader:
    """Takes the body in pieces of any size. `sink` gets the first image's bytes as they come.

    The image is that of a finished `image_generation_call` item, or that of the completed response where no item
    brought one. A sink cannot take anything back, so a second image is only counted. Previews are dropped as they come.
    """

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        self._events = Events(self._data, self._event_over)
        self._beginning = b""
        self._count = 0
        # Of the open event:
        self._scan: EventImage | None = None
        self._digest = sha256()
        self._mine: bool | None = None  # its image goes to the sink; None: no image has begun
        # Of the whole stream:
        self._walker = Walker()
        self._shape: Shape | None = None
        self._extracted: Extracted | None = None
        self._sunk = False
        self._images: set[str] = set()
        self._most = 0
        self._created: Mapping[str, Any] = {}
        self._end: str | None = None
        self._last: Mapping[str, Any] = {}
        self._item: Mapping[str, Any] = {}
        self._failure: Mapping[str, Any] = {}
        self._said = Listener()
        self._texts: dict[str, None] = {}
        self._pieces = ""
        self._refused = False
        self._twice: frozenset[str] = frozenset()
        self._late = False
        self._stray: str | None = None
        self._unread = False

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the body."""
        if len(self._beginning) < _BEGINNING:
            self._beginning += chunk[: _BEGINNING - len(self._beginning)]
        self._events.feed(chunk)

    def finish(self) -> Streamed:
        """The body is over; call it once."""
        self._events.finish()
        return Streamed(
            beginning=self._beginning,
            events=self._count,
            created=self._created,
            end=self._end,
            last=self._last,
            item=self._item,
            failure=self._failure,
            extracted=self._extracted,
            shape=self._shape or self._walker.finish(),
            images=max(len(self._images), self._most),
            said=self._said.finish(),
            texts=tuple(self._texts) or ((self._pieces,) if self._pieces.strip() else ()),
            refused=self._refused,
            twice=self._twice,
            late=self._late,
            stray=self._stray,
            unread=self._unread,
        )

    def _data(self, piece: bytes) -> None:
        if self._scan is None:
            if self._events.name.endswith("partial_image"):
                return
            self._scan = EventImage(self._pixels)
            self._digest = sha256()
        self._scan.feed(piece)

    def _pixels(self, data: bytes) -> None:
        """Decoded bytes of the open event's image."""
        if self._mine is None:
            assert self._scan is not None
            self._mine = not self._sunk and _may_be_image(self._events.name, self._scan.before)
            self._sunk = self._sunk or self._mine
        if self._mine:
            self._walker.feed(data)  # which digests it, too
            self._sink(data)
        else:
            self._digest.update(data)

    def _event_over(self, name: str) -> None:
        self._count += 1
        if self._scan is None:
            return
        found = self._scan.finish()  # which may still hand over pixels
        self._scan, mine, self._mine = None, bool(self._mine), None
        if mine:
            self._extracted, self._shape = found, self._walker.finish()
        tree, twice = (None, frozenset[str]()) if found.overflow else parse_once(found.rest)
        if not isinstance(tree, dict):
            self._unread = self._unread or _may_count(name, found.rest[:_BEGINNING])
            self._spoilt(mine, "the event that holds the image cannot be read")
            return
        kind = str(tree.get("type") or name)
        self._twice |= twice if kind in _COUNTS or kind.startswith(_PROGRESS) else frozenset()
        if not self._note(kind, tree, found, mine=mine):
            self._spoilt(mine, "image bytes stand where no image belongs")

    def _note(self, kind: str, tree: Mapping[str, Any], found: Extracted, *, mine: bool) -> bool:
        """Keep what counts of an event; whether its image, if it has one, is where it belongs."""
        if kind == ITEM_DONE:
            return self._finished(_mapping(tree.get("item")), found, mine=mine)
        if kind in ENDS:
            return self._ended(kind, tree, found, mine=mine)
        if kind in _BEGINS:
            response = _mapping(tree.get("response"))
            self._said.response(kind, response)
            self._created = self._created or response
        elif kind == _ITEM_ADDED:
            self._said.item(kind, tree.get("item"))
        elif kind.startswith(_PROGRESS):
            self._said.progress(kind, tree)
            if kind.endswith(".failed"):
                self._failure = self._failure or _mapping(tree.get("error")) or tree
        else:
            self._spoken(kind, tree)
        return False

    def _finished(self, item: Mapping[str, Any], found: Extracted, *, mine: bool) -> bool:
        self._said.item(ITEM_DONE, item)
        if item.get("type") == "message":
            self._message(item)
        if item.get("type") != IMAGE_CALL:
            return False
        if not found.images:
            failed = _mapping(item.get("error")) or (item if item.get("status") == "failed" else {})
            self._failure = failed or self._failure
            return True
        if not _holds_image(item):
            return False
        self._late = self._late or self._end is not None
        self._seen(item, found, mine=mine)
        return True

    def _ended(self, kind: str, tree: Mapping[str, Any], found: Extracted, *, mine: bool) -> bool:
        response = _mapping(tree.get("response"))
        self._said.response(kind, response)
        output = response.get("output")
        items = [_mapping(item) for item in output] if isinstance(output, list) else []
        for item in items:
            if item.get("type") == "message":
                self._message(item)
        drawn = [item for item in items if item.get("type") == IMAGE_CALL and _holds_image(item)]
        if found.images and drawn:
            self._seen(drawn[0], found, mine=mine)
        if self._end is not None:
            self._late = True
        else:
            self._end = kind
            self._last = response if kind != "error" else _mapping(tree.get("error")) or tree
        return bool(drawn)

    def _seen(self, item: Mapping[str, Any], found: Extracted, *, mine: bool) -> None:
        """An image where one belongs; the same one again is no second one."""
        self._images.add(self._shape.sha256 if mine and self._shape is not None else self._digest.hexdigest())
        self._most = max(self._most, found.images)
        if mine:
            self._item = item
        elif not self._sunk and not found.image_bytes:
            self._item, self._extracted = item, found  # not one byte of it could be decoded
        elif not self._sunk:
            self._stray = "the image stands where it cannot be told what it is"

    def _spoken(self, kind: str, event: Mapping[str, Any]) -> None:
        """An event of a text while it is being said; a message that repeats it may never come."""
        what, _, step = kind.rpartition(".")
        if what == "response.content_part" and step == "done":
            self._part(_mapping(event.get("part")))
        elif (field := _SPOKEN.get(what)) is not None and step == "done":
            self._say(event.get(field), refusal=field == "refusal")
        elif field is not None and step == "delta" and isinstance(piece := event.get("delta"), str):
            self._pieces += piece[: _LONGEST_TEXT - len(self._pieces)]
            self._refused = self._refused or field == "refusal"

    def _message(self, item: Mapping[str, Any]) -> None:
        content = item.get("content")
        for part in map(_mapping, content if isinstance(content, list) else ()):
            self._part(part)

    def _part(self, part: Mapping[str, Any]) -> None:
        self._say(part.get("text"), refusal=False)
        self._say(part.get("refusal"), refusal=True)

    def _say(self, text: Any, *, refusal: bool) -> None:
        if isinstance(text, str) and text.strip() and len(self._texts) < _MOST_TEXTS:
            self._texts[text] = None
            self._refused = self._refused or refusal

    def _spoilt(self, mine: bool, why: str) -> None:
        if mine:
            self._stray = why


def _may_count(name: str, beginning: bytes) -> bool:
    """Whether an event that cannot be read could have said something that counts, by its name and its types."""
    kinds = {name, *(kind.decode() for kind in _TYPE.findall(beginning))} - {"", "message"}
    if any(kind.endswith("partial_image") for kind in kinds):
        return False
    return not kinds or any(kind in _COUNTS or kind.startswith(_PROGRESS) for kind in kinds)


def _may_be_image(name: str, before: bytes) -> bool:
    """Whether the image of an event belongs where it stands, by the event's name and what stands before the image.

    Servers write a type before what it is the type of. Where none has come yet, the image is taken, and if it turns out
    to be none afterwards, what went to the sink is said to be spoilt.
    """
    types = [kind.decode() for kind in _TYPE.findall(before)]
    event = next((kind for kind in types if kind.startswith("response.")), name)
    if event == COMPLETED:
        return True
    items = [kind for kind in types if not kind.startswith("response.")]
    return event in {"", "message", ITEM_DONE} and (not items or items[-1] == IMAGE_CALL)


def _holds_image(item: Mapping[str, Any]) -> bool:
    """Whether it was the item's own result that was taken out and emptied, and no key of that name deeper in it."""
    return item.get("result") == ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
