"""The login of the Codex CLI, as OpenClaw would take it."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.machine.host import Host
from diagnose.machine.openclaw import codex_login, jwt_claims
from diagnose.model.secret import Secret


def token(claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{body}.sig"


def put(folder: Path, content: Any) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "auth.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def host(home: Path, **env: str) -> Host:
    return Host(env=env, home=home)


def test_without_a_file_there_is_no_login(tmp_path: Path) -> None:
    assert codex_login.read(host(tmp_path)) is None
    (tmp_path / ".codex").write_text("a file")
    assert codex_login.read(host(tmp_path)) is None


def test_a_chatgpt_login_is_read_with_expiry_and_account(tmp_path: Path) -> None:
    access = token({"exp": 1800000000, "https://api.openai.com/auth": {"chatgpt_account_id": "from-token"}})
    tokens = {"access_token": access, "refresh_token": "CANARY-r", "account_id": "acc"}
    file = put(tmp_path / ".codex", {"OPENAI_API_KEY": "sk-x", "tokens": tokens})
    found = codex_login.read(host(tmp_path))
    assert found is not None
    assert (found.path, found.kind, found.secret) == (file, "chatgpt", Secret(access))
    assert (found.refresh, found.account, found.expires_ms) == (Secret("CANARY-r").fingerprint, "acc", 1800000000000)
    assert "CANARY" not in repr(found)
    assert access not in repr(found)
    put(tmp_path / ".codex", {"tokens": tokens | {"account_id": None}})
    again = codex_login.read(host(tmp_path))
    assert again is not None
    assert again.account == "from-token"


def test_a_token_without_expiry_ends_an_hour_after_the_files_last_change(tmp_path: Path) -> None:
    file = put(tmp_path / ".codex", {"tokens": {"access_token": "opaque", "refresh_token": "r"}})
    os.utime(file, (1000, 1000))
    found = codex_login.read(host(tmp_path))
    assert found is not None
    assert (found.expires_ms, found.account) == ((1000 + 3600) * 1000, None)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"OPENAI_API_KEY": "sk-CANARY"}, "api_key"),
        ({"tokens": {"access_token": "a"}}, "none"),
        ({"tokens": {"access_token": "", "refresh_token": "r"}}, "none"),
        ({"tokens": ["a"], "OPENAI_API_KEY": 5}, "none"),
        ([], "none"),
        ("{", "unreadable"),
        ("[" * 100_000, "unreadable"),
    ],
)
def test_every_other_content_has_its_name(tmp_path: Path, content: Any, kind: str) -> None:
    put(tmp_path / ".codex", content)
    found = codex_login.read(host(tmp_path))
    assert found is not None
    assert found.kind == kind
    assert "CANARY" not in repr(found)


def test_a_folder_in_its_place_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / ".codex" / "auth.json").mkdir(parents=True)
    found = codex_login.read(host(tmp_path))
    assert found is not None
    assert found.kind == "unreadable"


def test_where_the_file_is(tmp_path: Path) -> None:
    assert codex_login.auth_file(host(tmp_path)) == tmp_path / ".codex" / "auth.json"
    assert codex_login.auth_file(host(tmp_path, CODEX_HOME="/c")) == Path("/c/auth.json")
    assert codex_login.auth_file(host(tmp_path, CODEX_HOME="~/c")) == tmp_path / "c" / "auth.json"
    assert codex_login.auth_file(host(tmp_path, OPENCLAW_HOME="/other")) == Path("/other/.codex/auth.json")


@pytest.mark.parametrize("end", [None, "soon", True, -5, float("inf"), float("nan"), 10**30, [], {}])
def test_an_end_that_is_none_is_no_end(end: Any) -> None:
    assert not jwt_claims.expires_ms(token({"exp": end}))


@given(st.text(max_size=40) | st.binary(max_size=40).map(
    lambda b: f"a.{base64.urlsafe_b64encode(b).decode()}.c"
) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["exp", "https://api.openai.com/auth", "chatgpt_account_id", "chatgpt_plan_type"]), inner
    ),
).map(token))  # fmt: skip
def test_any_text_is_read_or_says_nothing(text: str) -> None:
    end = jwt_claims.expires_ms(text)
    assert end is None or end >= 0
    assert isinstance(jwt_claims.account(text), str | None)
    assert isinstance(jwt_claims.plan(text), str | None)


def test_the_whole_file_as_codex_has_it(tmp_path: Path) -> None:
    content = {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": "CANARY-key",
        "tokens": {
            "id_token": "CANARY-id", "access_token": "CANARY-a", "refresh_token": "CANARY-r", "account_id": "acc",
        },
        "last_refresh": "2026-11-20T12:00:00Z",
        "personal_access_token": "CANARY-pat",
        "agent_identity": {"agent_private_key": "CANARY-agent"},
    }  # fmt: skip
    file = put(tmp_path / ".codex", content)
    found = codex_login.contents(host(tmp_path))
    assert found == codex_login.AuthFile(
        path=file,
        access=Secret("CANARY-a"),
        refresh=Secret("CANARY-r"),
        id_token=Secret("CANARY-id"),
        account="acc",
        api_key=Secret("CANARY-key"),
        personal_access_token=Secret("CANARY-pat"),
        agent_identity=True,
        last_refresh=1_795_176_000.0,
    )
    assert "CANARY" not in repr(found)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("1970-01-01T00:01:40.987654321Z", 100.987654),
        ("1970-01-01T01:01:40+01:00", 100.0),
        ("1970-01-01T00:01:40", 100.0),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        (5, None),
        (None, None),
    ],
)
def test_the_last_refresh_is_a_moment_or_nothing(tmp_path: Path, written: Any, moment: float | None) -> None:
    found = codex_login.parsed(tmp_path, {"last_refresh": written})
    assert found.last_refresh == (None if moment is None else pytest.approx(moment))


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    assert codex_login.contents(host(tmp_path)) is None
    put(tmp_path / ".codex", "no json")
    found = codex_login.contents(host(tmp_path))
    assert found is not None
    assert found.problem == "it holds no JSON that can be read"
    (tmp_path / ".codex" / "auth.json").unlink()
    (tmp_path / ".codex" / "auth.json").mkdir()
    found = codex_login.contents(host(tmp_path))
    assert found is not None
    assert found.problem


NAMES = ["tokens", "access_token", "OPENAI_API_KEY", "last_refresh", "agent_identity", "account_id"]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    )
)
def test_any_json_can_be_read(content: Any) -> None:
    assert codex_login.parsed(Path("auth.json"), content).problem is None
