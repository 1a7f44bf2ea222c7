"""Every text that may be secret is known to the redactor; words that are needed to say anything are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.machine.host import Host
from diagnose.machine.openclaw.known import secrets_in
from diagnose.machine.openclaw.secret_texts import secret_texts
from diagnose.machine.openclaw.setting import read


def known(value: Any) -> set[str]:
    return {secret.reveal() for secret in secret_texts(value)}


def test_the_texts_of_an_entry_are_secret_at_any_depth() -> None:
    entry = {
        "type": "oauth", "provider": "openai", "access": "a.b.cdef", "refresh": "r-1234", "idToken": "i-12345",
        "clientSecret": "Hunter 2", "accountId": "11111111-2222", "email": "ada@example.org", "expires": 7,
        "more": [{"deep": ["x-4711"], "sessionToken": "correct-horse"}],
        "spaced": "  y-4711  ", "proxy": "https://ada:pw@px", "two": "r-1234",
    }  # fmt: skip
    assert known(entry) == {
        "a.b.cdef", "r-1234", "i-12345", "Hunter 2", "11111111-2222", "ada@example.org", "x-4711", "y-4711",
        "https://ada:pw@px", "correct-horse",
    }  # fmt: skip
    assert "r-1234" not in repr(secret_texts(entry))


@pytest.mark.parametrize(
    "value",
    [
        "short", "enterprise", "image-generation", "Jane Doe", "https://api.openai.com/v1", "${MY_KEY}", "$MY_KEY", "",
        {"type": "x-123456"}, {"provider": "x-123456"}, {"id": "x-123456"}, {"mode": "x-123456"}, 7, None, True,
    ],
)  # fmt: skip
def test_what_only_names_something_is_not(value: Any) -> None:
    assert known({"a": value}) == set()


trees = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(trees)
def test_any_tree_is_read(value: Any) -> None:
    assert all(len(text) >= 6 for text in known(value))


def fill(home: Path) -> Host:
    """A machine with another secret at every place."""
    agent = home / ".openclaw" / "agents" / "main" / "agent"
    agent.mkdir(parents=True)
    (home / ".codex").mkdir()
    request = {"auth": {"mode": "header", "headerName": "X-Api-Key", "value": "header-11"}, "headers": {"a": "deep-22"}}
    config = {
        "models": {"providers": {"openai": {
            "headers": {"Authorization": "Bearer bearer-33", "x": {"source": "env", "provider": "d", "id": "SENT"}},
            "models": [{"id": "m-123456", "headers": {"x": "model-44"}}],
            "request": request, "baseUrl": "https://public.example/v1",
        }}},
        "proxy": {"proxyUrl": "http://user-55-long:pass-66-long@px:1"},
    }  # fmt: skip
    (home / ".openclaw" / "openclaw.json").write_text(json.dumps(config))
    entry = {"type": "oauth", "provider": "openai", "access": "access-77", "refresh": "refresh-88", "idToken": "id-999"}
    personal = "personal:gateway-owner:00000000-0000-0000-0000-000000000000"
    dropped = {"type": "oauth", "refresh": "dropped-10"}
    owned = {"type": "oauth", "provider": "openai", "refresh": "personal-12"}
    profiles = {"openai:a": entry | {"accountId": "account-11"}, "x": dropped, personal: owned}
    (agent / "auth-profiles.json").write_text(json.dumps({"profiles": profiles, "lastGood": {"openai": "openai:a"}}))
    tokens = {"access_token": "codex-13", "refresh_token": "codex-14", "id_token": "codex-15", "account_id": "codex-16"}
    content = {"tokens": tokens, "auth_mode": "chatgpt", "last_refresh": "2026-11-01T00:00:00Z"}
    (home / ".codex" / "auth.json").write_text(json.dumps(content))
    return Host(env={"SENT": "variable-17"}, home=home, which=lambda _: None)


def test_everything_that_was_read_and_is_secret_is_known_and_in_no_repr(tmp_path: Path) -> None:
    setting = read(fill(tmp_path))
    found = secrets_in(setting)
    wanted = {
        "header-11", "deep-22", "bearer-33", "model-44", "user-55-long", "pass-66-long", "access-77", "refresh-88",
        "id-999", "dropped-10", "account-11", "personal-12", "codex-13", "codex-14", "codex-15", "codex-16",
        "variable-17",
    }  # fmt: skip
    assert wanted <= found
    assert not [text for text in wanted - {"account-11", "codex-16"} if text in repr(setting)]
    plain = {"openai:a", "openai", "X-Api-Key", "m-123456", "chatgpt", "2026-11-01T00:00:00Z"}
    assert not found & (plain | {"https://public.example/v1"})
