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
  routecheck matrix --format json
""",
)
@click.argument("name", required=False, default=None, metavar="[BRANCH|ID]")
@list_format
def matrix(name: str | None, format_name: str) -> int:
    """List the troubleshooting matrix: the common symptoms, the branches under them, and the rows of each branch.

    With a BRANCH, its rows alone; with any other ID, what `routecheck explain ID` says.
    """
    from diagnose.cli.explain import by_id, id_of, show_row, width

    listing = taken()
    name = name and (id_of(name) or name)
    if name is not None and name not in {branch.id for branch in listing.branches}:
        found = by_id(name)
        if found is None:
            raise UsageProblem(_not_there(name, listing))
        return show_row(name, found, format_name)
    if format_name == "json":
        import json

        sys.stdout.write(json.dumps(_public(listing, name), indent=2, ensure_ascii=False) + "\n")
    else:
        from reports.matrix_text import render

        sys.stdout.write(render(listing, branch=name, width=width()))
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
