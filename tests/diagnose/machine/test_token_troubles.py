"""Which tokens of a known kind were given out for somebody else; the other troubles are judged in test_judging.py."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from diagnose.machine.claims import read_claims
from diagnose.machine.credentials import kind_of
from diagnose.machine.token_troubles import foreign

CODEX = "app_EMoamEEZ73f0CkXaXp7hrann"


def token(**claims: Any) -> str:
    payload = {"iss": "https://auth.openai.com", "client_id": CODEX, "https://api.openai.com/auth": {}} | claims
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, payload)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, b"s" * 256))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (token(), []),
        (token(iss="https://auth.openai.com/"), []),
        (token(client_id=None), []),
        (token(client_id="app_other"), ["wrong-client"]),
        (token(iss=None), ["wrong-issuer"]),
        (token(iss="https://evil.example", client_id="app_other"), ["wrong-issuer", "wrong-client"]),
        (token(client_id="oaiapp_any"), []),  # of its own kind, which the surfaces judge
        ("sk-proj-x", []),
        (token()[:60], []),
    ],
)
def test_a_token_of_another_issuer_or_client_is_told_before_it_is_sent(text: str, wrong: list[str]) -> None:
    assert [problem.id for problem in foreign(kind_of(text), read_claims(text))] == wrong
