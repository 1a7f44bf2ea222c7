"""The screen and the JSON of `routecheck token`: the answer first, nothing cut, and frozen names."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from diagnose.model.token import OrganizationRow, SurfaceRow, TokenProblem, TokenReport
from reports import token_json, token_text
from reports.text import columns

SCHEMA_FILE = Path(reports.__file__).parent / "schemas" / "token.v1.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
NOW = 1_800_000_000.0

SURFACES = tuple(
    SurfaceRow(id=name, can=can, why=f"What is known of {name}.", as_of=date(2026, 11, 20), source="a test")
    for name, can in (("openai-images", "no"), ("codex-responses", "yes"), ("codex-images", "maybe"))
)
LOGIN = TokenReport(
    route="codex-responses",
    verdict="fit",
    name="codex",
    source="the login of the Codex CLI",
    file="/home/op/.codex/auth.json",
    agent=None,
    kind="codex-oauth",
    family="codex-oauth",
    about="a Codex OAuth token",
    fingerprint="0badcafe",
    form="jwt",
    algorithm="RS256",
    issuer="https://auth.openai.com",
    client_id="app_x",
    audience=("https://api.openai.com/v1",),
    scopes=("openid", "email"),
    account="acc-1",
    workspace="acc-1",
    user="user-1",
    plan="plus",
    organizations=(OrganizationRow(id="org-1", role="owner", default=True), OrganizationRow(id="org-2", role=None,
                                                                                          default=False)),
    issued_at=NOW - 3600,
    expires_at=NOW + 86_400,
    expired=False,
    last_refresh=NOW - 7200,
    has_refresh=True,
    signature="no public keys are at hand",
    surfaces=SURFACES,
    next=("routecheck run --no-fallback",),
    now=NOW,
)  # fmt: skip
EXPIRED = replace(
    LOGIN,
    verdict="stopped",
    workspace="acc-2",
    expires_at=NOW - 60,
    expired=True,
    problems=(
        TokenProblem(id="no-refresh-token", says="No refresh token.", remedy="Log in.", stops=False),
        TokenProblem(id="expired", says="It expired.", remedy="Renew it.", stops=True),
    ),
)
KEY = TokenReport(
    route="openai-images", verdict="unclear", name=None, source="stdin", file=None, agent=None, kind="unknown-key",
    family="", about="a key of an unfamiliar form", fingerprint="12345678", form="opaque", now=NOW,
)  # fmt: skip
HIDDEN = replace(
    LOGIN, account=None, user=None, plan=None, encrypted_identity=True, verified=True, signature="it holds"
)
NONE = replace(KEY, kind="none", form="none", fingerprint=None, verdict="stopped", source="nothing is there")
EVERY = [LOGIN, EXPIRED, KEY, HIDDEN, NONE]


def test_the_checked_in_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == token_json.schema_text(), (
        f"write reports.token_json.schema_text() to {SCHEMA_FILE}"
    )


@pytest.mark.parametrize("report", EVERY)
def test_the_json_fits_the_schema(report: TokenReport) -> None:
    VALIDATOR.validate(json.loads(token_json.render([report], version="1")))


def test_moments_are_in_utc_and_ages_in_seconds() -> None:
    found = json.loads(token_json.render([LOGIN], version="1"))
    assert (found["issued_at"], found["expires_at"]) == ("2027-01-15T07:00:00Z", "2027-01-16T08:00:00Z")
    assert (found["expires_in_seconds"], found["last_refresh_age_seconds"]) == (86_400, 7200)
    assert (found["generated_at"], found["has_refresh_token"]) == ("2027-01-15T08:00:00Z", True)
    assert found["organizations"][1] == {"id": "org-2", "role": None, "default": False}


def test_everything_is_a_list_and_nothing_an_entry_with_its_reasons() -> None:
    found = json.loads(token_json.render([LOGIN, KEY], everything=True, version="1"))
    assert [one["kind"] for one in found] == ["codex-oauth", "unknown-key"]
    (nothing,) = json.loads(token_json.render([NONE], everything=True, version="1"))
    assert (nothing["kind"], nothing["source"]) == ("none", "nothing is there")


def test_the_screen_says_first_whether_it_can_work() -> None:
    lines = token_text.render([LOGIN], width=80).splitlines()
    assert lines[0] == "FIT  Nothing stands in the way of codex-responses for the login of the Codex CLI"
    assert lines[-1] == "FIT, exit code 0"
    text = " ".join(token_text.render([EXPIRED], width=80).split())
    assert text.startswith("STOPPED The login of the Codex CLI (a Codex OAuth token) cannot work on codex-responses")
    assert "Why - It expired. -> Renew it. - Warning: No refresh token. -> Log in." in text
    assert "2027-01-15 07:59 UTC, 1 min ago - EXPIRED" in text
    assert "stored account acc-2" in text


def test_what_is_not_verified_is_called_claimed() -> None:
    claimed, verified = token_text.render([LOGIN]), token_text.render([HIDDEN])
    assert "(claimed, not verified)" in claimed
    assert "id               codex\n" in claimed
    assert "kind             a Codex OAuth token (codex-oauth)\n" in claimed
    assert "issued for       1 d 1 h\n" in claimed
    assert "signature        not checked: no public keys are at hand" in claimed
    assert "(verified)" in verified
    assert "account          encrypted, for its issuer alone" in verified
    assert "What it says of itself" not in token_text.render([KEY])


def test_surfaces_have_the_words_of_the_json_and_their_date() -> None:
    text = token_text.render([LOGIN])
    assert "Where a credential of its kind can work\n" in text
    assert "openai-images    no     What is known of openai-images. (2026-11-20)" in text
    assert "codex-images     maybe  What is known" in text


def test_a_right_kind_that_cannot_work_as_it_is_says_so_where_it_says_yes() -> None:
    text = token_text.render([EXPIRED])
    assert "codex-responses  yes    This one cannot, as it is: see Why." in text
    assert "This one cannot" not in token_text.render([LOGIN])


def test_a_list_is_brief_about_surfaces_and_counts_what_is_there() -> None:
    text = token_text.render([LOGIN, KEY], everything=True)
    assert "2 credentials found, judged for codex-responses; the first one decides.\n" in text
    assert "no               openai-images" in text
    assert "What is known of openai-images" not in text
    assert token_text.render([NONE], everything=True) == token_text.render([NONE])


def test_a_list_has_one_verdict_that_of_the_first_and_it_stands_first_and_last() -> None:
    lines = token_text.render([LOGIN, EXPIRED, KEY], everything=True).splitlines()
    assert lines[0].startswith("FIT  Nothing stands in the way")
    assert lines[-1] == "FIT, exit code 0"
    assert sum(line.startswith(("FIT", "STOPPED", "UNCLEAR")) for line in lines) == 2
    assert [line for line in lines if " of 3 " in line] == [
        "1 of 3 the login of the Codex CLI (a Codex OAuth token): fits",
        "2 of 3 the login of the Codex CLI (a Codex OAuth token): cannot work as it is",
        "3 of 3 stdin (a key of an unfamiliar form): cannot be told",
    ]


@pytest.mark.parametrize(
    ("name", "stops", "says"),
    [("wrong-kind", True, "not for this route"), ("not-read", True, "passed over"), ("not-used", False, "would be")],
)
def test_what_one_of_a_list_is_not_used_for_is_said_in_its_heading(name: str, stops: bool, says: str) -> None:
    problem = TokenProblem(id=name, says="It is so.", remedy="Mend it.", stops=stops)
    other = replace(LOGIN, verdict="stopped" if stops else "fit", problems=(problem,))
    heading = next(line for line in token_text.render([LOGIN, other], everything=True).splitlines() if "2 of 2" in line)
    assert says in heading


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("report", EVERY)
def test_no_line_is_wider_than_asked(report: TokenReport, width: int) -> None:
    for everything in (False, True):
        text = token_text.render([report], everything=everything, width=width)
        assert max(columns(line) for line in text.splitlines()) <= width
        assert text == "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@given(st.text(min_size=1))
def test_what_a_token_says_cannot_steer_the_terminal_or_break_the_json(text: str) -> None:
    names: dict[str, Any] = dict.fromkeys(("issuer", "client_id", "account", "user", "plan", "source", "file"), text)
    report = replace(LOGIN, **names, scopes=(text,), audience=(text,), notes=(text,))
    shown = token_text.render([report], width=80)
    assert all(unicodedata.category(char) not in {"Cc", "Cs"} for char in shown.replace("\n", ""))
    assert max(map(columns, shown.splitlines())) <= 80
    VALIDATOR.validate(json.loads(token_json.render([report], version="1")))
