"""Bodies with images in them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.sandbox.spliced import Base64, b64_pieces, event_pieces, json_pieces


@given(st.binary(max_size=300), st.text(), st.lists(st.text(), max_size=3))
def test_the_pieces_join_to_the_json_of_the_whole(image: bytes, before: str, texts: list[str]) -> None:
    value = {"a": texts, "image": Base64(image, "data:,"), "b": {before: [Base64(b"x"), before]}}
    text = base64.b64encode(image).decode()
    expected = {"a": texts, "image": f"data:,{text}", "b": {before: ["eA==", before]}}
    assert json.loads(b"".join(json_pieces(value))) == expected


def test_a_large_image_comes_in_pieces() -> None:
    image = bytes(range(256)) * 4096
    pieces = list(b64_pieces(image))
    assert len(pieces) > 5
    assert b"".join(pieces) == base64.b64encode(image)


def test_an_event_is_one_line_of_data() -> None:
    text = b"".join(event_pieces({"type": "x.done", "text": "a\nb", "image": Base64(b"abc")}))
    assert text == b'event: x.done\ndata: {"type":"x.done","text":"a\\nb","image":"YWJj"}\n\n'


def test_what_is_no_json_value_is_refused() -> None:
    value: Any = {"a": object()}
    with pytest.raises(TypeError, match="object is no JSON value"):
        list(json_pieces(value))
