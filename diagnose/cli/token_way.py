"""How `routecheck run` comes to use a credential that `routecheck token` judges, or why it cannot."""

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.machine import held as holding
from diagnose.machine.held import Held
from diagnose.machine.json5 import ConfigError
from diagnose.machine.judging import Way
from diagnose.machine.openclaw import codex_login

if TYPE_CHECKING:
    from diagnose.cli.token_sources import Found
    from diagnose.machine.host import Host
    from diagnose.machine.openclaw.setting import Setting

_PLAIN_ID = re.compile(r"[A-Za-z0-9._:-]+")
_LOOSE = (
    "routecheck run takes no loose token: it uses the login in auth.json below CODEX_HOME, those in OpenClaw's "
    "stores, and the key in OPENAI_API_KEY."
)
_KEYRING = (
    "routecheck run does not open the keyring. With cli_auth_credentials_store = \"file\" in config.toml of the Codex "
    "CLI, a new login is kept where it finds it."
)  # fmt: skip
_STORED_KEY = (
    "routecheck run reads API keys from OPENAI_API_KEY and from OpenClaw's config alone. Put this one into "
    "OPENAI_API_KEY, or let OpenClaw use it: --through openclaw."
)
_OTHER_LOGIN = "routecheck run does not use it: it takes the login in auth.json, or one that OpenClaw uses."


def way_of(host: "Host", found: "Found", held: Held) -> Callable[[str], Way]:
    """By route: the command of a run that would use this credential."""
    if found.setting is not None:
        return lambda route: _here(host, found, held, route)
    if found.place == "keyring":
        return lambda _: Way(barred=_KEYRING)
    return lambda route: _elsewhere(host, found, held, route)


def _here(host: "Host", found: "Found", held: Held, route: str) -> Way:
    """For a credential of this machine."""
    setting = found.setting
    assert setting is not None
    if route not in holding.CODEX_ROUTES:
        return _key(host, setting, held)
    logins = holding.codex_logins(host, setting, found.agent)
    if held not in logins:
        theirs = f"It is the agent {held.agent}'s own: routecheck token --agent {held.agent} judges as it would choose."
        return Way(barred=theirs if held.agent and not held.lost else _OTHER_LOGIN)
    if found.agent is not None:
        if setting.installation is None:
            return Way(barred="A run asks as an agent through OpenClaw only, and there is none on PATH.")
        return Way(after=f" --agent {shlex.quote(found.agent)}")
    if held == holding.used_by(route, host, setting):
        return Way()
    return Way(after=f" --login {_name(held, logins)}")


def _key(host: "Host", setting: "Setting", held: Held) -> Way:
    read = holding.keys(host, setting)
    if held in read[:1]:
        return Way()
    if held in read:
        return Way(barred=f"routecheck run uses {read[0].source}, which comes before it.")
    return Way(barred=_STORED_KEY)


def _name(held: Held, among: tuple[Held, ...]) -> str:
    """The id where it names this login alone and can stand in a shell and on a screen; else the fingerprint."""
    alone = sum(1 for other in among if other.id == held.id) == 1
    plain = alone and _PLAIN_ID.fullmatch(held.id)
    return held.id if plain or held.secret is None else held.secret.fingerprint


def _elsewhere(host: "Host", found: "Found", held: Held, route: str) -> Way:
    """For what stood in a file: it may be one of this machine's, or the login in a folder of Codex."""
    from diagnose.machine.openclaw.setting import read

    file = held.file.absolute() if held.file is not None else None
    try:
        setting = read(host)
        mine = holding.all_held(host, setting)
    except ConfigError:
        return Way(barred=_LOOSE)
    same = [one for one in mine if file and one.file and one.file.absolute() == file and one.id == held.id]
    if same:
        return _here(host, replace(found, setting=setting), same[0], route)
    if file is None or file.name != "auth.json" or held.id != "codex":
        return Way(barred=_LOOSE)
    there = replace(host, env={**host.env, "CODEX_HOME": str(file.parent)})
    taken = codex_login.contents(there)
    if taken is None or not holding.login_of(taken):  # the form of another program
        return Way(barred=_LOOSE)
    before = _assigned(file.parent)
    used = holding.used_by(route, there, setting)
    return Way(before=before, after="" if used is not None and used.id == "codex" else " --login codex")


def _assigned(folder: Path) -> str:
    quoted = shlex.quote(str(folder))
    return f"{'' if quoted == str(folder) else 'env '}CODEX_HOME={quoted} "
