"""What went wrong below HTTP, by the words of runtimes, libraries and operating systems."""

from typing import TYPE_CHECKING

from diagnose.matrix.reading.patterns import alone, pattern

if TYPE_CHECKING:
    from diagnose.model.answer import Transport

# The most telling first: a name that is not found is often told with "fetch failed" before it. In lower case; each
# stands by itself, with no letter beside it ("ModuleNotFoundError" is no ENOTFOUND), but where a * allows for more.
_WORDS: "tuple[tuple[Transport, tuple[str, ...]], ...]" = (
    ("proxy", (
        "proxy response (*", "http tunneling", "tunnel connection failed", "*proxyerror", "err_proxy", "proxy connect",
        "connect tunnel failed", "received http code 403 from proxy", "received http code 407 from proxy",
    )),
    ("dns", (
        "enotfound", "eai_again", "getaddrinfo*", "name or service not known", "nodename nor servname",
        "could not resolve host*", "name resolution", "no such host", "*nameresolutionerror", "err_name_not_resolved",
        "dns lookup failed", "failed to lookup address",
    )),
    ("tls", (
        "self signed certificate*", "self-signed certificate*", "unable to verify the first certificate",
        "certificate verify failed", "unable_to_verify", "certificate has expired", "cert_has_expired",
        "unable to get local issuer", "unable to get issuer", "depth_zero_self_signed", "err_tls_*", "err_ssl_*",
        "err_cert_*", "*sslerror*", "ssl routines", "tls handshake", "*certificateverify*", "*certverificationerror",
        "invalid peer certificate", "x509:*",
    )),
    ("connect", (
        "econnrefused", "wsaeconnrefused", "connection refused", "*connectionrefused*", "err_connection_refused",
        "ehostunreach", "enetunreach", "no route to host", "network is unreachable", "failed to connect",
        "couldn't connect", "und_err_connect_timeout", "connect timeout error", "*积极拒绝*",
    )),
    ("timeout", (
        "etimedout", "wsaetimedout", "esockettimedout", "timed out", "timed-out", "timedout", "requesttimedout*",
        "*timeouterror*", "deadline exceeded", "err_timed_out", "headers_timeout", "body_timeout", "*readtimeout",
        "*connecttimeout", "litellm.timeout",
        "*apiconnectiontimeout*", "operation was aborted", "request was aborted", "*aborterror",
        "operation was canceled", "context canceled", "*超时*", "*逾時*", "*タイムアウト*", "*시간 초과*",
    )),
    ("dropped", (
        "econnreset", "wsaeconnreset", "socket hang up", "other side closed", "connection reset",
        "*connectionreseterror", "epipe", "broken pipe", "*brokenpipeerror", "peer closed", "server disconnected",
        "*serverdisconnectederror", "und_err_socket", "remote end closed", "incomplete chunked read", "premature close",
        "connection aborted", "*connectionabortederror", "stream disconnected", "unexpected eof",
        "stream closed before", "closed before response", "transfer closed with", "outstanding read data remaining",
        "empty reply from server", "recv failure", "send failure",
    )),
    ("too-large", ("response exceeds", "exceeded size limit", "maxcontentlength size")),
    ("redirect", ("too many redirects", "redirect count exceeded", "maximum number of redirects")),
    ("connect", (
        "fetch failed", "connection error*", "*apiconnectionerror", "network error*", "error sending request",
        "failed to fetch",
    )),
)  # fmt: skip
# One of axios, which it prints with each error.
_SETTING = "clarifytimeouterror"
# The word alone, where it is no name of an option or of a field.
_TIMEOUT = pattern(r"(?<![-\w.\"'])time-?out(?![\w\"'=:.-]{1,2}[\w\"'=:]|ms|\s?[:=]\s?\d{1,9}(?:[,;}]|$))")


def broken(said: str) -> "Transport | None":
    """The way in which no answer came; `said` in lower case."""
    said = said.replace(_SETTING, "")
    for transport, words in _WORDS:
        if any(alone(word, said) >= 0 for word in words) or (transport == "timeout" and _TIMEOUT().search(said)):
            return transport
    return None
