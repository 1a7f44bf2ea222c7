"""Base URLs: what is accepted, what the address alone says, and that no message quotes a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.routes.target import BaseUrlError, Target, parse_base_url


def parse(text: str, *, allow_http: bool = False) -> Target:
    return parse_base_url(text, origin_of="--base-url", allow_http=allow_http)


@pytest.mark.parametrize(
    ("text", "host", "port", "vendor"),
    [
        ("https://api.openai.com/v1", "api.openai.com", 443, "openai"),
        ("  https://api.openai.com/v1/ ", "api.openai.com", 443, "openai"),
        ("https://API.OpenAI.com/v1", "api.openai.com", 443, "openai"),
        ("HTTPS://api.openai.com/v1", "api.openai.com", 443, "openai"),
        ("https://gateway.test:8443/openai/v1", "gateway.test", 8443, None),
        ("http://127.0.0.1:8317/v1", "127.0.0.1", 8317, None),
        ("http://localhost/v1", "localhost", 80, None),
        ("http://[::1]:8317/v1", "::1", 8317, None),
        ("https://api.openai.com.attacker.test/v1", "api.openai.com.attacker.test", 443, None),
        ("https://attacker.test/api.openai.com/v1", "attacker.test", 443, None),
        ("https://notapi.openai.com/v1", "notapi.openai.com", 443, None),
        ("https://chat.api.openai.com/v1", "chat.api.openai.com", 443, None),
    ],
)
def test_what_an_address_says(text: str, host: str, port: int, vendor: str | None) -> None:
    target = parse(text)
    assert (target.host, target.port, target.vendor) == (host, port, vendor)
    assert target.at_vendor is (vendor is not None)


def test_the_vendors_name_in_clear_is_not_the_vendor() -> None:
    target = parse("http://api.openai.com/v1", allow_http=True)
    assert (target.vendor, target.at_vendor) == (None, False)


@pytest.mark.parametrize(
    "text",
    [
        "", "api.openai.com/v1", "ftp://h/v1", "https:///v1", "https://h", "https://h/v2", "https://h/v1/images",
        "https://h/v1?x=1", "https://h/v1#x", "https://h:0/v1", "https://h:99999/v1", "https://h:x/v1", "https://[::1/v1",
        "https://user@h/v1", "https://a b/v1", "https://h/v1\nx/v1", "https://api.openai.com\\@attacker.test/v1",
    ],
)  # fmt: skip
def test_what_is_no_base_url(text: str) -> None:
    with pytest.raises(BaseUrlError, match="--base-url"):
        parse(text)


@pytest.mark.parametrize("host", ["gateway.test", "127.attacker.test", "localhost.attacker.test", "10.0.0.1"])
def test_a_key_goes_in_clear_text_only_to_this_machine_or_when_that_is_said(host: str) -> None:
    with pytest.raises(BaseUrlError, match="clear text"):
        parse(f"http://{host}/v1")
    assert parse(f"http://{host}/v1", allow_http=True).host == host


PLANTED = "planted-secret-value"


@pytest.mark.parametrize(
    "text",
    [
        PLANTED, f"{PLANTED}/v1", f"https://user:{PLANTED}@h/v1", f"user:{PLANTED}@h/v1", f"https://h/v1?key={PLANTED}",
        f"https://h/?key={PLANTED}", f"h/v1?key={PLANTED}", f"https://h/v1#{PLANTED}", f"https://{PLANTED}@[/v1",
    ],
)  # fmt: skip
def test_no_message_quotes_what_may_be_a_secret(text: str) -> None:
    with pytest.raises(BaseUrlError) as caught:
        parse(text)
    assert PLANTED not in str(caught.value)


@given(st.text(max_size=30) | st.text(max_size=20).map(lambda t: f"https://{t}/v1"))
def test_any_text_is_a_target_or_a_base_url_error(text: str) -> None:
    try:
        target = parse(text)
    except BaseUrlError:
        return
    assert target.host
    assert target.vendor is None or target.host == "api.openai.com"
