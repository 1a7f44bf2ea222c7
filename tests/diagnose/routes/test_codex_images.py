"""One image over the Codex surface that has the shape of the Images API."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from codex_host import CLAIM, CREATED, PIXELS, Opened, answered, picture

from diagnose.images.facts import facts
from diagnose.images.inputs import Input
from diagnose.model.check import Status
from diagnose.model.claim import Parameters
from diagnose.routes import ROUTES, codex, codex_images, codex_responses, load, served
from diagnose.routes.kind import Editor
from diagnose.routes.received import Received
from diagnose.routes.shot import Shot
from diagnose.routes.target import Target

NAME = "codex-images"
Asked = Callable[..., Opened]
ANSWER = {
    "created": CREATED, "background": "opaque", "output_format": "png", "quality": "low", "size": "64x48",
    "data": [{"b64_json": base64.b64encode(PIXELS).decode()}], "usage": {"input_tokens": 9, "output_tokens": 40},
}  # fmt: skip
JSON = "application/json"


def test_an_image_comes_as_the_images_api_brings_it(asked: Asked) -> None:
    opened = asked(NAME, answered(json.dumps(ANSWER).encode(), kind=JSON))
    shot = opened.shoot(replace(CLAIM, route=NAME))
    assert (shot.problem, shot.oddities, opened.counts, bytes(opened.kept)) == (None, (), (1, 1, 0), PIXELS)
    assert (shot.body["size"], shot.body["created"], shot.body["usage"]["output_tokens"]) == ("64x48", CREATED, 40)
    (head,), (body,) = opened.host.heads, opened.host.bodies
    assert head.startswith("POST /backend-api/codex/images/generations HTTP/1.1\r\n")
    assert body == {
        "prompt": "a mug", "background": "opaque", "model": "gpt-image-2", "quality": "low", "size": "1024x1024",
    }  # fmt: skip


def test_a_format_is_named_only_where_it_is_not_the_default() -> None:
    assert codex_images.request_body(CLAIM, "x", Parameters(format="webp"))["output_format"] == "webp"


def sent(data: bytes) -> Input:
    return Input(name="before.jpg", format="jpeg", sha256=hashlib.sha256(data).hexdigest(), data=data)


def edited(opened: Opened, *inputs: Input) -> Shot:
    assert isinstance(opened.route, Editor)
    return opened.route.edit(CLAIM, "paint it blue", CLAIM.parameters, inputs, opened.kept.extend)


def received(opened: Opened, shot: Shot) -> Received:
    assert shot.shape is not None
    return Received(
        claim=replace(CLAIM, route=NAME), kind=codex_images.ROUTE, shot=shot, image=facts(shot.shape),
        target=Target(base_url=opened.host.url, origin_of="a test", sandbox=True, login=True), model_checked=True,
    )  # fmt: skip


def test_an_edit_sends_the_images_before_the_words_and_says_what_it_sent(asked: Asked) -> None:
    opened = asked(NAME, answered(json.dumps(ANSWER).encode(), kind=JSON))
    before = [sent(picture("red", form="JPEG")), sent(picture("green", size=(640, 480), form="JPEG"))]
    shot = edited(opened, *before)
    assert (shot.problem, opened.counts, bytes(opened.kept)) == (None, (1, 1, 0), PIXELS)
    assert shot.inputs == tuple(before)
    (head,), (body,) = opened.host.heads, opened.host.bodies
    assert head.startswith("POST /backend-api/codex/images/edits HTTP/1.1\r\n")
    assert "transfer-encoding" not in head.lower()
    assert "content-type: application/json" in head.lower()
    urls = [row["image_url"] for row in body.pop("images")]
    assert [base64.b64decode(url.removeprefix("data:image/jpeg;base64,")) for url in urls] == [i.data for i in before]
    assert body == codex_images.request_body(CLAIM, "paint it blue", CLAIM.parameters)


def test_an_edit_that_may_have_reached_the_host_is_not_sent_again(asked: Asked) -> None:
    opened = asked(NAME, lambda line: line.close())
    shot = edited(opened, sent(picture(form="JPEG")))
    assert (shot.problem, opened.counts) == ("refused", (1, 1, 1))


def test_an_edit_that_was_turned_away_unread_is_sent_again_whole(asked: Asked) -> None:
    later = answered(b"{}", "retry-after: 1", status="429 Too Many Requests", kind=JSON)
    opened = asked(NAME, later, answered(json.dumps(ANSWER).encode(), kind=JSON))
    shot = edited(opened, sent(picture(form="JPEG")))
    assert shot.problem is None
    first, second = opened.host.bodies
    assert first == second


def test_the_surface_of_an_edit_is_that_of_edits(asked: Asked) -> None:
    opened = asked(NAME, answered(json.dumps(ANSWER).encode(), kind=JSON))
    found = served.surface(received(opened, edited(opened, sent(picture(form="JPEG")))), "x")
    assert (found.value, found.strength, found.agrees) == ("POST /backend-api/codex/images/edits", 4, True)
    made = received(opened, opened.shoot(replace(CLAIM, route=NAME)))
    assert served.surface(made, "x").value == "POST /backend-api/codex/images/generations"
    # An edit that went where images are made from words is not what was asked for.
    stray = replace(made, shot=replace(made.shot, inputs=(sent(b"x"),)))
    assert served.surface(stray, "x").strength == 0


def test_the_very_image_that_was_sent_is_no_new_one(asked: Asked) -> None:
    opened = asked(NAME, answered(json.dumps(ANSWER).encode(), kind=JSON))
    shot = edited(opened, sent(picture("red", form="JPEG")), sent(PIXELS))
    found = served.freshness(received(opened, shot))
    assert (found.status, found.symptom) == (Status.FAIL, "not-fresh")
    assert "the very image that was sent" in found.summary
    assert [(w.dimension, w.strength, w.agrees) for w in found.witnesses] == [("freshness", 4, False)]


def test_only_this_route_is_edited_through() -> None:
    assert [name for name in ROUTES if load(name).edits is not None] == [NAME]


def test_free_questions_lie_beside_the_surface(asked: Asked) -> None:
    opened = asked(NAME, answered(b"{}", kind=JSON))
    opened.route.get("/wham/usage")
    assert opened.host.heads[0].startswith("GET /backend-api/wham/usage ")


def test_a_question_that_must_be_refused_holds_nothing_to_draw(asked: Asked) -> None:
    body = codex_images.refusable(CLAIM)
    assert "prompt" not in body
    assert body["n"] == 0


@pytest.mark.parametrize("base", ["https://chatgpt.com/backend-api/codex", "http://127.0.0.1:9/x/backend-api/codex"])
def test_calls_about_the_account_lie_one_level_above_the_base_url(base: str) -> None:
    target = Target(base_url=base, origin_of="a test", login=True)
    assert codex.url_of(target, "/wham/usage") == base.removesuffix("/codex") + "/wham/usage"
    assert codex.url_of(target, "/models?client_version=1") == f"{base}/models?client_version=1"


@pytest.mark.parametrize("kind", [codex_images.ROUTE, codex_responses.ROUTE], ids=lambda k: k.name)
def test_the_route_says_where_it_is(kind: codex_images.RouteKind) -> None:
    assert kind.base_url.endswith(kind.ends)
    assert kind.surface == f"POST /backend-api/codex{kind.path}"
    assert kind.login
    assert Target(base_url=kind.base_url, origin_of="a test", login=True).vendor == "openai"
    assert Target(base_url=kind.base_url, origin_of="a test").vendor is None


def needed(claim_typed: set[str], **parameters: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    claim = replace(CLAIM, typed=frozenset(claim_typed), parameters=Parameters(**parameters))
    return {r.dimension: (r.need, r.aspects) for r in codex.requirements(claim)}


def test_what_was_not_typed_is_only_reported() -> None:
    found = needed(set())
    assert found["parameters"] == ("reported", ())
    assert found["pixels"] == ("reported", ())
    assert found["owner"] == ("reported", ())
    required = {name for name, (need, _) in found.items() if need == "required"}
    assert required == {"provider", "surface", "credential", "model", "freshness"}


def test_what_was_typed_is_required_and_auto_asks_for_nothing() -> None:
    found = needed({"size", "quality", "background", "format"})
    assert found["pixels"] == ("required", ())
    assert found["parameters"] == ("required", ("format", "background", "quality"))
    assert needed({"size"}, size="auto")["pixels"][0] == "reported"
    assert needed({"quality", "background"}, quality="auto", background="auto")["parameters"] == ("reported", ())
    owner = {r.dimension: r.need for r in codex.requirements(replace(CLAIM, owner="acc"))}["owner"]
    assert owner == "required"
