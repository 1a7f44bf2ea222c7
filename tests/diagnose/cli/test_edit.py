"""`routecheck edit`: the files' own bytes on the wire, a proof before them, and a record without them."""

import base64
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

COMMAND = Path(sys.executable).with_name("routecheck")
ACCOUNT = "11111111-2222-3333-4444-555555555555"
CANARY, REFRESH = "c2lnbmF0dXJlLWNhbmFyeQ", "rt_CANARYrefresh0123456789"
SANDBOX = "--sandbox=codex-images-healthy"


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, "teal").save(kept, form)
    return kept.getvalue()


def part(content: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.fixture
def files(tmp_path):
    """Two images in the folder from which the command is run; their bytes by name."""
    found = {"a.png": picture(), "b.jpg": picture("JPEG", (300, 200))}
    for name, data in found.items():
        (tmp_path / name).write_bytes(data)
    return found


@pytest.fixture
def login(tmp_path) -> dict[str, str]:
    """The environment of a machine on which somebody is logged in to the Codex CLI."""
    folder = tmp_path / "codex"
    folder.mkdir()
    claims = {"exp": 4_000_000_000, "iss": "https://auth.openai.com", "client_id": "app_EMoamEEZ73f0CkXaXp7hrann"}
    claims["https://api.openai.com/auth"] = {"chatgpt_account_id": ACCOUNT}
    token = f"{part({'alg': 'RS256'})}.{part(claims)}.{CANARY}"
    tokens = {"access_token": token, "refresh_token": REFRESH, "account_id": ACCOUNT}
    (folder / "auth.json").write_text(json.dumps({"auth_mode": "chatgpt", "tokens": tokens}))
    return {"CODEX_HOME": str(folder)}


class Gateway(ThreadingHTTPServer):
    """A host that answers every POST with the image `answer`, after `delay` seconds."""

    def __init__(self, answer: bytes, delay: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answer, self.delay, self.over = answer, delay, threading.Event()
        self.asked: list[tuple[str, dict, dict]] = []
        self.words = [
            "--unproven", "--allow-other-host",
            "--base-url", f"http://127.0.0.1:{self.server_port}/backend-api/codex",
        ]  # fmt: skip

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


class Answering(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.server.over.wait(self.server.delay)
        if self.server.over.is_set():
            return
        answer = {"created": int(time.time()), "data": [{"b64_json": base64.b64encode(self.server.answer).decode()}]}
        whole = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(whole)))
        self.end_headers()
        self.wfile.write(whole)

    def log_message(self, *_) -> None:
        pass


@pytest.mark.wheel
def test_it_edits_through_the_route_that_it_has_just_proven(routecheck, tmp_path, files) -> None:
    done = routecheck(
        "edit", "put it on", "--image", "a.png", "--image", "b.jpg", "-o", "o.webp", "--no-fallback", "--sandbox"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("PROVEN  o.webp")
    assert "an edit of 2 images" in done.stderr
    record = json.loads((tmp_path / "o.webp.json").read_text())
    assert (record["label"], record["operation"]) == ("proven", "edit")
    assert record["sandbox"] == {"scenario": "codex-images-healthy"}
    assert record["inputs"] == [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()
    ]
    assert record["request"]["images"][0]["image_url"] == (
        f"<sha256 {record['inputs'][0]['sha256']}, {record['inputs'][0]['bytes']} bytes>"
    )
    assert record["request"]["prompt"] == "put it on"
    assert record["route"]["surface"] == "POST /backend-api/codex/images/edits"
    assert record["usage"]["input_tokens_details"]["image_tokens"] > 0
    assert record["cost_usd"] is None
    with Image.open(tmp_path / "o.webp") as image:
        assert (image.size, image.format) == ((1024, 1024), "WEBP")


@pytest.mark.usefixtures("files")
def test_a_proof_of_the_route_that_is_stored_is_good_for_an_edit(routecheck, machine) -> None:
    process = subprocess.Popen(
        [str(COMMAND), "sandbox", "serve", "--scenario", "codex-images-healthy"],
        env=machine, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        at = process.stdout.readline().strip().removesuffix("/backend-api/codex")
        env = {"CODEX_HOME": next(line for line in process.stdout if line.startswith("login: ")).split()[1]}
        words = ["--no-fallback", "--sandbox-at", at]
        assert routecheck("run", "--route", "codex-images", *words, env=env).returncode == 0
        done = routecheck("edit", "x", "--image", "a.png", "-o", "o.png", *words, env=env)
        assert (done.returncode, "(stored)" in done.stdout) == (0, True), done.stdout + done.stderr
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)


def test_the_record_of_an_image_made_from_words_says_nothing_of_edits(routecheck, tmp_path) -> None:
    done = routecheck("generate", "x", "-o", "o.png", "--no-fallback", SANDBOX)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "o.png.json").read_text())
    assert not {"operation", "inputs"} & set(record)
    assert "images" not in record["request"]


