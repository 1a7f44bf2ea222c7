"""When a request may be sent again. Only where it is certain that the first one was not carried out.

A refused connection: nothing was sent. 429 and 503 that name a delay: the host says that it
did nothing, which is believed of a 503 only where nothing can bill.
Everything else, above all a timeout after sending, is never sent twice: it may already be paid.
"""

import email.utils
import re
from collections.abc import Callable, Mapping
from typing import Any

from diagnose.http import Exchange, TransportFault
from diagnose.matrix import classify
from diagnose.routes.answers import parse, read

ATTEMPTS = 3
LONGEST_WAIT = 60.0
_RECONNECT_AFTER = 0.3
_IN_TEXT = re.compile(r"try again in (?:(\d{1,4})m)?(\d{1,6}(?:\.\d{1,6})?)(ms|s)")


def retry_after(headers: Mapping[str, str], message: str, now: float) -> float | None:
    """Seconds to wait as the host asks for: `retry-after-ms`, `retry-after` (seconds or a date), or its text."""
    milliseconds = headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", milliseconds):
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value)
    if value:
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now)
        except (ValueError, OverflowError):
            return None
    found = _IN_TEXT.search(message)
    if found is None:
        return None
    minutes, number, unit = found.groups()
    return int(minutes or 0) * 60 + float(number) / (1000 if unit == "ms" else 1)


def send(
    once: Callable[[], Exchange],
    *,
    paid: bool,
    sleep: Callable[[float], None],
    now: Callable[[], float],
    patience: float,
    tell: Callable[[str], None],
) -> Exchange:
    """Call `once` until it answers, at most `ATTEMPTS` times and waiting `patience` seconds in all.

    A `paid` request is sent again after a 429 only, which is certain not to be billed. Raises the last
    TransportFault. A wait that is longer than allowed is not shortened: the refusal stands.
    """
    waited = 0.0
    for attempt in range(1, ATTEMPTS + 1):
        try:
            exchange = once()
        except TransportFault as fault:
            if fault.sent or fault.kind != "connect" or attempt == ATTEMPTS:
                raise
            sleep(_RECONNECT_AFTER)
            continue
        delay = _asked_to_wait(exchange, now(), again_after={429} if paid else {429, 503})
        if delay is None or attempt == ATTEMPTS or delay > LONGEST_WAIT or waited + delay > patience:
            return exchange
        tell(f"the host asks to wait {delay:.3g} s before the next try")
        sleep(delay)
        waited += delay
    raise AssertionError("unreachable")


def _asked_to_wait(exchange: Exchange, now: float, again_after: set[int]) -> float | None:
    if exchange.status not in again_after or exchange.headers.get("x-should-retry") == "false":
        return None
    payload: Any = parse(exchange.body)
    answer = read(exchange, payload)
    if classify(answer).id not in {"rate-limited", "server-error"}:
        return None  # no credit or a limit of zero does not get better by waiting
    return retry_after(exchange.headers, answer.message, now)
