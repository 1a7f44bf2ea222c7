"""Looking for words, and for regular expressions, which are compiled when a text first needs them: to compile all of
them would take as long as all else in a start."""

import re
from collections.abc import Callable
from functools import cache


def pattern(expression: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """What gives the compiled expression: the same one every time."""
    return cache(lambda: re.compile(expression, flags))


ESCAPE = pattern(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,8}[@-~]?|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)?|[@-Z\\-_])?")
"""What a terminal takes for a colour or a move, also where it was cut off."""


def alone(word: str, said: str) -> int:
    """Where the word stands with no letter before and behind it, or -1; a * at either end allows for letters there."""
    bare = word.strip("*")
    at = said.find(bare)
    while at >= 0:
        end = at + len(bare)
        begins = word[0] == "*" or not _letter(said[at - 1 : at])
        if begins and (word[-1] == "*" or not _letter(said[end : end + 1])):
            return at
        at = said.find(bare, end)
    return -1


def _letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()
