"""A secret that does not show itself: not in a repr, a traceback, a log line or a report."""

import hashlib


class Secret:
    """A credential's value. Only `reveal()` gives it out; everything else shows the fingerprint."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the Authorization header and for the redactor, and for nothing else."""
        return self._value

    @property
    def fingerprint(self) -> str:
        """The first 8 hex digits of the value's SHA-256."""
        return hashlib.sha256(self._value.encode("utf-8", "surrogatepass")).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"<secret {self.fingerprint}>"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
