"""The file that OpenClaw says it wrote is read only if it is one: nothing that waits, never ends or lies elsewhere."""

import os
from pathlib import Path

import pytest

from diagnose.machine.openclaw.observation import Generation, Output, Ran
from diagnose.routes.openclaw import _read


def naming(path: Path) -> Generation:
    ran = Ran(words=(), exit_code=0, stdout="", stderr="", seconds=1.0, limit=9.0)
    return Generation(ran=ran, ok=True, outputs=(Output(path=path, mime=None, size=None, width=None, height=None),))


def test_a_plain_file_in_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "image.jpg").write_bytes(b"bytes")
    assert _read(naming(tmp_path / "image.jpg"), tmp_path) == (b"bytes", None)


def test_no_named_file_is_no_file(tmp_path: Path) -> None:
    assert _read(Generation(ran=naming(tmp_path).ran, ok=True), tmp_path) == (b"", None)


def made(folder: Path, kind: str) -> Path:
    path = folder / "image.png"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        return Path("/dev/zero")
    elif kind == "link":
        (folder / "real.png").write_bytes(b"x")
        path.symlink_to(folder / "real.png")
    elif kind == "elsewhere":
        return Path("/etc/hostname")
    elif kind == "name":
        return folder / "a\0b.png"
    elif kind == "surrogate":
        return folder / "a\udcff\ud800.png"
    return path


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link", "elsewhere", "missing", "name", "surrogate"])
def test_what_is_none_is_told_at_once(tmp_path: Path, kind: str) -> None:
    content, why = _read(naming(made(tmp_path, kind)), tmp_path)
    assert content == b""
    assert why
