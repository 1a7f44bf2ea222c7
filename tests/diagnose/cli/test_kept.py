"""A paid image is kept, whatever fails after it came; bad input is found before anything is sent."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnose.cli import generating, record
from diagnose.cli.generating import carry_out
from diagnose.cli.record import Order
from diagnose.cli.typed import Options
from diagnose.generation import single
from diagnose.images.save import AtomicFile
from diagnose.machine.host import Host
from diagnose.model.verdict import ExitCode
from diagnose.routes.openai_images import OpenAIImages
from diagnose.sandbox.server import Sandbox


@pytest.fixture
def served() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


@pytest.fixture
def generate(served, machine, tmp_path, monkeypatch):
    """Carries out an order without a proof in this process: `generate(force=…)` gives the exit code."""
    monkeypatch.chdir(tmp_path)

    def call(**changes: Any) -> ExitCode:
        order = {"prompt": "x", "path": Path("x.png"), "size": None, "quality": None, "background": None}
        order |= {"format": "png", "unproven": True, "force": False}
        host = Host(env=machine | {"OPENAI_API_KEY": served.key}, home=Path(machine["HOME"]))
        return carry_out(Order(**(order | changes)), Options(base_url=served.base_url, no_fallback=True), host)

    return call


def images(folder: Path) -> list[Path]:
    return [p for p in folder.iterdir() if p.is_file() and p.read_bytes().startswith(b"\x89PNG")]


def during_the_request(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    real = OpenAIImages.generate

    def generate(*words: Any) -> Any:
        shot = real(*words)
        act()
        return shot

    monkeypatch.setattr(OpenAIImages, "generate", generate)


def test_a_name_that_was_taken_meanwhile_gets_the_image_beside_it(generate, tmp_path, monkeypatch, capsys) -> None:
    during_the_request(monkeypatch, lambda: (tmp_path / "x.png").write_text("theirs"))
    assert generate() == 3
    assert (tmp_path / "x.png").read_text() == "theirs"
    (kept,) = images(tmp_path)
    assert kept.name.startswith("x.kept-")
    record = json.loads(Path(f"{kept}.json").read_text())
    assert record["file"] == kept.name
    assert record["sha256"] == hashlib.sha256(kept.read_bytes()).hexdigest()
    out = capsys.readouterr().out
    assert kept.name in out.splitlines()[0]
    assert "x.png could not be written" in out
    assert not list(tmp_path.glob(".routecheck-*"))


def test_a_record_whose_name_was_taken_meanwhile_stands_beside_it(generate, tmp_path, monkeypatch, capsys) -> None:
    during_the_request(monkeypatch, lambda: (tmp_path / "x.png.json").write_text("theirs"))
    assert generate() == 3
    assert images(tmp_path) == [tmp_path / "x.png"]
    assert (tmp_path / "x.png.json").read_text() == "theirs"
    (record,) = tmp_path.glob("x.png.kept-*.json")
    assert json.loads(record.read_text())["file"] == "x.png"
    assert record.name in capsys.readouterr().out


@pytest.mark.parametrize(
    "error", [UnicodeEncodeError("utf-8", "\udcff", 0, 1, "no"), OverflowError("large"), OSError(28, "No space")]
)
def test_a_record_that_cannot_be_made_costs_no_image(generate, tmp_path, monkeypatch, capsys, error) -> None:
    def fail(*words: Any) -> str:
        raise error

    monkeypatch.setattr(generating, "record", fail)
    assert generate() == 3
    assert images(tmp_path) == [tmp_path / "x.png"]
    assert "no record was written" in capsys.readouterr().out


def test_a_full_disk_at_the_record_is_noticed_before_the_image_gets_its_name(generate, tmp_path, monkeypatch) -> None:
    placed = []
    real = AtomicFile.sync

    def sync(self: AtomicFile) -> None:
        if self._path.suffix == ".json":
            placed.append((tmp_path / "x.png").exists())
            raise OSError(28, "No space left on device")
        real(self)

    monkeypatch.setattr(AtomicFile, "sync", sync)
    assert generate() == 3
    assert placed == [False]
    assert images(tmp_path) == [tmp_path / "x.png"]


def test_a_judgement_that_fails_costs_no_image(generate, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(single, "ask_all", lambda seen: 1 // 0)
    assert generate() == 3
    assert images(tmp_path) == [tmp_path / "x.png"]
    assert capsys.readouterr().out.startswith("UNPROVEN  x.png")


def test_ctrl_c_after_the_image_came_keeps_it_and_says_where(generate, tmp_path, monkeypatch, capsys) -> None:
    def interrupt(*words: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(generating, "record", interrupt)
    with pytest.raises(KeyboardInterrupt):
        generate()
    assert images(tmp_path) == [tmp_path / "x.png"]
    assert "was kept: x.png" in capsys.readouterr().err


def test_a_disk_that_refuses_the_image_itself_is_no_usage_error(generate, tmp_path, monkeypatch, capsys) -> None:
    def write(self: AtomicFile, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(AtomicFile, "write", write)
    assert generate() == 1
    assert "may have been billed" in capsys.readouterr().err
    assert images(tmp_path) == []


def test_tokens_beyond_every_number_cost_no_image(generate, tmp_path, monkeypatch, capsys) -> None:
    real = record.usage_of
    monkeypatch.setattr(record, "usage_of", lambda shot: {**(real(shot) or {}), "output_tokens": int("9" * 400)})
    assert generate() in {0, 3, 4}
    assert "cost not known" in capsys.readouterr().out
    assert json.loads((tmp_path / "x.png.json").read_text())["cost_usd"] is None


def test_half_a_surrogate_in_the_answer_is_recorded_as_an_escape(generate, tmp_path, monkeypatch) -> None:
    real = record.usage_of
    monkeypatch.setattr(record, "usage_of", lambda shot: {**(real(shot) or {}), "note": "\ud800"})
    generate()
    assert json.loads((tmp_path / "x.png.json").read_text())["usage"]["note"] == "\ud800"


def test_the_record_holds_the_prompt_as_it_was_sent_less_known_secrets(generate, served, tmp_path) -> None:
    generate(prompt=f"a poster: someone@example.org, sk-looks-like-a-key1 and {served.key}")
    prompt = json.loads((tmp_path / "x.png.json").read_text())["request"]["prompt"]
    assert prompt == "a poster: someone@example.org, sk-looks-like-a-key1 and <redacted>"


@pytest.mark.parametrize(
    "report", ["{}", '{"witnesses": []}', '{"witnesses": [{"check": 1}]}', "[]", "7", '{"witnesses": 3}']
)
def test_a_stored_report_that_is_none_of_ours_is_no_proof(
    served, machine, tmp_path, monkeypatch, capsys, report
) -> None:
    import sqlite3

    monkeypatch.chdir(tmp_path)
    host = Host(env=machine | {"OPENAI_API_KEY": served.key}, home=Path(machine["HOME"]))
    order = Order(
        prompt="x", path=Path("x.png"), size=None, quality=None, background=None, format="png", unproven=False,
        force=False,
    )  # fmt: skip
    options = Options(base_url=served.base_url, no_fallback=True)
    carry_out(order, options, host)
    with sqlite3.connect(Path(machine["ROUTECHECK_STATE_DIR"]) / "history.sqlite") as database:
        database.execute("update runs set verdict = 'proven', conclusive = 1, report = ?", (report,))
    database.close()
    assert carry_out(order, options, host) == 3
    assert "the history cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a\udcffb", "-o", "x.png"], "UTF-8"),
        (["x", "-o", "a\udcffb.png"], "UTF-8"),
        (["x", "-o", "n" * 248 + ".png"], "cannot be used"),
        (["x", "-o", "n" * 300 + ".png"], "cannot be used"),
        (["x", "-o", "x.png", "--owner", ""], "--owner"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_first(routecheck, served, tmp_path, words, said) -> None:
    done = routecheck("generate", *words, "--base-url", served.base_url, env={"OPENAI_API_KEY": served.key})
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert served.requests == []


def test_run_takes_no_empty_owner(routecheck) -> None:
    assert routecheck("run", "--sandbox", "--owner", "").returncode == 2


@pytest.mark.parametrize(("value", "code"), [("1", 2), ("true", 2), ("0", 0), ("", 0)])
def test_generate_obeys_no_spend_of_the_environment(routecheck, value, code) -> None:
    words = ["generate", "x", "-o", "x.png", "--no-fallback", "--sandbox"]
    done = routecheck(*words, env={"ROUTECHECK_NO_SPEND": value})
    assert done.returncode == code, done.stderr
    assert ("ROUTECHECK_NO_SPEND" in done.stderr) == (code == 2)
