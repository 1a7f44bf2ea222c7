"""The screen of `routecheck matrix`: what people see, the branches that it may be, and every row."""

from collections.abc import Iterator

from diagnose.model.matrix import BranchListed, GroupListed, Listing
from reports.text import plain, wrap

_NARROWEST = 60
_INDENT = "  "
_WIDEST_ID = 34
_KINDS = {
    "symptom": "What you see, and which branches it may be",
    "result": "What came of a test image, and what that proves",
}


def render(listing: Listing, *, branch: str | None = None, width: int = 80) -> str:
    """The matrix, or one branch of it."""
    width = max(width, _NARROWEST)
    if branch is not None:
        chosen = next(one for one in listing.branches if one.id == branch)
        return "\n".join([*_branch(chosen, width), "", "One row: routecheck explain ROW"]) + "\n"
    blocks = [
        ["\n".join([title, *(line for group in listing.groups if group.kind == kind for line in _group(group, width))])]
        for kind, title in _KINDS.items()
    ]
    blocks.append(["Branches and their rows"])
    blocks += [_branch(one, width) for one in listing.branches]
    rows = sum(len(one.rows) for one in listing.branches)
    ending = f"{len(listing.branches)} branches, {rows} rows. One of them: routecheck explain ID. An error itself: " \
        "routecheck explain TEXT"  # fmt: skip
    blocks.append(wrap(ending, width))
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def render_searched(listing: Listing, word: str, width: int) -> str:
    """The rows that a word found, under their branches."""
    width = max(width, _NARROWEST)
    rows = sum(len(branch.rows) for branch in listing.branches)
    head = wrap(plain(f"{rows} row{'s' * (rows != 1)} with {word}"), width)
    blocks = [head, *(_branch(one, width) for one in listing.branches), ["One row: routecheck explain ROW"]]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def _group(group: GroupListed, width: int) -> Iterator[str]:
    yield from _item("", f"{group.title} ({group.id})", width)
    yield from _item("    -> ", ", ".join(group.branches), width)
    yield from _item("    misleads: ", group.misleads, width)
    yield from _item("    decides:  ", group.refined_by, width)


def _branch(branch: BranchListed, width: int) -> list[str]:
    column = min(max((len(row.id) for row in branch.rows), default=0), _WIDEST_ID)
    head = wrap(plain(f"{branch.id}: {branch.title}"), width)
    return [*head, *(line for row in branch.rows for line in _item(f"{row.id:<{column}}  ", row.title, width))]


def _item(mark: str, text: str, width: int) -> Iterator[str]:
    for number, line in enumerate(wrap(plain(text), width - len(_INDENT) - len(mark))):
        yield _INDENT + (mark if number == 0 else " " * len(mark)) + line
