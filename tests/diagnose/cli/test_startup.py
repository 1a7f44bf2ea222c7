"""What is not imported: start-up is imports, so the cheap commands must not load the heavy libraries."""

import subprocess
import sys

import pytest

HEAVY = {"httpx", "jwt", "PIL", "jinja2", "tabulate", "msgspec", "starlette", "uvicorn", "c2pa", "cryptography"}


def loaded(*words: str) -> set[str]:
    code = (
        "import sys\nsys.argv = ['routecheck', *sys.argv[1:]]\n"
        "from diagnose.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(' '.join({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=30, check=True)
    return set(done.stderr.split())


@pytest.mark.wheel
@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["run", "--help"], ["generate", "--help"], ["edit", "--help"]]
)
def test_help_loads_click_and_the_standard_library_only(words) -> None:
    assert loaded(*words) & HEAVY == set()


def test_the_list_of_scenarios_starts_no_server_library() -> None:
    assert loaded("sandbox", "scenarios") & HEAVY == set()


def test_a_run_without_a_key_loads_no_image_library_and_no_report_library_but_its_own() -> None:
    assert loaded("run", "--no-fallback", "--format", "json") & {"PIL", "jinja2", "c2pa", "starlette"} == set()
