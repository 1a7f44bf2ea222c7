"""Where `routecheck token` finds credentials: on this machine, in a file, on stdin, in the keyring."""

import errno
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diagnose.cli.agents import check_agent
from diagnose.cli.problems import UsageProblem
from diagnose.machine import held as holding
from diagnose.machine import keyring
from diagnose.machine.claims import read_claims
from diagnose.machine.credentials import kind_of
from diagnose.machine.files import LIMIT, read_small
from diagnose.machine.held import OPENAI, Held
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw import codex_login
from diagnose.model.secret import Secret

if TYPE_CHECKING:
    from diagnose.machine.host import Host
    from diagnose.machine.openclaw.setting import Setting

PLACES = ("openclaw", "codex", "keyring", "env")
_HEADER = re.compile(r"(?im)^[ \t\"']*authorization[\"']?\s*[:=]\s*[\"']?(?P<value>[^\"'\r\n]+)")
_BEARER = re.compile(r"(?i)^bearer\s+")
_AUTH_FILE = frozenset({"tokens", "access_token", "OPENAI_API_KEY", "personal_access_token", "agent_identity"})
"""What stands in an `auth.json` of Codex, or in the answer of a token endpoint."""

_OF_A_LOGIN = re.compile(r'"(?:tokens|access_token|id_token)"\s*:')
_WANTED = "give an auth.json, an auth-profiles.json, a bare token or a header"

_LONG = re.compile(r"[A-Za-z0-9_.=+-]{32,}")
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{0,5}$")
_PIECE = re.compile(r"eyJ|(?:^|[^A-Za-z0-9])(?:sk|rk|rt|at|sess)[-_][A-Za-z0-9_-]{6}|[A-Za-z0-9_.=+-]{40}")
"""What even a cut credential may show: not to be repeated, though it may be a name."""
_ENCRYPTED = (
    "newer builds of Codex keep the login (CLI_AUTH) encrypted in this file and its key in the keyring; it is not "
    "opened here, and codex login status tells about it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a place holds. `among`: all of the machine, for what two places share. `used` gives the one of a route.

    `place` is what was typed. `host` and `setting` are those of a machine that was looked through.
    """

    held: tuple[Held, ...]
    among: tuple[Held, ...]
    places: str
    place: str | None = None
    notes: tuple[str, ...] = ()
    host: "Host | None" = field(default=None, repr=False)
    setting: "Setting | None" = field(default=None, repr=False)
    agent: str | None = None

    def used(self, route: str) -> Held | None:
        """The one that the route would use, if it is in this place; else the first that fits, else the first."""
        if self.host is not None and self.setting is not None:
            wanted = holding.used_by(route, self.host, self.setting, self.agent)
            if wanted in self.held:
                return self.held[self.held.index(wanted)]
        there = sorted(self.held, key=lambda held: (held.secret is None, held.lost))
        login = route in holding.CODEX_ROUTES
        fitting = (held for held in there if (held.kind.family == "codex-oauth") is login)
        return next(fitting, None) or next(iter(there), None)


def found_in(host: "Host", place: str | None, agent: str | None) -> Found:
    """The credentials of a place (None: everywhere on this machine but the keyring). Raises UsageProblem."""
    if place == "keyring":
        return _in_keyring(host)
    if place is not None and place not in PLACES:
        return _in_text(place, _stdin() if place == "-" else _file(place))
    return _on_machine(host, place, agent)


def looks_like_token(text: str) -> bool:
    """Whether this may be a credential rather than a name: it must not be repeated then."""
    value = _BEARER.sub("", text.strip())
    known = read_claims(value).form != "opaque" or kind_of(value).id not in {"unknown-key", "damaged-key"}
    return known or (_LONG.fullmatch(value) is not None and _SUFFIX.search(value) is None)


def may_be_secret(text: str) -> bool:
    """Whether this may be a credential or a piece of one: a wrong word like it is better not repeated."""
    return looks_like_token(text) or _PIECE.search(text) is not None


def _on_machine(host: "Host", place: str | None, agent: str | None) -> Found:
    from diagnose.machine.openclaw.setting import read

    try:
        setting = read(host, agent=agent)
    except ConfigError as error:
        if place != "codex":
            raise UsageProblem(str(error)) from error
        return _of_codex_alone(host)
    try:
        check_agent(setting, agent)
    except UsageProblem:
        if may_be_secret(agent or ""):
            raise UsageProblem("--agent: the config has no such agent; what was given is not repeated here") from None
        raise
    everything = holding.all_held(host, setting, agent)
    chosen = tuple(held for held in everything if place in {None, _place(held, host)})
    unread = [held for held in everything if held.kind.id == "unread" and held.file is not None]
    notes = [f"{held.source}: {held.trouble}." for held in unread]
    return Found(
        held=chosen,
        among=everything,
        places=_places(place, host),
        place=place,
        notes=(*notes, *(_of_keyring(host) if place in {None, "codex"} else ())),
        host=host,
        setting=setting,
        agent=agent,
    )


def _of_codex_alone(host: "Host") -> Found:
    """The Codex login where OpenClaw's config cannot be read, which is no reason not to look at it."""
    file = codex_login.contents(host)
    held = (*holding.login_of(file), *holding.others_of(file)) if file else ()
    note = "OpenClaw's config cannot be read, so its stores were not compared with this login."
    return Found(held=held, among=held, places=_places("codex", host), place="codex", notes=(note, *_of_keyring(host)))


def _place(held: Held, host: "Host") -> str:
    if held.file is None:
        return "env"
    return "codex" if held.file == codex_login.auth_file(host) else "openclaw"


def _places(place: str | None, host: "Host") -> str:
    codex = f"the Codex login ({codex_login.auth_file(host)})"
    told = {
        "openclaw": "OpenClaw's stores hold none",
        "codex": f"there is none in {codex}",
        "env": "environment and config hold none",
    }
    return told.get(place or "", f"OpenClaw's stores, {codex}, environment and config hold none")


def _of_keyring(host: "Host") -> tuple[str, ...]:
    place = keyring.locate(host)
    if not place.likely and (place.file_there or not place.folder_there):
        return ()
    name = f'service "{keyring.SERVICE}", account {place.account}'
    said = f" (config.toml says {place.setting})" if place.setting else ""
    notes = [f"The Codex login may be in the keyring{said}: {name}. It is opened with --from keyring only."]
    if place.encrypted is not None:
        notes.append(f"{place.encrypted}: {_ENCRYPTED}.")
    return tuple(notes)


def _in_keyring(host: "Host") -> Found:
    place = keyring.locate(host)
    try:
        entry = keyring.opened(host)
    except keyring.KeyringError as error:
        raise UsageProblem(f"--from keyring: {error}") from error
    name = f'service "{keyring.SERVICE}", account {place.account}'
    listed = (*holding.login_of(entry), *holding.others_of(entry)) if entry else ()
    held = tuple(replace(one, source=f"{one.source}, in the keyring") for one in listed)
    notes = (f"{place.encrypted}: {_ENCRYPTED}.",) if place.encrypted else ()
    places = f"the keyring has no entry of Codex ({name})"
    return Found(held=held, among=held, places=places, place="keyring", notes=notes)


def _stdin() -> str:
    if sys.stdin is None:
        raise UsageProblem("--from -: there is no standard input")
    raw = sys.stdin.buffer.read(LIMIT + 1)
    if len(raw) > LIMIT:
        raise UsageProblem(f"--from -: stdin holds more than {LIMIT // 1024 // 1024} MiB, which is no credential")
    return _decoded(raw, "stdin")


def _file(name: str) -> str:
    path = Path(name)
    try:
        return _decoded(read_small(path), name)
    except (OSError, ValueError) as error:
        # Before anything is said about it: what was meant as a file name may be the secret itself.
        if may_be_secret(name):
            raise UsageProblem(
                "--from: this looks like a credential, and no file of this name can be read. A credential must not "
                "stand on a command line, where other users and the shell's history see it: give it on stdin, with "
                "--from -"
            ) from None
        there = isinstance(error, OSError) and error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
        why = getattr(error, "strerror", None) or "it cannot be opened"
        choices = "" if there else f"; there are {', '.join(PLACES)}, - for stdin, or a file"
        raise UsageProblem(f"--from {name}: {why}{choices}") from None


def _decoded(raw: bytes, name: str) -> str:
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))  # as PowerShell writes a file
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem(f"--from {name}: it is no text") from None


