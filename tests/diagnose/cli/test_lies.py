"""A host that is believed to be the vendor and is not honest: nothing of this may read `proven`.

A middleman holds the sandbox's secret and changes what the healthy sandbox answers, so these are things that
the vendor's own edge, or somebody's account data there, could say.
"""

import http.server
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from diagnose.cli.proving import run_checks, selected
from diagnose.cli.session import Options, opened
from diagnose.machine.host import Host
from diagnose.sandbox.identity import expected_mac
from diagnose.sandbox.server import Sandbox

Change = Callable[[str, dict[str, Any], dict[str, str]], bytes | None]


class Middleman(http.server.ThreadingHTTPServer):
    """Passes everything on, and lets `change(path, body, headers)` alter the JSON and headers of the answer."""

    daemon_threads = True

    def __init__(self, sandbox: Sandbox, change: Change) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.sandbox, self.change = sandbox, change
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Middleman

    def do_GET(self) -> None:
        if self.path.startswith("/__routecheck__/challenge"):
            nonce = self.path.partition("nonce=")[2]
            port = int(self.server.server_address[1])
            mac = expected_mac(self.server.sandbox.secret, nonce, "127.0.0.1", port)
            return self._send(200, {}, json.dumps({"mac": mac}).encode())
        return self._pass_on(None)

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers.get("content-length", "0"))))

    def _pass_on(self, body: bytes | None) -> None:
        sent = {k: v for k, v in self.headers.items() if k.lower() in {"authorization", "content-type"}}
        request = urllib.request.Request(self.server.sandbox.url + self.path, data=body, headers=sent)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                status, headers, data = answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, headers, data = error.code, dict(error.headers), error.read()
        headers = {k.lower(): v for k, v in headers.items() if k.lower() not in {"content-length", "connection"}}
        if status == 200:
            content = json.loads(data)
            changed = self.server.change(self.path, content, headers)
            data = json.dumps(content).encode() if changed is None else changed
        self._send(status, headers, data)

    def _send(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name not in {"server", "date", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def lie(machine, tmp_path, monkeypatch) -> Iterator[Callable[..., Any]]:
    """Runs the checks against a middleman: `lie(change, owner=…)` gives the report."""
    started: list[Middleman] = []

    def run(change: Change, **options: Any) -> Any:
        from diagnose.cli import session
        from diagnose.cli.sandboxed import Played

        with Sandbox() as sandbox:
            server = Middleman(sandbox, change)
            threading.Thread(target=server.serve_forever, args=(0.02,)).start()
            started.append(server)
            identity = (server.url, sandbox.secret)
            monkeypatch.setattr(
                session, "attach", lambda url, host, options: Played(host=host, options=options, identity=identity)
            )
            host = Host(env=machine | {"OPENAI_API_KEY": sandbox.key}, home=tmp_path / "home")
            asked = Options(**({"no_fallback": True, "sandbox_at": server.url} | options))

            class Quiet:
                say = listen = staticmethod(lambda _: None)

            with opened(asked, host, Quiet.say) as opened_session:
                return run_checks(opened_session, selected(opened_session), Quiet())  # type: ignore[arg-type]

    yield run
    for server in started:
        server.shutdown()
        server.server_close()


def on_image(change: Callable[[dict[str, Any], dict[str, str]], bytes | None]) -> Change:
    def apply(path: str, body: dict[str, Any], headers: dict[str, str]) -> bytes | None:
        return change(body, headers) if path.endswith("/generations") else None

    return apply


def edit(**fields: Any) -> Change:
    return on_image(lambda body, _: body.update(fields))


def header(name: str, value: str) -> Change:
    return on_image(lambda _, headers: headers.update({name: value}))


def twice(field: str) -> Change:
    """The answer with one field said twice, a made-up value first."""
    return on_image(lambda body, _: json.dumps(body).replace("{", f'{{"{field}": "made up", ', 1).encode())


def test_the_middleman_alone_changes_nothing(lie) -> None:
    assert lie(lambda *_: None).verdict == "proven"


@pytest.mark.parametrize("field", ["size", "quality", "usage", "created", "data", "model"])
def test_a_field_that_is_said_twice_is_no_proof(lie, field) -> None:
    assert lie(twice(field)).verdict in {"unproven", "contradicted", "broken"}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (edit(error={"message": "no"}), "unproven"),
        (on_image(lambda b, _: b["data"].append(dict(b["data"][0]))), "unproven"),
        (on_image(lambda b, _: b["data"].insert(0, {"error": "x"})), "unproven"),
        (on_image(lambda b, _: b.update(debug={"b64_json": b["data"].pop()["b64_json"]})), "unproven"),
        (on_image(lambda b, _: b["data"][0].update(model="dall-e-2")), "contradicted"),
        (edit(model=["dall-e-2"]), "contradicted"),
        (header("openai-model", "gpt-image-1-mini"), "contradicted"),
        (header("x-litellm-model-id", "abc"), "contradicted"),
        (edit(created=0), "unproven"),
        (edit(size="1536x1024"), "contradicted"),
        (edit(usage=None), "unproven"),
    ],
    ids=["error beside", "two images", "an error first", "elsewhere", "entry names a model", "model in a list",
         "model in a header", "gateway header", "no time", "another size", "no usage"],
)  # fmt: skip
def test_an_answer_that_is_not_plain_is_not_proven(lie, change, verdict) -> None:
    assert lie(change).verdict == verdict


@pytest.mark.parametrize(
    "change",
    [
        edit(output_format="PNG"), edit(model="GPT-Image-2"), edit(id="x", extra={"a": 1}), edit(background=None),
        header("openai-model", "gpt-image-2-2026-04-21"), header("X-Unknown", "y"),
        on_image(lambda b, _: b["usage"].update(output_tokens_details={})),
        on_image(lambda b, _: b"\xef\xbb\xbf" + json.dumps(b).encode()),
    ],
)  # fmt: skip
def test_harmless_differences_do_not_cost_the_proof(lie, change) -> None:
    report = lie(change)
    assert report.verdict == "proven", report.because


def organisation(**row: str) -> Change:
    def apply(path: str, body: dict[str, Any], headers: dict[str, str]) -> None:
        if path.endswith("/me"):
            body["orgs"]["data"] = [row]
            headers.update({"openai-organization": row["name"]})

    return apply


def test_the_title_of_an_organisation_proves_no_owner(lie) -> None:
    change = organisation(id="org-EVIL", name="user-evil", title="org-MINE")
    assert lie(change, owner="org-MINE").verdict == "contradicted"


def test_a_slug_that_looks_like_an_id_proves_no_owner(lie) -> None:
    def change(path: str, body: dict[str, Any], headers: dict[str, str]) -> None:
        if path.endswith("/me"):
            body["orgs"]["data"] = [{"id": "org-EVIL", "name": "org-MINE"}]
            headers.update({"openai-organization": "org-EVIL"})

    assert lie(change, owner="org-MINE").verdict == "contradicted"


def test_the_image_is_paid_by_whom_its_own_answer_names(lie) -> None:
    def change(path: str, body: dict[str, Any], headers: dict[str, str]) -> None:
        headers["openai-organization"] = "org-OTHER" if path.endswith("/generations") else "org-MINE"

    assert lie(change, owner="org-MINE").verdict == "contradicted"
