"""Errors that end a command before anything was sent or written."""

import re

import click

_TOKENS = ("eyJ", "sk-", "at-")
_LONG = 20
"""Characters. A shorter word is no credential, and seeing it helps more."""


class UsageProblem(Exception):
    """Bad input: the message says what is wrong, where, and what to do. Exit code 2."""


def said(error: click.ClickException) -> str:
    """What click says, without an argument that nobody asked for and that may be a credential."""
    text = error.format_message()
    if text.startswith("Got unexpected extra argument") and any(map(_secretive, re.findall(r"[^\s()]+", text))):
        return (
            "there is an argument too many, and it is not repeated here. A credential must not stand on a command "
            "line, where other users and the shell's history see it"
        )
    return text


def _secretive(word: str) -> bool:
    return len(word) >= _LONG or word.startswith(_TOKENS)
