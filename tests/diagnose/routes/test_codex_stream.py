"""The stream reader alone: whatever comes, however it is cut, the same is read, and nothing is held."""

from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest
from codex_host import PIXELS, Stream, picture, sse
from hypothesis import given
from hypothesis import strategies as st

from diagnose.http import Client, Exchange, Peer
from diagnose.model.claim import Parameters
from diagnose.model.secret import Secret
from diagnose.net import Settings
from diagnose.routes.codex_shot import shot_of
from diagnose.routes.codex_stream import StreamReader
from diagnose.routes.connection import Connection
from diagnose.routes.shot import Ledger, Shot
from diagnose.routes.target import Target

OTHER = picture("black")
TEXT = {"type": "message", "content": [{"type": "output_text", "text": "words"}, {"type": "refusal", "refusal": "no"}]}


def read(body: bytes, *cuts: int) -> tuple[dict[str, Any], bytes]:
    """What the reader tells of a body that comes in pieces, and what went to its sink."""
    kept = bytearray()
    reader = StreamReader(kept.extend)
    at = 0
    for cut in [*sorted(cuts), len(body)]:
        reader.feed(body[at:cut])
        at = max(at, cut)
    return asdict(reader.finish()), bytes(kept)


@pytest.fixture(scope="module")
def judged() -> Iterator[Callable[[bytes], Shot]]:
    """The shot of a body that came with a success."""
    exchange = Exchange(
        url="http://127.0.0.1:9/backend-api/codex/responses", status=200, headers={"content-type": "text/event-stream"},
        body=b"", peer=Peer(host="127.0.0.1", port=9, trust="none"), started=0.0, ended=1.0,
    )  # fmt: skip
    target = Target(base_url="http://127.0.0.1:9/backend-api/codex", origin_of="a test", login=True)
    with Client(target.base_url, Settings()) as client:
        connection = Connection(
            client=client, target=target, key=Secret("x"), ledger=Ledger(), sleep=pytest.fail, now=lambda: 0.0,
            patience=0, tell=pytest.fail,
        )  # fmt: skip

        def judge(body: bytes) -> Shot:
            reader = StreamReader(lambda _: None)
            reader.feed(body)
            return shot_of(reader.finish(), Parameters(), exchange, connection)

        yield judge


BODIES = {
    "plain": Stream().body(),
    "crlf": Stream(end="\r\n").body(),
    "two": Stream(after=[Stream(image=OTHER).done()]).body(),
    "words": sse(Stream().created(), {"type": "response.output_item.done", "item": TEXT}, Stream().completed(tools=[])),
    "wrong item": Stream(before=[Stream(image=OTHER).done(type="message")]).body(),
    "type after": b'data: {"item": {"result": "AAAA", "type": "message"}, "type": "response.output_item.done"}\n\n',
    "damaged": Stream().body().replace(b"iVBOR", b"iV*OR"),
    "at the end": sse(Stream().created(), Stream().completed(output=[TEXT, Stream().done()["item"]])),
    "no stream": b'{"error": {"message": "no"}}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_reads_the_same_byte_by_byte(body: bytes) -> None:
    assert read(body, *range(1, len(body))) == read(body)


@given(st.sampled_from(sorted(BODIES)), st.lists(st.integers(0, 2500), max_size=8))
def test_a_body_reads_the_same_however_it_is_cut(name: str, cuts: list[int]) -> None:
    assert read(BODIES[name], *cuts) == read(BODIES[name])


def test_a_body_that_ends_anywhere_never_has_more_than_came() -> None:
    body = Stream().body()
    for end in range(0, len(body), 7):
        found, kept = read(body[:end])
        assert PIXELS.startswith(kept)
        assert found["end"] is None or body[end:].strip() == b""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(
        ["AAAA", "iVBORw0KGgo=", "image_generation_call", "message"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(
            ["type", "item", "response", "result", "output", "tools", "content", "text", "error", "refusal"]
        ),
        inner, max_size=5,
    ),
    max_leaves=9,
)  # fmt: skip
KINDS = ["response.output_item.done", "response.completed", "response.failed", "error", "response.created", "x", ""]


@given(st.lists(st.tuples(st.sampled_from(KINDS), JSON), max_size=4), st.lists(st.integers(0, 200), max_size=3))
def test_no_event_breaks_the_reader(
    judged: Callable[[bytes], Shot], rows: list[tuple[str, Any]], cuts: list[int]
) -> None:
    events = ({"type": kind} | value if isinstance(value, dict) else value for kind, value in rows)
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    assert read(body, *cuts) == read(body)
    assert judged(body).problem is not None


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(judged: Callable[[bytes], Shot], body: bytes) -> None:
    for whole in (body, b"data: " + body + b"\n\n"):
        read(whole)
        assert judged(whole).problem is not None


def test_an_endless_line_of_any_field_is_not_kept() -> None:
    for start in (b"", b"data: ", b"event: ", b": ", b"unknown: ", b'data: {"type": "x", "a": "', b"data: \n\rdata: "):
        reader = StreamReader(lambda _: None)
        tracemalloc.start()
        try:
            reader.feed(start)
            for _ in range(64):
                reader.feed(b"x" * 65536)
            reader.finish()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 1_500_000, start


def test_a_large_image_and_its_previews_pass_in_flat_memory() -> None:
    pixels = bytes(range(256)) * 49152  # 12.6 MB, 17 MB as text
    text = base64.b64encode(pixels)
    start, end = Stream(image=b"\0\0\0").body().split(b'"AAAA"')
    preview = (
        b"event: response.image_generation_call.partial_image\ndata: "
        + json.dumps(
            {"type": "response.image_generation_call.partial_image", "partial_image_b64": "A" * 65536}
        ).encode()
    )
    size = 0

    def count(data: bytes) -> None:
        nonlocal size
        size += len(data)

    reader = StreamReader(count)
    tracemalloc.start()
    try:
        for _ in range(30):
            reader.feed(preview + b"\n\n")
        reader.feed(start + b'"')
        for at in range(0, len(text), 65536):
            reader.feed(text[at : at + 65536])
        reader.feed(b'"' + end)
        found = reader.finish()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (size, found.images, found.stray, found.end) == (len(pixels), 1, None, "response.completed")
    assert peak < 2_500_000
