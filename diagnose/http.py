"""The one HTTP seam, and the only module that imports httpx.

TLS verification is always on, every request has a total deadline (connect, headers and body together),
redirects never leave the host, answers have a size limit, and nothing here retries: whether a request may
be sent again is a question of money, and money is decided by the caller.
"""

import contextlib
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self
from urllib.parse import urljoin, urlsplit

# httpx looks for its own command line, and that loads rich (40 ms) wherever another package brought it along.
_looked_for = sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
import httpx  # noqa: E402

if _looked_for is None:
    del sys.modules["httpx._main"]

from diagnose import __version__  # noqa: E402
from diagnose.model.answer import Transport  # noqa: E402
from diagnose.net import Settings, origin  # noqa: E402
from diagnose.trust import public_roots, root_of  # noqa: E402

MIB = 1 << 20
MAX_REDIRECTS = 3
_HEADER_VALUE = re.compile(r"([!-~]([ -~\t]*[!-~])?)?")
"""What a header may hold (RFC 9110, without its obsolete part)."""
_KEPT_OUT = frozenset({"set-cookie", "set-cookie2", "authorization", "proxy-authorization"})


class LongBody(Protocol):
    """A body that nobody holds as a whole: its length in bytes, and its pieces, which can be asked for again."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


class TransportFault(Exception):
    """No complete answer. `sent` tells whether the request may have reached the server (and may be billed)."""

    def __init__(self, kind: Transport, detail: str, *, sent: bool, status: int | None = None) -> None:
        super().__init__(detail)
        self.kind: Transport = kind
        self.detail = detail
        self.sent = sent
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who the transport says we talked to.

    `trust`: "public" when the verified chain ends in a root of the certifi list, "user-added" when it ends
    in a CA that this machine's owner added (`authority` names it), "none" without TLS.
    """

    host: str
    port: int
    trust: Literal["public", "user-added", "none"]
    authority: str | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One answered request. Header names are lower case and cookies are left out; times are Unix seconds.

    `body` is empty when a sink took it. `redirect_to` is the target of a redirect that was not followed.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    peer: Peer
    started: float
    ended: float
    redirect_to: str | None = None


def _stays(url: str, target: str) -> bool:
    """Whether a redirect target has the origin of `url`; what is no URL at all has none."""
    try:
        return origin(target) == origin(url)
    except ValueError:
        return False


