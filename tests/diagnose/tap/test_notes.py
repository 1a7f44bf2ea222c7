"""What is noted of an exchange: the named fields, and nothing that is secret or was written by a person."""

import base64
import gzip
import hashlib
import json
import zlib

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.tap.notes import Notes
from diagnose.tap.records import Tapped, Target

TARGET = Target(host="api.openai.com", port=443, tls=True, at=1.0)
PIXELS = bytes(range(256)) * 40
B64 = base64.b64encode(PIXELS).decode()
DIGEST = hashlib.sha256(PIXELS).hexdigest()
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
ANSWER = {
    "created": 1713833628,
    "background": "opaque",
    "data": [{"b64_json": B64, "revised_prompt": "planted prompt"}],
    "output_format": "png",
    "quality": "low",
    "size": "1024x1024",
    "usage": {"input_tokens": 50, "output_tokens": 196, "input_tokens_details": {"text_tokens": 10}},
    "unknown": {"deep": "planted body"},
}
EVENTS = [
    {"type": "response.created", "response": {"model": "gpt-5.5", "status": "in_progress"}},
    {"type": "response.image_generation_call.partial_image", "partial_image_b64": B64 * 30},
    {
        "type": "response.output_item.done",
        "item": {
            "type": "image_generation_call", "status": "generating", "model": "gpt-image-2-codex", "quality": "medium",
            "size": "1254x1254", "background": "opaque", "output_format": "png", "revised_prompt": "planted prompt",
            "result": B64,
        },
    },
    {"type": "response.output_item.done", "item": {"type": "message", "content": [{"text": "planted text"}]}},
    {
        "type": "response.completed",
        "response": {
            "created_at": 1713833629, "model": "gpt-5.5", "status": "completed", "output": [],
            "tools": [{"type": "image_generation", "model": "gpt-image-2-codex", "size": "auto", "n": 1}],
            "usage": {"total_tokens": 7}, "tool_usage": {"image_gen": {"output_tokens": 1372}},
        },
    },
]  # fmt: skip
STREAM_FIELDS = {
    "model": "gpt-image-2-codex", "quality": "medium", "size": "1254x1254", "background": "opaque",
    "output_format": "png", "created": 1713833629, "carrier": "gpt-5.5", "status": "completed", "tools": 1,
    "tool": {"type": "image_generation", "model": "gpt-image-2-codex", "size": "auto", "n": 1},
    "usage": {"total_tokens": 7}, "tool_usage": {"image_gen": {"output_tokens": 1372}},
}  # fmt: skip


def sse(*events: dict, end: str = "\n") -> bytes:
    return "".join(f"event: {e['type']}{end}data: {json.dumps(e)}{end}{end}" for e in events).encode()


def in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def noted(
    answer: bytes = b"",
    *,
    asked: bytes = b"",
    path: str = "/v1/images/generations",
    request_headers: tuple[tuple[str, str], ...] = (),
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),),
    status: int = 200,
    piece: int = 65536,
    keep=None,
) -> Tapped:
    request = h11.Request(method="POST", target=path, headers=[("host", "api.openai.com"), *request_headers])
    notes = Notes(TARGET, request, now=lambda: 2.0, keep=keep)
    for data in in_pieces(asked, piece):
        notes.asked([data])
    response = h11.Response(status_code=status, headers=list(headers))
    notes.answered(response, [])
    for data in in_pieces(answer, piece):
        notes.answered(response, [data])
    return notes.tapped()


STREAM = (("content-type", "text/event-stream; charset=utf-8"),)


def test_a_json_answer_is_its_named_fields_and_the_digest_of_its_image() -> None:
    tapped = noted(json.dumps(ANSWER).encode())
    assert (tapped.images, tapped.sha256, tapped.unread, tapped.stream) == (1, DIGEST, None, False)
    expected = {k: ANSWER[k] for k in ("created", "background", "output_format", "quality", "size", "usage")}
    assert tapped.answer == expected | {"data_items": 1}
    assert (tapped.status, tapped.content_type, tapped.started, tapped.ended) == (200, "application/json", 2.0, 2.0)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000, 65536])
def test_a_stream_is_its_last_image_and_its_end_however_it_is_cut(end: str, piece: int) -> None:
    small = [event | {"partial_image_b64": ""} for event in EVENTS]
    tapped = noted(sse(*small, end=end), headers=STREAM, piece=piece)
    assert (tapped.images, tapped.sha256, tapped.stream, tapped.unread) == (1, DIGEST, True, None)
    assert tapped.answer == STREAM_FIELDS


