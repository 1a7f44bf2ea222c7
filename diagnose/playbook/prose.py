"""The text of a playbook: Markdown by headings, `## STEP` and below it `### BRANCH` or `### symptom ID`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SYMPTOM = "symptom "


class ProseError(Exception):
    """Text that belongs to no step; the message begins with its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands under one `##` heading, in line `line` of the file."""

    line: int
    prose: str
    by_branch: Mapping[str, str]
    by_symptom: Mapping[str, str]


def sections(lines: Sequence[str], *, first_line: int) -> tuple[str, dict[str, Section]]:
    """The text above the first `##`, and the sections by their headings, in order. Raises ProseError.

    Lines inside a fenced block are never headings.
    """
    intro: list[str] = []
    found: dict[str, tuple[int, list[str], dict[str, list[str]]]] = {}
    into, fenced = intro, False
    step = ""
    for number, line in enumerate(lines, first_line):
        fenced ^= line.lstrip().startswith("```")
        mark, _, heading = line.partition(" ")
        heading = heading.strip()
        if not fenced and mark == "##":
            if heading in found:
                raise ProseError(f"line {number}: ## {heading}: stands there twice")
            found[heading] = (number, [], {})
            into, step = found[heading][1], heading
        elif not fenced and mark == "###":
            if not step or heading in found[step][2]:
                raise ProseError(f"line {number}: ### {heading}: stands above every ## heading, or twice below one")
            into = found[step][2].setdefault(heading, [])
        elif fenced or mark != "#":
            into.append(line)
    made = {
        heading: Section(
            line=at,
            prose=_text(prose),
            by_branch={name: _text(text) for name, text in parts.items() if not name.startswith(_SYMPTOM)},
            by_symptom={
                name.removeprefix(_SYMPTOM).strip(): _text(text)
                for name, text in parts.items()
                if name.startswith(_SYMPTOM)
            },
        )
        for heading, (at, prose, parts) in found.items()
    }
    for heading, section in made.items():
        if not section.prose or not all([*section.by_branch.values(), *section.by_symptom.values()]):
            raise ProseError(f"line {section.line}: ## {heading}: has no text")
    return _text(intro), made


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")
