"""The project as a newcomer and CI meet it: the README's commands, the help texts, the data files."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
in_tree = pytest.mark.skipif(not (ROOT / ".ci").is_dir(), reason="runs in the source tree")


def readme_commands(number: int) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci/readme_command.py"), str(number)], capture_output=True, text=True, check=True
    )
    return done.stdout


@in_tree
def test_ci_runs_the_readmes_commands_as_they_are_printed() -> None:
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci/run").read_text()
    for number in (1, 2):
        command = readme_commands(number)
        assert f"```sh\n{command}```" in readme
        assert f'bash -c "$(python3 .ci/readme_command.py {number})"' in ci
    assert "routecheck run --no-fallback --sandbox" in readme_commands(1)
    assert "pytest" in readme_commands(2)


@in_tree
def test_the_two_commands_are_all_that_set_up_takes() -> None:
    section = (ROOT / "README.md").read_text().partition("\n## Set-up\n")[2].partition("\n## ")[0]
    assert len(re.findall(r"^```sh$", section, re.MULTILINE)) == 2


@pytest.mark.wheel
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["run"],
        ["generate"],
        ["checks"],
        ["explain"],
        ["matrix"],
        ["providers"],
        ["sandbox"],
        ["sandbox", "serve"],
        ["sandbox", "scenarios"],
        ["token"],
        ["playbook"],
        ["playbook", "list"],
        ["playbook", "show"],
        ["playbook", "run"],
    ],
)
def test_every_command_has_help_with_an_example(words, routecheck) -> None:
    done = routecheck(*words, "--help")
    assert done.returncode == 0
    assert "routecheck" in done.stdout.partition("Usage:")[2].partition("\n")[2] or words in (["sandbox"], ["playbook"])


@in_tree
def test_commands_in_readme_and_playbooks_parse() -> None:
    from diagnose.cli.main import cli

    texts = [ROOT / "README.md", *(ROOT / "playbooks").glob("*.md")]
    lines = [line for path in texts for line in re.findall(r"^\s*(?:- )?(routecheck [^#\n]+)", path.read_text(), re.M)]
    assert len(lines) > 5
    for line in lines:
        import shlex

        words = shlex.split(line)[1:]
        command = cli
        context = cli.make_context("routecheck", list(words), resilient_parsing=True)
        while hasattr(command, "resolve_command") and words:
            _, command, words = command.resolve_command(context, words)
        command.make_context("routecheck", list(words))


@in_tree
def test_every_dated_row_has_a_source() -> None:
    for path in [*ROOT.glob("diagnose/**/*.toml"), *ROOT.glob("checks/**/*.toml")]:
        data = tomllib.loads(path.read_text())
        for rows in (v for v in data.values() if isinstance(v, list)):
            for row in rows:
                if isinstance(row, dict):
                    dated = data | data.get("defaults", {}) | row
                    assert dated.get("as_of"), f"{path}: {row}"
                    assert dated.get("source"), f"{path}: {row}"


def test_every_check_file_registers_and_every_need_exists() -> None:
    import checks

    rows = checks.all_checks()
    assert {check.group for check in rows} == set(checks.GROUPS)
    seen: set[str] = set()
    for check in rows:
        assert set(check.needs) <= seen, f"{check.id} needs something that runs later"
        seen.add(check.id)
    folder = Path(checks.__file__).parent
    assert {p.stem for p in folder.glob("*.py")} - {"__init__", "context"} == set(checks.MODULES)
