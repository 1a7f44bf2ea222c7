"""What goes with an open question: how to find the answer out, and the whole command that tells it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.model.explanation import Explanation

if TYPE_CHECKING:
    from diagnose.cli.explain import Hints

_ANSWER = "routecheck explain --"
_MORE = " …"
_BODY = "the raw body of that answer: the status alone has several causes, and the body names one"
_CREDENTIAL = "routecheck token   # which kind of credential there is, and whose"
_FREE = "routecheck run --no-fallback --no-spend   # asks again by calls that are free, and reads the bodies"
_FREE_LOGIN = (
    "routecheck run --no-fallback --no-spend --route codex-responses   # asks by free calls, and reads the bodies"
)
_PLAYBOOK = "routecheck playbook run debug-codex-401-403   # with a ChatGPT/Codex login: free, step by step"
_AGAIN = "curl -v … 2>&1 | routecheck explain -   # your request once more; an image that comes of it is paid for"


def with_ways_out(found: Explanation, hints: "Hints") -> Explanation:
    """The question, and how to find the answer out: the kind of credential, the body behind a bare status."""
    from diagnose.matrix.deciding import classes
    from diagnose.matrix.evidence import Evidence

    kinds = classes(Evidence(route=hints.route, credential=hints.credential))
    bare = _is_bare_status(found)
    asks_credential = any("--credential" in one.say or "credential" in found.question for one in found.candidates)
    ways = [_CREDENTIAL] if asks_credential else []
    if bare:
        if found.facts["http_status"] in {401, 403} and (not kinds or "login" in kinds):
            ways.append(_PLAYBOOK)
        ways += [_FREE_LOGIN if "login" in kinds else _FREE, _AGAIN]
    return replace(found, collect=(*found.collect, *((_BODY,) if bare else ())), next=(*found.next, *ways))


def _is_bare_status(found: Explanation) -> bool:
    """Whether a status was read and no word of the body that came with it."""
    facts = found.facts
    read = facts.get("code") or facts.get("type") or any(text.startswith("the text says") for text in found.because)
    return "http_status" in facts and not read


def answered(found: Explanation, hints: "Hints", typed: str) -> Explanation:
    """The same with commands that can be copied: what was `typed`, the options that were given, and the answer."""
    return replace(found, next=tuple(_whole(text, hints, typed) for text in found.next))


def _whole(text: str, hints: "Hints", typed: str) -> str:
    if not (text.startswith(_ANSWER) and text.endswith(_MORE)):
        return text
    say = text.removeprefix("routecheck explain ").removesuffix(_MORE)
    given = {
        "--status": hints.status,
        "--route": hints.route,
        "--credential": hints.credential,
        "--openclaw-version": hints.release,
    }
    # An answer takes the place of what was given before.
    kept = [f"{name} {value}" for name, value in given.items() if value and name not in say]
    return " ".join(["routecheck explain", typed, *kept, say])
