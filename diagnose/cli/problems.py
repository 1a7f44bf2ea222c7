"""Errors that end a command before anything was sent or written."""

import re

import click

_TOKENS = ("eyJ", "sk-", "at-")
_LONG = 20
"""Characters. A shorter word is no credential, and seeing it helps more."""
_WORDS = re.compile(r"-{0,2}[a-z]{1,18}(?:-[a-z]{1,18}){0,3}")


class UsageProblem(Exception):
    """Bad input: the message says what is wrong, where, and what to do. Exit code 2."""


def said(error: click.ClickException) -> str:
    """What click says, without an argument that nobody asked for and that may be a credential."""
    if isinstance(error, click.NoSuchOption) and not is_word(error.option_name):
        return "No such option, and what was typed is not repeated here: it may be a credential"
    text = error.format_message()
    if text.startswith("Got unexpected extra argument") and any(map(_secretive, re.findall(r"[^\s()]+", text))):
        return (
            "there is an argument too many, and it is not repeated here. A credential must not stand on a command "
            "line, where other users and the shell's history see it"
        )
    return text


def is_word(text: str) -> bool:
    """Whether it is a command or an option, if a misspelt one: a few short words in small letters."""
    return _WORDS.fullmatch(text) is not None


def _secretive(word: str) -> bool:
    return len(word) >= _LONG or word.startswith(_TOKENS)
