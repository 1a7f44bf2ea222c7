"""The HTML as a parser sees it: no script, no handler, no request, and no stranger's words as markup."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.model.report import Report
from reports import html

VOID = {"meta", "img", "wbr"}
URL_ATTRIBUTES = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href"}


class Page(HTMLParser):
    """Tags with their attributes, the text outside of <style>, and whether every tag was closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def _assert_inert(page: Page) -> None:
    assert page.open == []
    assert not {"script", "iframe", "object", "embed", "link", "base", "form", "a", "svg"} & {t for t, _ in page.tags}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert "style" not in attributes
        for name in URL_ATTRIBUTES & set(attributes):
            assert (attributes[name] or "").startswith("data:image/png;base64,")


def test_every_report_is_inert(runs: Mapping[str, Report]) -> None:
    for report in runs.values():
        text = html.render(report)
        _assert_inert(Page(text))
        style = text[text.index("<style>") : text.index("</style>")]
        assert not re.search(r"url\(|@import|expression\(|https?:", style)


def test_the_policy_allows_style_and_embedded_images_alone(runs: Mapping[str, Report]) -> None:
    metas = Page(html.render(runs["proven"])).all("meta")
    policy = next(m["content"] or "" for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == "'unsafe-inline'"
    assert rules["img-src"] == "data:"
    assert "script-src" not in rules


def test_the_image_is_embedded_as_received(runs: Mapping[str, Report]) -> None:
    report = runs["proven"]
    (image,) = Page(html.render(report)).all("img")
    assert b64decode((image["src"] or "").removeprefix("data:image/png;base64,")) == report.image
    assert image["alt"]
    assert not Page(html.render(runs["broken"])).all("img")


def test_structure_for_those_who_do_not_see_it(runs: Mapping[str, Report]) -> None:
    for report in runs.values():
        page = Page(html.render(report))
        assert page.all("html")[0]["lang"] == "en"
        assert next(tag for tag, _ in page.tags if re.fullmatch(r"h\d", tag)) == "h1"
        assert len(page.all("h1")) == len(page.all("main")) == 1
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert all(cell.get("scope") in {"col", "row"} for cell in page.all("th"))
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        assert {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a} <= set(ids)
        assert all(a.get("aria-label") for _, a in page.tags if a.get("role") == "img")


@pytest.mark.parametrize("verdict", ["proven", "contradicted", "unproven", "broken"])
def test_everything_of_the_report_is_in_it(verdict: str, runs: Mapping[str, Report]) -> None:
    report = runs[verdict]
    text = Page(html.render(report)).text
    wanted = [report.verdict.value.capitalize(), *report.because, *report.next, *report.notes]
    wanted += [row.value for row in report.contract] + [w.value for w in report.witnesses]
    for done in report.checks:
        outcome = done.outcome
        wanted += [done.check_id, outcome.summary, *outcome.remedy]
        if outcome.status.value not in {"pass", "skip"}:
            wanted += [outcome.measured or "", outcome.expected or ""]
    wanted += [words for s in report.symptoms for words in (s.title, s.id)]
    assert [words for words in wanted if " ".join(words.split()) not in text] == []
    assert text.index(report.verdict.value.capitalize()) < text.index(report.contract[0].value)


def test_problems_come_before_passes(runs: Mapping[str, Report]) -> None:
    text = Page(html.render(runs["contradicted"])).text
    assert text.index("FAIL") < text.index("WARN") < text.index("environment.network")


@settings(deadline=None)
@given(st.text(alphabet=st.characters() | st.sampled_from("<>\"'&/!=-{}%"), max_size=60))
def test_no_text_becomes_markup(poisoned: Callable[[str], Report], text: str) -> None:
    page, harmless = Page(html.render(poisoned(text))), Page(html.render(poisoned("x")))
    _assert_inert(page)
    if text and len(text) < 60:
        # The same report with harmless words has the same elements, line break hints apart.
        kept = [tag for tag, _ in page.tags if tag not in {"wbr", "code", "span"}]
        assert kept == [tag for tag, _ in harmless.tags if tag not in {"wbr", "code", "span"}]