def test_a_long_preview_does_no_harm() -> None:
    tapped = noted(sse(*EVENTS), headers=STREAM)
    assert (tapped.images, tapped.sha256, tapped.unread) == (1, DIGEST, None)


def test_of_several_images_in_a_stream_the_last_counts() -> None:
    other = {"type": "response.output_item.done", "item": {"type": "image_generation_call", "result": "AAAA"}}
    kept: list[bytes] = []
    tapped = noted(sse(other, *EVENTS[2:]), headers=STREAM, keep=kept.append)
    assert (tapped.images, tapped.sha256) == (2, DIGEST)
    assert kept == [b"\0\0\0", PIXELS]


def test_an_image_that_only_the_end_of_the_stream_holds_is_found() -> None:
    output = [{"type": "image_generation_call", "result": B64}]
    tapped = noted(sse({"type": "response.completed", "response": {"output": output}}), headers=STREAM)
    assert (tapped.images, tapped.sha256) == (1, DIGEST)


def test_an_image_that_the_end_of_the_stream_repeats_counts_once() -> None:
    end = {"type": "response.completed", "response": {"output": [{"result": B64}], "status": "completed"}}
    kept: list[bytes] = []
    assert noted(sse(EVENTS[2], end), headers=STREAM, keep=kept.append).images == 1
    assert kept == [PIXELS]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            {"type": "response.failed", "response": {"status": "failed", "error": {"code": "c", "message": "m"}}},
            {"status": "failed", "error": {"code": "c", "message": "m"}},
        ),
        ({"type": "error", "error": {"type": "t", "message": "m"}}, {"error": {"type": "t", "message": "m"}}),
        ({"type": "error", "code": "c", "message": "m"}, {"error": {"type": "error", "code": "c", "message": "m"}}),
        ({"type": "response.completed", "response": {"tools": [], "output": []}}, {"tools": 0}),
    ],
)
def test_a_stream_may_end_without_an_image(event: dict, expected: dict) -> None:
    tapped = noted(sse(event), headers=STREAM)
    assert (tapped.answer, tapped.images, tapped.sha256, tapped.unread) == (expected, 0, None, None)


def test_a_stream_that_breaks_off_is_what_has_come() -> None:
    whole = sse(*EVENTS[2:])
    at_the_end = noted(whole[: whole.index(b"event: response.completed")], headers=STREAM)
    assert (at_the_end.images, at_the_end.sha256, at_the_end.answer["size"]) == (1, DIGEST, "1254x1254")
    assert "status" not in at_the_end.answer
    in_the_image = noted(whole[:2000], headers=STREAM)
    assert (in_the_image.images, in_the_image.sha256) == (0, None)
    assert in_the_image.unread == "an event was too long or cut off"


def test_an_image_that_is_cut_off_has_no_digest() -> None:
    tapped = noted(json.dumps(ANSWER).encode()[:3000])
    assert (tapped.images, tapped.sha256, tapped.unread) == (1, None, "it is no JSON, or was cut off")


def test_an_image_that_is_no_base64_is_said_to_be_so() -> None:
    tapped = noted(json.dumps({"data": [{"b64_json": "AA*A"}]}).encode())
    assert (tapped.sha256, tapped.unread) == (None, None)
    assert "is not base64" in tapped.answer["image_problem"]


