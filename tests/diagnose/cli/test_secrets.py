"""Planted canaries come out nowhere: not on stdout, stderr, in a report, the history, a record or an error."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from diagnose.sandbox.server import Sandbox

ENV_KEY = "sk-proj-CANARYenv" + "e1" * 12
OTHER = {"GITHUB_TOKEN": "canary-plain-env-secret-1234", "MY_PASSWORD": "hunter2canary!!"}
CONFIG_KEY = "sk-svcacct-CANARYconfig" + "c2" * 10
E_MAIL = "canary.person@example.org"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
COOKIE = "__cf_bm=canarycookie123456"


def forms(secret: str) -> list[str]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return [secret, quote(secret, safe=""), encoded]


@pytest.fixture
def leaky(tmp_path):
    """A server that repeats the key and other secrets in every answer, in headers and bodies."""
    import asyncio
    import socket
    import threading

    import uvicorn

    async def answer(request: Request) -> Response:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        message = f"Incorrect API key provided: {key} for {E_MAIL}; {JWT}; env {OTHER['GITHUB_TOKEN']}; {COOKIE}"
        body = {"error": {"message": message, "type": key, "param": None, "code": "invalid_api_key"}}
        headers = {"x-request-id": f"req_{key}", "set-cookie": COOKIE, "openai-organization": E_MAIL}
        return JSONResponse(body, status_code=int(request.path_params["status"]), headers=headers)

    app = Starlette(routes=[Route("/{status:int}/v1/{rest:path}", answer, methods=["GET", "POST"])])
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


def everything(done, *folders: Path) -> str:
    texts = [done.stdout, done.stderr]
    for folder in folders:
        texts += [p.read_bytes().decode("latin-1") for p in folder.rglob("*") if p.is_file()]
    return "\n".join(texts)


@pytest.mark.parametrize("status", [401, 403, 400, 429, 500])
@pytest.mark.parametrize("format_", ["table", "json", "markdown", "html"])
def test_what_the_server_repeats_is_not_repeated_by_us(routecheck, machine, tmp_path, leaky, status, format_) -> None:
    out = tmp_path / "reports"
    out.mkdir()
    done = routecheck(
        "run", "--no-fallback", "--base-url", f"{leaky}/{status}/v1", "--format", format_, "--owner", "org-x",
        "--output", "reports/r.html", "--output", "reports/r.md", "--output", "reports/r.json",
        env=OTHER | {"OPENAI_API_KEY": ENV_KEY},
    )  # fmt: skip
    assert done.returncode in {1, 3, 4}, done.stderr
    text = everything(done, out, Path(machine["ROUTECHECK_STATE_DIR"]))
    for secret in [ENV_KEY, *OTHER.values(), E_MAIL, JWT, "canarycookie123456"]:
        for form in forms(secret):
            assert form not in text, f"{form} leaked"


def test_keys_of_the_config_and_the_sandbox_stay_inside(routecheck, machine, tmp_path) -> None:
    folder = Path(machine["HOME"]) / ".openclaw"
    folder.mkdir()
    out = tmp_path / "reports"
    out.mkdir()
    with Sandbox(key=CONFIG_KEY) as server:
        openai = {"baseUrl": server.base_url, "apiKey": CONFIG_KEY}
        variables = {"OTHER_SECRET": OTHER["GITHUB_TOKEN"]}
        config = {"models": {"providers": {"openai": openai}}, "env": {"vars": variables}}
        (folder / "openclaw.json").write_text(json.dumps(config))
        before = (folder / "openclaw.json").read_bytes()
        done = routecheck("run", "--no-fallback", "--output", "reports/r.json", "--output", "reports/r.html")
        made = routecheck(
            "generate", f"a poster that says {E_MAIL}", "-o", "reports/x.png", "--unproven", "--no-fallback"
        )
        assert made.returncode == 0, made.stderr
        assert all(request.credential_fingerprint for request in server.requests)
    assert (folder / "openclaw.json").read_bytes() == before
    text = everything(done, out, Path(machine["ROUTECHECK_STATE_DIR"])) + everything(made)
    for secret in [CONFIG_KEY, OTHER["GITHUB_TOKEN"], server.secret.hex()]:
        for form in forms(secret):
            assert form not in text


def test_an_unexpected_exception_does_not_show_a_secret(routecheck) -> None:
    done = routecheck(
        "run", "--sandbox",
        env=OTHER | {"OPENAI_API_KEY": ENV_KEY, "PYTHONPATH": str(Path(__file__).parent / "crash")},
    )  # fmt: skip
    assert "internal error" in done.stderr
    assert done.returncode == 3
    for secret in [ENV_KEY, *OTHER.values()]:
        assert secret not in done.stdout + done.stderr
