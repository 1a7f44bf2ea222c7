"""The prediction against what three releases really did: every captured run that asked for an image.

`captured/RELEASE.jsonl` has one run a line: the settings, what was asked, and every image request that left, in order.
Credentials are labels there; the test turns them into made-up secrets, writes the settings as files, reads them with
the reader and predicts.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw.predict import predict
from diagnose.machine.openclaw.prediction import Asked, Candidate, Prediction
from diagnose.machine.openclaw.setting import read
from diagnose.model.secret import Secret

NOW = 1_795_200_000
FOLDER = Path(__file__).with_name("captured")
SQLITE = "2026.9.6"
WALKED = {"2026.4.22": 166, "2026.5.18": 211, "2026.9.6": 220}
"""How many runs of each release are compared, so that none gets lost."""

LEFT_OUT = {
    "f-badopt": "the command line was refused: an option that does not exist",
    "f-noprompt": "the command line was refused: no prompt",
    "f-timeout-abc": "the command line was refused: a timeout that is no number",
    "t-help": "nothing was asked for",
    "w-edit-missingfile": "the command line was refused: the file to edit is not there",
    "w-gif": "the command line was refused: a format that no release knows",
    "q-generate-badconfig": "a misspelled key is found by the program's own validation, not by the tables",
}
LEFT_OUT_IN = {
    ("2026.4.22", "fb-litellm-timeout"): "the command line was refused: this release has no --timeout-ms",
    ("2026.4.22", "c-fault-hang-timeout"): "the command line was refused: this release has no --timeout-ms",
    ("2026.9.6", "w-edit-nofile"): "the command line was refused: an edit without a file",
}


def _jwt() -> str:
    parts = ({"alg": "RS256"}, {"exp": NOW + 86_400, "https://api.openai.com/auth": {"chatgpt_account_id": "acct"}})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".sig"


SECRETS = {"KEY1": "sk-made-up-" + "1" * 30, "KEY2": "sk-made-up-" + "2" * 30, "JWT": _jwt(), "REFRESH": "rt-made-up"}
LABELS = {Secret(value).fingerprint: label for label, value in SECRETS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    release: str
    row: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.release} {self.row['case']}"


def _runs() -> Iterator[Run]:
    for file in sorted(FOLDER.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield Run(release=file.stem, row=json.loads(line))


def _left_out(run: Run) -> str | None:
    return LEFT_OUT.get(run.row["case"]) or LEFT_OUT_IN.get((run.release, run.row["case"]))


COMPARED = [run for run in _runs() if _left_out(run) is None]


def _filled(value: Any) -> Any:
    """The value with made-up secrets in the place of their labels."""
    text = json.dumps(value)
    for label, secret in SECRETS.items():
        text = text.replace(f'"{label}"', json.dumps(secret))
    return json.loads(text)


def _profiles(listed: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, profile in _filled(listed).items():
        seconds = profile.pop("expires_in", None)
        found[name] = profile | ({"expires": (NOW + seconds) * 1000} if seconds is not None else {})
    return {"version": 1, "profiles": found}


def _usage(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            f"{kind}Until": (NOW + stats[f"{kind}_in"]) * 1000
            for kind in ("cooldown", "disabled")
            if f"{kind}_in" in stats
        }
        for name, stats in row.get("usage", {}).items()
    }


def put(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def _write_sqlite(state: Path, profiles: dict[str, Any], own: dict[str, Any], usage: dict[str, Any]) -> None:
    (state / "state").mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(state / "state" / "openclaw.sqlite") as database:
        database.execute("create table config_machine_state (state_key text primary key, value_json text, at integer)")
        rows: dict[str, Any] = {"authProfiles.store": profiles, "auth.sharedStore": {"location": "state-db"}}
        rows |= {"authProfiles.state": {"version": 1, "usageStats": usage}} if usage else {}
        for key, value in rows.items():
            database.execute("insert into config_machine_state values (?, ?, 0)", (key, json.dumps(value)))
    database.close()
    for agent, listed in own.items():
        folder = state / "agents" / agent / "agent"
        folder.mkdir(parents=True)
        with sqlite3.connect(folder / "openclaw-agent.sqlite") as database:
            database.execute(
                "create table auth_profile_store (store_key text primary key, store_json text, at integer)"
            )
            database.execute(
                "create table auth_profile_state (state_key text primary key, state_json text, at integer)"
            )
            database.execute("insert into auth_profile_store values ('primary', ?, 0)", (json.dumps(listed),))
        database.close()


def _write_json(state: Path, profiles: dict[str, Any], own: dict[str, Any], usage: dict[str, Any]) -> None:
    for agent, listed in {"main": profiles, **own}.items():
        put(state / "agents" / agent / "agent" / "auth-profiles.json", listed)
    if usage:
        put(state / "agents" / "main" / "agent" / "auth-state.json", {"version": 1, "usageStats": usage})


def machine(run: Run, root: Path) -> Host:
    """The run's settings as files of its release, and the machine that has them."""
    row, home = run.row, root / "home"
    state = home / ".openclaw"
    put(root / "lib" / "openclaw" / "package.json", {"name": "openclaw", "version": run.release})
    put(root / "lib" / "openclaw" / "openclaw.mjs", "#!/usr/bin/env node\n")
    if "config_text" in row:
        put(state / "openclaw.json", row["config_text"])
    elif "config" in row:
        put(state / "openclaw.json", _filled(row["config"]))
    profiles = _profiles(row.get("profiles", {}))
    own = {agent: _profiles(listed) for agent, listed in row.get("agent_profiles", {}).items()}
    if run.release != SQLITE:
        _write_json(state, profiles, own, _usage(row))
    elif profiles["profiles"] or own:
        _write_sqlite(state, profiles, own, _usage(row))
    if "old_profiles" in row:
        put(state / "agents" / "main" / "agent" / "auth-profiles.json", _profiles(row["old_profiles"]))
    env = {name: SECRETS.get(value, value).replace("$HOME", str(home)) for name, value in row.get("env", {}).items()}
    if "codex" in row:
        tokens = {"access_token": SECRETS["JWT"], "refresh_token": SECRETS["REFRESH"], "account_id": "acct"}
        put(Path(env.get("CODEX_HOME", home / ".codex")) / "auth.json", {"tokens": tokens})
    if "dotenv" in row:
        put(state / ".env", row["dotenv"].replace("KEY1", SECRETS["KEY1"]))
    if "dotenv_cwd" in row:
        put(root / "work" / ".env", row["dotenv_cwd"].replace("KEY1", SECRETS["KEY1"]))
    program = root / "lib" / "openclaw" / "openclaw.mjs"
    program.chmod(0o755)
    (root / "bin").mkdir()
    (root / "bin" / "openclaw").symlink_to(program)
    which = str(root / "bin" / "openclaw")
    path = {"PATH": str(root / "bin")}
    return Host(env=path | env, home=home, now=lambda: NOW, which=lambda name: which if name == "openclaw" else None)


