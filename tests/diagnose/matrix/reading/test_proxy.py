"""A proxy that wants a password, in the words of many programs."""

import pytest

from diagnose.matrix import rows
from diagnose.matrix.deciding import decide
from diagnose.matrix.reading import read


@pytest.mark.parametrize(
    "text",
    [
        "curl: (56) Received HTTP code 407 from proxy after CONNECT; authentication required",
        "curl: (56) CONNECT tunnel failed, response 407",
        "HTTP 407",
        "HTTP/1.1 407 authenticationrequired",
        "407 please log in",
        "Proxy response (407) !== 200 when HTTP Tunneling",
        "OSError: Tunnel connection failed: 407 Proxy Authentication Required",
        'Post "https://api.openai.com/v1/images/generations": Proxy Authentication Required',
        "net::ERR_PROXY_AUTH_REQUESTED",
        "Der Remoteserver hat einen Fehler zurückgegeben: (407) Proxyauthentifizierung erforderlich.",
        '{"status":407,"error":{"message":"authentication required: please log in"}}',
    ],
)
@pytest.mark.parametrize("route", ["", "codex-oauth"])
def test_it_is_the_proxys(text: str, route: str) -> None:
    seen = read(text, route=route).outer
    assert seen.transport == "proxy"
    assert decide(seen).row == rows()["unreachable"]


def test_the_status_that_is_given_says_it_as_well() -> None:
    assert read("refused: log in first", status=407).outer.transport == "proxy"


def test_a_line_407_of_a_program_that_is_called_proxy_is_none() -> None:
    text = 'File "/x/litellm/proxy/proxy_server.py", line 407, in chat\nAuthenticationError: 401 invalid api key'
    seen = read(text).outer
    assert (seen.status, seen.transport) == (401, None)
