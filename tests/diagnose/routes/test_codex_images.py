"""One image over the Codex surface that has the shape of the Images API."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from codex_host import CLAIM, CREATED, PIXELS, Opened, answered

from diagnose.model.claim import Parameters
from diagnose.routes import codex, codex_images, codex_responses
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
