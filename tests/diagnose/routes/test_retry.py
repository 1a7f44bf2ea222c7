"""When a request may be sent again: a double payment is worse than a missing image."""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.http import Exchange, Peer, TransportFault
from diagnose.routes.retry import ATTEMPTS, LONGEST_WAIT, retry_after, send

NOW = 1_795_132_800.0
RATE = {"code": "rate_limit_exceeded", "type": "input-images", "message": "Rate limit reached for gpt-image-2"}


def exchange(status: int, error: dict[str, str] | None = None, **headers: str) -> Exchange:
    return Exchange(
        url="https://api.openai.com/v1/images/generations",
        status=status,
        headers={"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()},
        body=json.dumps({"error": error} if error is not None else {}).encode(),
        peer=Peer(host="api.openai.com", port=443, trust="public"),
        started=NOW,
        ended=NOW,
    )


class Line:
    """Plays answers and faults in turn and keeps what was done."""

    def __init__(self, *answers: Exchange | TransportFault) -> None:
        self.answers = list(answers)
        self.sent = 0
        self.slept: list[float] = []
        self.said: list[str] = []

    def once(self) -> Exchange:
        self.sent += 1
        answer = self.answers[min(self.sent, len(self.answers)) - 1]
        if isinstance(answer, TransportFault):
            raise answer
        return answer

    def run(self, patience: float = 180.0, *, paid: bool = False) -> Exchange:
        return send(
            self.once, paid=paid, sleep=self.slept.append, now=lambda: NOW, patience=patience, tell=self.said.append
        )


GOOD = exchange(200)


@pytest.mark.parametrize(
    "kind", ["timeout", "dropped", "tls", "too-large", "proxy", "redirect", "connect", "dns", "unsendable"]
)
def test_what_may_have_been_sent_is_never_sent_again(kind: str) -> None:
    line = Line(TransportFault(kind, "x", sent=True), GOOD)  # type: ignore[arg-type]
    with pytest.raises(TransportFault):
        line.run()
    assert (line.sent, line.slept) == (1, [])


@pytest.mark.parametrize("kind", ["timeout", "tls", "proxy", "dns"])
def test_only_a_connection_that_did_not_come_about_is_tried_again(kind: str) -> None:
    line = Line(TransportFault(kind, "x", sent=False), GOOD)  # type: ignore[arg-type]
    with pytest.raises(TransportFault):
        line.run()
    assert line.sent == 1


def test_a_refused_connection_is_tried_three_times_in_all() -> None:
    line = Line(TransportFault("connect", "x", sent=False))
    with pytest.raises(TransportFault):
        line.run()
    assert (line.sent, len(line.slept)) == (ATTEMPTS, ATTEMPTS - 1)
    again = Line(TransportFault("connect", "x", sent=False), GOOD)
    assert again.run() is GOOD


def test_a_fault_after_a_granted_wait_is_not_sent_again() -> None:
    line = Line(exchange(429, RATE, retry_after="1"), TransportFault("timeout", "x", sent=True), GOOD)
    with pytest.raises(TransportFault):
        line.run()
    assert line.sent == 2


DATE = email.utils.formatdate(NOW + 7, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "message", "delay"),
    [
        ({"retry_after_ms": "1500"}, "", 1.5),
        ({"retry_after": "7"}, "", 7.0),
        ({"retry_after": "0.5"}, "", 0.5),
        ({"retry_after": DATE}, "", 7.0),
        ({}, "Please try again in 12s.", 12.0),
        ({}, "Please try again in 1.2s.", 1.2),
        ({}, "Please try again in 15ms.", 0.015),
        ({}, "Please try again in 1m3s.", 63.0),
        ({"retry_after_ms": "20", "retry_after": "9"}, "Please try again in 30s.", 0.02),
        ({"retry_after": "9"}, "Please try again in 30s.", 9.0),
        ({"retry_after": email.utils.formatdate(NOW - 99, usegmt=True)}, "", 0.0),
        ({}, "Try later.", None),
        ({"retry_after": "soon"}, "", None),
        ({"retry_after": "-5"}, "", None),
        ({"retry_after": "1e9"}, "", None),
        ({"retry_after_ms": "nan"}, "", None),
    ],
)
def test_the_delay_that_a_host_names(headers: dict[str, str], message: str, delay: float | None) -> None:
    found = retry_after(exchange(429, None, **headers).headers, message, NOW)
    assert found == pytest.approx(delay) if delay is not None else found is None


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_header_or_text_makes_the_delay_negative_or_an_error(ms: str, after: str, message: str) -> None:
    found = retry_after({"retry-after-ms": ms, "retry-after": after}, message, NOW)
    assert found is None or found >= 0