def _expected(candidate: Candidate) -> dict[str, Any]:
    label = LABELS.get(candidate.credential.fingerprint or "") if candidate.credential else None
    return {
        "host": candidate.host,
        "path": candidate.path,
        "credential": label or ("JWT" if candidate.refreshes_first else None),
        "model": candidate.model,
        **candidate.sent,
    }


def _differences(prediction: Prediction, row: dict[str, Any]) -> list[str]:
    """What the program did that was not predicted, and the reverse."""
    able = [c for c in prediction.candidates if c.refused is None] if prediction.stops is None else []
    first = able[0] if able else None
    found = []
    if not row["observed"]:
        if row.get("tried") and first is None:
            found.append(f"a request was tried, and none was predicted: {prediction.stops} {prediction.candidates}")
        elif isinstance(row.get("tried"), str) and first is not None and first.host != row["tried"]:
            found.append(f"{row['tried']} was tried, not {first.host}")
        elif not row.get("tried") and first is not None and not first.refreshes_first:
            found.append(f"nothing was sent, not a request to {first.host}{first.path}")
        return found
    expected = [(number, _expected(c)) for number, c in enumerate(able) for _ in range(c.requests)]
    if "auth_line" in row and not any(c.surface == "codex-responses" for c in able):
        found.append("the line about the login was printed")
    if bool(row.get("refreshed")) != (first is not None and first.refreshes_first):
        found.append(f"refreshed: {row.get('refreshed')}")
    tried = set()
    place = 0
    for seen in row["observed"]:
        while place < len(expected) and expected[place][0] in tried and not _same(expected[place][1], seen):
            place += 1  # a candidate that failed is not asked for its further images
        if place == len(expected):
            return [*found, f"not predicted: {seen}"]
        number, want = expected[place]
        tried.add(number)
        found += [f"{key}: {want.get(key)!r} predicted, {value!r} sent" for key, value in _compared(want, seen)]
        place += 1
    if row["exit"] == 1 and len(tried) < len(able):
        found.append(f"{len(able)} candidates predicted, {len(tried)} tried")
    return found


def _compared(want: dict[str, Any], seen: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("host", "path", "credential", "model"):
        if key in seen and want[key] != seen[key]:
            yield key, seen[key]
    for key in ("size", "n", "quality", "background", "output_format", "moderation", "aspect_ratio"):
        if "/edits" not in seen["path"] and str(seen.get(key)) != str(want.get(key)):
            yield key, seen.get(key)


def _same(want: dict[str, Any], seen: dict[str, Any]) -> bool:
    return not list(_compared(want, seen))


@pytest.mark.parametrize("run", COMPARED, ids=str)
def test_what_was_sent_is_what_was_predicted(run: Run, tmp_path: Path) -> None:
    host = machine(run, tmp_path)
    asked = Asked(**{"model": None, **run.row["asked"]})
    if "config_text" in run.row:
        with pytest.raises(ConfigError):
            read(host)
        return
    setting = read(host, agent=asked.agent)
    assert setting.installation is not None
    prediction = predict(setting, asked)
    assert _differences(prediction, run.row) == []
    assert not any(secret in repr((setting, prediction)) for secret in SECRETS.values())


def test_every_captured_run_is_compared_or_left_out_for_a_reason() -> None:
    assert Counter(run.release for run in COMPARED) == WALKED
    everything = [(run.release, run.row["case"]) for run in _runs()]
    assert len(set(everything)) == len(everything)
    names = {case for _, case in everything}
    assert set(LEFT_OUT) <= names
    assert set(LEFT_OUT_IN) <= set(everything)


def test_the_captured_data_holds_no_token() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.jsonl"))
    assert "eyJ" not in text
    assert "sk-" not in text
