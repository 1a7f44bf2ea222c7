"""One image over the Codex Responses surface: what is sent, what comes back, what it is counted as."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from codex_host import CLAIM, CREATED, PIXELS, Opened, Stream, answered, dropped, picture, sse

from diagnose.matrix import classify
from diagnose.model.claim import Parameters
from diagnose.model.secret import Secret
from diagnose.redact import Redactor
from diagnose.routes import codex_responses
from diagnose.routes.shot import IMAGE_LIMIT, Shot

NAME = "codex-responses"
Asked = Callable[..., Opened]


def shoot(asked: Asked, body: bytes, **more: Any) -> tuple[Shot, Opened]:
    opened = asked(NAME, answered(body), **more)
    return opened.shoot(), opened


# What is sent


def test_the_request_is_what_the_surface_insists_on(asked: Asked) -> None:
    _, opened = shoot(asked, Stream().body())
    (head,), (body,) = opened.host.heads, opened.host.bodies
    assert head.startswith("POST /backend-api/codex/responses HTTP/1.1\r\n")
    assert body == codex_responses.request_body(CLAIM, "a mug", CLAIM.parameters)
    assert (body["store"], body["stream"], body["tool_choice"]) == (False, True, {"type": "image_generation"})
    assert body["tools"] == [
        {"type": "image_generation", "model": "gpt-image-2", "size": "1024x1024", "quality": "low",
         "background": "opaque", "output_format": "png"}
    ]  # fmt: skip
    assert body["instructions"]
    assert not {"n", "temperature", "top_p", "max_output_tokens", "previous_response_id"} & body.keys()
    lines = {row.partition(":")[0].lower(): row.partition(": ")[2] for row in head.split("\r\n")[1:]}
    assert lines["accept"] == "text/event-stream"
    assert lines["chatgpt-account-id"] == "11111111-2222-3333-4444-555555555555"
    assert lines["user-agent"].startswith("routecheck/")
    assert "originator" not in lines


def test_the_parameters_of_the_shot_are_asked_for(asked: Asked) -> None:
    opened = asked(NAME, answered(Stream().body()))
    opened.shoot(parameters=Parameters(size="auto", quality="high", background="auto", format="webp"))
    (tool,) = opened.host.bodies[0]["tools"]
    assert [tool[name] for name in ("size", "quality", "background", "output_format")] == [
        "auto", "high", "auto", "webp",
    ]  # fmt: skip


def test_free_questions_lie_beside_and_below_the_surface(asked: Asked) -> None:
    opened = asked(NAME, answered(b"{}", kind="application/json"))
    for path in ("/wham/usage", "/wham/accounts/check", "/models?client_version=1"):
        assert opened.route.get(path).answer.ok
    assert [head.split()[1] for head in opened.host.heads] == [
        "/backend-api/wham/usage", "/backend-api/wham/accounts/check", "/backend-api/codex/models?client_version=1",
    ]  # fmt: skip
    assert opened.counts == (3, 0, 0)


def test_a_question_that_must_be_refused_holds_nothing_to_draw(asked: Asked) -> None:
    opened = asked(NAME, answered(b'{"detail": "Instructions are required"}', status="400 X", kind="application/json"))
    reply = opened.route.refuse_me(codex_responses.refusable(CLAIM), key=Secret("made.up.token"))
    assert (reply.answer.status, reply.answer.message) == (400, "Instructions are required")
    (body,) = opened.host.bodies
    assert not {"input", "instructions", "prompt", "tools"} & body.keys()
    assert (body["store"], body["stream"]) == (True, False)
    # Nothing but the token differs from the real request, so a refusal can be about the token alone.
    assert "chatgpt-account-id: 11111111-2222-3333-4444-555555555555" in opened.host.heads[0].lower()
    assert opened.counts == (1, 0, 0)


# What comes


def test_an_image_comes_with_the_words_of_the_images_api(asked: Asked) -> None:
    shot, opened = shoot(asked, Stream().body())
    assert (shot.problem, shot.oddities, opened.counts) == (None, (), (1, 1, 0))
    assert bytes(opened.kept) == PIXELS
    assert shot.shape is not None
    assert (shot.shape.sha256, shot.shape.format) == (hashlib.sha256(PIXELS).hexdigest(), "png")
    assert shot.body == {
        "created": CREATED, "size": "64x48", "quality": "low", "background": "opaque", "output_format": "png",
        "status": "completed", "usage": {"input_tokens": 9, "output_tokens": 40},
    }  # fmt: skip
    assert shot.named == (
        ("the tool in response.created", "gpt-image-2-codex"),
        ("the tool in response.completed", "gpt-image-2-codex"),
        ("the image's item in response.output_item.done", "gpt-image-2-codex"),
    )


NOISE = [
    {"type": "codex.rate_limits", "rate_limits": {"primary": {"used_percent": 12}}, "result": "AAAA"},
    {"type": "response.image_generation_call.partial_image", "partial_image_b64": base64.b64encode(b"x" * 9).decode()},
    {"type": "response.output_item.added", "item": {"type": "image_generation_call", "result": None}},
    {"type": "response.reasoning_summary_text.delta", "delta": "thinking"},
    {"type": "response.output_item.done", "item": {"type": "reasoning", "summary": []}},
    {"type": "response.something.new", "pad": "x" * 700_000},
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_events_of_other_kinds_are_passed_over(asked: Asked, end: str) -> None:
    shot, opened = shoot(asked, Stream(before=NOISE, after=NOISE, end=end).body())
    assert (shot.problem, shot.oddities, bytes(opened.kept)) == (None, (), PIXELS)


UNREAD = [
    {"type": "response.in_progress", "response": {"tools": [{"model": "other", "pad": "x" * 700_000}]}},
    {"type": "response.output_item.added", "item": {"pad": "x" * 700_000}},
]
FAILED = [
    {"type": "response.output_item.done", "item": {"type": "image_generation_call", "status": "failed"}},
    {"type": "response.image_generation_call.failed", "error": {"code": "moderation_blocked"}},
]


@pytest.mark.parametrize("event", UNREAD)
def test_an_event_that_could_name_a_model_and_cannot_be_read_is_odd(asked: Asked, event: dict[str, Any]) -> None:
    shot, _ = shoot(asked, Stream(before=[event]).body())
    assert (shot.problem, shot.oddities) == (None, ("an event of it cannot be read",))


@pytest.mark.parametrize("event", FAILED)
def test_another_image_call_that_failed_is_odd(asked: Asked, event: dict[str, Any]) -> None:
    shot, _ = shoot(asked, Stream(before=[event]).body())
    assert (shot.problem, shot.oddities) == (None, ("another image call of it failed",))


def test_a_finished_item_may_still_say_that_it_is_being_made(asked: Asked) -> None:
    shot, _ = shoot(asked, Stream(item={"status": "generating"}).body())
    assert (shot.problem, shot.oddities, shot.body["status"]) == (None, (), "generating")


def test_the_completed_response_may_repeat_the_image(asked: Asked) -> None:
    stream = Stream()
    shot, opened = shoot(asked, stream.body(*stream.events()[:-1], stream.completed(output=[stream.done()["item"]])))
    assert (shot.problem, shot.oddities, bytes(opened.kept)) == (None, (), PIXELS)


def test_an_image_that_only_the_completed_response_holds_is_taken(asked: Asked) -> None:
    stream = Stream()
    shot, opened = shoot(asked, stream.body(stream.created(), stream.completed(output=[stream.done()["item"]])))
    assert (shot.problem, shot.body["size"], bytes(opened.kept)) == (None, "64x48", PIXELS)


def test_the_same_stream_without_names_and_with_sorted_keys_is_read(asked: Asked) -> None:
    rows = [json.dumps(event, sort_keys=True, separators=(",", ":")) for event in Stream().events()]
    shot, opened = shoot(asked, "".join(f"data:{row}\n\n" for row in rows).encode())
    assert (shot.problem, shot.oddities, bytes(opened.kept)) == (None, (), PIXELS)


def test_the_end_may_lack_its_empty_line(asked: Asked) -> None:
    shot, _ = shoot(asked, Stream().body().rstrip(b"\n"))
    assert shot.problem is None


def test_the_image_is_kept_as_it_was_sent_whatever_its_format(asked: Asked) -> None:
    image = picture(form="WEBP")
    shot, opened = shoot(asked, Stream(image=image).body())
    assert shot.shape is not None
    assert (shot.shape.format, bytes(opened.kept)) == ("webp", image)


# Odd answers: an image, and something that no plain stream has


OTHER = picture("black")


def odd(change: Callable[[Stream], list[dict[str, Any]]]) -> bytes:
    stream = Stream()
    return stream.body(*change(stream))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (odd(lambda s: [s.created(), s.done(), Stream(image=OTHER).done(), s.completed()]), "it holds 2 images"),
        (
            odd(lambda s: [s.created(), s.done(), s.completed(output=[Stream(image=OTHER).done()["item"]])]),
            "it holds 2 images",
        ),
        (odd(lambda s: [*s.events(), s.done()]), "it goes on after its end"),
        (odd(lambda s: [*s.events(), s.completed()]), "it goes on after its end"),
        (odd(lambda s: [*s.events(), {"type": "error", "message": "x"}]), "it goes on after its end"),
        (odd(lambda s: [s.created(), s.done(status="failed"), s.completed()]), "'failed'"),
        (odd(lambda s: [s.created(), s.done(status=["failed"]), s.completed()]), "failed"),
        (odd(lambda s: [s.created(), s.done(), s.completed(error={"code": "x"})]), "an error stands beside the image"),
        (Stream().body().replace(b'"quality": "low"', b'"quality": "low", "quality": "high"'), "said twice: quality"),
        (Stream().body().replace(b'"result": "', b'"result": "data:image/png;base64,'), "the image is a data URL"),
    ],
)
def test_what_no_plain_stream_has_is_said(asked: Asked, body: bytes, says: str) -> None:
    shot, opened = shoot(asked, body)
    assert shot.problem is None
    assert says in "; ".join(shot.oddities)
    assert bytes(opened.kept) == PIXELS
    assert opened.counts == (1, 1, 0)


# No image


def test_words_alone_are_no_image(asked: Asked) -> None:
    stream = Stream()
    message = {"type": "message", "content": [{"type": "output_text", "text": "I  cannot\ndraw."}]}
    said = {"type": "response.output_item.done", "item": message}
    shot, opened = shoot(asked, stream.body(stream.created(), said, stream.completed(output=[message])))
    assert shot.problem == "spoke-instead-of-drawing"
    assert "“I cannot draw.”" in shot.detail
    assert (shot.answer.status, opened.counts, bytes(opened.kept)) == (200, (1, 1, 0), b"")


def text_of(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": {"type": "message", "content": list(parts)}}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (odd(lambda s: [s.created(), text_of({"text": "words"}), s.completed(tools=[])]), "image-tool-absent"),
        (odd(lambda s: [s.created(), s.completed(tools=[])]), "image-tool-absent"),
        (odd(lambda s: [s.created(), s.completed(tools=[{"type": "web_search"}])]), "image-tool-absent"),
        (odd(lambda s: [s.created(), text_of({"refusal": "I will not."}), s.completed()]), "refused-in-text"),
        (
            odd(lambda s: [s.created(), {"type": "response.refusal.done", "refusal": "No."}, s.completed()]),
            "refused-in-text",
        ),
        (odd(lambda s: [s.created(), s.completed()]), "no-image"),
        (odd(lambda s: [s.created(), s.done(result=""), s.completed()]), "no-image"),
        (odd(lambda s: [s.created(), s.done(result=None), s.completed()]), "no-image"),
        (odd(lambda s: [s.created(), text_of({"text": 5}, None), s.completed()]), "no-image"),  # type: ignore[arg-type]
    ],
)
def test_why_a_completed_response_holds_no_image(asked: Asked, body: bytes, problem: str) -> None:
    shot, opened = shoot(asked, body)
    assert (shot.problem, opened.counts) == (problem, (1, 1, 0))


def text_event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **fields}


@pytest.mark.parametrize(
    ("events", "problem", "said"),
    [
        ([text_event("output_text.done", text="I cannot draw.")], "spoke-instead-of-drawing", "“I cannot draw.”"),
        (
            [text_event("output_text.delta", delta="I can"), text_event("output_text.delta", delta="not draw.")],
            "spoke-instead-of-drawing",
            "“I cannot draw.”",
        ),
        (
            [
                text_event("output_text.delta", delta="I cannot draw."),
                text_event("output_text.done", text="I cannot draw."),
                text_event("content_part.done", part={"type": "output_text", "text": "I cannot draw."}),
            ],
            "spoke-instead-of-drawing",
            "“I cannot draw.”",
        ),
        ([text_event("content_part.done", part={"type": "refusal", "refusal": "No."})], "refused-in-text", "“No.”"),
        ([text_event("refusal.delta", delta="N"), text_event("refusal.delta", delta="o.")], "refused-in-text", "“No.”"),
        ([text_event("reasoning_summary_text.delta", delta="thinking")], "no-image", "holds no image"),
        ([text_event("output_text.delta", delta=5), text_event("output_text.done")], "no-image", "holds no image"),
    ],
)
def test_words_that_no_message_repeats_are_words(
    asked: Asked, events: list[dict[str, Any]], problem: str, said: str
) -> None:
    shot, _ = shoot(asked, odd(lambda s: [s.created(), *events, s.completed()]))
    assert (shot.problem, said in shot.detail) == (problem, True), shot.detail


def test_words_beside_an_image_are_no_fault(asked: Asked) -> None:
    words = text_event("output_text.delta", delta="Here you are.")
    shot, _ = shoot(asked, odd(lambda s: [s.created(), words, s.done(), words, s.completed()]))
    assert (shot.problem, shot.oddities) == (None, ())


def test_endless_words_are_not_kept(asked: Asked) -> None:
    words = text_event("output_text.delta", delta="word " * 20_000)
    shot, _ = shoot(asked, odd(lambda s: [s.created(), *[words] * 20, s.completed()]))
    assert shot.problem == "spoke-instead-of-drawing"
    assert len(shot.detail) < 400


def test_secrets_are_taken_out_of_what_is_said_before_it_is_cut(asked: Asked) -> None:
    secret = "sk-proj-planted0123456789abcdefghij"
    body = odd(lambda s: [s.created(), text_of({"text": "x" * 285 + " " + secret}), s.completed()])
    shot, _ = shoot(asked, body, clean=Redactor([secret]).text)
    assert "sk-proj" not in shot.detail
    assert len(shot.detail) < 400


@pytest.mark.parametrize(
    ("last", "row", "unknown"),
    [
        ({"type": "response.failed", "response": {"error": {"code": "server_is_overloaded", "message": "busy"}}},
         "server-error", 1),
        ({"type": "response.failed", "response": {"error": {"code": "moderation_blocked", "message": "no"}}},
         "moderation-blocked", 0),
        ({"type": "error", "error": {"type": "usage_limit_reached", "message": "The usage limit has been reached"}},
         "usage-limit-reached", 0),
        ({"type": "error", "code": "slow_down", "message": "Slow down", "param": None}, "server-error", 1),
        ({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "content_filter"}}},
         "moderation-blocked", 0),
        ({"type": "response.failed", "response": {"error": None}}, "unclassified-refusal", 0),
        ({"type": "response.failed"}, "unclassified-refusal", 0),
        ({"type": "error"}, "unclassified-refusal", 0),
    ],
)  # fmt: skip
def test_an_error_inside_a_success_is_read_like_any_refusal(
    asked: Asked, last: dict[str, Any], row: str, unknown: int
) -> None:
    shot, opened = shoot(asked, sse(Stream().created(), last))
    assert (shot.problem, shot.answer.status) == ("refused", 200)
    assert classify(shot.answer).id == row
    assert opened.counts == (1, 1, unknown)


def test_an_image_call_that_failed_gives_its_own_error(asked: Asked) -> None:
    error = {"code": "moderation_blocked", "message": "Your request was rejected by the safety system."}
    body = odd(lambda s: [s.created(), s.done(result=None, status="failed", error=error), s.completed()])
    shot, _ = shoot(asked, body)
    assert (shot.problem, classify(shot.answer).id) == ("refused", "moderation-blocked")


def test_an_image_before_an_error_is_no_image_and_nobody_knows_what_it_cost(asked: Asked) -> None:
    failed = {"type": "response.failed", "response": {"error": {"code": "x", "message": "late"}}}
    shot, opened = shoot(asked, odd(lambda s: [s.created(), s.done(), failed]))
    assert (shot.problem, opened.counts) == ("refused", (1, 1, 1))
    assert "an image had come before it" in shot.detail


# Cut, dropped, damaged


def test_a_stream_that_ends_too_early_is_unknown_even_with_the_whole_image(asked: Asked) -> None:
    stream = Stream()
    shot, opened = shoot(asked, stream.body(stream.created(), stream.done()))
    assert (shot.problem, opened.counts, bytes(opened.kept)) == ("stream-cut", (1, 1, 1), PIXELS)
    assert "the image had come whole before" in shot.detail


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.97])
def test_a_stream_that_is_cut_anywhere_is_cut(asked: Asked, keep: float) -> None:
    body = Stream().body()
    shot, opened = shoot(asked, body[: int(len(body) * keep)])
    assert (shot.problem, opened.counts) == ("stream-cut", (1, 1, 1))


def test_an_end_that_cannot_be_read_is_no_end(asked: Asked) -> None:
    shot, opened = shoot(asked, Stream().body().rstrip(b"}\n") + b"\n\n")
    assert (shot.problem, opened.counts) == ("stream-cut", (1, 1, 1))
    assert "could not be read" in shot.detail


def test_an_empty_success_is_a_stream_without_an_end(asked: Asked) -> None:
    shot, opened = shoot(asked, b"")
    assert (shot.problem, opened.counts) == ("stream-cut", (1, 1, 1))


@pytest.mark.parametrize("keep", [10, 800, -60])
def test_a_connection_that_drops_is_billed_once_and_unknown(asked: Asked, keep: int) -> None:
    opened = asked(NAME, dropped(Stream().body()[:keep]))
    shot = opened.shoot()
    assert (shot.problem, shot.answer.transport, opened.counts) == ("refused", "dropped", (1, 1, 1))
    assert len(opened.host.heads) == 1


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (Stream().body().replace(b'"result": "', b'"result": "!!!!'), "not base64"),
        (odd(lambda s: [s.created(), s.done(result="A"), s.completed()]), "base64"),
        (odd(lambda s: [s.created(), s.done(result="AAAA"), s.completed()]), "no image format"),
        (Stream(image=PIXELS[:-20]).body(), ""),
        (Stream().body().replace(b'"size": "64x48"', b'"size": 64x48'), "cannot be read"),
        (Stream().body().replace(b"iVBOR", b"iV\0OR"), "not base64"),
        (
            Stream().body().replace(b'"type": "image_generation_call", ', b"").replace(b'"ig_1", ', b'"ig_1", "z": 1,'),
            "where no image belongs",
        ),
    ],
)
def test_an_image_that_is_damaged_is_none(asked: Asked, body: bytes, detail: str) -> None:
    shot, opened = shoot(asked, body)
    assert shot.problem == "image-damaged"
    assert detail in shot.detail
    assert opened.counts == (1, 1, 0)


def test_an_image_in_another_kind_of_item_is_none(asked: Asked) -> None:
    stray = Stream(image=OTHER).done(type="message")
    shot, opened = shoot(asked, odd(lambda s: [s.created(), stray, s.completed()]))
    assert (shot.problem, bytes(opened.kept)) == ("no-image", b"")
    both, kept = shoot(asked, odd(lambda s: [s.created(), stray, s.done(), s.completed()]))
    assert (both.problem, bytes(kept.kept)) == (None, PIXELS)


def test_an_image_deeper_in_the_item_is_none(asked: Asked) -> None:
    deep = {"result": base64.b64encode(OTHER).decode()}
    shot, _ = shoot(asked, odd(lambda s: [s.created(), s.done(result=None, extra=deep), s.completed()]))
    assert (shot.problem, shot.detail) == ("image-damaged", "image bytes stand where no image belongs")


def test_the_names_of_events_may_be_the_default_one(asked: Asked) -> None:
    body = "".join(f"event: message\ndata: {json.dumps(event, sort_keys=True)}\n\n" for event in Stream().events())
    shot, opened = shoot(asked, body.encode())
    assert (shot.problem, bytes(opened.kept)) == (None, PIXELS)


def test_what_only_afterwards_turns_out_to_be_no_image_spoils_the_answer(asked: Asked) -> None:
    item = {"result": base64.b64encode(OTHER).decode(), "type": "message"}
    stray = {"item": item, "type": "response.output_item.done"}
    body = f"data: {json.dumps(stray)}\n\n".encode() + Stream().body()
    shot, _ = shoot(asked, body)
    assert (shot.problem, shot.detail) == ("image-damaged", "image bytes stand where no image belongs")


# Refusals, and what is no stream at all


def test_a_refused_request_is_a_refusal(asked: Asked) -> None:
    opened = asked(NAME, answered(b'{"detail": "Unauthorized"}', status="401 X", kind="application/json"))
    shot = opened.shoot()
    assert (shot.problem, shot.answer.status, opened.counts) == ("refused", 401, (1, 1, 0))


@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        (b"<html>Just a moment...</html>", "text/html", "edge-html"),
        (b"<!DOCTYPE html><html></html>", "text/event-stream", "edge-html"),
        (b'{"error": {"message": "no", "code": "x"}}', "application/json", "refused"),
        (b'{"id": "resp_1", "output": []}', "application/json", "not-json"),
        (b"hello", "text/plain", "not-json"),
    ],
)
def test_a_success_that_is_no_stream(asked: Asked, body: bytes, kind: str, problem: str) -> None:
    opened = asked(NAME, answered(body, kind=kind))
    assert (opened.shoot().problem, opened.counts) == (problem, (1, 1, 0))


def test_a_rate_limit_is_waited_for_and_the_image_comes_once(asked: Asked) -> None:
    busy = {"error": {"code": "rate_limit_exceeded", "message": "Rate limit reached. Please try again in 12s."}}
    refused = answered(json.dumps(busy).encode(), status="429 X", kind="application/json")
    opened = asked(NAME, refused, answered(Stream().body()))
    shot = opened.shoot()
    assert (shot.problem, bytes(opened.kept), opened.slept) == (None, PIXELS, [12.0])
    assert opened.counts == (2, 2, 0)


def test_an_answer_over_the_limit_is_given_up_and_unknown(asked: Asked) -> None:
    block = b"event: response.image_generation_call.partial_image\ndata: {" + b"A" * (1 << 20) + b"}\n\n"

    def endless(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        for _ in range(IMAGE_LIMIT // len(block) + 2):
            line.sendall(block)

    opened = asked(NAME, endless)
    shot = opened.shoot()
    assert (shot.answer.transport, opened.counts) == ("too-large", (1, 1, 1))


def test_a_full_disk_passes_through_as_what_it_is(asked: Asked) -> None:
    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    opened = asked(NAME, answered(Stream().body()))
    with pytest.raises(OSError, match="No space left"):
        opened.route.generate(CLAIM, "a mug", CLAIM.parameters, full)
    assert opened.ledger.billable == 1
