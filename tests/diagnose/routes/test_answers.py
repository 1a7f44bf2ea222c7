"""From the transport to the Answer: any body can be read, and a web page is known as one."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose import routes
from diagnose.http import Exchange, Peer, TransportFault
from diagnose.matrix import classify, rows
from diagnose.model.claim import Claim
from diagnose.routes.answers import from_fault, parse, read


def exchange(status: int, body: bytes, content_type: str = "application/json", redirect: str | None = None) -> Exchange:
    return Exchange(
        url="https://h/v1/images/generations", status=status, headers={"content-type": content_type}, body=body,
        peer=Peer(host="h", port=443, trust="public"), started=0, ended=1, redirect_to=redirect,
    )  # fmt: skip


def answer(status: int, payload: Any) -> Any:
    body = json.dumps(payload).encode()
    return read(exchange(status, body), parse(body))


def test_the_envelope_is_read() -> None:
    found = answer(400, {"error": {"message": "No", "type": "invalid_request_error", "param": "n", "code": "x"}})
    assert (found.message, found.error_type, found.param, found.code) == ("No", "invalid_request_error", "n", "x")
    assert (found.ok, found.text) == (False, "")
    assert found.describe() == "400 x: No"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"error": "plain"}, "plain"), ({"detail": "why"}, "why"), ({"message": "why"}, "why"),
        ({"error": {"message": 5}}, "5"), ({"error": None}, ""), ({"error": [1]}, ""), ([1], ""), ("x", ""), (None, ""),
        ({"error": {"message": {"a": 1}, "code": ["x"], "param": True}}, ""),
    ],
)  # fmt: skip
def test_other_shapes_are_read_as_far_as_they_go(payload: Any, message: str) -> None:
    found = answer(400, payload)
    assert found.message == message
    assert (found.code, found.param) == ("", "")


@pytest.mark.parametrize(
    ("payload", "code", "message"),
    [
        ({"detail": {"code": "deactivated_workspace"}}, "deactivated_workspace", ""),
        ({"detail": {"code": "x", "message": "why"}}, "x", "why"),
        ({"error": None, "detail": {"code": "x"}}, "x", ""),
        ({"error": {"code": "first"}, "detail": {"code": "second"}}, "first", ""),
        ({"detail": [{"msg": "field required"}]}, "", ""),
        ({"error": "invalid_grant", "detail": {"code": "x"}}, "x", "invalid_grant"),
    ],
)  # fmt: skip
def test_a_nested_detail_is_read_as_the_envelope(payload: Any, code: str, message: str) -> None:
    found = answer(403, payload)
    assert (found.code, found.message) == (code, message)


def test_a_code_in_the_header_counts_where_the_body_names_none() -> None:
    def headed(body: bytes) -> Any:
        plain = exchange(401, body)
        with_code = dataclasses.replace(
            plain, headers={**plain.headers, "x-openai-authorization-error": "token_expired"}
        )
        return read(with_code, parse(body))

    assert headed(b'{"detail":"Unauthorized"}').code == "token_expired"
    assert headed(b"").code == "token_expired"
    assert headed(b'{"error":{"code":"token_revoked"}}').code == "token_revoked"
    assert classify(headed(b'{"detail":"Unauthorized"}')).id == "login-expired"


@pytest.mark.parametrize(
    "content_type", ["text/html", "Text/HTML; charset=utf-8", "application/json", "text/plain", ""]
)
@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html>", b"  <html lang=en>", b"<HTML>"])
def test_a_web_page_is_one_under_any_content_type(content_type: str, page: bytes) -> None:
    found = read(exchange(401, page, content_type), parse(page))
    assert found.content_type == "text/html"
    assert classify(found).id == "edge-html"


def test_a_redirect_that_was_not_followed_shows_no_query() -> None:
    found = read(exchange(308, b"", redirect="https://other/v1?token=planted"))
    assert (found.transport, found.ok) == ("redirect", False)
    assert "https://other/v1" in found.detail
    assert "planted" not in found.describe() + found.detail


def test_a_long_body_is_shown_in_part() -> None:
    found = read(exchange(500, b"x" * 10_000, "text/plain"))
    assert len(found.text) == 300
    assert len(found.describe()) <= 400


def test_a_fault_is_no_success_even_after_a_status() -> None:
    found = from_fault(TransportFault("dropped", "cut", sent=True, status=200))
    assert (found.ok, found.status, found.transport) == (False, 200, "dropped")
    assert from_fault(TransportFault("dns", "no name", sent=False)).describe() == "no name"


@given(st.integers(100, 599), st.binary(max_size=60), st.sampled_from(["application/json", "text/html", "", "x/y;z"]))
def test_no_bytes_break_the_reading(status: int, body: bytes, content_type: str) -> None:
    found = read(exchange(status, body, content_type), parse(body))
    assert found.describe()
    assert classify(found).id in rows()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["error", "message", "type", "param", "code", "detail"]), inner, max_size=4
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.integers(100, 599), json_values)
def test_no_json_breaks_the_reading(status: int, payload: Any) -> None:
    found = answer(status, payload)
    assert all(isinstance(word, str) for word in (found.message, found.code, found.param, found.error_type, found.text))
    assert classify(found).id in rows()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":NaN}', b"<html>", b'"\\ud800"'])
def test_what_is_no_json_is_none(body: bytes) -> None:
    assert parse(body) is None


def test_every_route_can_be_loaded_and_says_what_it_needs() -> None:
    for name in routes.ROUTES:
        kind = routes.load(name)
        assert name == kind.name
        assert kind.base_url.endswith(kind.ends)
        claim = Claim(route=name, model=f"{kind.provider}/gpt-image-2")
        assert {"provider", "surface", "credential", "model"} <= {r.dimension for r in kind.requirements(claim)}
    with pytest.raises(KeyError):
        routes.load("no-such-route")
