"""The verdict and the image arrive, whatever becomes of stdout, stderr, the report files and the state folder."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from diagnose.sandbox.server import Sandbox

COMMAND = shlex.quote(str(Path(sys.executable).with_name("routecheck")))
RUN = f"{COMMAND} run --no-fallback --sandbox"
GENERATE = f"{COMMAND} generate x -o x.png --no-fallback --sandbox"


@pytest.fixture
def shell(machine, tmp_path):
    def call(script: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", script], env=machine | env, cwd=tmp_path, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    return call


@pytest.mark.parametrize(
    "line",
    [
        f"{RUN} | true", f"{RUN} | head -1", f"{RUN} 2>&1 | head -1", f"{RUN} 2>&1 | true", f"{GENERATE} | true",
        f"{RUN}=fallback-answered | true", f"{COMMAND} --help | true", f"{COMMAND} checks | true",
    ],
)  # fmt: skip
def test_a_reader_that_goes_away_changes_nothing_about_the_exit_code(shell, line) -> None:
    done = shell(f'{line}; echo "code ${{PIPESTATUS[0]}}"')
    assert done.stdout.splitlines()[-1] == ("code 4" if "fallback-answered" in line else "code 0"), done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("redirect", [">&-", "2>&-", ">&- 2>&-", "> /dev/full", "2> /dev/full"])
def test_a_stream_that_takes_nothing_loses_neither_verdict_nor_report(shell, tmp_path, redirect) -> None:
    done = shell(f"{RUN} --output r.json --output r.md {redirect}")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "r.json").read_text())["verdict"] == "proven"
    assert "Traceback" not in done.stderr
    assert ("stdout cannot be written" in done.stderr) == (redirect == "> /dev/full")


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}])
def test_an_ascii_terminal_gets_escapes(shell, env) -> None:
    done = shell(f"{RUN} --format markdown --owner org-é", **env)
    assert done.returncode != 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


def test_every_report_is_written_and_the_one_that_fails_is_named(shell, tmp_path) -> None:
    (tmp_path / "d").mkdir()
    # The folder goes away during the paid run.
    crash = tmp_path / "site"
    crash.mkdir()
    (crash / "sitecustomize.py").write_text(
        "import atexit, os, shutil, sys\n"
        "import diagnose.cli.proving as p\n"
        "real = p.prove\n"
        "def prove(*a, **k):\n    r = real(*a, **k)\n    shutil.rmtree('d')\n    return r\n"
        "p.prove = prove\n"
    )
    done = shell(f"{RUN} --output d/r.md --output ok.json", PYTHONPATH=str(crash))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("PROVEN")
    assert "--output d/r.md: cannot be written" in done.stderr
    assert json.loads((tmp_path / "ok.json").read_text())["verdict"] == "proven"


def test_a_report_keeps_the_mode_of_the_file_and_follows_a_link(shell, tmp_path) -> None:
    real = tmp_path / "real.md"
    real.write_text("old")
    real.chmod(0o600)
    (tmp_path / "link.md").symlink_to("real.md")
    assert shell(f"{RUN} --output link.md").returncode == 0
    assert (tmp_path / "link.md").is_symlink()
    assert real.read_text().startswith("# ")
    assert real.stat().st_mode & 0o777 == 0o600
    done = shell(f"{RUN} --output link.md --output real.md")
    assert done.returncode == 2
    assert "twice" in done.stderr


@pytest.mark.parametrize("folder", ["~nosuchuser/x", "/dev/null/x"])
def test_a_state_folder_that_cannot_be_is_a_note(routecheck, tmp_path, folder) -> None:
    with Sandbox() as server:
        env = {"OPENAI_API_KEY": server.key, "ROUTECHECK_STATE_DIR": folder}
        words = ["--no-fallback", "--base-url", server.base_url]
        done = routecheck("run", *words, env=env)
        assert done.returncode == 3, done.stderr
        assert "note: this run could not be stored" in done.stderr
        assert server.billed == 1
        done = routecheck("generate", "x", "-o", "x.png", *words, env=env)
        assert done.returncode == 3, done.stderr
    done = routecheck("sandbox", "serve", env=env)
    assert done.returncode == 2
    assert "state folder" in done.stderr
    done = routecheck("run", "--no-fallback", "--sandbox-at", "http://127.0.0.1:9", env=env)
    assert done.returncode == 2, done.stderr
    assert "internal error" not in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user without a passwd entry")
@pytest.mark.parametrize("home", ["-u HOME", "HOME="])
def test_a_user_without_a_home_gets_the_verdict(shell, machine, home) -> None:
    Path(machine["HOME"]).parent.chmod(0o777)
    drop = "setpriv --reuid 54321 --clear-groups --inh-caps +dac_override --ambient-caps +dac_override"
    with Sandbox() as server:
        done = shell(
            f"{drop} env -u ROUTECHECK_STATE_DIR {home} {COMMAND} run --no-fallback --base-url {server.base_url}",
            OPENAI_API_KEY=server.key,
        )
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("UNPROVEN")


EVIL = "\x1b[2J\x1b[HPROVEN"


def test_nothing_that_is_printed_steers_the_terminal(routecheck, tmp_path) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            body = json.dumps({"error": {"message": f"{EVIL}\nrecord: x", "code": "c", "type": "t"}}).encode()
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base_url = f"http://127.0.0.1:{server.server_port}/v1"
    done = routecheck(
        "generate", "x", "-o", "x.png", "--unproven", "--base-url", base_url, env={"OPENAI_API_KEY": "sk-" + "a1" * 20}
    )
    server.shutdown()
    server.server_close()
    assert done.stdout.startswith("BROKEN")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\\x1b" in done.stdout
    assert "record: x" not in done.stdout.splitlines()


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--sandbox", f"a{EVIL}"), ("run", "--output", f"{EVIL}.md/x.md"), ("run", f"--{EVIL}"), (EVIL,),
        ("generate", "x", "-o", f"no/{EVIL}.png"), ("run", "--model", f"{EVIL}/x"),
    ],
)  # fmt: skip
def test_usage_errors_are_clean(routecheck, words) -> None:
    done = routecheck(*words)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def test_a_path_with_control_signs_is_printed_as_escapes(routecheck, tmp_path) -> None:
    done = routecheck("generate", "x", "-o", "a\x1b[2Jb.png", "--no-fallback", "--sandbox")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert (tmp_path / "a\x1b[2Jb.png").exists()


def test_usage_errors_and_progress_hold_no_secret(routecheck) -> None:
    key = "Zq7plainKeyNoPrefix9981"
    env = {"OPENAI_API_KEY": key, "HTTPS_PROXY": "http://proxyuser:hunter2pw@127.0.0.1:notaport"}
    for words in (("run", "--model", key + "/x"), ("run", key), ("run", "--sandbox", key)):
        done = routecheck(*words, env=env)
        assert done.returncode == 2
        assert key not in done.stderr
    done = routecheck("run", "--no-fallback", "--base-url", "https://nowhere.test/v1", env=env)
    assert "hunter2pw" not in done.stderr + done.stdout
    with Sandbox() as server:
        done = routecheck("run", "--no-fallback", "--no-spend", "--base-url", f"{server.base_url}/{key}/v1", env=env)
    assert "claim:" in done.stderr
    assert key not in done.stderr
