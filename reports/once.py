"""A long sentence is shown whole once; where the same words come again, its beginning sends the reader back up."""

LONG = 80
"""Shorter repetitions are quicker read than looked up."""
_HEAD = 40


class Once:
    """Remembers the texts that it gave out whole."""

    def __init__(self) -> None:
        self._whole: list[str] = []

    def __call__(self, text: str) -> str:
        """The text; only its beginning, with "(as above)", when it is LONG and stood in an earlier one."""
        if len(text) >= LONG and any(text in earlier for earlier in self._whole):
            return f"{text[:_HEAD].rpartition(' ')[0] or text[:_HEAD]} … (as above)"
        self._whole.append(text)
        return text
