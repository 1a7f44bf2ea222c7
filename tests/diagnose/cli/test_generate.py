"""`routecheck generate`: proof first, the bytes as received, and a record beside them."""

import hashlib
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox

COMMAND = Path(sys.executable).with_name("routecheck")


@pytest.fixture
def served(machine):
    """A `routecheck sandbox serve` process: (base URL, key, function that tells what it received)."""
    started = []

    def start(scenario: str = "healthy"):
        process = subprocess.Popen(
            [str(COMMAND), "sandbox", "serve", "--scenario", scenario],
            env=machine, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        started.append(process)
        base_url = process.stdout.readline().strip()
        secret_file = Path(process.stdout.readline().split(": ", 1)[1].strip())
        assert secret_file.stat().st_mode & 0o777 == 0o600
        facts = json.loads(secret_file.read_text())

        def received():
            import httpx

            url = base_url.removesuffix("/v1") + "/__routecheck__/requests"
            return httpx.get(url, headers={"authorization": f"Bearer {facts['secret']}"}, trust_env=False).json()

        return base_url, facts["key"], received

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)


@pytest.mark.wheel
def test_it_makes_the_image_through_the_route_that_it_has_just_proven(routecheck, tmp_path) -> None:
    done = routecheck("generate", "a red bicycle", "-o", "b.png", "--no-fallback", "--sandbox")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("PROVEN  b.png")
    data = (tmp_path / "b.png").read_bytes()
    record = json.loads((tmp_path / "b.png.json").read_text())
    assert record["sha256"] == hashlib.sha256(data).hexdigest()
    assert record["label"] == "proven"
    assert record["sandbox"] == {"scenario": "healthy"}
    assert record["request"]["prompt"] == "a red bicycle"
    assert record["usage"]["output_tokens"] == 196
    assert 0.005 < record["cost_usd"] < 0.007
    assert Image.open(io.BytesIO(data)).size == (1024, 1024)
    assert not list(tmp_path.glob(".routecheck-*"))


