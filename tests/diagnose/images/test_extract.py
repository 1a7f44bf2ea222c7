"""The extractor gives what json.loads and base64 would give, however the body is cut."""

import base64
import itertools
import json
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from diagnose.images.extract import Base64Extractor, Extracted

FIELD = "b64_json"


def run(body: bytes, cuts: list[int] | None = None, keep: int = 1 << 20) -> tuple[Extracted, bytes]:
    out = bytearray()
    extractor = Base64Extractor(out.extend, keep=keep)
    edges = [0, *sorted({min(cut, len(body)) for cut in cuts or []}), len(body)]
    for start, stop in itertools.pairwise(edges):
        extractor.feed(body[start:stop])
    return extractor.finish(), bytes(out)


def by_bytes(body: bytes) -> tuple[Extracted, bytes]:
    return run(body, list(range(len(body))))


images = st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode())
keys = st.one_of(st.just(FIELD), st.sampled_from(["b64_jso", "b64_json ", '"b64_json"', "a\\", ""]), st.text())
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.just('{"b64_json": "QUJD"}'), st.just('\\"b64_json')
)


def objects(children: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    fields = st.lists(st.one_of(st.tuples(st.just(FIELD), images), st.tuples(keys, children)), max_size=4).map(
        lambda pairs: {
            key: (value if key != FIELD or not isinstance(value, str) else _image(value)) for key, value in pairs
        }
    )
    return st.one_of(fields, st.lists(children, max_size=3))


def _image(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return ""
    return text if text.isascii() else ""


documents = st.recursive(scalars, objects, max_leaves=12)


def emptied(value: object, found: list[str]) -> object:
    if isinstance(value, dict):
        result = {}
        for key, item in value.items():
            if key == FIELD and isinstance(item, str):
                if item:
                    found.append(item)
                result[key] = ""
            else:
                result[key] = emptied(item, found)
        return result
    if isinstance(value, list):
        return [emptied(item, found) for item in value]
    return value


@given(documents, st.lists(st.integers(0, 400), max_size=8), st.booleans(), st.sampled_from([None, 1]))
@example({FIELD: "QUJD", "x": {FIELD: "REVG"}}, [3, 14, 15], True, None)
def test_any_document_in_any_chunks_is_read_as_json_and_base64_would(
    document: object, cuts: list[int], ascii_only: bool, indent: int | None
) -> None:
    body = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    found: list[str] = []
    rest = emptied(document, found)
    result, out = run(body, cuts)
    assert json.loads(result.rest.decode("utf-8", "surrogatepass")) == rest
    assert result.images == len(found)
    assert out == (base64.b64decode(found[0]) if found else b"")
    assert result.image_bytes == len(out)
    assert result.complete == bool(found)
    assert result.problem is None


@given(
    st.lists(
        st.sampled_from(
            [
                b'"',
                b"\\",
                b"b64_json",
                b'"b64_json":"',
                b"QUJD",
                b"=",
                b"\\u00",
                b"2f",
                b":",
                b",",
                b" ",
                b"-",
                b"data:",
                b"x;base64,",
                b"\\n",
                b'{"b64_json" : "',
                b"\xff",
            ]
        ),
        max_size=30,
    ),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_garbage_never_raises_and_reads_alike_in_any_chunks(parts: list[bytes], cuts: list[int]) -> None:
    body = b"".join(parts)
    whole = run(body)
    assert run(body, cuts) == whole
    assert by_bytes(body) == whole


@pytest.mark.parametrize(
    "text",
    [
        rb'{"b64_json":"a\/8+\n\r"}',
        rb'{"b64_json":"a\u002f8\u002b"}',
        rb'{"b64_json":"\u0061\u002F8\u002B"}',
        rb'{"b64_json" ' + b"\t:\r\n " + rb'"a/8+"}',
        rb'{"b64\u005fjson":"a/8+"}',
        b'event: x\ndata: {"b64_json":"a/8+"}\n\n',
        rb'{"b64_json":"data:image\/png;base64,a\/8+"}',
        b'{"b64_json":null,"x":{"b64_json":""},"y":[{"b64_json":"a/8+"}]}',
    ],
)
def test_spellings_of_the_same_image(text: bytes) -> None:
    for result, out in (run(text), by_bytes(text)):
        assert out == b"\x6b\xff\x3e"
        assert (result.images, result.complete, result.problem) == (1, True, None)
        assert result.data_url == (b"data:image" in text)


@pytest.mark.parametrize(
    "body",
    [
        rb'{"prompt":"say \"b64_json\":\"QUJD\" now"}',
        rb'{"prompt":"ends in backslash \\","b64":"QUJD"}',
        rb'{"b64_json\\":"QUJD"}',
        rb'{"b64_json":null,"a":["b64_json","QUJD"]}',
        rb'{"b64_json":12,"b":"QUJD"}',
        rb'{"b64_json":{"x":"QUJD"}}',
    ],
)
def test_what_is_not_the_field_stays_in_the_rest(body: bytes) -> None:
    for result, out in (run(body), by_bytes(body)):
        assert result.rest == body
        assert (result.images, result.complete, out) == (0, False, b"")


@pytest.mark.parametrize(
    ("text", "out", "words"),
    [
        ("QUJDQU-_", b"ABC", "URL-safe"),
        ("QUJDQUI", b"ABC", "middle of a group"),
        ("QUJDQ", b"ABC", "middle of a group"),
        ("QUI=QUJD", b"AB", "after its padding"),
        ("QUI=Q", b"AB", "middle of a group"),
        ("QUJD====", b"ABC", "padding where none belongs"),
        ("QUJD QUJD", b"ABC", "0x20 at character 4"),
        ("QUJD\\tQUJD", b"ABC", "not base64"),
        ("QUJD\\u12", b"ABC", "not base64"),
        ("QUJD\\uzzzzQUJD", b"ABC", "not base64"),
        ('QUJD\\"QUJD', b"ABC", "not base64"),
        ("QUJD\\\\", b"ABC", "not base64"),
        ("QUJDé", b"ABC", "not base64"),
        ("data:image/png,QUJD", b"", "data URL that is not base64"),
        ("data:" + "x" * 400, b"", "data URL that is not base64"),
    ],
)
def test_unsound_base64_is_reported_and_nothing_behind_it_is_decoded(text: str, out: bytes, words: str) -> None:
    body = ('{"b64_json":"' + text + '","after":1}').encode()
    for result, got in (run(body), by_bytes(body)):
        assert got == out
        assert result.problem is not None
        assert words in result.problem
        assert result.complete
        assert json.loads(result.rest) == {"b64_json": "", "after": 1}


@given(st.integers(0, 200_000), st.integers(1, 70_000))
def test_a_body_that_is_cut_off_is_never_complete(stop: int, step: int) -> None:
    text = base64.b64encode(bytes(range(256)) * 500)
    body = (b'{"b64_json":"' + text)[:stop]
    result, out = run(body, list(range(0, len(body), step)))
    assert not result.complete
    if result.images:
        whole = (len(body) - len(b'{"b64_json":"')) // 4 * 4
        assert out == base64.b64decode(text[:whole])
        assert "cut off" in (result.problem or "")


def test_later_images_are_counted_and_dropped() -> None:
    body = b'{"data":[{"b64_json":"QUJD"},{"b64_json":"!!\\" not looked at"},{"b64_json":""}]}'
    result, out = run(body)
    assert (out, result.images, result.problem) == (b"ABC", 2, None)
    assert json.loads(result.rest) == {"data": [{"b64_json": ""}] * 3}


def test_the_rest_is_bounded() -> None:
    body = b'{"x":"' + b"y" * 5000 + b'","b64_json":"QUJD"}'
    result, out = run(body, keep=100)
    assert (result.overflow, result.rest, out) == (True, body[:100], b"ABC")


def test_another_field_can_be_named() -> None:
    out = bytearray()
    extractor = Base64Extractor(out.extend, field=b"result")
    extractor.feed(b'{"result":"QUJD"}')
    assert extractor.finish().rest == b'{"result":""}'
    assert bytes(out) == b"ABC"


@pytest.mark.parametrize("escape", [False, True], ids=["plain", "escaped slashes"])
@pytest.mark.parametrize("step", [64 * 1024, 1 << 30])
def test_a_17_mb_body_needs_less_than_2_mib(step: int, escape: bool) -> None:
    raw = bytes(range(256)) * 49_000
    text = base64.b64encode(raw)
    body = b'{"b64_json":"' + (text.replace(b"/", b"\\/") if escape else text) + b'"}'
    chunks = [body[at : at + step] for at in range(0, len(body), step)]
    blocks: list[int] = []
    tracemalloc.start()
    extractor = Base64Extractor(lambda block: blocks.append(len(block)))
    for chunk in chunks:
        extractor.feed(chunk)
    result = extractor.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (result.image_bytes, result.complete) == (len(raw), True)
    assert max(blocks) <= 192 * 1024
    assert peak < 2 * 1024 * 1024
