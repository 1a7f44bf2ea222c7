"""What the client makes of an answer, without a socket: the rest of its behaviour is tested on real ones."""

import httpx
import pytest
import respx

from diagnose.http import Client, TransportFault
from diagnose.net import Settings

URL = "https://api.openai.com/v1"


@pytest.fixture
def client():
    with Client(URL, Settings(timeout=5)) as found:
        yield found


@respx.mock
def test_header_names_are_lower_case_and_cookies_are_left_out(client: Client) -> None:
    headers = {"X-Request-Id": "req_1", "Set-Cookie": "__cf_bm=secret", "OpenAI-Organization": "org-1"}
    respx.get(f"{URL}/me").mock(return_value=httpx.Response(200, headers=headers, json={"id": "user"}))
    answer = client.exchange("GET", f"{URL}/me", headers={})
    assert answer.headers["x-request-id"] == "req_1"
    assert answer.headers["openai-organization"] == "org-1"
    assert "set-cookie" not in answer.headers


@respx.mock
def test_a_redirect_of_a_post_is_handed_back_with_its_target(client: Client) -> None:
    there = respx.post("https://elsewhere.test/v1/images/generations")
    respx.post(f"{URL}/images/generations").mock(
        return_value=httpx.Response(308, headers={"location": "https://elsewhere.test/v1/images/generations"})
    )
    answer = client.exchange("POST", f"{URL}/images/generations", headers={"authorization": "Bearer x"}, body=b"{}")
    assert (answer.status, answer.redirect_to) == (308, "https://elsewhere.test/v1/images/generations")
    assert not there.called


@respx.mock
@pytest.mark.parametrize(
    ("error", "kind"),
    [(httpx.ConnectTimeout("x"), "connect"), (httpx.ReadTimeout("x"), "timeout"), (httpx.ConnectError("x"), "connect")],
)
def test_errors_of_the_library_become_our_own_kinds(client: Client, error: Exception, kind: str) -> None:
    respx.get(f"{URL}/me").mock(side_effect=error)
    with pytest.raises(TransportFault) as caught:
        client.exchange("GET", f"{URL}/me", headers={"authorization": "Bearer sk-canary-canary"})
    assert caught.value.kind == kind
    assert "canary" not in str(caught.value)