def test_the_bytes_on_the_wire_are_those_of_the_files_and_none_of_them_is_in_the_record(
    routecheck, tmp_path, files, login
) -> None:
    with Gateway(picture(size=(1024, 1024))) as host:
        done = routecheck(
            "edit", "x", "--image", "a.png", "--image", "b.jpg", "-o", "o.png", *host.words,
            env=login | {"GITHUB_TOKEN": "canary-plain-env-secret-1234"},
        )  # fmt: skip
    [(path, headers, body)] = host.asked
    assert path == "/backend-api/codex/images/edits"
    assert headers["chatgpt-account-id"] == ACCOUNT
    urls = [row["image_url"].partition(";base64,") for row in body["images"]]
    assert [kind for kind, _, _ in urls] == ["data:image/png", "data:image/jpeg"]
    assert [base64.b64decode(text) for _, _, text in urls] == list(files.values())
    assert done.returncode == 0, done.stdout + done.stderr
    record = (tmp_path / "o.png.json").read_text()
    for text in (CANARY, REFRESH, "canary-plain", "base64", *(text[:60] for _, _, text in urls)):
        assert text not in record + done.stdout + done.stderr


def test_the_very_image_that_was_sent_is_kept_and_labelled(routecheck, tmp_path, files, login) -> None:
    with Gateway(files["a.png"]) as host:
        done = routecheck("edit", "x", "--image", "a.png", "-o", "o.png", *host.words, env=login)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "the answer is the very image that was sent, byte for byte: a.png" in done.stdout
    assert (tmp_path / "o.png").read_bytes() == files["a.png"]
    assert json.loads((tmp_path / "o.png.json").read_text())["label"] == "contradicted"


@pytest.mark.usefixtures("files")
def test_an_edit_that_contradicts_is_kept_labelled_and_exits_4(routecheck, tmp_path) -> None:
    words = ["--unproven", "--sandbox=odd-size", "--route", "codex-images"]
    done = routecheck("edit", "x", "--image", "a.png", "-o", "o.png", *words)
    assert done.returncode == 4, done.stdout + done.stderr
    record = json.loads((tmp_path / "o.png.json").read_text())
    assert (record["label"], record["operation"]) == ("contradicted", "edit")
    with Image.open(tmp_path / "o.png") as image:
        assert image.size == (1254, 1254)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("scenario", "code"), [("codex-images-usage-limit", 1), ("codex-images-403-html", 1)])
