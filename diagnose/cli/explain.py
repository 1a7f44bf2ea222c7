"""`routecheck explain`: an error that somebody pastes, the branch that it belongs to, and the next action. Offline."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from diagnose.cli.discreet import Discreet
from diagnose.cli.options import list_format, option
from diagnose.cli.problems import UsageProblem

if TYPE_CHECKING:
    from checks.context import Context
    from diagnose.model.check import Check
    from diagnose.model.explanation import Explanation

_COULD_NOT_TELL = 3
_PAYS = "   # pays for one image"
_PAID = r"routecheck (?:run|generate|edit)\b|openclaw infer image (?:generate|edit)|\bPOST \S*/(?:images|responses)"
_FREE_OR_SAID = ("--no-spend", "--dry", "--sandbox", " pays ")
_WIDEST = 100
_SHORTEST_ID = 3
_NEAR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the text may lack, as it was given beside it."""

    status: int | None = None
    route: str = ""
    credential: str = ""
    release: str = ""


@click.command(
    cls=Discreet,
    epilog="""\b
Examples:
  routecheck explain "HTTP 403: Your organization must be verified to use the model"
  routecheck explain error.log --route codex-oauth
  tail -n 200 gateway.log | routecheck explain
  routecheck explain login-expired
  routecheck explain --from-run last
""",
)
@click.argument("words", nargs=-1, metavar="[TEXT|FILE|-|ID]")
@option("--status", type=click.IntRange(100, 599), default=None, metavar="CODE", variable="ROUTECHECK_STATUS",
        help="The HTTP status, where the text has none.")  # fmt: skip
@option("--route", default=None, metavar="ROUTE", variable="ROUTECHECK_EXPLAIN_ROUTE",
        help="What was asked: openai-images, codex-responses, codex-images, or in your words codex-oauth, "
        "openai-api-key, azure, litellm, openrouter, google, …")  # fmt: skip
@option("--openclaw-version", default=None, metavar="RELEASE", help="The release of OpenClaw, as in 2026.9.6.")
@option("--credential", default=None, metavar="KIND", variable="ROUTECHECK_EXPLAIN_CREDENTIAL",
        help="The kind of credential that was sent: codex-oauth, platform-key, siwc-token, …")  # fmt: skip
@option("--from-run", default=None, metavar="last|ID", help="Explain a stored run of routecheck instead of a text.")
@list_format
def explain(
    words: tuple[str, ...],
    status: int | None,
    route: str | None,
    openclaw_version: str | None,
    credential: str | None,
    from_run: str | None,
    format_name: str,
) -> int:
    """Say what an error means, which branch it belongs to, and what to do next. Nothing is sent.

    Takes the error in any form: a sentence, JSON, the output of curl -v, a log, a saved report, in any mix and
    language, up to 20 MB; or the id of a row, a branch or a check of the matrix. No credential in it is repeated.

    Exit code 0: diagnosed; 3: one more fact decides (it is asked for), or it is not known; 2: usage.
    """
    import gc

    from diagnose.cli.explain_words import credential_of, release_of, route_of

    gc.disable()  # what is made from here on stays until the end; looking for circles takes a tenth of the time
    hints = Hints(
        status=status,
        route=route_of(route),
        credential=credential_of(credential),
        release=release_of(openclaw_version),
    )
    if from_run is not None:
        if words:
            raise UsageProblem("--from-run explains a stored run, and a text was given besides; leave one of them out")
        from diagnose.cli.stored_run import NOT_STORED, stored

        return _show(stored(from_run), hints, format_name, typed=f"--from-run {from_run.strip()}", beside=NOT_STORED)
    if len(words) == 1 and (name := id_of(words[0])) is not None and (row := by_id(name, hints)) is not None:
        return show_row(name, row, format_name)

    from diagnose.cli.pasted import USAGE, given, retyped

    text = given(words)
    if text is None or not text.strip():
        if status is None:
            raise UsageProblem(USAGE if text is None else "the text is empty: there is nothing to explain in it")
        text = ""
    return _show(text, hints, format_name, typed=retyped(words))


def explain_text(text: str, hints: Hints) -> "Explanation":
    """The explanation of any text. It may still hold what a credential in the text was."""
    from dataclasses import replace

    from diagnose.matrix.explaining import explain as explained
    from diagnose.matrix.reading import read

    reading = read(text, status=hints.status, route=hints.route, credential=hints.credential, release=hints.release)
    if reading.report is not None:
        from diagnose.cli.saved_report import is_to_mend, nothing_to_mend, told

        if not is_to_mend(reading.report):
            return nothing_to_mend(reading.report)
        found = explained(reading)
        return replace(found, because=(*told(reading.report), *found.because))
    found = explained(reading)
    if found.outcome == "ambiguous":
        from diagnose.cli.open_question import with_ways_out

        return with_ways_out(found, hints)
    return found if found.outcome != "unknown" else replace(found, collect=(*_near(text), *found.collect))


