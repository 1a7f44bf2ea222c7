"""Statuses, spans of time, addresses and broken connections as they are told in words."""

import builtins
import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.matrix.reading import read
from diagnose.matrix.reading.broken import broken

STATUSES = [
    ("HTTP 524", 524),
    ("status=403", 403),
    ("status_code: 429", 429),
    ("Route Error (400 ): no", 400),
    ("Access forbidden (403): account may be suspended", 403),
    ("unexpected status 403 Forbidden: no", 403),
    ("with HTTP status code: NotFound. Content: x", 404),
    ("Error: 400 Unknown model: gpt-image-2", 400),
    ("generate_image error: 400: [ERROR: Bad Request]", 400),
    ("503 no available accounts", 503),
    ('403 "Your organization must be verified"', 403),
    ("openai.RateLimitError: slow down", 429),
    ("litellm.APIError: APIError: 500 - OpenAIException - Error code: 403 - no", 403),
    ("< HTTP/1.1 200 Connection established\n< HTTP/2 401\n", 401),
    ("HTTP/2 200\n", 200),
    ("size: 512 x 512 is not supported. Limit 500 images, requested 429 tokens", None),
    ("Request was cancelled. | Proxy response (403) !== 200 when HTTP Tunneling", None),
    ("took 401 ms", None),
    ("upstream said 999", None),
]


@pytest.mark.parametrize(("text", "status"), STATUSES)
def test_status(text: str, status: int | None) -> None:
    assert read(text).outer.status == status


@pytest.mark.parametrize(
    ("text", "transport", "waited"),
    [
        ("dynamic tool call timed out after 30000ms while running", "timeout", 30.0),
        ("timeout of 60s exceeded", "timeout", 60.0),
        ("AxiosError: timeout of 60000ms exceeded { code: 'ECONNABORTED' }", "timeout", 60.0),
        ("did not respond within 2 minutes: deadline exceeded", "timeout", 120.0),
        ("connect ETIMEDOUT 203.0.113.7:443", "timeout", None),
        ("This operation was aborted", "timeout", None),
        ("请求超时", "timeout", None),
        ("HTTP 524", None, 100.0),
        ("HTTP 524: timed out after 120 seconds", None, 120.0),
        ("<title>504 Gateway Time-out</title><center>nginx</center>", None, 60.0),
        ("HTTP 504 Gateway Timeout", None, None),
        ("fetch failed | connect ECONNREFUSED 127.0.0.1:9", "connect", None),
        ("fetch failed", "connect", None),
        ("getaddrinfo ENOTFOUND api.openai.com", "dns", None),
        ("unable to verify the first certificate; if the root CA", "tls", None),
        ("socket hang up", "dropped", None),
        ("read ECONNRESET", "dropped", None),
        ("Proxy response (403) !== 200 when HTTP Tunneling", "proxy", None),
        ("JSON response exceeds 9437184 bytes", "too-large", None),
        ("HTTP 500: getaddrinfo ENOTFOUND api.openai.com", "dns", None),
        ("HTTP 403: DNS lookup failed", None, None),
        ("ModuleNotFoundError: No module named 'openai'", None, None),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'a.png'", None, None),
        ("ImagePipeline failed", None, None),
        ("HTTP 502: upstream prefetch failed", None, None),
        ("write EPIPE", "dropped", None),
        ("code:'ENOTFOUND',errno:-3008", "dns", None),
        ("请求失败ECONNREFUSED", "connect", None),
        ('Unrecognized key: "timeoutMs"', None, None),
        ("Invalid --timeout. Use a positive value", None, None),
    ],
)
def test_what_broke_and_which_timer_fired(text: str, transport: str | None, waited: float | None) -> None:
    found = read(text).outer
    assert (found.transport, found.waited) == (transport, waited)


LETTERS = st.text("bgjkqvwxyz", min_size=1, max_size=12)
"""Of these no word can be made that names a failure itself."""
OF_A_BROKEN_CONNECTION = {
    "EAI_AGAIN": "dns", "ENOTFOUND": "dns", "ECONNREFUSED": "connect", "EHOSTUNREACH": "connect",
    "ENETUNREACH": "connect", "ETIMEDOUT": "timeout", "ECONNRESET": "dropped", "EPIPE": "dropped",
}  # fmt: skip
OF_A_BROKEN_CONNECTION_IN_PYTHON = {
    "ConnectionRefusedError": "connect", "TimeoutError": "timeout", "ConnectionResetError": "dropped",
    "ConnectionAbortedError": "dropped", "BrokenPipeError": "dropped",
}  # fmt: skip


@given(before=LETTERS, name=st.sampled_from(sorted(OF_A_BROKEN_CONNECTION)), behind=LETTERS)
def test_the_name_of_an_error_within_a_longer_word_is_none(before: str, name: str, behind: str) -> None:
    assert {broken(before + name.lower()), broken(name.lower() + behind)} == {None}
    assert broken(f"{before} {name.lower()} {behind}") == OF_A_BROKEN_CONNECTION[name]


def test_a_name_that_ends_a_longer_word_is_no_program() -> None:
    assert read("phone-api: 401 Unauthorized, milestoneapi").outer.by == ()
    assert read("One-API: 401 Unauthorized").outer.by == ("new-api",)


def test_only_the_errors_of_a_connection_say_that_one_broke() -> None:
    for name in (*errno.errorcode.values(), "ENOTFOUND", "EAI_AGAIN"):
        assert broken(name.lower()) == OF_A_BROKEN_CONNECTION.get(name), name
    classes = (name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception))
    for name in (*classes, "ModuleNotFoundError", "JSONDecodeError"):
        assert broken(name.lower()) == OF_A_BROKEN_CONNECTION_IN_PYTHON.get(name), name


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 12s.", 12.0),
        ("Please try again in 1m12s.", 72.0),
        ("Please retry after 20 seconds.", 20.0),
        ("Your quota will reset after 3s.", 3.0),
        ("please try again in 20ms", 0.02),
        ("< retry-after: 7", 7.0),
        ('{"error": {"message": "usage limit", "code": "usage_limit_reached", "resets_in_seconds": 5400}}', 5400.0),
        ("embeddings retryable error; retrying in 500ms", None),
        ("try again later", None),
        ("Service unavailable, gave up within 3s", None),
        ("read ECONNRESET within 12s", None),
        ("waited 30s", None),
    ],
)
def test_the_delay_that_is_asked_for(text: str, seconds: float | None) -> None:
    assert read(text).outer.retry_after == seconds


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("see https://platform.openai.com/account/api-keys; url: https://API.openai.com:443/v1/images/edits?x=1",
         "api.openai.com", "/v1/images/edits"),
        ("Please go to https://platform.openai.com/settings and https://help.openai.com/x", "", ""),
        ("blocked URL fetch target=http://192.168.1.15:8082/v1/images reason=x", "192.168.1.15", "/v1/images"),
        ("> POST /v1/responses HTTP/1.1\n> Host: gw.example.com:8080", "gw.example.com", "/v1/responses"),
        ("Cannot POST /images/generations", "", "/images/generations"),
        ("getaddrinfo ENOTFOUND gw.example.com", "gw.example.com", ""),
        ("https://user:secret@gw.example.com/v1/x", "gw.example.com", "/v1/x"),
    ],
)  # fmt: skip
def test_host_and_path(text: str, host: str, path: str) -> None:
    found = read(text).outer
    assert (found.host, found.path) == (host, path)
