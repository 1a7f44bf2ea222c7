"""A file appears whole or not at all, never replaces what it must not, and leaves nothing behind."""

import errno
import os
import stat
from pathlib import Path

import pytest

from diagnose.images.save import AtomicFile, OutputPathError, check_writable, followed, write_text_atomic


def test_the_file_appears_on_commit_and_not_before(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    with AtomicFile(target) as file:
        assert file.write(b"one") == 3
        file.write(memoryview(b"two"))
        assert not target.exists()
        file.commit()
        assert target.read_bytes() == b"onetwo"
    assert list(tmp_path.iterdir()) == [target]


def write_and_raise(file: AtomicFile, error: type[BaseException]) -> None:
    file.write(b"half")
    raise error


def write_and_commit(file: AtomicFile, meanwhile: Path | None = None) -> None:
    file.write(b"ours")
    if meanwhile is not None:
        meanwhile.write_bytes(b"theirs")
    file.commit()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_an_exception_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    file = AtomicFile(tmp_path / "a.png")
    with pytest.raises(error), file:
        write_and_raise(file, error)
    assert list(tmp_path.iterdir()) == []


def test_no_commit_leaves_nothing_and_keeps_the_old(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    with AtomicFile(target, overwrite=True) as file:
        file.write(b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_overwriting_replaces(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old and longer")
    with AtomicFile(target, overwrite=True) as file:
        file.write(b"new")
        file.commit()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_a_file_that_appears_meanwhile_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", refuse_link)
    target = tmp_path / "a.png"
    file = AtomicFile(target)
    with pytest.raises(FileExistsError), file:
        write_and_commit(file, meanwhile=target)
    assert target.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [target]


def refuse_link(*args: object) -> None:
    raise OSError(errno.EOPNOTSUPP, "no links here")


def test_a_file_system_without_hard_links_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse_link)
    target = tmp_path / "a.png"
    with AtomicFile(target) as file:
        file.write(b"x")
        file.commit()
    assert target.read_bytes() == b"x"
    assert list(tmp_path.iterdir()) == [target]


def test_an_existing_file_or_dangling_link_is_refused_at_once(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    link = tmp_path / "b.png"
    link.symlink_to(tmp_path / "nowhere")
    for path in (target, link):
        with pytest.raises(FileExistsError), AtomicFile(path):
            pass
    assert sorted(tmp_path.iterdir()) == [target, link]


def test_permissions_obey_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        for name, mode, expected in (("a", 0o644, 0o640), ("b", 0o666, 0o640), ("c", 0o600, 0o600)):
            with AtomicFile(tmp_path / name, mode=mode) as file:
                file.commit()
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == expected
    finally:
        os.umask(old)


def test_a_failing_rename_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.mkdir()
    (target / "inside").write_bytes(b"")
    file = AtomicFile(target, overwrite=True)
    with pytest.raises(OSError, match="directory"), file:
        write_and_commit(file)
    assert list(tmp_path.iterdir()) == [target]


def test_writing_outside_the_block_is_an_error(tmp_path: Path) -> None:
    file = AtomicFile(tmp_path / "a")
    with pytest.raises(ValueError, match="not open"):
        file.write(b"x")
    with file:
        file.commit()
        with pytest.raises(ValueError, match="not open"):
            file.write(b"x")


def test_the_longest_names_work(tmp_path: Path) -> None:
    with AtomicFile(tmp_path / ("n" * 255)) as file:
        file.commit()


def test_text_is_written_as_utf_8_with_its_line_ends(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text_atomic(target, "ä\r\nb\n")
    write_text_atomic(target, "ä\r\nc\n")
    assert target.read_bytes() == "ä\r\nc\n".encode()
    with pytest.raises(FileExistsError):
        write_text_atomic(target, "d", overwrite=False)


def test_check_writable_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    for path, overwrite, words in (
        (tmp_path, True, "is a directory"),
        (there, False, "exists already"),
        (link, False, "exists already"),
        (tmp_path / "no" / "a", False, "does not exist"),
        (there / "a", False, "is not a directory"),
        (tmp_path / ("n" * 300), False, "cannot be used"),
        (tmp_path / "a\0b", False, "null character"),
        (Path(os.devnull), True, "not a regular file"),
    ):
        with pytest.raises(OutputPathError, match=words):
            check_writable(path, overwrite)
    monkeypatch.setattr(os, "access", lambda *args: False)
    with pytest.raises(OutputPathError, match="not writable"):
        check_writable(tmp_path / "new", False)


def test_check_writable_accepts_and_writes_nothing(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"old")
    check_writable(there, True)
    check_writable(tmp_path / "new", False)
    assert list(tmp_path.iterdir()) == [there]
    assert there.read_bytes() == b"old"


def test_what_is_kept_gets_its_name_or_a_free_one_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.png"
    with AtomicFile(target) as file:
        file.write(b"paid")
        assert file.keep() == target
        assert file.keep() == target
    target.unlink()
    with AtomicFile(target) as file:
        file.write(b"paid")
        target.write_bytes(b"theirs")
        beside = file.keep()
    assert beside.name.startswith("a.kept-")
    assert (beside.suffix, beside.read_bytes(), target.read_bytes()) == (".png", b"paid", b"theirs")

    def refuse(*words: object) -> None:
        raise OSError(errno.EIO, "broken")

    with AtomicFile(tmp_path / "b.png") as file:
        file.write(b"paid")
        monkeypatch.setattr(os, "link", refuse)
        hidden = file.keep()
    assert hidden.read_bytes() == b"paid"


def test_a_name_that_became_a_folder_does_not_cost_the_bytes(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    with AtomicFile(target, overwrite=True) as file:
        file.write(b"paid")
        target.mkdir()
        assert file.keep().read_bytes() == b"paid"


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    for mode in (0o600, 0o664):
        target.chmod(mode)
        write_text_atomic(target, "new")
        assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_link_to_a_regular_file_is_followed_and_no_other(tmp_path: Path) -> None:
    real, link, dangling, circle = (tmp_path / name for name in ("real", "link", "dangling", "circle"))
    real.write_bytes(b"")
    link.symlink_to("real")
    dangling.symlink_to("nowhere")
    circle.symlink_to("circle")
    assert [followed(path) for path in (real, link, dangling, circle)] == [real, real, dangling, circle]


def test_a_path_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputPathError, match="UTF-8"):
        check_writable(tmp_path / "a\udcff.png", overwrite=False)


def test_text_that_utf8_cannot_carry_is_written_as_an_escape(tmp_path: Path) -> None:
    write_text_atomic(tmp_path / "a", "x\ud800y")
    assert (tmp_path / "a").read_text() == "x\\ud800y"
