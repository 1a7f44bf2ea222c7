"""The HTML report laid out by a real browser: facts about boxes and colours, never pixels.

Chromium is driven through its debugging pipe, because that evaluates in the page although the page's own policy
forbids every script, and emulates colour scheme and paper as the browser itself understands them.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from diagnose.model.report import Report
from reports import html

PATIENCE = 60.0
VIEWPORTS = {360: 640, 768: 1024, 1280: 720}
A4_WITHIN_MARGINS = 690

MEASURE = """(() => {
  const root = document.documentElement, box = e => e.getBoundingClientRect().toJSON();
  const shown = e => e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true});
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const contrasts = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement, words = texts.currentNode.data.trim();
    if (!words || !shown(e)) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    contrasts.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), words.slice(0, 60)]);
  }
  const image = document.querySelector('img');
  return {
    width: root.clientWidth, scroll: root.scrollWidth, height: innerHeight,
    wide: [...document.querySelectorAll('body *')].filter(e => shown(e) && box(e).right > root.clientWidth + 0.5)
      .map(e => e.tagName + '.' + e.className).slice(0, 5),
    verdict: box(document.querySelector('h1')), meaning: box(document.querySelector('.meaning')),
    image: image && {
      box: box(image), within: box(image.parentElement), natural: image.naturalWidth, shown: shown(image),
    },
    faintest: contrasts.sort((x, y) => x[0] - y[0])[0], texts: contrasts.length,
    paper: light(behind(document.body)),
    folded: [...document.querySelectorAll('details .full')].filter(e => !shown(e) || box(e).height < 10).length,
    loaded: performance.getEntriesByType('resource').filter(r => !r.name.startsWith('data:')).map(r => r.name),
  };
})()"""


class Chromium:
    """One headless browser with one page. `close` ends its whole process group."""

    def __init__(self, program: str, profile: Path) -> None:
        read_commands, self._out = os.pipe()
        self._in, write_events = os.pipe()
        # The pipe must be at the descriptors 3 and 4 of the browser; the shell puts it there.
        command = f'exec "$0" "$@" 3<&{read_commands} 4>&{write_events}'
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad",
            "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            ["bash", "-c", command, program, *arguments],
            pass_fds=(read_commands, write_events),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(read_commands)
        os.close(write_events)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        try:
            target = self.ask("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self.ask("Page.enable")
        except BaseException:
            self.close()
            raise

    def ask(self, method: str, **parameters: Any) -> Any:
        """Send a command and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        answer = self._until(lambda m: m.get("id") == message["id"])
        assert "error" not in answer, answer
        return answer["result"]

    def _until(self, wanted: Any) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            while b"\0" not in self._buffer:
                ready, _, _ = select.select([self._in], [], [], max(deadline - time.monotonic(), 0))
                chunk = os.read(self._in, 1 << 20) if ready else b""
                if not chunk:
                    raise TimeoutError("chromium gave no answer")
                self._buffer += chunk
            raw, _, self._buffer = self._buffer.partition(b"\0")
            message: dict[str, Any] = json.loads(raw)
            if wanted(message):
                return message

    def measure(self, page: Path, *, width: int, height: int, scheme: str, media: str = "screen") -> Any:
        """Lay the page out and return what MEASURE says."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.ask(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        self.ask("Page.navigate", url=page.as_uri())
        self._until(lambda m: m.get("method") == "Page.loadEventFired")
        answer = self.ask("Runtime.evaluate", expression=MEASURE, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"]["value"]

    def close(self) -> None:
        """End the browser and everything that it started, whatever state it is in."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=PATIENCE)
        for descriptor in (self._in, self._out):
            os.close(descriptor)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed, and in CI the layout has to be measured")
        pytest.skip("chromium is not installed")
    browser = Chromium(program, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def pages(runs: Mapping[str, Report], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, report in runs.items():
        (folder / f"{name}.html").write_text(html.render(report), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in runs}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", VIEWPORTS)
@pytest.mark.parametrize("name", ["proven", "contradicted", "unproven", "broken", "sandbox"])
def test_on_a_screen(chromium: Chromium, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    found = chromium.measure(pages[name], width=width, height=VIEWPORTS[width], scheme=scheme)
    assert (found["width"], found["height"]) == (width, VIEWPORTS[width])
    _assert_readable(found)
    assert found["verdict"]["top"] >= 0
    assert found["verdict"]["height"] > 20
    assert found["meaning"]["bottom"] <= found["height"], "verdict and its meaning are seen without scrolling"
    assert (found["paper"] < 0.05) == (scheme == "dark")
    assert bool(found["image"]) == (name not in {"unproven", "broken"})
    if found["image"]:
        image, within = found["image"]["box"], found["image"]["within"]
        assert found["image"]["shown"]
        assert found["image"]["natural"] == 1024
        assert 200 < image["width"] <= within["width"] + 0.5
        assert abs(image["width"] / image["height"] - 1024 / 768) < 0.02


@pytest.mark.parametrize("width", VIEWPORTS)
@pytest.mark.parametrize("number", range(11))
def test_hostile_words_do_not_break_the_layout(
    chromium: Chromium, pages: dict[str, Path], number: int, width: int
) -> None:
    found = chromium.measure(pages[f"hostile-{number}"], width=width, height=VIEWPORTS[width], scheme="light")
    _assert_readable(found)
    assert found["verdict"]["bottom"] <= found["height"]


@pytest.mark.parametrize("name", ["proven", "contradicted", "hostile-6"])
def test_on_paper(chromium: Chromium, pages: dict[str, Path], name: str) -> None:
    """A dark screen does not make dark paper, and nothing stays folded where nobody can click."""
    found = chromium.measure(pages[name], width=A4_WITHIN_MARGINS, height=980, scheme="dark", media="print")
    _assert_readable(found)
    assert found["paper"] == pytest.approx(1)
    assert found["folded"] == 0


def test_long_values_are_folded_on_the_screen(chromium: Chromium, pages: dict[str, Path]) -> None:
    assert chromium.measure(pages["hostile-6"], width=768, height=1024, scheme="light")["folded"] > 10


def _assert_readable(found: Any) -> None:
    assert found["wide"] == []
    assert found["scroll"] <= found["width"]
    assert found["texts"] > 30
    assert found["faintest"][0] >= 4.5, found["faintest"]
    assert found["loaded"] == []
