"""What is known besides a text answers a question: which of its choices it tells, and which it rules out."""

from functools import cache

from diagnose.matrix import Choice, load
from diagnose.matrix.evidence import Evidence

_ANYBODYS = frozenset({"gateway", "other", "fallback"})
"""Classes of routes behind which any vendor and any credential may stand."""


def told(choice: Choice, evidence: Evidence) -> bool:
    """Whether the attempt has the fact that the choice's own option tells."""
    return _tells(choice, evidence) is True


def possible(choice: Choice, evidence: Evidence, classes: frozenset[str]) -> bool:
    """Whether nothing that is known rules a choice out: the release, or the classes of the route and the credential."""
    if choice.say.startswith("--openclaw-version") and _tells(choice, evidence) is False:
        return False
    return not choice.of or not classes or bool(classes & (_ANYBODYS | set(choice.of)))


def adds_nothing(choice: Choice, evidence: Evidence, classes: frozenset[str]) -> bool:
    """Whether the choice's option was given already, or another one that says as much: then it leads nowhere."""
    return told(choice, evidence) or _names("class").get(choice.say.partition(" ")[2]) in classes


def _tells(choice: Choice, evidence: Evidence) -> bool | None:
    """None where nothing is known of what the option tells."""
    option, _, value = choice.say.partition(" ")
    match option:
        case "--status":
            return None if evidence.status is None else str(evidence.status) == value
        case "--route":
            return _same("class", value, evidence.route)
        case "--credential":
            return _same("credential", value, evidence.credential)
        case "--openclaw-version":
            return None if not evidence.release else _number(evidence.release) <= _number(value)
    return None


def _same(kind: str, one: str, other: str) -> bool | None:
    if not other:
        return None
    names = _names(kind)
    return names.get(one, one) == names.get(other.lower(), other.lower())


@cache
def _names(kind: str) -> dict[str, str]:
    return {word: row["name"] for row in load("routes.toml")[kind] for word in row["words"]}


def _number(release: str) -> tuple[int, ...]:
    """The numbers of a release of OpenClaw: "2026.4.23-beta.1" is (2026, 4, 23)."""
    return tuple(int(part) if part.isdecimal() else 0 for part in release.partition("-")[0].split("."))
