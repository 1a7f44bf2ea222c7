"""Keys, scopes, models, headers, records and the control plane."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any

import httpx
import pytest

PROBE = {"model": "gpt-image-2", "prompt": "x", "n": 0}


def post(caller: Any, key: str | None, body: dict[str, Any] = PROBE, **headers: str) -> httpx.Response:
    sent = headers | ({"authorization": f"Bearer {key}"} if key else {})
    return httpx.post(f"{caller.sandbox.base_url}/images/generations", json=body, headers=sent, trust_env=False)


def test_the_key_comes_before_the_body(healthy: Any) -> None:
    wrong = "sk-proj-" + secrets.token_hex(24)
    response = post(healthy, wrong, {"nonsense": True})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (401, "invalid_api_key")
    assert "Incorrect API key provided: sk-proj-****" in error["message"]
    assert wrong not in response.text
    assert wrong[-4:] in response.text
    assert wrong[-5:] not in response.text
    assert "openai-organization" not in response.headers


@pytest.mark.parametrize("short", ["abc", "sk-short-key", "x" * 19])
def test_a_short_key_is_all_stars(healthy: Any, short: str) -> None:
    assert short not in post(healthy, short).text


def test_no_key(healthy: Any) -> None:
    for response in (post(healthy, None), post(healthy, None, authorization="Basic eDp5")):
        assert response.status_code == 401
        assert "You didn't provide an API key" in response.json()["error"]["message"]


def test_organization_and_project(healthy: Any) -> None:
    key = healthy.sandbox.key
    right = post(healthy, key)
    organization, project = right.headers["openai-organization"], right.headers["openai-project"]
    headers = {"OpenAI-Organization": organization, "OpenAI-Project": project}
    assert post(healthy, key, **headers).status_code == 400
    assert post(healthy, key, **headers | {"OpenAI-Organization": "org-other"}).status_code == 401
    assert post(healthy, key, **headers | {"OpenAI-Project": "proj_other"}).status_code == 401


def test_me_names_owner_and_holds_personal_data(healthy: Any) -> None:
    response = healthy.client.get("/me")
    me = response.json()
    assert me["orgs"]["data"][0]["id"] == response.headers["openai-organization"]
    assert "@" in me["email"]
    assert me["phone_number"].startswith("+")


def test_models(healthy: Any) -> None:
    listed = {row["id"]: row for row in healthy.client.get("/models").json()["data"]}
    assert {"gpt-image-2", "gpt-image-2.5-flare", "gpt-image-1.5"} <= set(listed)
    assert not {"gpt-image-1", "dall-e-3"} & set(listed)
    assert listed["gpt-image-1.5"]["shutdown_date"] == "2026-12-01"
    assert healthy.client.get("/models/gpt-image-2").json() == listed["gpt-image-2"]
    for name in ("gpt-image-1", "openai/gpt-image-2", "nothing"):
        response = healthy.client.get(f"/models/{name}")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")


def test_unknown_paths_speak_the_envelope(healthy: Any) -> None:
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("POST", "/images/variations", 404),
        ("GET", "/models/", 404),
        ("GET", "/images/generations", 405),
    ):
        response = healthy.client.request(method, path)
        assert (response.status_code, set(response.json())) == (status, {"error"}), path


def test_headers_of_the_vendor(healthy: Any) -> None:
    headers = healthy.generate(size="1024x656").headers
    assert re.fullmatch(r"req_[0-9a-f]{32}", headers["x-request-id"])
    assert headers["openai-version"] == "2020-10-01"
    assert int(headers["openai-processing-ms"]) >= 1
    assert "date" in headers
    for kind in ("requests", "tokens", "input-images"):
        for what in ("limit", "remaining", "reset"):
            assert f"x-ratelimit-{what}-{kind}" in headers


def test_records_hold_no_credential(start: Any) -> None:
    caller = start(fresh=True)
    sandbox = caller.sandbox
    caller.client.get("/me", headers={"cookie": "session=1", "x-note": "kept"})
    caller.generate(size="1024x656", n=2)
    caller.generate(n=0)
    me, paid, free = sandbox.requests
    assert me.credential_fingerprint == hashlib.sha256(sandbox.key.encode()).hexdigest()[:8]
    assert me.headers["x-note"] == "kept"
    assert sandbox.key not in repr(sandbox.requests)
    assert not {"authorization", "cookie"} & set(me.headers)
    assert (me.method, me.path, me.body, me.status, me.billed) == ("GET", "/v1/me", None, 200, False)
    assert (paid.status, paid.billed, paid.images) == (200, True, 2)
    assert (free.status, free.billed, free.images, free.body["n"]) == (400, False, 0, 0)
    assert sandbox.billed == 1


def test_the_ledger_over_http(start: Any) -> None:
    caller = start(fresh=True)
    sandbox = caller.sandbox
    url = f"{sandbox.url}/__routecheck__/requests"
    caller.generate(n=0)
    assert httpx.get(url, trust_env=False).status_code == 404
    assert caller.client.get(url).status_code == 404
    told = httpx.get(url, headers={"authorization": f"Bearer {sandbox.secret.hex()}"}, trust_env=False).json()
    assert told["billed"] == 0
    assert [row["path"] for row in told["requests"]] == ["/v1/images/generations"]


@pytest.mark.parametrize("edge", ["none", "challenge-403", "page-200"])
def test_challenge_is_bound_to_the_port(start: Any, edge: str) -> None:
    sandbox = start(edge=edge).sandbox
    nonce = secrets.token_hex(32)
    told = httpx.get(
        f"{sandbox.url}/__routecheck__/challenge",
        params={"nonce": nonce},
        headers={"host": "api.openai.com:1"},
        trust_env=False,
    ).json()

    def mac(port: int) -> str:
        text = f"{nonce}|127.0.0.1:{port}".encode()
        return hmac.new(sandbox.secret, text, hashlib.sha256).hexdigest()

    assert told == {"mac": mac(sandbox.port)}
    assert told != {"mac": mac(sandbox.port + 1)}


@pytest.mark.parametrize("nonce", ["", "ab", "g" * 32, "a" * 31, "a" * 129, "a" * 32 + "%0A"])
def test_bad_nonces(healthy: Any, nonce: str) -> None:
    url = f"{healthy.sandbox.url}/__routecheck__/challenge?nonce={nonce}"
    assert httpx.get(url, trust_env=False).status_code == 400


def test_two_runs_share_no_secret(start: Any) -> None:
    one, two = start(fresh=True).sandbox, start(fresh=True).sandbox
    assert one.secret != two.secret
    assert one.key != two.key
    assert len(one.secret) == 32
