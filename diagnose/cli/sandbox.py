"""`routecheck sandbox`: the scenarios of the local emulator, and a server of it that others can talk to."""

import contextlib
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from diagnose.cli.options import list_format, option
from diagnose.cli.problems import UsageProblem

_FOLDERS = ("CODEX_HOME", "OPENCLAW_STATE_DIR")


class SecretFileError(Exception):
    """The secret of a served sandbox cannot be read; the message says why."""


@click.group()
def sandbox() -> None:
    """The local emulator: its scenarios, and a server to attach to."""


@sandbox.command(epilog="Example:  routecheck sandbox scenarios --format json")
@list_format
def scenarios(format_name: str) -> None:
    """List the scenarios by route, each with the verdict and the branch that a run of it must end in."""
    from diagnose.sandbox.scenarios import load

    rows = list(load().values())
    if format_name == "json":
        listed = [
            {
                "id": row.id,
                "about": row.about,
                "route": row.route,
                "needs": list(row.needs),
                "expect": {
                    "verdict": row.expect.verdict,
                    "branch": row.expect.branch,
                    "action": row.expect.action,
                },
            }
            for row in rows
        ]
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    width, branches = max(len(row.id) for row in rows), max(len(row.expect.branch or "") for row in rows)
    for number, route in enumerate(dict.fromkeys(row.route for row in rows)):
        click.echo(f"\n{route}" if number else route)
        for row in rows:
            if row.route == route:
                branch = row.expect.branch or "-"
                click.echo(f"  {row.id:<{width}}  {row.expect.verdict:<12}  {branch:<{branches}}  {row.about}")


@sandbox.command(
    epilog="""\b
Example:
  routecheck sandbox serve --port 8765
  routecheck run --no-fallback --sandbox-at http://127.0.0.1:8765
"""
)
@option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1.  [default: a free one]")
@option("--scenario", default="healthy", show_default=True, metavar="ID", help="How the server behaves.")
def serve(port: int, scenario: str) -> None:
    """Serve a scenario until interrupted.

    Prints the base URL. The API key that it accepts and the per-run secret by which `--sandbox-at` knows the
    process stand in a file that only this user can read; its name is printed, too. A scenario about a login also
    writes that login, as the Codex CLI and OpenClaw keep it, and prints where.
    """
    import threading

    from diagnose.sandbox.scenarios import ScenarioError, get
    from diagnose.sandbox.server import Sandbox

    try:
        found = get(scenario)
    except ScenarioError as error:
        raise UsageProblem(f"--scenario: {error}") from error
    if found.needs:
        raise UsageProblem(
            f"--scenario: {scenario} is about a made-up machine, too; play it with: "
            f"routecheck run --no-fallback --sandbox={scenario}"
        )
    faults = found.faults
    from diagnose.history import state_folder

    try:
        state_folder(os.environ).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageProblem(f"the state folder cannot be used: {error}") from error
    try:
        with (
            Sandbox(faults, port=port) as server,
            _login(server, found) as env,
            _written(server, scenario, env.get("OPENAI_API_KEY", server.key)) as path,
        ):
            login = found.login is not None and found.route != "openai-images"
            click.echo(f"{server.codex_url if login else server.base_url}\nkey and secret: {path}")
            own = [f"{name}={shlex.quote(env[name])}" for name in _FOLDERS if name in env]
            if found.login is not None:
                click.echo(f"login: {env['CODEX_HOME']}")
            if found.login is None or "OPENAI_API_KEY" in env:
                own.append(f'OPENAI_API_KEY=$(sed \'s/.*"key": *"\\([^"]*\\)".*/\\1/\' {shlex.quote(str(path))})')
            click.echo(
                f"serving {scenario}; end it with Ctrl-C. In another shell:\n  {' '.join(own)} \\\n"
                f"  routecheck run --no-fallback{f' --route {found.route}' if login else ''} --sandbox-at {server.url}",
                err=True,
            )
            threading.Event().wait()
    except OSError as error:
        about = error.filename or f"--port {port}"
        raise UsageProblem(f"{about}: {error.strerror or error}") from error


@contextlib.contextmanager
def _login(server: Any, scenario: Any) -> Iterator[Mapping[str, str]]:
    """The variables that lead to a scenario's login, there as long as the server is; none without a login."""
    if scenario.login is None:
        yield {}
        return
    import tempfile

    from diagnose.sandbox.codex_home import prepare_login

    with tempfile.TemporaryDirectory(prefix="routecheck-") as folder:
        prepared = prepare_login(Path(folder), scenario.login, server)
        # By its own variable: another HOME would hide the secret file from --sandbox-at, too.
        yield {**prepared.env, **({"OPENCLAW_STATE_DIR": str(prepared.state)} if prepared.state.exists() else {})}


@contextlib.contextmanager
def _written(server: Any, scenario: str, key: str) -> Iterator[Path]:
    """The secret file of a running server, there as long as the server is."""
    path = _secret_path(urlsplit(server.url).port or 0, os.environ)
    known = {"url": server.url, "base_url": server.base_url, "scenario": scenario}
    content = json.dumps(known | {"key": key, "secret": server.secret.hex()})
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content + "\n")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _secret_path(port: int, env: Mapping[str, str]) -> Path:
    from diagnose.history import state_folder

    return state_folder(env) / f"sandbox-{port}.json"


def read_scenario(url: str, env: Mapping[str, str]) -> str:
    """The id of the scenario that is served at `url`. Raises SecretFileError with what to do."""
    return str(_read(url, env).get("scenario", "served"))


def read_secret(url: str, env: Mapping[str, str]) -> bytes:
    """The per-run secret of the sandbox that is served at `url`. Raises SecretFileError with what to do."""
    content = _read(url, env)
    try:
        return bytes.fromhex(content["secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise SecretFileError(f"{url}: its secret file cannot be used; start the sandbox again") from error


def _read(url: str, env: Mapping[str, str]) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SecretFileError(f"{url!r} is no URL: {error}") from error
    if parts.scheme != "http" or parts.hostname != "127.0.0.1" or port is None:
        raise SecretFileError(f"{url!r}: write the URL that `routecheck sandbox serve` printed, http://127.0.0.1:PORT")
    try:
        path = _secret_path(port, env)
    except OSError as error:
        raise SecretFileError(str(error)) from error
    try:
        status = path.stat()
        if status.st_mode & 0o077 or status.st_uid != os.getuid():
            raise SecretFileError(f"{path}: others can read it, so it proves nothing; start the sandbox again")
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SecretFileError(
            f"no sandbox of this user is served on port {port} ({path} is not there); "
            f"start one with: routecheck sandbox serve --port {port}"
        ) from error
    except (OSError, ValueError) as error:
        raise SecretFileError(f"{path}: cannot be used ({type(error).__name__}); start the sandbox again") from error
    if not isinstance(content, dict):
        raise SecretFileError(f"{path}: cannot be used; start the sandbox again")
    return content
