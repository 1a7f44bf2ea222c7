"""Errors that end a command before anything was sent or written."""


class UsageProblem(Exception):
    """Bad input: the message says what is wrong, where, and what to do. Exit code 2."""
