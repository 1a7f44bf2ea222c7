"""The installed program, played by a small one: what it is asked, in which environment, and how often."""

import json
import os
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from diagnose.children import NotStartedError
from diagnose.machine.openclaw.installation import Installation
from diagnose.machine.openclaw.prediction import Asked
from diagnose.machine.openclaw.program import Program, sealed

CONFIRMS = "open(os.environ['ROUTECHECK_SEAL'], 'a').write('openclaw\\n')"
"""What a program does that keeps itself from the network when it is asked to."""


class Played:
    """An `openclaw` that notes each call and then does what the test says."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "openclaw"
        self.calls_file = folder / "calls"
        self.said: list[str] = []
        self.does("print('{}')")

    def does(self, code: str) -> None:
        text = f"""\
#!{sys.executable} -S
import json, os, sys, time
call = {{"words": sys.argv[1:], "env": dict(os.environ), "cwd": os.listdir()}}
with open({str(self.calls_file)!r}, "a") as calls:
    print(json.dumps(call), file=calls)
{textwrap.dedent(code)}
"""
        self.program.write_text(text)
        self.program.chmod(0o755)

    def with_release(self, *version: int, env: dict[str, str] | None = None) -> Program:
        known = (version[0], version[1], version[2]) if version else None
        installation = Installation(program=self.program, version=known)
        base = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}
        return Program(
            installation, base | (env or {}), redact=lambda t: t.replace("canary", "*"), tell=self.said.append
        )

    @property
    def calls(self) -> list[Any]:
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]


@pytest.fixture
def played(tmp_path: Path) -> Played:
    return Played(tmp_path)


def test_it_is_started_as_one_process_that_tells_which_login_it_takes(played: Played) -> None:
    played.with_release(2026, 9, 6, env={"FORCE_COLOR": "1", "OPENCLAW_LOG_LEVEL": "silent"}).validate()
    (call,) = played.calls
    assert call["words"] == ["config", "validate", "--json"]
    wanted = {"OPENCLAW_NO_RESPAWN": "1", "OPENCLAW_LOG_LEVEL": "info", "NO_COLOR": "1", "HOME": "/nowhere"}
    assert wanted.items() <= call["env"].items()
    assert "FORCE_COLOR" not in call["env"]
    assert call["cwd"] == [], "a .env in the working folder would be read"


def test_a_question_is_asked_once(played: Played, tmp_path: Path) -> None:
    program = played.with_release(2026, 9, 6)
    for _ in range(2):
        program.validate()
        program.listing()
        program.generate(Asked(), "a mug", tmp_path / "a.png", limit=20)
    assert [call["words"][:3] for call in played.calls] == [
        ["config", "validate", "--json"],
        ["infer", "image", "providers"],
        ["infer", "image", "generate"],
    ]
    program.generate(Asked(), "a mug", tmp_path / "a.png", env={"PATH": os.environ["PATH"], "DRY": "1"}, limit=20)
    assert len(played.calls) == 4


def test_what_is_asked_for_is_passed(played: Played, tmp_path: Path) -> None:
    asked = Asked(
        size="1024x1536", quality="low", background="opaque", format="jpeg", aspect_ratio="2:3", resolution="2K",
        count=2, agent="ada",
    )  # fmt: skip
    found = played.with_release(2026, 9, 6).generate(asked, "-a mug", tmp_path / "a.png", limit=20)
    assert played.calls[0]["words"] == [
        "infer", "image", "generate", "--prompt", "-a mug", "--output", str(tmp_path / "a.png"), "--json",
        "--model", "openai/gpt-image-2", "--size", "1024x1536", "--aspect-ratio", "2:3", "--resolution", "2K",
        "--count", "2", "--quality", "low", "--background", "opaque", "--output-format", "jpeg", "--agent", "ada",
    ]  # fmt: skip
    assert found.unsupported == ()


def test_without_a_model_the_config_decides(played: Played, tmp_path: Path) -> None:
    played.with_release(2026, 9, 6).generate(Asked(model=None), "x", tmp_path / "a.png", limit=20)
    assert "--model" not in played.calls[0]["words"]


@pytest.mark.parametrize(
    ("version", "left_out"),
    [
        ((2026, 4, 22), ("--quality", "--background", "--output-format", "--agent")),
        ((2026, 5, 18), ("--quality", "--agent")),
        ((2026, 9, 6), ()),
        ((2027, 1, 1), ()),
    ],
)
def test_what_a_release_does_not_know_is_left_out_and_reported(
    played: Played, tmp_path: Path, version: tuple[int, int, int], left_out: tuple[str, ...]
) -> None:
    asked = Asked(quality="low", background="opaque", format="png", agent="ada")
    found = played.with_release(*version).generate(asked, "x", tmp_path / "a.png", limit=20)
    assert found.unsupported == left_out
    assert not set(left_out) & set(played.calls[-1]["words"])
    assert len(played.calls) == 1, "the table knows these releases"


@pytest.mark.parametrize(("version", "has_it"), [((), True), ((2026, 7, 1), False)])
def test_an_unknown_release_is_taken_for_the_newest_and_one_between_for_the_older_unasked(
    played: Played, version: tuple[int, ...], has_it: bool
) -> None:
    program = played.with_release(*version)
    assert (program.supports("--agent"), program.supports("--moderation")) == (has_it, False)
    assert not played.calls_file.exists(), "nothing is started for it"


def behind(port: int, **more: str) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return sealed({"PATH": os.environ["PATH"], "HTTPS_PROXY": url, "http_proxy": url} | more, url)


def test_a_program_that_confirms_its_seal_may_be_run_dry(played: Played, tmp_path: Path) -> None:
    played.does(CONFIRMS)
    program = played.with_release(2026, 9, 6)
    assert program.seal_works(behind(4711)) is None
    assert program.generate(Asked(), "x", tmp_path / "a.png", env=behind(4711), limit=20).ran.seal_held
    assert played.calls[0]["cwd"] == []
    assert not Path(played.calls[0]["env"]["ROUTECHECK_SEAL"]).exists()


@pytest.mark.parametrize("code", ["print('{}')", CONFIRMS.replace("openclaw", "a-wrapper"), "sys.exit(1)"])
def test_a_program_that_does_not_confirm_its_seal_may_not(played: Played, code: str) -> None:
    played.does(code)
    assert "would keep it from the network" in str(played.with_release(2026, 9, 6).seal_works(behind(4711)))


def test_whether_the_seal_works_is_found_out_once_behind_whichever_proxy_and_with_the_check_of_the_config(
    played: Played,
) -> None:
    played.does(CONFIRMS + "; print('{\"valid\": true}')")
    program = played.with_release(2026, 9, 6)
    assert [program.seal_works(behind(port)) for port in (4711, 4712)] == [None, None]
    assert program.validate(env=behind(4713)).valid
    assert len(played.calls) == 1
    program.validate(env=behind(4711, OPENCLAW_STATE_DIR="/other"))
    assert len(played.calls) == 2


def test_a_run_that_is_not_sealed_is_asked_for_nothing(played: Played) -> None:
    played.does("assert 'ROUTECHECK_SEAL' not in os.environ")
    found = played.with_release(2026, 9, 6).validate().ran
    assert (found.exit_code, found.seal_held) == (0, False)


def test_what_it_prints_is_read_and_cleaned(played: Played, tmp_path: Path) -> None:
    said = {"ok": False, "error": {"message": "key canary is wrong"}}
    played.does(f"print({json.dumps(said)!r}); sys.exit(1)")
    found = played.with_release(2026, 9, 6).generate(Asked(), "x", tmp_path / "a.png", limit=20)
    assert (found.ok, found.error, found.ran.exit_code) == (False, "key * is wrong", 1)
    assert "canary" not in repr(found)


def test_a_hanging_program_is_ended_with_its_child_and_reported(played: Played, tmp_path: Path) -> None:
    played.does(
        """
        import subprocess
        sleeper = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
        subprocess.Popen(sleeper, start_new_session=True)
        time.sleep(60)
        """
    )
    began = time.monotonic()
    found = played.with_release(2026, 9, 6).generate(Asked(), "x", tmp_path / "a.png", limit=1, doing="a smoke image")
    assert found.ran.timed_out
    assert (len(found.ran.left), found.ok, found.refused_before_sending) == (1, False, False)
    assert time.monotonic() - began < 15
    assert played.said == ["OpenClaw 2026.9.6: a smoke image, up to 1 s"]


def test_an_exit_code_of_a_crash_is_kept(played: Played, tmp_path: Path) -> None:
    played.does("print('Warning: Detected unsettled top-level await at file:///x', file=sys.stderr); sys.exit(13)")
    found = played.with_release(2026, 5, 18).generate(Asked(), "x", tmp_path / "a.png", limit=20)
    assert (found.ran.exit_code, found.error) == (13, "Warning: Detected unsettled top-level await at file:///x")


def test_a_program_that_cannot_be_started_is_said_so(played: Played) -> None:
    played.program.chmod(0o644)
    with pytest.raises(NotStartedError, match="Permission denied"):
        played.with_release(2026, 9, 6).validate()
