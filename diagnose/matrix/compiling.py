"""Puts the TOML tables of this package into one JSON file, which is what a start reads.

The tables are what people edit: `python -m diagnose.matrix.compiling` after that; a test compares the two.
"""

import json
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
TABLES = (
    "matrix.toml",
    "questions.toml",
    "routes.toml",
    "foreign.toml",
    "branches.toml",
    "remedies.toml",
    "secrets.toml",
    "reading/programs.toml",
)


def compiled() -> str:
    """The tables as JSON, each under the name of its file."""
    tables = {name: tomllib.loads((HERE / name).read_text(encoding="utf-8")) for name in TABLES}
    return json.dumps(tables, ensure_ascii=False, default=str, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    (HERE / "compiled.json").write_text(compiled(), encoding="utf-8")
