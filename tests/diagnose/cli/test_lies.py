"""A host that is believed to be the vendor and is not honest: nothing of this may read `proven`.

A middleman holds the sandbox's secret and changes what the healthy sandbox answers, so these are things that
the vendor's own edge, or somebody's account data there, could say.
"""

import http.server
import json
import os
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnose.cli.generating import carry_out
from diagnose.cli.proving import run_checks, selected
from diagnose.cli.record import Order
from diagnose.cli.session import opened
from diagnose.cli.typed import Options
from diagnose.machine.host import Host
from diagnose.sandbox.codex_home import prepare_login
from diagnose.sandbox.faults import Codex, Faults
from diagnose.sandbox.identity import expected_mac
from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.server import Sandbox

_PASSED_ON = {"authorization", "content-type", "chatgpt-account-id"}

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
        sent = {k: v for k, v in self.headers.items() if k.lower() in _PASSED_ON}
        request = urllib.request.Request(self.server.sandbox.url + self.path, data=body, headers=sent)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                status, headers, data = answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, headers, data = error.code, dict(error.headers), error.read()
        headers = {k.lower(): v for k, v in headers.items() if k.lower() not in {"content-length", "connection"}}
        if status == 200 and "json" in headers.get("content-type", ""):
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


class Quiet:
    say = listen = staticmethod(lambda _: None)


@pytest.fixture
def between(monkeypatch) -> Iterator[Callable[[Sandbox, Change], Middleman]]:
    """Puts a middleman before a sandbox; a session that attaches to a sandbox attaches to him."""
    started: list[Middleman] = []

    def put(sandbox: Sandbox, change: Change) -> Middleman:
        from diagnose.cli import session
        from diagnose.cli.sandboxed import Played

        server = Middleman(sandbox, change)
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        started.append(server)
        identity = (server.url, sandbox.secret)
        monkeypatch.setattr(
            session, "attach", lambda url, host, options: Played(host=host, options=options, identity=identity)
        )
        return server

    yield put
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture
def lie(machine, tmp_path, between) -> Callable[..., Any]:
    """Runs the checks against a middleman: `lie(change, owner=…)` gives the report."""

    def run(change: Change, **options: Any) -> Any:
        with Sandbox() as sandbox:
            server = between(sandbox, change)
            host = Host(env=machine | {"OPENAI_API_KEY": sandbox.key}, home=tmp_path / "home")
            asked = Options(**({"no_fallback": True, "sandbox_at": server.url} | options))
            with opened(asked, host, Quiet.say) as opened_session:
                return run_checks(opened_session, selected(opened_session), Quiet())  # type: ignore[arg-type]

    return run


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


class Login:
    """A machine with a ChatGPT login whose backend can be changed after a proof."""

    def __init__(self, folder: Path, sandbox: Sandbox, server: Middleman) -> None:
        folder = folder / "login"
        folder.mkdir()
        prepared = prepare_login(folder, LoginPlan(), sandbox)
        env = {"PATH": os.environ["PATH"], **prepared.env, "ROUTECHECK_STATE_DIR": str(folder / "state")}
        self.auth = Path(env["CODEX_HOME"]) / "auth.json"
        self.host = Host(env=env, home=Path(env["HOME"]))
        self.server, self.output = server, folder / "o.png"

    def run(self, **options: Any) -> Any:
        with opened(self._options(options), self.host, Quiet.say) as session:
            return run_checks(session, selected(session), Quiet())  # type: ignore[arg-type]

    def generate(self, prompt: str = "a mug", **options: Any) -> int:
        order = Order(
            prompt=prompt, path=self.output, size=None, quality=None, background=None, format="png", unproven=False,
            force=False,
        )  # fmt: skip
        return int(carry_out(order, self._options(options), self.host))

    def _options(self, changed: dict[str, Any]) -> Options:
        return Options(**({"no_fallback": True, "sandbox_at": self.server.url, "route": "codex-images"} | changed))

    @property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.output.with_name("o.png.json").read_text())
        return found


@pytest.fixture
def login(tmp_path, between) -> Iterator[Login]:
    with Sandbox(Faults(codex=Codex(workspaces="several"))) as sandbox:
        yield Login(tmp_path, sandbox, between(sandbox, lambda *_: None))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit(error={"message": "no"}), "the answer is odd"),
        (on_image(lambda b, _: b["data"].append(dict(b["data"][0]))), "the answer is odd"),
    ],
)
def test_an_image_that_is_no_plain_answer_is_not_proven_by_an_older_proof(login, change, said, capsys) -> None:
    assert login.run().verdict == "proven"
    login.server.change = change
    assert login.generate() == 3
    assert capsys.readouterr().out.startswith("UNPROVEN")
    assert login.record["label"] == "unproven"
    assert said in " ".join(login.record["because"])


def test_a_proof_does_not_stand_for_another_account_of_the_same_token(login) -> None:
    content = json.loads(login.auth.read_text())
    own = content["tokens"]["account_id"]
    assert login.run(owner=own).verdict == "proven"
    content["tokens"]["account_id"] = "c0a4e8d7-51b9-4f62-8e3d-7f2b96a01c84"
    login.auth.write_text(json.dumps(content))
    assert login.generate(owner=own) != 0
    assert not login.output.exists()


def test_a_secret_in_the_prompt_is_in_no_record(login) -> None:
    token = json.loads(login.auth.read_text())["tokens"]["access_token"]
    for route in ("codex-images", "codex-responses"):
        assert login.run(route=route).verdict == "proven"
        assert login.generate(f"draw {token}", route=route) == 0
        assert token not in login.output.with_name("o.png.json").read_text()
        assert "draw" in json.dumps(login.record["request"])
        login.output.unlink()
        login.output.with_name("o.png.json").unlink()