def id_of(word: str) -> str | None:
    """The row, branch, group or check that is meant, in large letters or with "_" for "-" too; None for no such one."""
    if not (_SHORTEST_ID <= len(word) <= 60 and word.isascii() and word.isprintable()) or " " in word:
        return None
    from diagnose.matrix import rows
    from diagnose.matrix.branches import branches, groups

    ids = [*rows(), *branches(), *groups()]
    if "." in word:
        from checks import all_checks

        ids = [check.id for check in all_checks()]
    return word if word in ids else next((name for name in ids if _alike(name) == _alike(word)), None)


def _alike(name: str) -> str:
    return name.lower().replace("_", "-")


def by_id(name: str, hints: Hints | None = None) -> "Explanation | None":
    """A row, a branch, a group or a check, None where none has this id; what to type is of the route in the hints."""
    if not (_SHORTEST_ID <= len(name) <= 60 and name.isascii() and name.isprintable()) or " " in name:
        return None
    from diagnose.matrix.explaining import explain_row

    try:
        found = explain_row(name, route=hints.route, credential=hints.credential) if hints else explain_row(name)
    except KeyError:
        return None
    return found if "." not in name or _check(name) is not None else None


def _check(name: str) -> "Check[Context] | None":
    from checks import all_checks

    return next((check for check in all_checks() if check.id == name), None)


def show_row(name: str, found: "Explanation", format_name: str) -> int:
    """Print a row that was asked for by its id. The exit code."""
    found = _priced(found)
    if format_name == "json":
        sys.stdout.write(_json(found))
    else:
        from reports.explanation_text import render_row

        check = _check(name) if "." in name else None
        about = {"title": check.title, "about": check.about} if check else {}
        sys.stdout.write(render_row(name, found, width=width(), **about))
    sys.stdout.flush()
    return 0


def _priced(found: "Explanation") -> "Explanation":
    """The same, and of every command that may make an image it says so: somebody may be paying by the image."""
    from dataclasses import replace

    return replace(found, next=tuple(text + _PAYS if may_pay(text) else text for text in found.next))


def may_pay(command: str) -> bool:
    """Whether typing this may cost money, and it does not say so."""
    import re

    return not any(word in command for word in _FREE_OR_SAID) and re.search(_PAID, command) is not None


def width() -> int:
    """Columns to write in."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 80
    import shutil

    return min(_WIDEST, shutil.get_terminal_size((80, 24)).columns)


def _show(text: str, hints: Hints, format_name: str, *, typed: str, beside: str = "") -> int:
    from dataclasses import replace

    from diagnose.cli.pasted_secrets import PastedRedactor
    from diagnose.redact import MARK

    redactor = PastedRedactor(text)
    found = redactor.explanation(_priced(explain_text(text, hints)))
    # What somebody typed is repeated only where nothing in it could be a credential.
    if found.outcome == "ambiguous" and typed and redactor.text(typed) == typed:
        from diagnose.cli.open_question import answered

        found = answered(found, hints, typed)
    if any(MARK in line for line in found.next):
        found = replace(found, next=tuple(line for line in found.next if MARK not in line))
    if beside and found.because:
        found = replace(found, because=(f"{found.because[0]}; {beside}", *found.because[1:]))
    if format_name == "json":
        sys.stdout.write(_json(found))
    else:
        from reports.explanation_text import render

        sys.stdout.write(render(found, colour=_colour(), width=width()))
    sys.stdout.flush()
    return 0 if found.outcome == "diagnosed" else _COULD_NOT_TELL


def _colour() -> bool:
    import os

    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return not plain and sys.stdout is not None and sys.stdout.isatty()


def _json(found: "Explanation") -> str:
    from diagnose import __version__
    from reports.explanation_json import render

    return render(found, version=__version__)


def _near(text: str) -> tuple[str, ...]:
    """A hint where one word was given that is nearly the id of a row, or a word of some."""
    word = text.strip()
    if not 4 <= len(word) <= 60 or any(sign.isspace() for sign in word):
        return ()
    from difflib import get_close_matches

    from diagnose.matrix import rows
    from diagnose.matrix.branches import branches

    if near := get_close_matches(word.lower(), [*rows(), *branches()], n=1, cutoff=0.8):
        return (f"If you meant the row of the matrix: routecheck explain {near[0]}",)
    from diagnose.cli.searched import rows_with

    named = ", ".join(row.id for row in rows_with(word, wide=True)[:_NEAR])
    return (f"Rows of the matrix with that word, for routecheck explain ROW: {named}",) if named else ()
