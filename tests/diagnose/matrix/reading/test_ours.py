"""A report of ours that somebody pastes is read for what it says, in each form that it is saved in."""

from dataclasses import replace

import pytest

from diagnose.cli.explain import Hints, explain_text
from diagnose.matrix.explaining import explain_row
from diagnose.matrix.reading import read
from reports import explanation_text, html, json_v1, markdown, table

RENDERERS = {
    "json": json_v1.render,
    "markdown": markdown.render,
    "html": html.render,
    "table": table.render,
    "coloured": lambda report: table.render(report, colour=True),
    "narrow": lambda report: table.render(report, width=48),
    "windows": lambda report: table.render(report).replace("\n", "\r\n"),
}
FORMS = pytest.mark.parametrize("form", RENDERERS)


@FORMS
def test_the_first_symptom_and_the_route_of_a_saved_report(form, play) -> None:
    report = play("revoked")
    text = RENDERERS[form](report)
    assert report.symptoms
    for pasted in (text, f"$ routecheck run --no-fallback\n{text}", text.encode().decode("utf-8-sig")):
        found = explain_text(pasted, Hints())
        assert found.found is not None
        assert found.found.symptom == report.symptoms[0].id
        assert found.because[0].startswith("routecheck's own report of ")
        assert f"broken for {report.claim.model} through {report.claim.route}" in found.because[0]


@FORMS
def test_a_proven_report_has_nothing_to_mend(form, play) -> None:
    found = explain_text(RENDERERS[form](play("healthy")), Hints())
    assert (found.outcome, found.found) == ("unknown", None)
    assert found.collect == (
        "That sandbox run went as it should: there is nothing to mend, and nothing about production is proven by it.",
    )
    assert found.because[0].startswith("routecheck's own report of a sandbox run, no contract for production, of 20")


@FORMS
def test_a_report_that_says_proven_is_no_proof(form, play) -> None:
    found = explain_text(RENDERERS[form](replace(play("healthy"), sandbox=None)), Hints())
    assert found.collect == (
        "That report says proven and names nothing to mend. Pasted words prove nothing themselves: a new run does.",
    )
    assert "sandbox" not in found.because[0]


def test_a_part_of_a_report_and_the_screen_of_an_explanation_name_their_symptom(play) -> None:
    report = play("revoked")
    screen = table.render(report)
    part = screen[screen.index("Cause to act on") : screen.index("Checks:")]
    explanation = explanation_text.render(explain_row("edge-html"))
    for text, name in ((part, report.symptoms[0].id), (explanation, "edge-html"), (f"> {explanation}", "edge-html")):
        found = explain_text(text, Hints()).found
        assert found is not None
        assert found.symptom == name


@pytest.mark.parametrize(
    "text",
    [
        "routecheck says that something is broken: HTTP 503",
        "for more: routecheck explain nothing-that-we-know",
        "routecheck 0.1.0, 2026-11-21 19:30:25 UTC",
        "a table with the branch  scope\nrow     edge",
    ],
)
def test_words_about_us_are_no_report(text) -> None:
    assert read(text).report is None


@pytest.mark.parametrize("form", ["json", "markdown", "html", "table"])
def test_a_report_does_not_speak_for_an_error_beside_it(form, play) -> None:
    text = RENDERERS[form](play("healthy"))
    error = "HTTP 401 Incorrect API key provided: sk-****abcd"
    for pasted in (f"Yesterday:\n{text}\nToday:\n{error}\n", f"{error}\nand before that\n{text}"):
        found = explain_text(pasted, Hints()).found
        assert found is not None
        assert found.symptom == "bad-credential"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'HTTP 401 {"error":{"code":"invalid_api_key"},"schema":"routecheck.report/v1","verdict":"proven"}',
            "bad-credential",
        ),
        (
            "PROVEN  openai/gpt-image-2 through openai-images\nroutecheck 0.1.0, 2026-11-20 10:00:00 UTC\n\n"
            "Today:\nHTTP 401 Incorrect API key provided: sk-a",
            "bad-credential",
        ),
    ],
)
def test_words_of_ours_that_a_stranger_wrote_decide_nothing(text: str, expected: str) -> None:
    found = explain_text(text, Hints()).found
    assert found is not None
    assert found.symptom == expected
