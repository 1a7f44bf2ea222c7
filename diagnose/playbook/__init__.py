"""Playbooks: where they are, what is in them, and how their steps are run in order."""

from pathlib import Path

from diagnose.model.playbook import Playbook
from diagnose.playbook.commands import Commands
from diagnose.playbook.reading import PlaybookError, read

__all__ = ["PlaybookError", "everyone", "find"]


def everyone(commands: Commands) -> tuple[Playbook, ...]:
    """The playbooks that come with the program, by id. Raises PlaybookError for a broken one."""
    return tuple(_own(path, commands) for path in sorted(_folder().glob("*.md")))


def find(name: str, commands: Commands) -> Playbook:
    """The playbook of that id, or the one in that file (a path, or a name that ends in .md).

    Raises PlaybookError when there is none, or when it is broken.
    """
    if name.endswith(".md") or "/" in name:
        return read(Path(name), name=name, commands=commands)
    known = {path.stem: path for path in sorted(_folder().glob("*.md"))}
    if name not in known:
        raise PlaybookError(f"there is no playbook {name!r}; there are {', '.join(known)} (or name a .md file)")
    return _own(known[name], commands)


def _own(path: Path, commands: Commands) -> Playbook:
    found = read(path, name=path.stem, commands=commands)
    if found.id != path.stem:
        raise PlaybookError(f"{path}: id: {found.id!r} is not the name of the file")
    return found


def _folder() -> Path:
    import playbooks

    return Path(playbooks.__path__[0])
