"""What routecheck finds on a machine with the real OpenClaw 2026.9.6 is what that program really does."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from computer import Computer, Served, contents, fingerprint
from network import Relay
from PIL import Image

GENERATIONS = "/v1/images/generations"
OTHER_KEY = "sk-proj-someone-elses-made-up-key-0000"
STORED_KEY = "sk-proj-a-stored-made-up-key-00000000"


def auth_rows(state: Path, copies: Path) -> dict[str, Any]:
    """The credential rows of OpenClaw's store, read from a copy."""
    shutil.copytree(state / "state", copies)
    with sqlite3.connect(copies / "openclaw.sqlite") as database:
        rows = database.execute(
            "select state_key, value_json from config_machine_state where state_key like 'auth%'"
        ).fetchall()
    database.close()
    return dict(rows)


def made_up(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The requests that did not carry `key`."""
    return [row for row in rows if row["credential_fingerprint"] != fingerprint(key)]


def test_run_proves_the_route_that_openclaw_has_configured(computer: Computer, sandbox: Served) -> None:
    computer.configure(sandbox.base_url, sandbox.key)
    report = computer.report("--sandbox-at", sandbox.url)

    assert report["verdict"] == "proven"
    assert report["sandbox"] == {"scenario": "healthy"}
    assert report["base_url"] == sandbox.base_url
    assert report["served"]["host"] == f"127.0.0.1:{sandbox.port}"
    assert report["served"]["credential"]["fingerprint"] == fingerprint(sandbox.key)
    assert report["served"]["credential"]["source"] == "models.providers.openai.apiKey"
    assert report["checks"]["environment.openclaw"]["summary"].startswith("OpenClaw 2026.9.6 at ")
    assert "agents.defaults.mediaModels.image" in report["checks"]["model_reference.config"]["summary"]

    rows = sandbox.requests()
    assert len(rows) == report["spend"]["requests"]
    assert {row["headers"]["host"] for row in rows} == {f"127.0.0.1:{sandbox.port}"}
    assert [(row["path"], row["images"]) for row in rows if row["billed"]] == [(GENERATIONS, 1)]
    assert [row["status"] for row in made_up(rows, sandbox.key)] == [401]


def test_openclaw_asks_the_same_host_with_the_same_key(computer: Computer, sandbox: Served) -> None:
    computer.configure(sandbox.base_url, sandbox.key)
    report = computer.report("--sandbox-at", sandbox.url)
    ours = next(row for row in sandbox.requests() if row["billed"])
    before = len(sandbox.requests())
    said = computer.generate(computer.folder / "mug.png")
    (theirs,) = sandbox.requests()[before:]

    assert (theirs["method"], theirs["path"]) == ("POST", GENERATIONS) == (ours["method"], ours["path"])
    assert theirs["headers"]["host"] == report["served"]["host"]
    assert theirs["credential_fingerprint"] == report["served"]["credential"]["fingerprint"]
    assert theirs["body"] == {"prompt": "A plain ceramic mug", "n": 1, "size": "1024x1024", "model": "gpt-image-2"}
    assert {name: ours["body"][name] for name in ("n", "size", "model")} == {
        name: theirs["body"][name] for name in ("n", "size", "model")
    }
    assert theirs["billed"]
    assert computer.proxy.wanted == [], "OpenClaw wanted to reach somebody else, too"

    assert (said["ok"], said["provider"], said["model"], said["attempts"]) == (True, "openai", "gpt-image-2", [])
    (output,) = said["outputs"]
    path = Path(output["path"])
    assert path.stat().st_size == output["size"]
    with Image.open(path) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (1024, 1024))
        assert f"{image.width}x{image.height}" == report["served"]["pixels"]
        # The sandbox draws on a ground that grows darker downwards; its noise is within two steps.
        for y, light in ((0, 250), (1023, 250 - 30 * 1023 // 1024)):
            assert image.getpixel((0, y)) == pytest.approx((light, light - 4, light - 8), abs=2)


def test_a_key_in_the_environment_beats_that_of_the_config(computer: Computer, sandbox: Served) -> None:
    computer.configure(sandbox.base_url, OTHER_KEY)
    exported = {"OPENAI_API_KEY": sandbox.key}
    report = computer.report("--sandbox-at", sandbox.url, env=exported)
    before = len(sandbox.requests())
    computer.generate(computer.folder / "mug.png", env=exported)

    (theirs,) = sandbox.requests()[before:]
    assert theirs["credential_fingerprint"] == fingerprint(sandbox.key)
    assert report["verdict"] == "proven"
    assert report["served"]["credential"]["fingerprint"] == fingerprint(sandbox.key)
    assert report["served"]["credential"]["source"] == "OPENAI_API_KEY"
    assert report["checks"]["environment.credentials"]["symptom"] == "several-credentials"
    assert fingerprint(OTHER_KEY) not in {row["credential_fingerprint"] for row in sandbox.requests()}
    assert OTHER_KEY not in json.dumps(report)


@pytest.mark.parametrize(
    "written",
    ["${IMAGE_KEY}", {"source": "env", "provider": "default", "id": "IMAGE_KEY"}],
    ids=["variable", "reference"],
)
def test_a_key_that_the_config_only_names(computer: Computer, sandbox: Served, written: object) -> None:
    exported = {"IMAGE_KEY": sandbox.key}
    computer.configure(sandbox.base_url, written, env=exported)
    assert sandbox.key not in computer.config.read_text()
    report = computer.report("--sandbox-at", sandbox.url, env=exported)
    before = len(sandbox.requests())
    computer.generate(computer.folder / "mug.png", env=exported)

    (theirs,) = sandbox.requests()[before:]
    assert report["verdict"] == "proven"
    assert theirs["credential_fingerprint"] == fingerprint(sandbox.key)
    assert report["served"]["credential"]["fingerprint"] == fingerprint(sandbox.key)
    assert sandbox.key not in json.dumps(report)


def test_a_loopback_address_alone_proves_nothing(computer: Computer, sandbox: Served) -> None:
    report = computer.report("--base-url", sandbox.base_url, env={"OPENAI_API_KEY": sandbox.key}, expect=3)

    assert report["verdict"] == "unproven"
    assert report["sandbox"] is None
    assert any(sentence.startswith("provider") for sentence in report["because"])
    states = {row["dimension"]: row["state"] for row in report["requirements"]}
    assert states["provider"] != "met"
    assert [row["images"] for row in sandbox.requests() if row["billed"]] == [1], "the host itself was healthy"


def without_secret(sandbox: Served, port: int) -> None:
    """Nobody on this machine wrote down a secret for this port."""
    sandbox.file.unlink()


def with_wrong_secret(sandbox: Served, port: int) -> None:
    """A secret is written down, and the process does not know it."""
    content = json.loads(sandbox.file.read_text()) | {"secret": "00" * 32}
    sandbox.file.write_text(json.dumps(content))


def with_readable_secret(sandbox: Served, port: int) -> None:
    """The secret is the right one, and every user of the machine could have read it."""
    sandbox.file.chmod(0o644)


def with_borrowed_secret(sandbox: Served, port: int) -> None:
    """The right secret is written down for another port, where somebody relays the questions to the sandbox."""
    borrowed = sandbox.file.with_name(f"sandbox-{port}.json")
    shutil.copy2(sandbox.file, borrowed)


@pytest.mark.parametrize(
    ("spoil", "relayed"),
    [
        (without_secret, False),
        (with_wrong_secret, False),
        (with_readable_secret, False),
        (with_borrowed_secret, True),
    ],
)
def test_who_does_not_know_the_secret_is_no_sandbox(
    computer: Computer, sandbox: Served, spoil: Any, relayed: bool
) -> None:
    with Relay(sandbox.port) as relay:
        port = relay.port if relayed else sandbox.port
        spoil(sandbox, port)
        done = computer.routecheck(
            *("run", "--no-fallback", "--format", "json", "--sandbox-at", f"http://127.0.0.1:{port}"),
            env={"OPENAI_API_KEY": sandbox.key},
        )

    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert "sandbox" in done.stderr
    assert sandbox.requests() == [], "the key was sent to somebody unknown"


def test_a_run_changes_nothing_of_openclaws(computer: Computer, sandbox: Served, tmp_path: Path) -> None:
    computer.store_key(STORED_KEY)
    computer.configure(sandbox.base_url, sandbox.key)
    state = computer.home / ".openclaw"
    files, rows = contents(computer.home), auth_rows(state, tmp_path / "before")
    assert STORED_KEY in rows["authProfiles.store"]
    report = computer.report("--sandbox-at", sandbox.url)

    assert contents(computer.home) == files
    assert auth_rows(state, tmp_path / "after") == rows
    assert report["served"]["credential"]["fingerprint"] == fingerprint(sandbox.key)
    assert "a stored api_key login" in report["checks"]["environment.credentials"]["summary"]
    assert STORED_KEY not in json.dumps(report)


def test_the_name_of_a_stored_profile_is_no_key(computer: Computer, sandbox: Served) -> None:
    computer.configure(sandbox.base_url, OTHER_KEY)
    computer.store_key(sandbox.key)
    written = json.loads(computer.config.read_text())["models"]["providers"]["openai"]["apiKey"]
    assert written == "openai:manual", "this release puts the name of the profile where the key stood"
    computer.generate(computer.folder / "mug.png")
    assert [row["credential_fingerprint"] for row in sandbox.requests()] == [fingerprint(sandbox.key)]
    computer.routecheck("run", "--no-fallback", "--sandbox-at", sandbox.url)

    assert fingerprint(written) not in {row["credential_fingerprint"] for row in sandbox.requests()}


def test_a_stored_key_that_openclaw_prefers_is_pointed_out(computer: Computer, sandbox: Served) -> None:
    computer.store_key(sandbox.key)
    computer.configure(sandbox.base_url, None)
    exported = {"OPENAI_API_KEY": OTHER_KEY}
    computer.generate(computer.folder / "mug.png", env=exported)
    (theirs,) = sandbox.requests()
    assert theirs["credential_fingerprint"] == fingerprint(sandbox.key), "this release prefers the stored key"
    report = json.loads(
        computer.routecheck(
            *("run", "--no-fallback", "--sandbox-at", sandbox.url, "--format", "json"), env=exported
        ).stdout
    )

    assert report["checks"]["environment.credentials"]["symptom"] == "several-credentials"
    assert "a stored api_key login" in report["checks"]["environment.credentials"]["summary"]


def test_an_empty_store_is_no_second_credential(computer: Computer, sandbox: Served, tmp_path: Path) -> None:
    computer.configure(sandbox.base_url, sandbox.key)
    rows = auth_rows(computer.home / ".openclaw", tmp_path / "copy")
    if "authProfiles.store" in rows:
        pytest.fail("this release stores something by itself, so the test has no subject")
    report = computer.report("--sandbox-at", sandbox.url)

    assert report["symptoms"] == []
    assert report["checks"]["environment.credentials"]["status"] == "pass"


def test_a_config_that_was_broken_by_hand(computer: Computer, sandbox: Served) -> None:
    computer.configure(sandbox.base_url, sandbox.key)
    lines = computer.config.read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if sandbox.key in line)
    lines[at] = lines[at].replace('": "', '" "')
    computer.config.write_text("".join(lines))
    before = contents(computer.home)
    assert computer.openclaw("config", "validate", "--json").returncode == 1
    output = computer.folder / "report.json"
    done = computer.routecheck("run", "--no-fallback", "--sandbox-at", sandbox.url, "--output", output)

    assert done.returncode == 2
    assert done.stdout == ""
    column = lines[at].index('" "') + 3
    assert f"{computer.config}: line {at + 1}, column {column}:" in done.stderr
    assert sandbox.key not in done.stderr
    assert not output.exists()
    assert list(computer.state.glob("history*")) == []
    assert contents(computer.home) == before
    assert sandbox.requests() == []
