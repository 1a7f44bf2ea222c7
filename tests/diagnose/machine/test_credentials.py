"""Which key is used, where it was read, and what its form alone shows."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.machine.credentials import candidates, kind_of, unread_sources
from diagnose.machine.host import Host
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.facts import ApiKey, Origin, Provider
from diagnose.model.secret import Secret

CODEX = "app_EMoamEEZ73f0CkXaXp7hrann"


def token(**claims: Any) -> str:
    return jwt.encode(claims, "a signing secret of enough length", algorithm="HS256")


def machine(tmp_path: Path, dotenv: str = "", **env: str) -> Host:
    (tmp_path / ".openclaw").mkdir(exist_ok=True)
    (tmp_path / ".openclaw" / ".env").write_text(dotenv)
    return Host(env=env, home=tmp_path)


AT = Origin(file=None, key="models.providers.openai")


def keyed(secret: str | None, form: str = "plain") -> dict[str, Provider]:
    key = ApiKey(form=form, secret=Secret(secret) if secret else None, origin=AT)
    return {"openai": Provider(id="openai", base_url=None, api_key=key, origin=AT)}


FULL = Config(variables={"OPENAI_API_KEY": "sk-vars"}, providers=keyed("sk-config"))


def test_the_order_in_which_keys_are_preferred(tmp_path: Path) -> None:
    def used(*, env: bool, dotenv: bool, config: Config) -> list[str]:
        host = machine(tmp_path, "OPENAI_API_KEY=sk-dotenv\n" * dotenv, **({"OPENAI_API_KEY": "sk-env"} if env else {}))
        return [c.secret.reveal() for c in candidates(host, config)]

    assert used(env=True, dotenv=True, config=FULL) == ["sk-env", "sk-dotenv", "sk-vars", "sk-config"]
    assert used(env=False, dotenv=True, config=FULL)[0] == "sk-dotenv"
    assert used(env=False, dotenv=False, config=FULL)[0] == "sk-vars"
    only_key = Config(providers=FULL.providers)
    assert used(env=False, dotenv=False, config=only_key) == ["sk-config"]
    assert used(env=False, dotenv=False, config=Config()) == []


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_an_empty_variable_is_no_key_and_space_around_one_is_cut(tmp_path: Path, value: str) -> None:
    assert candidates(machine(tmp_path, OPENAI_API_KEY=value), Config()) == ()
    (found,) = candidates(machine(tmp_path, OPENAI_API_KEY=f"sk-proj-x{value}"), Config())
    assert found.secret.reveal() == "sk-proj-x"


def test_no_repr_shows_a_key(tmp_path: Path) -> None:
    (found,) = candidates(machine(tmp_path, OPENAI_API_KEY="sk-proj-planted"), Config())
    assert "planted" not in f"{found!r} {found}"
    assert found.secret.fingerprint in repr(found)


@pytest.mark.parametrize(
    ("value", "kind", "use"),
    [
        ("sk-proj-abc", "project-key", "yes"),
        ("sk-svcacct-abc", "service-account-key", "yes"),
        ("sk-admin-abc", "admin-key", "no"),
        ("sk-or-v1-abc", "openrouter-key", "maybe"),
        ("sk-ant-abc", "anthropic-key", "maybe"),
        ("sk-abc", "legacy-key", "yes"),
        ("abc", "unknown-key", "maybe"),
        ("sk-proj-abc\nsk-proj-def", "damaged-key", "no"),
        ("sk-proj-a bc", "damaged-key", "no"),
        ("sk-proj-äbc", "damaged-key", "no"),
        ("“sk-proj-abc”", "damaged-key", "no"),
        ("sk-proj-a\x00bc", "damaged-key", "no"),
        (token(client_id=CODEX), "codex-oauth", "no"),
        (token(**{"https://api.openai.com/auth": {"chatgpt_account_id": "x"}}), "codex-oauth", "no"),
        (token(client_id="oaiapp_123"), "siwc-token", "no"),
        (token(client_id="oaiapp_123", **{"https://api.openai.com/auth": {}}), "siwc-token", "no"),
        (token(scope="openid chatgpt.tokens.use.direct"), "siwc-token", "no"),
        (token(scp=["chatgpt.tokens.use.direct"], client_id=CODEX), "siwc-token", "no"),
        (token(iss="https://auth.openai.com", aud=[CODEX], sub="x"), "codex-id-token", "no"),
        (token(iss="https://auth.openai.com", aud=[CODEX], client_id=CODEX), "codex-oauth", "no"),
        (token(iss="https://auth.openai.com", aud="https://api.openai.com/v1"), "workload-identity", "maybe"),
        (token(iss="https://elsewhere.example", aud="https://api.openai.com/v1"), "other-jwt", "maybe"),
        ("rt_abc", "refresh-token", "no"),
        ("at-abc", "codex-access-token", "no"),
        ("eyJhbGciOiJIUzI1NiJ9", "damaged-jwt", "no"),
        ("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..iv.text.tag", "encrypted-token", "maybe"),
        (token(client_id="other", exp=1), "other-jwt", "maybe"),
        (token(client_id=["a"], aud=5, iat="x", nbf="y"), "other-jwt", "maybe"),
        (token(), "other-jwt", "maybe"),
        ("eyJhbGciOiJIUzI1NiJ9.x.y", "damaged-jwt", "no"),
        ("eyJ..", "damaged-jwt", "no"),
    ],
)
def test_what_the_form_shows(value: str, kind: str, use: str) -> None:
    found = kind_of(value)
    assert (found.id, found.use) == (kind, use)
    assert value not in found.about


def test_the_four_kinds_that_openai_gives_out_are_families() -> None:
    texts = {
        "sk-proj-x": "platform-key", "sk-svcacct-x": "platform-key", "sk-x": "platform-key",
        token(iss="https://auth.openai.com", aud="https://api.openai.com/v1"): "workload-identity",
        token(client_id=CODEX): "codex-oauth", token(client_id="oaiapp_1"): "siwc",
        "sk-or-v1-x": "", "anything": "", token(): "",
    }  # fmt: skip
    assert {text: kind_of(text).family for text in texts} == texts


def test_no_library_for_tokens_is_needed_to_tell_a_kind() -> None:
    import subprocess
    import sys

    asked = f"from diagnose.machine.credentials import kind_of; kind_of({token()!r})"
    code = f"import sys; {asked}; print('jwt' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_token_whose_payload_is_no_object_is_damaged() -> None:
    for payload in (b"[]", b"5", b"{", b"\xff", b"[" * 50_000):
        head, _, sign = token().split(".")
        body = base64.urlsafe_b64encode(payload).decode().rstrip("=")
        assert kind_of(f"{head}.{body}.{sign}").id == "damaged-jwt"


@given(st.text(max_size=30) | st.text(max_size=30).map(lambda t: f"eyJ{t}.{t}.{t}") | st.binary(max_size=30).map(
    lambda b: ".".join([base64.urlsafe_b64encode(b'{"alg":"none"}').decode(), base64.urlsafe_b64encode(b).decode(), ""])
))  # fmt: skip
def test_every_text_has_a_kind(value: str) -> None:
    assert kind_of(value).use in {"yes", "no", "maybe"}


def test_other_places_are_named_and_not_read(tmp_path: Path) -> None:
    host = machine(tmp_path, CODEX_API_KEY="sk-planted")
    reference = Config(providers=keyed(None, "reference to file"))
    assert unread_sources(host, reference) == ("models.providers.openai.apiKey (reference to file)", "CODEX_API_KEY")
    assert unread_sources(machine(tmp_path), FULL) == ()


def test_the_auth_stores_are_those_of_the_state_folder(tmp_path: Path) -> None:
    """Whatever OPENCLAW_CONFIG_PATH says: it moves the config and nothing else."""
    state = tmp_path / "elsewhere"
    (state / "state").mkdir(parents=True)
    (state / "state" / "openclaw.sqlite").write_bytes(b"no database")
    agent = state / "agents" / "main" / "agent"
    agent.mkdir(parents=True)
    profile = {"type": "api_key", "provider": "openai", "key": "sk-planted"}
    (agent / "auth-profiles.json").write_text(json.dumps({"version": 1, "profiles": {"openai:default": profile}}))
    host = machine(tmp_path, OPENCLAW_STATE_DIR=str(state), OPENCLAW_CONFIG_PATH=str(tmp_path / "own" / "c.json"))
    found = unread_sources(host, Config())
    assert len(found) == 2
    assert "openclaw.sqlite" in found[0]
    assert "auth-profiles.json" in found[1]
    assert "planted" not in str(found)


@pytest.mark.parametrize("env", [{}, {"CODEX_HOME": "codex"}])
def test_the_codex_login_is_noticed(tmp_path: Path, env: dict[str, str]) -> None:
    folder = tmp_path / (env.get("CODEX_HOME") or ".codex")
    folder.mkdir()
    (folder / "auth.json").write_text("{}")
    assert unread_sources(machine(tmp_path, **env), Config()) == ("the Codex login (auth.json)",)
