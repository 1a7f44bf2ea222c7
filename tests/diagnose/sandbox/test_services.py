"""The services beside the Images API, each by its Host header on a real socket."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from diagnose.sandbox.faults import Codex, Faults, Litellm, Service
from diagnose.sandbox.records import fingerprint
from diagnose.sandbox.services import NOBODY, Answered, addressed, answered, hosts, services

CODEX = {
    "model": "gpt-6-astra",
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "a red dot"}]}],
    "instructions": "You are an image generation assistant.",
    "tools": [{"type": "image_generation", "model": "gpt-image-2", "size": "1024x1024"}],
    "tool_choice": {"type": "image_generation"},
    "stream": True,
    "store": False,
}
PLAIN = {"model": "gpt-image-2", "prompt": "a red dot", "n": 1, "size": "1024x1024"}
CHAT = {
    "model": "openai/gpt-5.4-image-2",
    "messages": [{"role": "user", "content": "a red dot"}],
    "modalities": ["image", "text"],
    "n": 1,
    "image_config": {"aspect_ratio": "16:9"},
}
GOOGLE = {
    "contents": [{"role": "user", "parts": [{"text": "a red dot"}]}],
    "generationConfig": {"responseModalities": ["TEXT", "IMAGE"], "imageConfig": {"aspectRatio": "3:4"}},
}
MINIMAX = {"model": "image-01", "prompt": "a red dot", "response_format": "base64", "n": 1, "aspect_ratio": "1:1"}
GEMINI = "/v1beta/models/gemini-3.1-flash-image:generateContent"

ASKED: dict[str, tuple[str, str, Any]] = {
    "codex": ("chatgpt.com", "/backend-api/codex/responses", CODEX),
    "litellm": ("litellm.example", "/v1/images/generations", PLAIN),
    "openrouter": ("openrouter.ai", "/api/v1/images", PLAIN | {"aspect_ratio": "1:1"}),
    "google": ("generativelanguage.googleapis.com", GEMINI, GOOGLE),
    "minimax": ("api.minimax.io", "/v1/image_generation", MINIMAX),
}
SERVICES = list(ASKED)


def ask(caller: Any, service: str, *, key: str | None = None, body: Any = None) -> Any:
    """The service's usual request, with its own credential unless `key` is given."""
    host, path, usual = ASKED[service]
    right = caller.sandbox.codex_token if service == "codex" else caller.sandbox.keys[service]
    key = right if key is None else key
    sent = usual if body is None else body
    if service == "google":
        return caller.at(host, path, sent, **{"x-goog-api-key": key})
    return caller.at(host, path, sent, key=key)


def size_of(image: str) -> tuple[int, int]:
    with Image.open(io.BytesIO(base64.b64decode(image, validate=True))) as opened:
        opened.load()
        return opened.size


def test_litellm_answers_with_the_headers_of_the_proxy(healthy: Any) -> None:
    response = ask(healthy, "litellm", body=PLAIN | {"size": "1536x1024"})
    assert response.status_code == 200
    assert response.headers["x-litellm-attempted-fallbacks"] == "0"
    assert response.headers["x-litellm-model-api-base"] == "https://api.openai.com"
    assert "llm_provider-x-request-id" in response.headers
    assert size_of(response.json()["data"][0]["b64_json"]) == (1536, 1024)


def test_litellm_is_there_on_a_path_of_the_sandbox_too(healthy: Any) -> None:
    own = f"127.0.0.1:{healthy.sandbox.port}"
    for path in ("/litellm/images/generations", "/litellm/v1/images/generations"):
        response = healthy.at(own, path, PLAIN, key=healthy.sandbox.keys["litellm"])
        assert "x-litellm-version" in response.headers
    last = healthy.sandbox.requests[-1]
    assert (last.service, last.host, last.path) == ("litellm", "127.0.0.1", "/litellm/v1/images/generations")


