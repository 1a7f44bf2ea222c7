"""Reading along: what one request and its answer come to, as a Tapped, while they pass.

Nothing here may ever stop what passes: a body that cannot be read is said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from diagnose.model.secret import Secret
from diagnose.redact import Redactor
from diagnose.tap.answers import AnswerReader, JsonAnswer, Keep, StreamAnswer
from diagnose.tap.decoding import Decoder, Unreadable, decoder
from diagnose.tap.forms import Fields, request_reader
from diagnose.tap.records import CREDENTIAL_HEADERS, SentCredential, Tapped, Target

if TYPE_CHECKING:
    import h11

    from diagnose.tap.dial import Line

_KEPT_OUT = frozenset({*CREDENTIAL_HEADERS, "set-cookie", "set-cookie2", "proxy-authorization"})
_LONGEST = 500
_MOST_HEADERS = 100
_JWT = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*")
_JSON = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?json|text/plain|")


class Notes:
    """Takes one exchange in, piece by piece. Set `problem` when something went wrong on the way."""

    def __init__(
        self, target: Target, request: h11.Request, *, now: Callable[[], float], keep: Keep | None = None
    ) -> None:
        headers = _headers(request.headers)
        self._now = now
        self._keep = keep
        self._target = target
        self._started = now()
        self._method = _text(request.method)
        self._path = _path(_text(request.target))
        self._secrets = [headers[name] for name in (*CREDENTIAL_HEADERS, "cookie") if headers.get(name)]
        self._credential = _credential(headers)
        self._asked = _Body(headers.get("content-encoding", ""), request_reader(headers.get("content-type", "")))
        self._answer: h11.Response | None = None
        self._answered: _Body | None = None
        self._content_type = ""
        self.line: Line | None = None
        self.problem: str | None = None

    def asked(self, pieces: Iterable[bytes]) -> None:
        """Pieces of the request's body, without framing."""
        self._asked.feed(pieces)

    def answered(self, answer: h11.Response, pieces: Iterable[bytes]) -> None:
        """Pieces of the answer's body; its head comes along each time."""
        if self._answer is None:
            self._answer = answer
            headers = _headers(answer.headers)
            self._content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
            self._answered = _Body(headers.get("content-encoding", ""), _reader(self._content_type, self._keep))
        if self._answered is not None:
            self._answered.feed(pieces)

    def tapped(self) -> Tapped:
        """The record of the exchange, as far as it has come. Call it once."""
        unread: list[str] = []
        request, tool = self._closed(self._asked, ({}, {}), unread)
        answer: Fields = self._closed(self._answered, {}, unread)
        reader = self._answered.reader if self._answered else None
        line = self.line
        clean = Redactor(self._forms_of_secrets())
        return Tapped(
            target=self._target,
            method=self._method[:20],
            path=clean.text(self._path)[:_LONGEST],
            credential=self._credential,
            request=clean.tree(request),
            tool=clean.tree(tool),
            content_type=clean.text(self._content_type)[:_LONGEST],
            status=self._answer.status_code if self._answer else None,
            headers=self._shown_headers(clean),
            answer=_cut(clean.tree(answer)),
            images=reader.images if isinstance(reader, JsonAnswer | StreamAnswer) else 0,
            sha256=reader.sha256 if isinstance(reader, JsonAnswer | StreamAnswer) else None,
            started=self._started,
            ended=self._now(),
            trust=line.trust if line else "none",
            authority=line.authority if line else None,
            address=line.address if line else None,
            problem=self.problem,
            unread="; ".join(unread) or None,
            stream=isinstance(reader, StreamAnswer),
            sent=line is not None,
        )

    @staticmethod
    def _closed(body: _Body | None, nothing: Any, unread: list[str]) -> Any:
        if body is None:
            return nothing
        try:
            return body.finish(nothing)
        except Unreadable as why:
            unread.append(str(why))
            return nothing

    def _forms_of_secrets(self) -> list[str]:
        return [form for value in self._secrets for form in (value, value.rpartition(" ")[2])]

    def _shown_headers(self, clean: Redactor) -> Mapping[str, str]:
        if self._answer is None:
            return {}
        rows = [row for row in _headers(self._answer.headers).items() if row[0] not in _KEPT_OUT][:_MOST_HEADERS]
        shown = ((name, value.partition("?")[0] if name.endswith("location") else value) for name, value in rows)
        return {clean.text(name): clean.text(value)[:_LONGEST] for name, value in shown}


class _Body:
    """A body on its way through its decoding into its reader; keeps the first reason why that fails."""

    def __init__(self, encoding: str, reader: Any) -> None:
        self.reader = reader
        self._why: Unreadable | None = None
        self._any = False
        self._found: Any = None
        self._unpack: Decoder | None = None
        try:
            self._unpack = decoder(encoding)
        except Unreadable as why:
            self._why = why

    def feed(self, pieces: Iterable[bytes]) -> None:
        for data in pieces:
            self._any = self._any or bool(data)
            if self._why is None and self._unpack is not None and self.reader is not None:
                self._guarded(self._read, data)

    def finish(self, nothing: Any) -> Any:
        """What the reader found; `nothing` of a body without a byte. Raises Unreadable."""
        if not self._any:
            return nothing
        if self.reader is None:
            raise Unreadable("the answer is neither JSON nor an event stream")
        if self._why is None:
            self._guarded(self._close)
        if self._why is not None:
            raise self._why
        return self._found

    def _read(self, data: bytes) -> None:
        assert self._unpack is not None
        for piece in self._unpack(data):
            self.reader.feed(piece)

    def _close(self) -> None:
        self._found = self.reader.finish()

    def _guarded(self, step: Callable[..., None], *given: bytes) -> None:
        try:
            step(*given)
        except Unreadable as why:
            self._why = why
        except Exception as error:  # reading along must not end what passes; its words may hold what was read
            self._why = Unreadable(f"the reader failed ({type(error).__name__})")


def _reader(content_type: str, keep: Keep | None) -> AnswerReader | None:
    if content_type == "text/event-stream":
        return StreamAnswer(keep)
    return JsonAnswer(keep) if _JSON.fullmatch(content_type) else None


def _headers(rows: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Names in lower case; of a header that comes twice, the values in a row."""
    found: dict[str, str] = {}
    for name, value in rows:
        key = _text(name).lower()
        found[key] = f"{found[key]}, {_text(value)}" if key in found else _text(value)
    return found


def _text(data: bytes) -> str:
    return data.decode("latin-1")


def _path(target: str) -> str:
    """The path alone: keys travel in queries."""
    try:
        path = urlsplit(target).path if "://" in target[:10] else target
    except ValueError:
        return ""
    return path.partition("?")[0].partition("#")[0]


def _credential(headers: Mapping[str, str]) -> SentCredential | None:
    for name in CREDENTIAL_HEADERS:
        if value := headers.get(name, "").strip():
            scheme, _, rest = value.partition(" ")
            text = rest.strip() if name == "authorization" and rest and scheme.isalpha() else value
            return SentCredential(header=name, form=_form(text), fingerprint=Secret(text).fingerprint)
    return None


def _form(text: str) -> Literal["jwt", "sk", "other"]:
    if _JWT.fullmatch(text):
        return "jwt"
    return "sk" if text.startswith("sk-") else "other"


def _cut(value: Any) -> Any:
    """Long texts cut, after the secrets were taken out of them: half a key would no longer be known as one."""
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    return value[:_LONGEST] if isinstance(value, str) else value