def _joined(url: str, location: str) -> str:
    """The target of a Location header; as it stands when it is no URL."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


class Client:
    """A connection to one origin. Use as a context manager."""

    def __init__(self, base_url: str, settings: Settings, *, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._now = now
        self._origin = origin(base_url)
        self._tls = self._origin[0] == "https"
        self._socket: socket.socket | None = None
        try:
            self._client = httpx.Client(
                verify=self._context(),
                proxy=settings.proxy,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(settings.timeout, connect=min(settings.timeout, 20.0)),
                headers={"user-agent": f"routecheck/{__version__}", "accept-encoding": "identity"},
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            # The words of these errors may quote the setting, and with it a password.
            detail = "the proxy setting cannot be used: write http://HOST:PORT or https://HOST:PORT"
            raise TransportFault("proxy", detail, sent=False) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not self._tls and not (self._settings.proxy or "").startswith("https:"):
            return context  # trusts nobody, so that no TLS connection could come about by accident
        try:
            if self._settings.ca_file or self._settings.ca_dir:
                context.load_verify_locations(self._settings.ca_file, self._settings.ca_dir)
            else:
                context.load_verify_locations(public_roots())
        except OSError as error:
            name = self._settings.ca_file or self._settings.ca_dir
            raise TransportFault("tls", f"the CA setting {name} cannot be read: {error}", sent=False) from error
        return context

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | LongBody | None = None,
        sink: Callable[[bytes], object] | None = None,
        limit: int = 2 * MIB,
    ) -> Exchange:
        """Send one request and read its answer whole, or stream a 2xx body of it into `sink`.

        Raises TransportFault when no complete answer came: too slow, too large, dropped, refused, not
        trusted, or a header that cannot be sent. Never sends twice, save for a GET that is redirected within the same
        origin. What `sink` raises passes through.
        """
        for name, value in headers.items():
            if not _HEADER_VALUE.fullmatch(value):
                what = "a line end, a space at an end, or a character that is not ASCII"
                raise TransportFault(
                    "unsendable",
                    f"the header {name} cannot be sent: its value holds {what}; nothing was sent",
                    sent=False,
                )
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._once(method, url, headers=headers, body=body, sink=sink, limit=limit)
            target = answer.redirect_to
            # A POST that is sent on elsewhere would no longer be the request that was claimed.
            if target is None or method != "GET" or not _stays(url, target):
                return answer
            url = target
        raise TransportFault("redirect", f"more than {MAX_REDIRECTS} redirects", sent=True)

    def _once(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | LongBody | None,
        sink: Callable[[bytes], object] | None,
        limit: int,
    ) -> Exchange:
        deadline = _Deadline(self._settings.timeout, self)
        started = self._now()
        status: int | None = None
        # Pieces of unknown length would go out in chunks, which not every server takes.
        length = {} if body is None or isinstance(body, bytes) else {"content-length": str(len(body))}
        try:
            with (
                deadline,
                self._client.stream(
                    method, url, headers={**headers, **length}, content=body, extensions={"trace": deadline.trace}
                ) as response,
            ):
                status = response.status_code
                peer = self._peer(response)
                taken = _collect(response, sink if response.is_success else None, limit)
        except TransportFault as fault:
            raise TransportFault(fault.kind, fault.detail, sent=True, status=status) from None
        except _SinkFailed as failed:
            raise failed.error from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            raise self._fault(error, deadline, status) from error
        if deadline.expired:
            raise TransportFault("timeout", self._too_slow(status), sent=True, status=status)
        location = response.headers.get("location")
        return Exchange(
            url=url,
            status=status,
            headers={k.lower(): v for k, v in response.headers.items() if k.lower() not in _KEPT_OUT},
            body=taken,
            peer=peer,
            started=started,
            ended=self._now(),
            redirect_to=_joined(url, location) if location and 300 <= status < 400 else None,
        )

    def _too_slow(self, status: int | None) -> str:
        seen = "no status line" if status is None else f"status {status} but no complete body"
        return f"{seen} within {self._settings.timeout:g} s"

    def _fault(self, error: Exception, deadline: "_Deadline", status: int | None) -> TransportFault:
        sent = deadline.sent
        host = f"{self._origin[1]}:{self._origin[2]}"
        if deadline.expired or isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
            return TransportFault("timeout", self._too_slow(status), sent=sent, status=status)
        causes = list(_causes(error))
        # Once the request is on its way, a broken TLS record is a dropped connection like any other.
        if not sent and any(isinstance(cause, ssl.SSLError) for cause in causes):
            why = next((c for c in causes if isinstance(c, ssl.SSLError)), error)
            reason = getattr(why, "verify_message", None) or getattr(why, "reason", None) or type(why).__name__
            return TransportFault("tls", f"the TLS connection to {host} is not trusted: {reason}", sent=False)
        if isinstance(error, httpx.ProxyError):
            return TransportFault("proxy", f"the proxy did not connect us to {host}: {error}", sent=False)
        if self._settings.proxy and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            # With a proxy this machine opens no connection to the host itself.
            proxy = urlsplit(self._settings.proxy).hostname
            return TransportFault("proxy", f"the proxy {proxy} cannot be reached", sent=False)
        if not sent and self._settings.proxy and self._tls:
            return TransportFault("proxy", f"the proxy did not connect us to {host}", sent=False)
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return TransportFault("dns", f"the name {self._origin[1]} cannot be resolved", sent=False)
        if isinstance(error, httpx.ConnectTimeout):
            return TransportFault("connect", f"{host} did not accept a connection in time", sent=False)
        if isinstance(error, httpx.ConnectError):
            return TransportFault("connect", f"{host} refused the connection", sent=False)
        if isinstance(error, httpx.DecodingError):
            return TransportFault("dropped", "the body does not fit its content-encoding", sent=sent, status=status)
        what = "before any answer" if status is None else f"in the middle of the body (status {status})"
        return TransportFault("dropped", f"{host} closed the connection {what}", sent=sent, status=status)

    def _peer(self, response: httpx.Response) -> Peer:
        scheme, host, port = self._origin
        proxy = urlsplit(self._settings.proxy).hostname if self._settings.proxy else None
        stream = response.extensions.get("network_stream")
        tls = stream.get_extra_info("ssl_object") if scheme == "https" and stream is not None else None
        if tls is None:
            return Peer(host=host, port=port, trust="none", proxy=proxy)
        if not (self._settings.ca_file or self._settings.ca_dir):
            return Peer(host=host, port=port, trust="public", proxy=proxy)
        public, name = root_of(tls)
        return Peer(host=host, port=port, trust="public" if public else "user-added", authority=name, proxy=proxy)


class _Deadline:
    """Ends a request that takes too long as a whole.

    httpx has a timeout for each read, so a server that drips one byte a second would never time out. A
    timer shuts the socket down instead, which wakes up the read that hangs on it.
    """

    def __init__(self, seconds: float, client: Client) -> None:
        self._client = client
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self.expired = False
        self.sent = False

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        # TLS puts a new socket in the place of the plain one, which is of no use from then on.
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._client._socket = info["return_value"].get_extra_info("socket")
        elif event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            if self.expired:  # the look-up of the name took all the time: nothing may be paid any more
                raise TimeoutError("the deadline passed before the request was sent")
            self.sent = True  # a CONNECT goes to the proxy and carries neither the key nor the request

    def _expire(self) -> None:
        self.expired = True
        if self._client._socket is not None:
            # The base class method: SSLSocket.shutdown would pull the TLS object from under the reader.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._client._socket, socket.SHUT_RDWR)


class _SinkFailed(Exception):
    """Whoever takes the bytes failed, which is no fault of the transport: a full disk is no dropped connection."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error


def _collect(response: httpx.Response, sink: Callable[[bytes], object] | None, limit: int) -> bytes:
    encoded = response.headers.get("content-encoding", "identity") != "identity"
    chunks = response.iter_bytes() if encoded else response.iter_raw()
    size = 0
    kept = bytearray()
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TransportFault("too-large", f"the answer is larger than {limit // MIB} MiB", sent=True)
        if sink is None:
            kept += chunk
        else:
            try:
                sink(chunk)
            except OSError as error:
                raise _SinkFailed(error) from error
    return bytes(kept)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
