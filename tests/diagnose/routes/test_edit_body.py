"""The body of an edit in pieces is the JSON of the whole."""

from __future__ import annotations

import base64
import json
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from diagnose.images.inputs import Input
from diagnose.routes.edit_body import EditBody

REST = {"prompt": "paint “it”\n\x00", "model": "gpt-image-2"}


def sent(data: bytes, form: str = "png") -> Input:
    return Input(name="a", format=form, sha256="0" * 64, data=data)


@given(st.lists(st.binary(min_size=1, max_size=50) | st.sampled_from([b"x" * 49_151, b"y" * 49_152, b"z" * 100_001])))
def test_it_is_json_of_known_length_as_often_as_it_is_asked_for(files: list[bytes]) -> None:
    body = EditBody([sent(data) for data in files or [b"a"]], REST)
    whole = b"".join(body)
    assert len(whole) == len(body)
    assert whole == b"".join(body)
    urls = ["data:image/png;base64," + base64.b64encode(data).decode() for data in files or [b"a"]]
    assert json.loads(whole) == {"images": [{"image_url": url} for url in urls]} | REST


def test_the_type_in_the_url_is_that_of_the_bytes() -> None:
    assert b"data:image/webp;base64," in b"".join(EditBody([sent(b"abc", "webp")], REST))


def test_an_image_is_never_in_memory_as_base64() -> None:
    body = EditBody([sent(bytes(30_000_000))], REST)
    tracemalloc.start()
    assert sum(map(len, body)) == len(body) > 40_000_000
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