def test_below_proven_nothing_is_edited(routecheck, tmp_path, scenario, code) -> None:
    done = routecheck("edit", "x", "--image", "a.png", "-o", "o.png", "--no-fallback", f"--sandbox={scenario}")
    assert done.returncode == code
    assert "not proven" in done.stdout
    assert list(tmp_path.glob("o.png*")) == []


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("route", ["openai-images", "codex-responses"])
def test_another_route_is_a_usage_error_that_names_the_one_that_can(routecheck, tmp_path, login, route) -> None:
    done = routecheck("edit", "x", "--image", "a.png", "-o", "o.png", "--no-fallback", "--route", route, env=login)
    assert done.returncode == 2
    assert f"routecheck edit goes through codex-images; {route} is asked for new images alone" in done.stderr
    assert "Nothing was sent" in done.stderr
    assert list(tmp_path.glob("o.png*")) == []


@pytest.mark.usefixtures("files")
def test_a_scenario_of_another_route_is_named(routecheck) -> None:
    done = routecheck("edit", "x", "--image", "a.png", "-o", "o.png", "--no-fallback", "--sandbox=healthy")
    assert done.returncode == 2
    assert "openai-images, which the scenario healthy plays" in done.stderr


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x"], "--image"),
        (["x", "--image", "none.png"], "none.png: cannot be read"),
        (["x", "--image", "a.png", "--image", "text.png"], "text.png: is no image"),
        (["x", "--image", "empty.png"], "empty.png: is empty"),
        (["x", "--image", "cut.png"], "cut.png: is a damaged png"),
        (["x", "--image", "large.png"], "large.png: is too large"),
        (["x", "--image", "moving.gif"], "gif"),
        (["x", "--image", "."], ".: is a directory"),
        (["x", "--image", "pipe"], "pipe: is no regular file"),
        (["x", *["--image", "a.png"] * 17], "17 images"),
        (["  ", "--image", "a.png"], "blank"),
        (["x", "--image", "a.png", "--max-cost", "1"], "no price"),
        (["x", "--image", "a.png", "--size", "1000x1000"], "16"),
    ],
)
def test_bad_input_sends_nothing(routecheck, tmp_path, login, words, said) -> None:
    (tmp_path / "text.png").write_text("no image at all")
    (tmp_path / "empty.png").touch()
    (tmp_path / "cut.png").write_bytes(picture()[:-20])
    (tmp_path / "moving.gif").write_bytes(picture("GIF"))
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large.png").open("wb") as file:
        file.write(picture())
        file.truncate(50_000_000)
    with Gateway(picture()) as host:
        done = routecheck("edit", *words, "-o", "o.png", *host.words, env=login)
    assert host.asked == []
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert list(tmp_path.glob("o.png*")) == []


def test_an_input_is_replaced_only_by_force_and_only_after_it_was_sent(routecheck, tmp_path, files) -> None:
    words = ["edit", "x", "--image", "a.png", "-o", "a.png", "--no-fallback", SANDBOX]
    done = routecheck(*words)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (tmp_path / "a.png").read_bytes() == files["a.png"]
    assert routecheck(*words, "--force").returncode == 0
    record = json.loads((tmp_path / "a.png.json").read_text())
    assert record["inputs"][0]["sha256"] == hashlib.sha256(files["a.png"]).hexdigest()
    assert record["sha256"] == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()


@pytest.mark.usefixtures("files")
def test_nothing_is_edited_where_no_money_may_go(routecheck) -> None:
    done = routecheck(
        "edit", "x", "--image", "a.png", "-o", "o.png", "--no-fallback", SANDBOX, env={"ROUTECHECK_NO_SPEND": "1"}
    )
    assert done.returncode == 2
    assert "edit always asks for an image" in done.stderr


@pytest.mark.usefixtures("files")
def test_ctrl_c_in_the_middle_leaves_no_file(machine, tmp_path, login) -> None:
    with Gateway(picture(), delay=30) as host:
        process = subprocess.Popen(
            [str(COMMAND), "edit", "x", "--image", "a.png", "-o", "o.png", *host.words],
            env=machine | login, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        end = time.monotonic() + 15
        while not host.asked and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "may have been billed" in err
    assert "Traceback" not in err
    assert list(tmp_path.glob("o.png*")) == list(tmp_path.glob(".routecheck-*")) == []
