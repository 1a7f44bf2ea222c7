"""Server-sent events: what the standard calls an event, however the body is cut, and without holding one."""

import base64
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.images.events import EventImage, Events

Found = list[tuple[str, bytes]]


def split(body: bytes, *cuts: int) -> Found:
    """(name, data) of every event of a body that is fed in pieces."""
    found: Found = []
    data: list[bytes] = []

    def over(name: str) -> None:
        found.append((name, b"".join(data)))
        data.clear()

    events = Events(data.append, over)
    at = 0
    for cut in [*cuts, len(body)]:
        events.feed(body[at:cut])
        at = max(at, cut)
    events.finish()
    assert data == [], "data was handed over of which no event came"
    return found


def by_the_standard(body: bytes) -> Found:
    """The same by the standard's own steps, over the whole body at once. An event at the very end counts."""
    lines = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    found: Found = []
    name, data = b"", list[bytes]()
    for line in [*lines, b""]:
        field, _, value = line.partition(b":")
        if line == b"":
            if data:
                found.append((name.decode("utf-8", "replace"), b"\n".join(data)))
            name, data = b"", []
        elif field == b"event":
            name = value.removeprefix(b" ")
        elif field == b"data":
            data.append(value.removeprefix(b" "))
    return found


PLAIN: Found = [("a", b'{"x": 1}'), ("", b"2")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("piece", [1, 2, 3, 5, 100])
def test_every_line_end_of_the_standard_ends_a_line(end: bytes, piece: int) -> None:
    body = end.join([b"event: a", b'data: {"x": 1}', b"", b"data: 2", b"", b""])
    assert split(body, *range(piece, len(body), piece)) == PLAIN


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\xef\xbb\xbfdata: 1\n\n", [("", b"1")]),
        (b"\xef\xbb\xbf\ndata: 1\n\n", [("", b"1")]),
        (b"data: 0\n\n\xef\xbb\xbfdata: 1\n\n", [("", b"0")]),
        (b": a comment\n:\ndata: 1\n: another\n\n", [("", b"1")]),
        (b"data:1\n\n", [("", b"1")]),
        (b"data:  1 \n\n", [("", b" 1 ")]),
        (b"data: 1\ndata:\ndata: 2\n\n", [("", b"1\n\n2")]),
        (b"data\ndata\n\n", [("", b"\n")]),
        (b"data\n\n", [("", b"")]),
        (b"event: a\nevent: b\ndata: 1\n\n", [("b", b"1")]),
        (b"data: 1\nevent: late\n\n", [("late", b"1")]),
        (b"event: lonely\n\ndata: 1\n\n", [("", b"1")]),
        (b"id: 7\nretry: 5\nunknown: x\ndatax: 2\n data: 3\nDATA: 4\ndata: 1\n\n", [("", b"1")]),
        (b"data: {\"a\": \"\0\"}\n\n", [("", b'{"a": "\0"}')]),
        (b"data: 1\n\n\n\n\ndata: 2\n\n", [("", b"1"), ("", b"2")]),
        (b"data: 1", [("", b"1")]),
        (b"data: 1\n", [("", b"1")]),
        (b"data: 1\r", [("", b"1")]),
        (b"data", [("", b"")]),
        (b"event: a\ndata: 1\n\nevent: b", [("a", b"1")]),
        (b"", []),
        (b"\n\r\r\n", []),
        (b'{"created": 1}', []),
        (b"event: \xff\ndata: 1\n\n", [("\ufffd", b"1")]),
    ],
    ids=lambda v: repr(v)[:40],
)  # fmt: skip
def test_the_corners_of_the_standard(body: bytes, expected: Found) -> None:
    assert by_the_standard(body) == expected
    assert split(body) == expected
    assert split(body, *range(1, len(body))) == expected


PARTS = [b"data", b"event", b"data:", b"event:", b" ", b":", b"x", b"\n", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf", b"id"]


@given(st.lists(st.sampled_from(PARTS), max_size=25).map(b"".join), st.lists(st.integers(0, 60), max_size=6))
def test_any_body_is_read_as_the_standard_says_however_it_is_cut(body: bytes, cuts: list[int]) -> None:
    assert split(body, *sorted(cuts)) == by_the_standard(body)


def test_a_name_is_known_before_the_data_and_is_not_endless() -> None:
    names: list[str] = []
    events = Events(lambda _: names.append(events.name), names.append)
    events.feed(b"event: " + b"n" * 5000 + b"\ndata: 1\n\n")
    assert names == ["n" * 100] * 2


def test_pieces_are_handed_over_as_they_come() -> None:
    seen: list[bytes] = []
    events = Events(seen.append, lambda _: None)
    events.feed(b"data: abc")
    assert seen == [b"abc"]
    events.feed(b"def")
    assert seen == [b"abc", b"def"]


@pytest.mark.parametrize("unit", [b"a\n", b"a\r"])
def test_a_body_of_many_lines_is_read_in_one_pass(unit: bytes) -> None:
    """Looking for the other line end anew in each line would read the whole body once for every line of it."""
    assert split(unit * (600_000 // len(unit))) == []


def test_an_image_of_an_event_is_taken_out_in_flat_memory() -> None:
    pixels = bytes(range(256)) * 4096
    text = base64.b64encode(pixels)
    took = 0

    def take(data: bytes) -> None:
        nonlocal took
        took += len(data)

    image = EventImage(take)
    events = Events(image.feed, lambda _: None)
    tracemalloc.start()
    try:
        events.feed(b'event: e\ndata: {"type": "t", "result": "')
        for _ in range(12):
            for at in range(0, len(text) - len(text) % 4, 65536):
                events.feed(text[at : at + 65536] if b"=" not in text[at : at + 65536] else b"")
        events.feed(b'"}\n\n')
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert took > 11_000_000
    assert peak < 2_000_000


def test_what_stands_before_an_image_is_known_when_its_bytes_come() -> None:
    before: list[bytes] = []
    image = EventImage(lambda _: before.append(image.before))
    data = json.dumps({"type": "x", "result": base64.b64encode(b"pixels").decode(), "after": 1}).encode()
    for at in range(len(data)):
        image.feed(data[at : at + 1])
    assert image.finish().image_bytes == 6
    assert set(before) == {b'{"type": "x", "result": "'}
