"""The words that `routecheck explain` takes beside a text: routes, kinds of credential, releases."""

from functools import cache

from diagnose.cli.problems import UsageProblem

OURS = (
    *("openai-images", "codex-responses", "codex-images", "openai-responses", "responses-gateway"),
    *("images-gateway", "runapi", "openrouter", "google", "openclaw"),
)
USERS = ("codex-oauth", "openai-api-key", "cpa-responses", "azure", "litellm", "fallback", "other")
"""What people call their route, beside the ids above."""


def route_of(word: str | None) -> str:
    """The route that is meant, "" for none. Raises UsageProblem."""
    return "" if word is None else _one_of("--route", word, (*OURS, *USERS))


def credential_of(word: str | None) -> str:
    """The kind or family of credential that is meant, "" for none. Raises UsageProblem."""
    return "" if word is None else _one_of("--credential", word, credentials())


def release_of(word: str | None) -> str:
    """A release of OpenClaw, "" for none. Raises UsageProblem."""
    if word is None:
        return ""
    release = word.strip().lower().removeprefix("openclaw").strip(" @v")
    parts = release.partition("-")[0].split(".")
    if len(parts) < 2 or not all(part.isdigit() and len(part) <= 4 for part in parts):
        raise UsageProblem("--openclaw-version: write it as openclaw --version prints it, for example 2026.9.6")
    return release


@cache
def credentials() -> tuple[str, ...]:
    """The families of credentials, then their kinds."""
    import tomllib
    from pathlib import Path

    # The table alone: the module that reads it loads all that knows of logins.
    file = Path(__file__).parents[1] / "machine" / "credential_kinds.toml"
    rows = [row for group in tomllib.loads(file.read_text(encoding="utf-8")).values() for row in group]
    return tuple(dict.fromkeys([row["family"] for row in rows if row["family"]] + [row["id"] for row in rows]))


@cache
def _synonyms(option: str) -> dict[str, str]:
    from diagnose.matrix import load

    return {
        word: row["means"] for row in load("routes.toml")["synonym"] if row["option"] == option for word in row["words"]
    }


def _one_of(name: str, word: str, known: tuple[str, ...]) -> str:
    asked = "-".join(word.strip().lower().replace("_", "-").split())
    if asked in known:
        return asked
    if meant := _synonyms(name).get(asked):
        return meant
    from difflib import get_close_matches

    near = get_close_matches(asked, known, n=1, cutoff=0.6)
    # What is near to no word may be anything, a credential too, and is not repeated.
    hint = f"; did you mean {near[0]}?" if near else "."
    raise UsageProblem(f"{name}: there is no such {name.removeprefix('--')}{hint} There are {', '.join(known)}")
