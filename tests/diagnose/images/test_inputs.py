"""Which files can be sent along, and how the others are named."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from PIL import Image

from diagnose.images.inputs import InputError, read_input

FORMATS = ("png", "jpeg", "webp")


def picture(form: str = "PNG") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(kept, form)
    return kept.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_bytes_tell_the_format_whatever_the_name_says(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(picture(form))
    found = read_input(path, formats=FORMATS, under=50_000_000)
    assert (found.name, found.format, found.data) == ("a.gif", form.lower(), path.read_bytes())
    assert found.sha256 == hashlib.sha256(found.data).hexdigest()
    assert "data" not in repr(found)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"no image at all", "is no image"),
        (picture("GIF"), "format gif"),
        (picture()[:-20], "damaged png"),
        (picture("JPEG")[:200], "damaged jpeg"),
    ],
)
def test_what_is_no_whole_image_of_a_format_that_is_taken_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said) as error:
        read_input(path, formats=FORMATS, under=50_000_000)
    assert str(error.value).startswith(f"{path}: ")


def test_a_file_of_exactly_the_limit_is_too_large_and_one_byte_less_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture())
    size = path.stat().st_size
    assert read_input(path, formats=FORMATS, under=size + 1).size == size
    with pytest.raises(InputError, match="too large"):
        read_input(path, formats=FORMATS, under=size)


def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in (
        (tmp_path / "pipe", "no regular file"),
        (Path("/dev/zero"), "no regular file"),
        (tmp_path, "a directory"),
        (tmp_path / "none", "cannot be read: No such file"),
    ):
        with pytest.raises(InputError, match=said):
            read_input(path, formats=FORMATS, under=50_000_000)
