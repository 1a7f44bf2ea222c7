"""Print the README's N-th command block under "Set-up", exactly as a newcomer would copy it."""

import re
import sys
from pathlib import Path


def commands(readme: str) -> list[str]:
    """The `sh` blocks of the section "Set-up"."""
    section = readme.partition("\n## Set-up\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


if __name__ == "__main__":
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    sys.stdout.write(commands(text)[int(sys.argv[1]) - 1])
