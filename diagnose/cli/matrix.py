"""`routecheck matrix`: the troubleshooting matrix to read, from the well-known symptoms to every single row."""

import sys
from typing import TYPE_CHECKING

import click

from diagnose.cli.discreet import Discreet
from diagnose.cli.options import list_format
from diagnose.cli.problems import UsageProblem

if TYPE_CHECKING:
    from diagnose.matrix import Row
    from diagnose.model.matrix import Listing


@click.command(
    cls=Discreet,
    epilog="""\b
Examples:
  routecheck matrix
  routecheck matrix timeout_transport
  routecheck matrix edge-html
  routecheck matrix refresh
  routecheck matrix --format json
""",
)
@click.argument("name", required=False, default=None, metavar="[BRANCH|ID|WORD]")
@list_format
def matrix(name: str | None, format_name: str) -> int:
    """List the troubleshooting matrix: the common symptoms, the branches under them, and the rows of each branch.

    With a BRANCH, its rows alone; with any other ID, what `routecheck explain ID` says; with a WORD, the rows that have
    it in their id, title or action.
    """
    from diagnose.cli.explain import by_id, id_of, show_row, width

    name = name and (id_of(name) or name)
    listing, branch, searched = taken(), name, ""
    if name is not None and name not in {branch.id for branch in listing.branches}:
        found = by_id(name)
        if found is not None:
            return show_row(name, found, format_name)
        listing = _searched(name, listing)
        if not listing.branches:
            raise UsageProblem(_not_there(name, taken()))
        branch, searched = None, name
    if format_name == "json":
        import json

        sys.stdout.write(json.dumps(_public(listing, branch), indent=2, ensure_ascii=False) + "\n")
    else:
        from reports.matrix_text import render, render_searched

        shown = (
            render_searched(listing, searched, width()) if searched else render(listing, branch=branch, width=width())
        )
        sys.stdout.write(shown)
    sys.stdout.flush()
    return 0


def taken() -> "Listing":
    """The whole matrix, in the order of its tables."""
    from diagnose.matrix import rows
    from diagnose.matrix.branches import branches, groups
    from diagnose.model.matrix import BranchListed, GroupListed, Listing, RowListed

    def listed(row: "Row") -> RowListed:
        return RowListed(id=row.id, title=row.title, action=row.action, as_of=row.as_of.isoformat(), source=row.source)

    return Listing(
        groups=tuple(
            GroupListed(
                id=group.id,
                kind=group.kind,
                title=group.title,
                branches=group.branches,
                misleads=group.misleads,
                refined_by=group.refined_by,
                rows=group.rows,
            )
            for group in groups().values()
        ),
        branches=tuple(
            BranchListed(
                id=branch.id,
                title=branch.title,
                meaning=branch.meaning,
                checks=branch.checks,
                rows=tuple(listed(row) for row in rows().values() if row.branch == branch.id),
            )
            for branch in branches().values()
        ),
    )


def _searched(word: str, listing: "Listing") -> "Listing":
    """The rows with that word, under their branches; none where no row has it."""
    from dataclasses import replace

    from diagnose.cli.searched import rows_with

    ids = {row.id for row in rows_with(word)}
    kept = (replace(branch, rows=tuple(row for row in branch.rows if row.id in ids)) for branch in listing.branches)
    return replace(listing, groups=(), branches=tuple(branch for branch in kept if branch.rows))


def _public(listing: "Listing", name: str | None) -> object:
    from dataclasses import asdict

    branches = [asdict(branch) for branch in listing.branches if name in {None, branch.id}]
    if name is not None:
        return branches[0]
    return {"groups": [asdict(group) for group in listing.groups], "branches": branches}


def _not_there(name: str, listing: "Listing") -> str:
    from difflib import get_close_matches

    known = [branch.id for branch in listing.branches] + [row.id for branch in listing.branches for row in branch.rows]
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    # What is near to no id may be anything, a credential too, and is not repeated.
    hint = f"; did you mean {near[0]}?" if near else "; routecheck matrix lists them."
    return f"there is no such branch or row{hint} An error itself goes to routecheck explain"
