"""Prints the scores: `python tests/accuracy [--misses] [--write] [FILE.jsonl …]`."""

import argparse
from pathlib import Path

from scoring import CASES, OWN, marks, reports
from table import PAGE, misses, table, written


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/accuracy", description="Score what `routecheck explain` says.")
    parser.add_argument("files", nargs="*", type=Path, help="other reports, in the form of cases.jsonl, as our own")
    parser.add_argument("--misses", action="store_true", help="also print what was not strictly right")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    asked = parser.parse_args()
    if asked.files and asked.write:
        parser.error("the page is about our own reports; --write takes no files")
    public = marks(CASES)
    own = marks([one for path in asked.files for one in reports(path)] if asked.files else OWN)
    print(table(public, own))
    if asked.misses:
        print(misses((*public, *own)))
    if asked.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), table(public, own)), encoding="utf-8")


if __name__ == "__main__":
    main()
