"""Put on PYTHONPATH by one test: makes the command fail with the environment in the message."""

import os

import diagnose.redact


def crash(*_: object) -> None:
    raise RuntimeError(f"boom {sorted(os.environ.items())}")


diagnose.redact.Redactor.tree = crash  # type: ignore[method-assign,assignment]