DATELIKE = st.from_regex(re.compile(r"[A-Z][a-z]{2},? [0-9]{1,5} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{0,9}.{0,8}", re.ASCII))


@given(DATELIKE)
def test_no_date_is_an_error(after: str) -> None:
    found = retry_after({"retry-after": after}, "", NOW)
    assert found is None or found >= 0


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "message", "delay"),
    [({"retry_after_ms": "1500"}, "", 1.5), ({"retry_after": DATE}, "", 7.0), ({}, "Please try again in 12s.", 12.0)],
)
def test_a_refusal_that_names_a_delay_is_waited_for_with_the_given_sleep(
    status: int, headers: dict[str, str], message: str, delay: float
) -> None:
    line = Line(exchange(status, RATE | {"message": f"Busy. {message}"}, **headers), GOOD)
    assert line.run() is GOOD
    assert line.slept == pytest.approx([delay])
    assert len(line.said) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 408, 409, 500, 502, 504, 520, 524])
def test_no_other_status_is_sent_again_whatever_it_names(status: int) -> None:
    line = Line(exchange(status, RATE, retry_after="1"), GOOD)
    assert line.run().status == status
    assert (line.sent, line.slept) == (1, [])


@pytest.mark.parametrize(
    "error",
    [
        {"code": "insufficient_quota", "message": "You exceeded your current quota."},
        {"code": "credit_balance_exhausted", "message": "No credit."},
        {"code": "project_spend_limit_exceeded", "type": "insufficient_quota", "message": "Limit."},
        {"code": "rate_limit_exceeded", "message": "Request too large for gpt-image-2: Limit 0, Requested 1"},
    ],
)
def test_what_waiting_does_not_mend_is_not_waited_for(error: dict[str, str]) -> None:
    line = Line(exchange(429, error, retry_after="1"), GOOD)
    assert line.run().status == 429
    assert line.slept == []


def test_a_host_that_says_no_to_retries_is_believed() -> None:
    line = Line(exchange(429, RATE, retry_after="1", x_should_retry="false"), GOOD)
    assert line.run().status == 429
    assert line.sent == 1


def test_without_a_delay_nothing_is_sent_again() -> None:
    line = Line(exchange(429, RATE), GOOD)
    assert line.run().status == 429
    assert line.sent == 1


def test_an_edge_page_with_a_delay_is_not_sent_again() -> None:
    page = Exchange(
        url="https://api.openai.com/v1", status=503, headers={"content-type": "text/html", "retry-after": "1"},
        body=b"<html>", peer=GOOD.peer, started=NOW, ended=NOW,
    )  # fmt: skip
    line = Line(page, GOOD)
    assert line.run() is page
    assert line.sent == 1


def test_a_wait_over_the_cap_is_not_shortened() -> None:
    refused = exchange(429, RATE, retry_after=str(LONGEST_WAIT + 1))
    line = Line(refused, GOOD)
    assert line.run(patience=9999) is refused
    assert (line.sent, line.slept) == (1, [])
    at_the_cap = Line(exchange(429, RATE, retry_after=str(LONGEST_WAIT)), GOOD)
    assert at_the_cap.run(patience=9999) is GOOD
    assert at_the_cap.slept == [LONGEST_WAIT]


def test_all_waits_together_stay_within_the_patience() -> None:
    refused = exchange(429, RATE, retry_after="6")
    line = Line(refused, refused, GOOD)
    assert line.run(patience=10) is refused
    assert (line.sent, line.slept) == (2, [6.0])
    patient = Line(refused, refused, GOOD)
    assert patient.run(patience=12) is GOOD
    assert patient.slept == [6.0, 6.0]


def test_the_third_refusal_stands() -> None:
    line = Line(exchange(429, RATE, retry_after="1"))
    assert line.run().status == 429
    assert (line.sent, line.slept) == (ATTEMPTS, [1.0, 1.0])


def test_an_answer_is_passed_on_as_it_is() -> None:
    once: Callable[[], Exchange] = lambda: GOOD  # noqa: E731
    assert send(once, paid=False, sleep=pytest.fail, now=lambda: NOW, patience=1, tell=pytest.fail) is GOOD


def test_a_paid_request_is_sent_again_after_a_429_and_never_after_a_503() -> None:
    for status, sent in ((429, 2), (503, 1)):
        host = Line(exchange(status, retry_after="1"), GOOD)
        host.run(paid=True)
        assert host.sent == sent
