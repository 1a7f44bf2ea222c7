"""The screen and the JSON of `routecheck explain`, and the screen of the matrix: readable, bounded, frozen names."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from diagnose.model.explanation import Attempt, Candidate, Explanation, Found
from diagnose.model.matrix import BranchListed, GroupListed, Listing, RowListed
from reports import explanation_json, explanation_text, matrix_text
from reports.text import columns, is_command

SCHEMA_FILE = Path(reports.__file__).parent / "schemas" / "explanation.v1.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))

EDGE = Found(
    symptom="edge-html",
    branch="timeout_transport",
    action="check_edge_headers_or_egress",
    title="A web page answered instead of the API",
    meaning="An edge or a proxy answered in HTML; the API never saw the request.",
    first_check="The base URL, the proxy settings and the country that the request leaves from.",
    better_move="Repeat the request from another network; keep the cf-ray value for the provider.",
    not_this="An expired login: nobody has looked at the credential.",
    confirm="The same request from another network gets JSON.",
    as_of="2026-11-20",
    source="openai/codex#16052",
)
VERIFY = replace(EDGE, symptom="org-unverified", branch="model_access_verification", action="verify_organization",
                 title="The organisation is not verified")  # fmt: skip
DIAGNOSED = Explanation(
    outcome="diagnosed",
    because=("the body is a web page", "a cf-ray header stands beside it"),
    facts={"http_status": 403, "code": "", "host": "chatgpt.com", "request_id": "8f1-FRA", "waited": 30.0},
    found=EDGE,
    attempts=(
        Attempt(tried="openai/gpt-image-2", symptom="edge-html", branch="timeout_transport", because="a web page",
                matters=True),
        Attempt(tried="google/imagen", symptom="", branch="", because="", matters=False),
    ),
    next=("routecheck run --no-fallback --no-spend", "curl -v https://api.openai.com/v1 2>&1 | routecheck explain -"),
    dont=("Do not log in again: the login was never looked at.",),
)  # fmt: skip
AMBIGUOUS = Explanation(
    outcome="ambiguous",
    because=("the text says 'missing scopes'",),
    facts={"http_status": 401},
    question="Which credential was sent: an API key or a ChatGPT login?",
    candidates=(
        Candidate(given="a ChatGPT login was sent", say="--credential codex-oauth", found=EDGE),
        Candidate(given="nobody can say", say="", found=VERIFY),
    ),
    next=("routecheck explain --credential codex-oauth …", "routecheck token"),
)
UNKNOWN = Explanation(
    outcome="unknown", collect=("the whole answer with its status",), next=("routecheck run --no-fallback --no-spend",)
)
BRANCH = Explanation(
    outcome="diagnosed",
    because=("HTTP 524",),
    found=replace(EDGE, symptom="timeout_transport", title="Time and transport"),
    candidates=(Candidate(given=EDGE.title, say="", found=EDGE),),
)
EVERY = {"diagnosed": DIAGNOSED, "ambiguous": AMBIGUOUS, "unknown": UNKNOWN}
MATRIX = Listing(
    groups=(
        GroupListed(id="oauth-403", kind="symptom", title="HTTP 403 with a login", branches=("timeout_transport",),
                    misleads="It is sent to the login.", refined_by="HTML or JSON.", rows=("edge-html",)),
        GroupListed(id="intended", kind="result", title="An image", branches=("timeout_transport",),
                    misleads="Logs name what was asked.", refined_by="Evidence.", rows=("edge-html",)),
    ),
    branches=(
        BranchListed(
            id="timeout_transport", title="Time and transport", meaning="The line.", checks=("smoke",),
            rows=tuple(RowListed(id=f.symptom, title=f.title, action=f.action, as_of=f.as_of, source=f.source)
                       for f in (EDGE, VERIFY)),
        ),
        BranchListed(id="scope", title="Scope", meaning="Never.", checks=(), rows=()),
    ),
)  # fmt: skip


def test_the_checked_in_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == explanation_json.schema_text(), (
        f"write reports.explanation_json.schema_text() to {SCHEMA_FILE}"
    )


@pytest.mark.parametrize("name", EVERY)
def test_the_json_fits_the_schema(name: str) -> None:
    VALIDATOR.validate(json.loads(explanation_json.render(EVERY[name], version="1")))


def test_the_json_has_the_public_names_and_null_where_nothing_is_known() -> None:
    found = json.loads(explanation_json.render(DIAGNOSED, version="1"))
    assert (found["schema"], found["outcome"], found["exit_code"]) == ("routecheck.explanation/v1", "diagnosed", 0)
    assert (found["branch"], found["action"], found["symptom"]) == (EDGE.branch, EDGE.action, EDGE.symptom)
    assert found["facts"] == {
        "http_status": 403, "code": None, "type": None, "param": None, "host": "chatgpt.com", "request_id": "8f1-FRA",
        "waited": 30.0,
    }  # fmt: skip
    assert found["attempts"][1]["symptom"] is None
    unsure = json.loads(explanation_json.render(AMBIGUOUS, version="1"))
    assert (unsure["branch"], unsure["action"], unsure["symptom"], unsure["row"]) == (None, None, None, None)
    assert [(c["branch"], c["if"], c["say"]) for c in unsure["candidates"]] == [
        ("timeout_transport", "a ChatGPT login was sent", "--credential codex-oauth"),
        ("model_access_verification", "nobody can say", None),
    ]


@pytest.mark.parametrize("name", EVERY)
def test_what_people_see(name: str, snapshot) -> None:
    assert explanation_text.render(EVERY[name]) == snapshot


def test_a_row_a_branch_and_a_check_by_their_ids(snapshot) -> None:
    row = Explanation(outcome="diagnosed", found=EDGE, next=DIAGNOSED.next, dont=DIAGNOSED.dont)
    shown = [
        explanation_text.render_row("edge-html", row),
        explanation_text.render_row("timeout_transport", BRANCH),
        explanation_text.render_row("smoke.generation", BRANCH, title="Smoke image", about="Whether an image comes."),
        explanation_text.render_row("oauth-403", replace(BRANCH, found=replace(EDGE, symptom="oauth-403"))),
    ]
    assert "\n=====\n".join(shown) == snapshot


def test_the_matrix_as_people_see_it(snapshot) -> None:
    assert matrix_text.render(MATRIX) + "=====\n" + matrix_text.render(MATRIX, branch="scope") == snapshot


def test_the_first_line_is_the_answer_and_the_names_stand_last() -> None:
    lines = explanation_text.render(DIAGNOSED).splitlines()
    assert lines[0] == "DIAGNOSED  A web page answered instead of the API"
    assert lines[-1] == "DIAGNOSED, exit code 0"
    assert lines.index("branch  timeout_transport") > lines.index("How to be sure")
    assert explanation_text.render(AMBIGUOUS).startswith("AMBIGUOUS  Which credential was sent")


def test_what_to_do_stands_right_behind_what_happened_and_a_reason_under_the_verdict() -> None:
    shown = explanation_text.render(DIAGNOSED)
    assert shown.splitlines()[1] == "           the body is a web page"
    titles = ["What happened", "What to do now", "What not to do", "What else speaks for it", "The attempts in it",
              "Read out of the text", "What it is often taken for", "How to be sure"]  # fmt: skip
    places = [shown.index(f"\n{title}\n") for title in titles]
    assert places == sorted(places)
    assert shown.count("the body is a web page") == 1


def test_an_answer_that_is_a_command_stands_in_its_case() -> None:
    command = "routecheck explain error.log --credential codex-oauth"
    shown = explanation_text.render(replace(AMBIGUOUS, next=(command, "routecheck token")))
    assert f"        {command}\n" in shown
    assert shown.count(command) == 1
    assert "type the command of the case that is true" in shown


def test_where_nothing_is_to_be_typed_the_head_says_all() -> None:
    shown = explanation_text.render(
        Explanation(outcome="unknown", because=("it was Monday",), collect=("All is well.",))
    )
    assert shown == "UNKNOWN  All is well.\n         it was Monday\n\nUNKNOWN, exit code 3\n"


@pytest.mark.parametrize("width", [80, 120])
def test_a_command_stays_in_one_piece_and_what_it_says_of_itself_fits(width: int) -> None:
    command = "routecheck run --no-fallback --through direct"
    about = "pays for one image: does it work without the program?"
    shown = explanation_text.render(replace(DIAGNOSED, next=(f"{command}   # {about}",)), width=width)
    assert (f"    # {about}\n    {command}\n" if width == 80 else f"    {command}   # {about}\n") in shown
    assert max(map(len, shown.splitlines())) <= width
    alone = "routecheck " + "x" * 200
    assert f"    {alone}\n" in explanation_text.render(replace(DIAGNOSED, next=(alone,)), width=width)


def test_an_address_stands_like_a_command() -> None:
    shown = explanation_text.render(replace(DIAGNOSED, next=("https://platform.openai.com/settings", "getent hosts x")))
    assert "\n    https://platform.openai.com/settings\n    getent hosts x\n" in shown


def test_what_is_known_stands_before_what_to_collect() -> None:
    shown = explanation_text.render(replace(UNKNOWN, facts={"http_status": 418}))
    assert shown.index("Read out of the text") < shown.index("What to collect") < shown.index("What to type")


def test_colour_marks_the_first_word_alone() -> None:
    plain = explanation_text.render(DIAGNOSED)
    assert explanation_text.render(DIAGNOSED, colour=True) == plain.replace(
        "DIAGNOSED", "\x1b[1;32mDIAGNOSED\x1b[0m", 1
    )
    assert "\x1b" not in plain


@given(text=st.text(max_size=300), width=st.integers(40, 120))
def test_no_text_of_a_stranger_breaks_the_screen(text: str, width: int) -> None:
    shown = replace(
        DIAGNOSED,
        because=(text,),
        facts={"code": text},
        attempts=tuple(replace(a, tried=text) for a in DIAGNOSED.attempts),
    )
    for line in explanation_text.render(shown, width=width).splitlines():
        assert not [sign for sign in line if unicodedata.category(sign) in {"Cc", "Cs"} or sign in "\u202e\u2066"]
        assert columns(line) <= max(width, 48) or is_command(line.strip())
    VALIDATOR.validate(json.loads(explanation_json.render(shown, version="1")))