@pytest.mark.parametrize(
    ("name", "words", "size", "format_"),
    [
        ("a.webp", ["--size", "1536x1024"], (1536, 1024), "WEBP"),
        ("a.jpg", ["--quality", "medium"], (1024, 1024), "JPEG"),
        ("a.png", ["--size", "2048x1152", "--quality", "high"], (2048, 1152), "PNG"),
        ("picture", ["--format", "webp"], (1024, 1024), "WEBP"),
    ],
)
def test_size_quality_and_format_are_kept(routecheck, tmp_path, name, words, size, format_) -> None:
    done = routecheck("generate", "x", "-o", name, "--no-fallback", "--sandbox", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    with Image.open(tmp_path / name) as image:
        assert (image.size, image.format) == (size, format_)


def test_a_stored_proof_of_the_same_claim_is_used_and_another_claim_is_not(routecheck, served) -> None:
    base_url, key, received = served()
    at = base_url.removesuffix("/v1")
    env = {"OPENAI_API_KEY": key}
    words = ["--no-fallback", "--sandbox-at", at]
    assert routecheck("run", *words, env=env).returncode == 0
    assert received()["billed"] == 1
    done = routecheck("generate", "one", "-o", "1.png", *words, env=env)
    assert (done.returncode, received()["billed"]) == (0, 2)
    assert "(stored)" in done.stdout
    owner = json.loads(routecheck("run", *words, "--format", "json", env=env).stdout)["served"]["owner"].split(", ")[0]
    done = routecheck("generate", "two", "-o", "2.png", *words, "--owner", owner, env=env)
    assert (done.returncode, received()["billed"]) == (0, 5), done.stdout + done.stderr
    assert "(this run)" in done.stdout
    # The same host without the secret is another claim: nothing stands, and nothing is made.
    done = routecheck("generate", "three", "-o", "3.png", "--no-fallback", "--base-url", base_url, env=env)
    assert done.returncode == 3


def test_a_later_failure_ends_a_stored_proof(routecheck, served, machine, monkeypatch) -> None:
    import sqlite3

    base_url, key, received = served()
    env = {"OPENAI_API_KEY": key}
    words = ["--no-fallback", "--sandbox-at", base_url.removesuffix("/v1")]
    routecheck("run", *words, env=env)
    database = Path(machine["ROUTECHECK_STATE_DIR"]) / "history.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("update runs set at = at - 86401")
    connection.close()
    done = routecheck("generate", "x", "-o", "x.png", *words, env=env)
    assert "(this run)" in done.stdout
    assert routecheck("run", *words, "--no-spend", env=env).returncode == 3  # asked for nothing, ends nothing
    before = received()["billed"]
    assert "(stored)" in routecheck("generate", "x", "-o", "y.png", *words, env=env).stdout
    assert received()["billed"] == before + 1
    assert routecheck("run", *words, "--timeout", "0.0001", env=env).returncode == 1
    before = received()["billed"]
    assert "(this run)" in routecheck("generate", "x", "-o", "z.png", *words, env=env).stdout
    assert received()["billed"] == before + 2


@pytest.mark.parametrize(
    ("scenario", "code"),
    [("org-unverified", 1), ("any-key-accepted", 3), ("fallback-answered", 4), ("quota-exhausted", 1)],
)
def test_below_proven_nothing_is_made_and_the_verdict_is_the_exit_code(routecheck, tmp_path, scenario, code) -> None:
    done = routecheck("generate", "x", "-o", "x.png", "--no-fallback", f"--sandbox={scenario}")
    assert done.returncode == code
    assert list(tmp_path.glob("x.png*")) == []
    assert "not proven" in done.stdout


def test_without_no_fallback_it_sends_no_image_request(routecheck, tmp_path) -> None:
    done = routecheck("generate", "x", "-o", "x.png", "--sandbox")
    assert done.returncode == 2
    assert "add --no-fallback, or --unproven" in done.stderr
    assert not (tmp_path / "x.png").exists()


def test_unproven_makes_the_image_and_says_so_on_every_output(routecheck, tmp_path) -> None:
    with Sandbox() as server:
        done = routecheck(
            "generate", "x", "-o", "x.png", "--no-fallback", "--unproven", "--base-url", server.base_url,
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
        assert [request.path for request in server.requests] == ["/v1/images/generations"]
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("UNPROVEN")
    assert "--unproven" in done.stdout
    assert "WITHOUT A PROOF" in done.stderr
    record = json.loads((tmp_path / "x.png.json").read_text())
    assert (record["label"], record["unproven_override"]) == ("unproven", True)


@pytest.mark.parametrize("override", [[], ["--unproven"]])
def test_an_image_that_contradicts_is_kept_labelled_and_exits_4(
    routecheck, served, machine, tmp_path, override
) -> None:
    import sqlite3

    base_url, key, _ = served("wrong-size-pixels")
    env = {"OPENAI_API_KEY": key}
    words = ["--no-fallback", "--sandbox-at", base_url.removesuffix("/v1")]
    if not override:  # a proof from before the route went wrong
        routecheck("run", *words, env=env)
        with sqlite3.connect(Path(machine["ROUTECHECK_STATE_DIR"]) / "history.sqlite") as connection:
            connection.execute("update runs set verdict = 'proven'")
        connection.close()
    done = routecheck("generate", "x", "-o", "x.png", *words, *override, env=env)
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stdout.startswith("CONTRADICTED")
    assert (tmp_path / "x.png").exists()
    assert json.loads((tmp_path / "x.png.json").read_text())["label"] == "contradicted"


@pytest.mark.parametrize(
    "faults",
    [Faults(delay=30.0), *(Faults(delivery=d) for d in ("dropped", "malformed-json", "truncated-image"))],
    ids=["timeout", "dropped", "malformed", "truncated"],
)
def test_no_image_leaves_no_file_and_is_sent_once(routecheck, tmp_path, faults) -> None:
    with Sandbox(faults) as server:
        done = routecheck(
            "generate", "x", "-o", "x.png", "--unproven", "--timeout", "2", "--base-url", server.base_url,
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
        assert len(server.requests) == 1
    assert done.returncode == 1, done.stdout
    assert done.stdout.startswith("BROKEN")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == []


def test_the_bytes_on_disk_are_those_that_were_received(tmp_path, routecheck) -> None:
    with Sandbox() as server:
        done = routecheck(
            "generate", "x", "-o", "x.png", "--unproven", "--base-url", server.base_url,
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
    assert done.returncode == 0
    with Image.open(tmp_path / "x.png") as image:
        assert "routecheck" not in json.dumps({k: str(v) for k, v in image.info.items()}).lower()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x", "-o", "x.png", "--size", "1000x1000"], "16"),
        (["x", "-o", "x.png", "--size", "4096x4096"], "3840"),
        (["x", "-o", "x.png", "--format", "jpeg"], "contradict"),
        (["x", "-o", "x.jpg", "--background", "transparent"], "alpha"),
        (["x", "-o", "."], "directory"),
        (["x", "-o", "no/such/x.png"], "does not exist"),
        (["  ", "-o", "x.png"], "blank"),
        (["x"], "--output"),
        (["x", "-o", "x.png", "--max-cost", "0.001"], "--max-cost"),
    ],
)
def test_bad_input_sends_nothing(routecheck, tmp_path, words, said) -> None:
    with Sandbox() as server:
        done = routecheck(
            "generate", *words, "--no-fallback", "--base-url", server.base_url, env={"OPENAI_API_KEY": server.key}
        )
        assert server.requests == []
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert [p for p in tmp_path.iterdir() if p.is_file()] == []


@pytest.mark.parametrize("name", ["x.png", "x.png.json"])
def test_nothing_is_overwritten_without_force(routecheck, tmp_path, name) -> None:
    (tmp_path / name).write_text("precious")
    done = routecheck("generate", "x", "-o", "x.png", "--no-fallback", "--sandbox")
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (tmp_path / name).read_text() == "precious"
    assert routecheck("generate", "x", "-o", "x.png", "--no-fallback", "--sandbox", "--force").returncode == 0
    assert json.loads((tmp_path / "x.png.json").read_text())["label"] == "proven"


def test_ctrl_c_in_the_middle_leaves_no_file(machine, tmp_path) -> None:
    with Sandbox(Faults(delay=30.0)) as server:
        process = subprocess.Popen(
            [str(COMMAND), "generate", "x", "-o", "x.png", "--unproven", "--base-url", server.base_url],
            env=machine | {"OPENAI_API_KEY": server.key}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        end = time.monotonic() + 15
        while not server.requests and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "may have been billed" in err
    assert "Traceback" not in err
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == []


def test_a_stored_proof_knows_the_owner_by_the_headers_of_then(routecheck, served) -> None:
    base_url, key, received = served()
    env = {"OPENAI_API_KEY": key}
    words = ["--no-fallback", "--sandbox-at", base_url.removesuffix("/v1")]
    report = json.loads(routecheck("run", *words, "--format", "json", env=env).stdout)
    for owner in report["served"]["owner"].split(", "):
        claimed = [*words, "--owner", owner]
        assert routecheck("run", *claimed, env=env).returncode == 0
        before = received()["billed"]
        done = routecheck("generate", "x", "-o", f"{owner}.png", *claimed, env=env)
        assert (done.returncode, received()["billed"]) == (0, before + 1), done.stdout
        assert "(stored)" in done.stdout