def _in_text(name: str, text: str) -> Found:
    place = "standard input" if name == "-" else f"the file {name}"
    path = Path("-" if name == "-" else name)
    if text.lstrip().startswith(("{", "[")):
        held = tuple(_json(text, path, place))
    elif not text.strip() and path.name == "auth.json":
        held = (holding.damaged(path, "it is empty"),)
    else:
        held = tuple(_bare(text, place))
    return Found(held=held, among=held, places=f"{place} holds none", place=name)


def _bare(text: str, place: str) -> list[Held]:
    line = _HEADER.search(text)
    value = _BEARER.sub("", (line["value"] if line else text).strip()).strip("\"'")
    if not value:
        return []
    kind = kind_of("".join(value.split()))  # line breaks are a trouble of their own
    return [Held(id="", source=place, file=None, secret=Secret(value), kind=kind, provider="")]


def _json(text: str, path: Path, place: str) -> list[Held]:
    import json

    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = codex_login.damage(error)
        if _OF_A_LOGIN.search(text):
            return [replace(holding.damaged(path, why), source=f"the login of the Codex CLI, in {place}")]
        raise UsageProblem(f"--from {path}: it begins as JSON, and {why}; {_WANTED}") from None
    if not isinstance(content, dict):
        raise UsageProblem(f"--from {path}: it holds a list in JSON, and no credential is kept in one; {_WANTED}")
    if content.keys() & _AUTH_FILE:
        file = codex_login.parsed(path, {"tokens": content, **content} if "access_token" in content else content)
        found = [*holding.login_of(file), *holding.others_of(file)]
    else:
        found = _openclaw(content, path)
    return [replace(held, source=f"{held.source}, in {place}") for held in found]


def _openclaw(content: Any, path: Path) -> list[Held]:
    from diagnose.machine.openclaw import profiles
    from diagnose.machine.openclaw.facts import Origin

    origin = Origin(file=path, key="")
    listed = profiles.profiles(content, origin, None) or profiles.oldest(content, origin, None)
    return [holding.of_profile(profile) for profile in listed if profile.provider in OPENAI]
