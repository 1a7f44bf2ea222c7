"""The shared types: secrets do not show themselves, and texts from outside are read with care."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.model.answer import Answer
from diagnose.model.check import Check, Cost, Outcome, Status, skip
from diagnose.model.claim import Claim, Parameters
from diagnose.model.secret import Secret


def test_a_secret_is_shown_by_its_fingerprint_alone() -> None:
    secret = Secret("planted")
    shown = f"{secret} {secret!r} {[secret]} {secret:}"
    assert "planted" not in shown
    assert secret.fingerprint == "372eb377"
    assert secret.fingerprint in shown
    assert secret.reveal() == "planted"


def test_a_secret_is_neither_pickled_nor_copied_into_a_text() -> None:
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            way(Secret("planted-value"))
        assert "planted" not in "".join(traceback.format_exception(caught.value)[-1:])


def test_equal_secrets_are_equal() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


@given(st.text())
def test_every_secret_has_a_fingerprint(value: str) -> None:
    assert len(Secret(value).fingerprint) == 8
    assert Secret("\ud800\udcff").fingerprint


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ("1024x1024", (1024, 1024)), ("0x0", (0, 0)), ("auto", None), ("", None), ("x", None), ("1024", None),
        ("1024x", None), ("x1024", None), ("-1x1", None), ("1x1x1", None), ("1.5x1", None), (" 1x1", None),
        ("²x²", None), ("\uff11x\uff11", None), ("9" * 5000 + "x1", None), ("1X1", None),
    ],
)  # fmt: skip
def test_which_text_is_a_size(size: str, pixels: tuple[int, int] | None) -> None:
    assert Parameters(size=size).pixels() == pixels


@given(st.text(max_size=30))
def test_any_text_may_stand_where_a_size_is_expected(size: str) -> None:
    assert Parameters(size=size).pixels() is None or "x" in size


@pytest.mark.parametrize(
    ("model", "provider", "model_id"),
    [
        ("openai/gpt-image-2", "openai", "gpt-image-2"), ("gpt-image-2", "", "gpt-image-2"),
        ("openrouter/openai/gpt-image-2", "openrouter", "openai/gpt-image-2"),
    ],
)  # fmt: skip
def test_a_model_reference_is_split_at_the_first_slash(model: str, provider: str, model_id: str) -> None:
    claim = Claim(route="openai-images", model=model)
    assert (claim.provider, claim.model_id, claim.fallback) == (provider, model_id, "undeclared")


def test_an_answer_in_one_line() -> None:
    assert Answer(status=401, code="invalid_api_key", message="No.").describe() == "401 invalid_api_key: No."
    assert Answer(status=500, error_type="server_error").describe() == "500 server_error"
    assert Answer(status=None, transport="timeout", detail="too slow").describe() == "too slow"
    assert Answer(status=None, transport="dns").describe() == "dns"
    assert len(Answer(status=400, message="x" * 999).describe()) == 400
    assert not Answer(status=200, transport="dropped").ok
    assert Answer(status=200).ok


def test_a_check_and_a_skip() -> None:
    check: Check[None] = Check(
        id="served.model", title="t", about="a", cost=Cost.OFFLINE, needs=(), run=lambda _: skip("why")
    )
    assert check.group == "served"
    assert check.run(None) == Outcome(status=Status.SKIP, summary="why", skipped_because="why")
