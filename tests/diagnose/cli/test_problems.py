"""What a wrong command line is answered with."""

from __future__ import annotations

from typing import Any

import pytest

TOKEN = "eyJhbGciOi.abc.def"


@pytest.mark.parametrize("words", [
    ["run", TOKEN], ["run", "--no-fallback", "x" * 20], ["providers", TOKEN], ["checks", TOKEN],
    ["playbook", "run", "debug-codex-401-403", "--", TOKEN],
])  # fmt: skip
def test_an_argument_too_many_that_may_be_a_credential_is_not_repeated(routecheck: Any, words: list[str]) -> None:
    done = routecheck(*words)
    assert done.returncode == 2
    assert words[-1] not in done.stdout + done.stderr
    assert "A credential must not stand on a command line" in done.stderr


def test_a_short_one_is_named(routecheck: Any) -> None:
    assert "Got unexpected extra argument (fast)" in routecheck("run", "fast").stderr


@pytest.mark.parametrize(
    "words", [["Zq7pLm4Xw9TrV2bN"], ["api_key=hunter2"], ["--Zq7pLm4Xw9TrV2bN"], ["run", "--Zq7pLm4X"]]
)
def test_a_command_or_an_option_that_is_none_is_repeated_only_if_it_is_a_word(
    routecheck: Any, words: list[str]
) -> None:
    done = routecheck(*words)
    assert done.returncode == 2
    assert "Zq7" not in done.stderr
    assert "hunter2" not in done.stderr
    assert "there is no command 'explian'; did you mean explain?" in routecheck("explian").stderr
    assert "No such option '--dri'" in routecheck("run", "--dri").stderr


def test_the_help_names_the_way_out_of_a_403(routecheck: Any) -> None:
    assert "routecheck playbook run debug-codex-401-403\n" in routecheck("--help").stdout
