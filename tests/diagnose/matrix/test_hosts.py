"""Whose a host is, by its name alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.matrix.hosts import whose


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("", ""),
        ("{resource}.openai", ""),
        ("api.openai.com", "known"),
        ("api.openai.com.", "known"),
        ("eastus.openai.azure.com", "known"),
        ("localhost", "private"),
        ("192.168.1.20", "private"),
        ("fd00::1", "private"),
        ("gateway.lan", "private"),
        ("llm.default.svc.cluster.local", "private"),
        ("api.opena1.com", "imitation"),
        ("api.0penai.com", "imitation"),
        ("chatgtp.com", "imitation"),
        ("openapi.gateway.net", "stranger"),
        ("api.openai.com.gateway.net", "stranger"),
        ("notopenai.com", "stranger"),
        ("xopenai.com", "stranger"),
        ("relay.gateway.net", "stranger"),
    ],
)
def test_a_host_is_of_one_kind(host: str, kind: str) -> None:
    assert whose(host) == kind


@given(st.text(max_size=300))
def test_any_name_is_of_some_kind(host: str) -> None:
    assert whose(host) in {"", "known", "private", "stranger", "imitation"}