def packed_raw(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("piece", [1, 100, 65536])
@pytest.mark.parametrize(
    ("name", "pack"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", zlib.compress), ("deflate", packed_raw)],
)
def test_packed_answers_are_read(name: str, pack, piece: int) -> None:
    tapped = noted(
        pack(json.dumps(ANSWER).encode()),
        headers=(("content-type", "application/json"), ("content-encoding", name)),
        piece=piece,
    )
    assert (tapped.images, tapped.sha256, tapped.unread) == (1, DIGEST, None)


@pytest.mark.parametrize("piece", [1, 65536])
def test_an_answer_packed_with_brotli_is_read_where_its_extra_is_installed(piece: int) -> None:
    brotli = pytest.importorskip("brotli")
    headers = (("content-type", "application/json"), ("content-encoding", "br"))
    packed = brotli.compress(json.dumps(ANSWER | {"pad": "x" * 200_000}).encode())
    tapped = noted(packed, headers=headers, piece=piece)
    assert (tapped.images, tapped.sha256, tapped.unread) == (1, DIGEST, None)


def test_an_answer_packed_with_zstd_is_read_where_its_extra_is_installed() -> None:
    zstd = pytest.importorskip("backports.zstd")
    headers = (("content-type", "application/json"), ("content-encoding", "zstd"))
    tapped = noted(zstd.compress(json.dumps(ANSWER).encode()), headers=headers, piece=50)
    assert (tapped.images, tapped.sha256, tapped.unread) == (1, DIGEST, None)


@pytest.mark.parametrize(
    ("encoding", "body", "why"),
    [
        ("compress", b"x", "its content encoding is not known here"),
        ("gzip, gzip", b"x", "its content encoding is not known here"),
        ("gzip", b"this is no gzip", "it does not fit its content encoding"),
    ],
)
def test_what_cannot_be_unpacked_is_unread(encoding: str, body: bytes, why: str) -> None:
    tapped = noted(body, headers=(("content-type", "application/json"), ("content-encoding", encoding)))
    assert (tapped.unread, tapped.answer, tapped.images) == (why, {}, 0)


def test_a_decoder_that_is_not_installed_is_named_with_its_extra(monkeypatch) -> None:
    import sys

    for name in ("brotli", "compression", "compression.zstd", "backports", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    for encoding in ("br", "zstd"):
        tapped = noted(b"x", headers=(("content-type", "application/json"), ("content-encoding", encoding)))
        assert tapped.unread == f"it is packed with {encoding}: install routecheck[tap] to read it"


def test_an_answer_that_unpacks_without_end_is_given_up(monkeypatch) -> None:
    from diagnose.tap import decoding

    monkeypatch.setattr(decoding, "MOST", 1 << 20)
    packed = gzip.compress(b"[" + b" " * (3 << 20))
    tapped = noted(packed, headers=(("content-type", "application/json"), ("content-encoding", "gzip")))
    assert tapped.unread == "it unpacks to more than 1 MiB"


@pytest.mark.parametrize(
    ("body", "kind", "unread"),
    [
        (b"", "application/json", None),
        (b"<html>planted</html>", "text/html", "the answer is neither JSON nor an event stream"),
        (b"planted", "text/plain", "it is no JSON, or was cut off"),
        (b'{"detail": "Not allowed"}', "application/problem+json", None),
        (b"[" * 100_000, "application/json", "it is no JSON, or was cut off"),
        (b'{"a": "' + b"x" * 2_000_000 + b'"}', "application/json", "it is too long besides its image"),
        (b"[1, 2]", "application/json", None),
    ],
)
def test_other_answers(body: bytes, kind: str, unread: str | None) -> None:
    tapped = noted(body, headers=(("content-type", kind),), status=403)
    assert tapped.unread == unread
    assert tapped.answer == ({"error": {"message": "Not allowed"}} if b"detail" in body else {})


# Requests

BODY = {
    "model": "gpt-image-2", "prompt": "planted prompt", "n": 1, "size": "1024x1024", "quality": "low", "stream": True,
    "store": False, "user": "planted", "images": [{"image_url": "data:image/png;base64," + B64 * 8}],
    "tools": [{"type": "image_generation", "model": "gpt-image-2", "size": "auto", "mask": {"a": "planted"}}],
}  # fmt: skip
FIELDS = {"model": "gpt-image-2", "n": 1, "size": "1024x1024", "quality": "low", "stream": True, "store": False}
FORM = (
    b"--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-image-2\r\n"
    b"--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nplanted prompt\r\n"
    b"--b\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
    + b"\r\n--" + PIXELS + b"\r\n"
    b"--b\r\nContent-Disposition: form-data; name=\"size\"; filename=\"model\"\r\n\r\nplanted\r\n"
    b"--b\r\nContent-Disposition: form-data; name=\"quality\"\r\n\r\n\r\n"
    b"--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2\r\n--b--\r\n"
)  # fmt: skip


@pytest.mark.parametrize("kind", ["application/json", "text/plain;charset=UTF-8", ""])
@pytest.mark.parametrize("piece", [1, 13, 65536])
def test_a_json_request_is_its_named_fields(kind: str, piece: int) -> None:
    tapped = noted(asked=json.dumps(BODY).encode(), request_headers=(("content-type", kind),), piece=piece)
    assert tapped.request == FIELDS
    assert tapped.tool == {"model": "gpt-image-2", "size": "auto"}
    assert tapped.unread is None


@pytest.mark.parametrize("piece", [1, 2, 13, 65536])
def test_a_form_is_its_named_fields_and_no_file(piece: int) -> None:
    tapped = noted(asked=FORM, request_headers=(("content-type", "multipart/form-data; boundary=b"),), piece=piece)
    assert tapped.request == {"model": "gpt-image-2", "quality": "", "n": "2"}
    assert (tapped.tool, tapped.unread) == ({}, None)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", FORM),
        ("multipart/form-data; boundary=b", FORM[:300]),
        ("multipart/form-data; boundary=b", b"--b" + b"x" * 20_000),
        ("application/json", b"{"),
        ("application/json", b'{"a": ' + b"[" * 50_000),
        ("application/json", b"[" + b"1," * 300_000 + b"1]"),
        ("application/json", b"\xff\xfe"),
    ],
)
def test_a_request_that_cannot_be_read_is_unread(kind: str, body: bytes) -> None:
    tapped = noted(asked=body, request_headers=(("content-type", kind),))
    assert tapped.request == {}
    assert "request" in (tapped.unread or "")


@given(
    tree=st.dictionaries(
        st.sampled_from(["model", "n", "size", "tools", "x"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=700), st.lists, max_leaves=5),
    ),
    piece=st.integers(1, 50),
    wide=st.booleans(),
)
def test_any_json_request_is_read_whatever_is_in_it(tree: dict, piece: int, wide: bool) -> None:
    body = json.dumps(tree, ensure_ascii=not wide).encode("utf-8", "surrogatepass")
    tapped = noted(asked=body, piece=piece)
    if tapped.unread is None:
        assert set(tapped.request) <= {"model", "n", "size"}
        for name, value in tapped.request.items():
            if isinstance(tree[name], int):
                assert value == tree[name]


@given(data=st.binary(max_size=300), kind=st.sampled_from(["application/json", "text/event-stream"]))
def test_no_answer_stops_the_reader(data: bytes, kind: str) -> None:
    tapped = noted(data, asked=data, headers=(("content-type", kind),), piece=7)
    assert tapped.status == 200


# Secrets

CANARY = "sk-proj-planted0123456789abcdefghij"


@pytest.mark.parametrize(
    ("header", "value", "form", "text"),
    [
        ("Authorization", f"Bearer {CANARY}", "sk", CANARY),
        ("authorization", f"bearer  {JWT}", "jwt", JWT),
        ("Authorization", CANARY, "sk", CANARY),
        ("Authorization", "Basic cGxhbnRlZDpwbGFudGVk", "other", "cGxhbnRlZDpwbGFudGVk"),
        ("x-api-key", CANARY, "sk", CANARY),
        ("api-key", "0123456789abcdef", "other", "0123456789abcdef"),
        ("X-Goog-Api-Key", "AIzaPlanted0123456789", "other", "AIzaPlanted0123456789"),
    ],
)
def test_a_credential_is_its_form_and_its_fingerprint(header: str, value: str, form: str, text: str) -> None:
    tapped = noted(request_headers=((header, value),))
    assert tapped.credential is not None
    assert (tapped.credential.header, tapped.credential.form) == (header.lower(), form)
    assert tapped.credential.fingerprint == hashlib.sha256(text.encode()).hexdigest()[:8]
    assert text not in repr(tapped)


def test_a_request_without_a_credential_has_none() -> None:
    assert noted(request_headers=(("authorization", ""),)).credential is None


def test_nothing_that_was_planted_is_in_the_record() -> None:
    headers = (
        ("content-type", "application/json"),
        ("set-cookie", "planted=1"),
        ("Set-Cookie2", "planted=1"),
        ("authorization", "planted"),
        ("location", "https://x.test/path?planted=1"),
        ("x-echo", f"you sent {CANARY} and me@planted.test"),
        ("x-echo-cut", CANARY[:20]),
    )
    error = {
        "error": {"message": f"Incorrect key {CANARY}; {CANARY[:-4]}", "type": "t", "param": CANARY, "x": "planted"}
    }
    for answer in (ANSWER, error, {"error": f"bad {CANARY}"}, {"detail": f"bad {CANARY}"}):
        tapped = noted(
            json.dumps(answer).encode(),
            asked=json.dumps(BODY | {"size": CANARY, "model": f"m {CANARY}"}).encode(),
            path=f"/v1/{CANARY}/images?key=planted#planted",
            request_headers=(("authorization", f"Bearer {CANARY}"), ("cookie", "planted=very-long-cookie")),
            headers=headers,
        )
        assert "planted" not in repr(tapped)
        assert tapped.path == "/v1/<redacted>/images"
        assert tapped.headers["location"] == "https://x.test/path"


def test_long_texts_are_cut_after_the_secrets_were_taken_out() -> None:
    message = "x" * 489 + " " + CANARY
    tapped = noted(json.dumps({"error": {"message": message}}).encode(), headers=(("x", "y" * 9000),))
    assert len(tapped.answer["error"]["message"]) == 500
    assert "sk-" not in repr(tapped)
    assert len(tapped.headers["x"]) == 500


@pytest.mark.parametrize("target", ["http://api.openai.com/a?b", "http://[/a", "*", "/a#b"])
def test_the_path_is_a_path(target: str) -> None:
    assert noted(path=target).path in {"/a", "", "*"}
