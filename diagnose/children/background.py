"""One piece of work in a thread of its own, that can be given up: for a child whose answer is wanted later."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
_CLOSE_SECONDS = 15.0
"""To end a child that does not want to takes a few seconds."""


class Background(Generic[T]):
    """Starts `work` at once. It is handed a function that says whether to give up, for `children.run(stop=…)`."""

    def __init__(self, work: Callable[[Callable[[], bool]], T]) -> None:
        self._given_up = Event()
        self._found: list[T] = []
        self._error: Exception | None = None
        self._thread = Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[Callable[[], bool]], T]) -> None:
        try:
            self._found.append(work(self._given_up.is_set))
        except Exception as error:
            self._error = error

    def result(self) -> T:
        """Wait for the result. Raises what the work raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found[0]

    def close(self) -> None:
        """Give it up and wait until it is; nothing to do when it has ended."""
        self._given_up.set()
        self._thread.join(_CLOSE_SECONDS)