def test_openrouter_images_name_no_model_and_chat_does(healthy: Any) -> None:
    plain = ask(healthy, "openrouter").json()
    assert set(plain) == {"created", "data", "usage"}
    assert size_of(plain["data"][0]["b64_json"]) == (1024, 1024)
    chat = healthy.at("openrouter.ai", "/api/v1/chat/completions", CHAT, key=healthy.sandbox.keys["openrouter"]).json()
    assert (chat["model"], chat["provider"]) == ("openai/gpt-5.4-image-2", "openai")
    [shown] = chat["choices"][0]["message"]["images"]
    head, _, image = shown["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    assert size_of(image) == (1024, 576)


def test_google_names_the_version_that_served(healthy: Any) -> None:
    response = ask(healthy, "google")
    answer = response.json()
    assert answer["modelVersion"] == "gemini-3.1-flash-image"
    part = answer["candidates"][0]["content"]["parts"][0]["inlineData"]
    assert size_of(part["data"]) == (768, 1024)
    assert "x-gemini-service-tier" in response.headers


def test_minimax_says_success_inside_the_body(healthy: Any) -> None:
    answer = ask(healthy, "minimax").json()
    assert answer["base_resp"]["status_code"] == 0
    assert size_of(answer["data"]["image_base64"][0]) == (1024, 1024)


@pytest.mark.parametrize("service", SERVICES)
def test_each_request_is_filed_with_what_was_asked(service: str, start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    assert ask(caller, service).status_code == 200
    [row] = caller.sandbox.requests
    host, path, _ = ASKED[service]
    right = caller.sandbox.codex_token if service == "codex" else caller.sandbox.keys[service]
    assert (row.host, row.service, row.path, row.status) == (host, service, path, 200)
    assert (row.billed, row.images) == (True, 1)
    assert row.credential_fingerprint == fingerprint(right)
    assert (
        row.model
        == {
            "codex": "gpt-image-2",
            "litellm": "gpt-image-2",
            "openrouter": "gpt-image-2",
            "google": "gemini-3.1-flash-image",
            "minimax": "image-01",
        }[service]
    )
    assert right not in repr(row)


@pytest.mark.parametrize("service", SERVICES)
def test_only_its_own_credential_is_taken(service: str, start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    sandbox = caller.sandbox
    for wrong in ("", "sk-other", sandbox.key, sandbox.codex_token):
        if service == "codex" and wrong == sandbox.codex_token:
            continue
        response = ask(caller, service, key=wrong)
        expected = answered(service, "unauthorized")
        assert (response.status_code, response.json()) == (expected.status, expected.body)
    assert sandbox.billed == 0


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("refusal", ["unauthorized", "rate_limited", "server_error"])
def test_each_service_can_refuse_in_its_own_words(service: str, refusal: Any, start: Callable[..., Any]) -> None:
    kinds: dict[str, Any] = {"codex": Codex, "litellm": Litellm}
    caller = start(**{service: kinds.get(service, Service)(refusal=refusal)})
    expected = answered(service, refusal)
    response = ask(caller, service)
    assert (response.status_code, response.json()) == (expected.status, expected.body)
    assert caller.sandbox.billed == 0
    others = [other for other in SERVICES if other != service]
    assert ask(caller, others[0]).status_code == 200
    assert caller.generate(size="1024x656").status_code == 200


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "codex"])
def test_an_answer_without_an_image_is_billed_all_the_same(service: str, start: Callable[..., Any]) -> None:
    kinds: dict[str, Any] = {"litellm": Litellm}
    caller = start(fresh=True, **{service: kinds.get(service, Service)(no_image=True)})
    response = ask(caller, service)
    assert response.status_code == 200
    assert "iVBOR" not in response.text
    [row] = caller.sandbox.requests
    assert (row.billed, row.images) == (True, 0)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("body", [[], "x", {}, {"model": 3}, {"model": "m"}, {"model": "m", "prompt": ""}])
def test_a_body_that_is_no_request_is_refused_for_nothing(service: str, body: Any, healthy: Any) -> None:
    before = healthy.sandbox.billed
    response = ask(healthy, service, body=body)
    refused = response.json().get("base_resp", {}).get("status_code") if service == "minimax" else response.status_code
    assert refused in {400, 2013}
    assert healthy.sandbox.billed == before


def test_a_chat_that_wants_no_image_is_refused(healthy: Any) -> None:
    for change in ({"modalities": ["text"]}, {"messages": []}):
        key = healthy.sandbox.keys["openrouter"]
        assert healthy.at("openrouter.ai", "/api/v1/chat/completions", CHAT | change, key=key).status_code == 400


def test_fallbacks_of_the_gateway_are_told_in_its_header(start: Callable[..., Any]) -> None:
    caller = start(litellm=Litellm(hosts=("gateway.example",), fallbacks=2))
    key = caller.sandbox.keys["litellm"]
    response = caller.at("gateway.example", "/images/generations", PLAIN, key=key)
    assert response.headers["x-litellm-attempted-fallbacks"] == "2"


@pytest.mark.parametrize("service", [*SERVICES, "oauth"])
def test_unknown_paths_are_answered_in_the_services_words(service: str, healthy: Any) -> None:
    host = next(name for name, known in hosts().items() if known == service)
    response = healthy.at(host, "/nothing/here")
    expected = answered(service, "not_found")
    assert (response.status_code, response.json()) == (expected.status, expected.body)


def test_a_host_that_nobody_plays_is_misdirected(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    response = caller.at("registry.npmjs.org", "/v1/images/generations", PLAIN, key=caller.sandbox.key)
    assert response.status_code == 421
    assert "registry.npmjs.org" in response.text
    assert caller.sandbox.requests[0].service == NOBODY


def test_a_refresh_is_refused_and_counted_and_its_token_not_kept(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    canary = caller.sandbox.placeholders["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": canary, "client_id": "app_x"}
    for body in ({"data": form}, {"json": form}):
        url = f"{caller.sandbox.url}/oauth/token"
        response = caller.client.post(url, headers={"host": "auth.openai.com", "authorization": ""}, **body)
        assert (response.status_code, response.json()["error"]["code"]) == (401, "refresh_token_reused")
    assert [row.service for row in caller.sandbox.requests] == ["oauth", "oauth"]
    assert canary not in repr(caller.sandbox.requests)


def test_a_login_at_the_images_api_lacks_the_scope(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    response = caller.at("api.openai.com", "/v1/images/generations", PLAIN, key=caller.sandbox.codex_token)
    assert response.status_code == 401
    assert "Missing scopes: api.model.images.request" in response.json()["error"]["message"]
    assert caller.sandbox.billed == 0
    assert caller.at("API.openai.com:443", "/v1/images/generations", PLAIN, key=caller.sandbox.key).status_code == 200


def test_a_lookalike_takes_every_credential(start: Callable[..., Any]) -> None:
    caller = start(lookalikes=("images.example",))
    for key in (caller.sandbox.codex_token, "anything"):
        assert caller.at("images.example", "/v1/images/generations", PLAIN, key=key).status_code == 200
    assert caller.at("images.example", "/v1/images/generations", PLAIN).status_code == 401
    assert caller.generate(size="1024x656").status_code == 200


def test_the_edge_stands_before_one_service_alone(start: Callable[..., Any]) -> None:
    caller = start(edge="challenge-403")
    assert caller.generate().status_code == 403
    assert ask(caller, "codex").status_code == 200


def test_the_ledger_over_http_tells_host_and_model(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    ask(caller, "minimax")
    url, secret = f"{caller.sandbox.url}/__routecheck__/requests", caller.sandbox.secret.hex()
    told = caller.client.get(url, headers={"authorization": f"Bearer {secret}"}).json()
    [row] = told["requests"]
    assert told["billed"] == 1
    assert (row["host"], row["service"], row["model"]) == ("api.minimax.io", "minimax", "image-01")
    assert all(key not in json.dumps(told) for key in caller.sandbox.keys.values())


@pytest.mark.parametrize(
    ("header", "service"),
    [
        ("", "openai"),
        ("localhost:8080", "openai"),
        ("127.0.0.1", "openai"),
        ("127.8.9.1:1", "openai"),
        ("[::1]:8080", "openai"),
        ("api.openai.com:443", "openai"),
        ("ChatGPT.com", "codex"),
        ("api.minimaxi.com", "minimax"),
        ("8.8.8.8", NOBODY),
        ("evil.api.openai.com", NOBODY),
    ],
)
def test_hosts_and_services(header: str, service: str) -> None:
    assert addressed(header, "/v1/me", Faults()).service == service


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_host_header_is_somebodys_or_nobodys(header: str, path: str) -> None:
    found = addressed(header, path, Faults())
    assert found.service in {row.id for row in services().service} | {NOBODY}


def test_every_refusal_can_be_filled() -> None:
    for row in services().refusal:
        filled = {"text": "{x}", "name": "n", "model": "m", "host": "h", "plan": "p", "resets_at": 2, "resets_in": 1}
        made = answered(row.service, row.id, **filled)
        assert isinstance(made, Answered)
        assert row.source
        assert "{text}" not in json.dumps(made.body)
