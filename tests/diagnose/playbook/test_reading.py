"""Playbooks are read strictly: what is wrong is said with file, line and key."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.cli.main import cli
from diagnose.cli.playbook_commands import Parsed
from diagnose.model.check import Cost
from diagnose.playbook import PlaybookError, everyone, find
from diagnose.playbook.reading import read

COMMANDS = Parsed(cli)
GOOD = """+++
id = "night"
title = "At night"
route = "openai-images"
about = "What to do."
as_of = 2026-11-20
source = "a test"

[[step]]
id = "key"
branch = "auth_profile"
title = "The key"
run = "routecheck run --no-fallback --no-spend"
cost = "free"
go_on = [0, 3]
stop = "Mend the key."
type = ["export OPENAI_API_KEY=..."]

[[step]]
id = "proof"
branch = ""
title = "The proof"
run = "routecheck run --no-fallback"
cost = "billable"
stop = "Read the report."

[switch]
when = "Again the same."
branches = ["auth_profile"]
type = ["routecheck run"]
+++

# At night

Drink some water.

## key

Look at the key.

```
## this is no heading
```

### scope

It may not.

### symptom siwc-token

It draws nothing.

## proof

One image.

## switch

Give up.
"""


def made(folder: Path, text: str) -> Any:
    path = folder / "night.md"
    path.write_text(text, encoding="utf-8")
    return read(path, name=str(path), commands=COMMANDS)


def test_a_playbook_is_read_whole(tmp_path: Path) -> None:
    found = made(tmp_path, GOOD)
    key, proof = found.steps
    assert (found.id, found.route, found.intro) == ("night", "openai-images", "Drink some water.")
    assert key.run == ("routecheck", "run", "--no-fallback", "--no-spend")
    assert (key.cost, key.go_on, key.type) == (Cost.FREE, (0, 3), ("export OPENAI_API_KEY=...",))
    assert key.prose == "Look at the key.\n\n```\n## this is no heading\n```"
    assert key.by_branch == {"scope": "It may not."}
    assert key.by_symptom == {"siwc-token": "It draws nothing."}
    assert (proof.cost, proof.go_on, proof.branch) == (Cost.BILLABLE, (0,), "")
    assert found.switch is not None
    assert (found.switch.branches, found.switch.prose) == (("auth_profile",), "Give up.")


PROOF = 'run = "routecheck run --no-fallback"'
WRONG = {
    "no front matter": ("+++\nid", "id", "line 1: a playbook begins with a line of +++"),
    "no end of it": ("\n+++\n\n# At", "\n# At", "line 1: the front matter has no second line of +++"),
    "no TOML": ('id = "night"', "id = night", "line 2"),
    "unknown key": ('about = "What to do."', 'abuot = "What to do."', "line 5: abuot: is not known"),
    "missing key": ('source = "a test"\n', "", "source: is missing"),
    "wrong type": ("as_of = 2026-11-20", 'as_of = "2026-11-20"', "line 6: as_of: has to be a date"),
    "empty text": ('title = "At night"', 'title = " "', "line 3: title: is empty"),
    "unknown key of a step": ('stop = "Read', 'halt = "Read', "line 25: [[step]] 2, halt: is not known"),
    "unknown branch": ('branch = "auth_profile"', 'branch = "auth"', "line 11: [[step]] 1, branch: there is no branch"),
    "unknown cost": ('cost = "free"', 'cost = "cheap"', "line 14: [[step]] 1, cost: 'cheap' is none of"),
    "a lie about money": (
        "--no-fallback --no-spend", "--no-fallback", "line 14: [[step]] 1, cost: 'free', but the command can bill"),
    "a lie about the network": (
        'cost = "free"', 'cost = "offline"', "line 14: [[step]] 1, cost: 'offline', but the command can ask"),
    "go_on": ("go_on = [0, 3]", 'go_on = ["0"]', "line 15: [[step]] 1, go_on: write the exit codes"),
    "type": ('type = ["export OPENAI_API_KEY=..."]', "type = [1]", "line 17: [[step]] 1, type: has to be a list"),
    "two steps of an id": ('id = "proof"', 'id = "key"', "line 20: [[step]] 2, id: 'key' is the id of an earlier"),
    "a bad id": ('id = "proof"', 'id = "the proof"', "line 20: [[step]] 2, id: 'the proof' cannot be one"),
    "another program": (PROOF, 'run = "codex login"', "line 23: [[step]] 2, run: a step"),
    "no command line": (PROOF, "run = \"routecheck run 'x\"", "run: is no command line"),
    "playbooks in playbooks": (
        PROOF, 'run = "routecheck playbook run x"', "cannot run `routecheck playbook`"),
    "a switch for no branch": ('branches = ["auth_', 'branches = ["aut_', "line 29: [switch] branches: there is no"),
    "a step without text": ("## proof\n", "### provider_selection\n", "2, id: the text has no heading ## proof"),
    "text without a step": ("## switch\n", "## swatch\n", "[switch] when: the text has no heading ## switch"),
    "a heading too many": ("## switch\n", "## more\n\nText.\n\n## switch\n", "## more: there is no step of that id"),
    "another order": ("## key\n", "## proof\n\nOne.\n\n## key\n", "## proof: stands there twice"),
    "an option that swallows the one that makes it free": (
        "--no-fallback --no-spend", "--owner --no-spend", "line 14: [[step]] 1, cost: 'free', but the command can"),
    "a dry run that is none": ("--no-fallback --no-spend", "--owner --dry", "1, cost: 'free', but the command can"),
    "a program that is started": ("run --no-fallback --no-spend\"\ncost = \"free\"",
        "providers --live\"\ncost = \"offline\"", "1, cost: 'offline', but the command can ask the network"),
    "a symptom that is none": ("symptom siwc-token", "symptom siwc", "### symptom siwc: is no row of the matrix"),
    "a branch that is none": ("### scope", "### scopes", "## key, ### scopes: is no branch"),
    "empty text of a step": ("One image.\n", "\n", "## proof: has no text"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG, ids=list(WRONG))
def test_what_is_wrong_is_said_with_file_line_and_key(tmp_path: Path, case: str) -> None:
    old, new, said = WRONG[case]
    assert old in GOOD
    with pytest.raises(PlaybookError) as caught:
        made(tmp_path, GOOD.replace(old, new, 1))
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "night.md"))


def test_the_sections_stand_in_the_order_of_the_steps(tmp_path: Path) -> None:
    turned = GOOD.replace("## key\n", "## hold\n").replace("## proof\n", "## key\n").replace("## hold\n", "## proof\n")
    with pytest.raises(PlaybookError, match="another order: proof, key, switch"):
        made(tmp_path, turned)


@given(cut=st.integers(0, len(GOOD)), put=st.text(max_size=12), length=st.integers(0, 40))
def test_no_text_ends_in_another_error(tmp_path_factory: Any, cut: int, put: str, length: int) -> None:
    path = tmp_path_factory.mktemp("playbook") / "x.md"
    path.write_text(GOOD[:cut] + put + GOOD[cut + length :], encoding="utf-8", errors="replace")
    with contextlib.suppress(PlaybookError):
        assert all(step.prose and step.run[0] == "routecheck" for step in read(path, name="x", commands=COMMANDS).steps)


def test_a_playbook_is_found_by_its_id_or_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "night.md"
    path.write_text(GOOD, encoding="utf-8")
    assert find(str(path), COMMANDS).name == str(path)
    assert find("pre-handoff", COMMANDS).name == "pre-handoff"
    assert [one.id for one in everyone(COMMANDS)] == sorted(one.id for one in everyone(COMMANDS))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "there is no playbook 'nothing'; there are debug-codex-401-403, "),
        ("/nowhere/x.md", "cannot be read: No such file or directory"),
    ],
)
def test_one_that_is_not_there_is_said(name: str, said: str) -> None:
    with pytest.raises(PlaybookError, match=said):
        find(name, COMMANDS)
