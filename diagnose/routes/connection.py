"""One host asked with one credential: every request of a route goes through here, so every request is counted."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from diagnose.http import Client, Exchange, LongBody, TransportFault
from diagnose.model.answer import Answer
from diagnose.model.secret import Secret
from diagnose.routes.answers import from_fault, parse, read
from diagnose.routes.retry import send
from diagnose.routes.shot import IMAGE_LIMIT, PROBE_LIMIT, Ledger, Reply
from diagnose.routes.target import Target


class Connection:
    """Asks free questions and sends paid requests. `account` goes along as `chatgpt-account-id` where there is one.

    `patience` is how many seconds may be waited in all when the host asks for it; `clean` takes secrets out of
    what the host wrote.
    """

    def __init__(
        self,
        *,
        client: Client,
        target: Target,
        key: Secret,
        ledger: Ledger,
        sleep: Callable[[float], None],
        now: Callable[[], float],
        patience: float,
        tell: Callable[[str], None],
        clean: Callable[[str], str] = str,
        account: str | None = None,
    ) -> None:
        self._client = client
        self.target = target
        self._key = key
        self._ledger = ledger
        self._sleep = sleep
        self._now = now
        self._patience = patience
        self._tell = tell
        self.clean = clean
        self._account = account

    def get(self, url: str) -> Reply:
        """A free GET."""
        return self._ask("GET", url, body=None, key=self._key)

    def refuse_me(
        self, url: str, body: Mapping[str, Any], *, key: Secret | None = None, may_bill: bool = False
    ) -> Reply:
        """A POST that must be refused, with the route's credential or another one.

        The body has to carry something that no honest server accepts; the caller answers for that. A success
        all the same counts as a paid request. `may_bill`: so does a request of which nothing is known.
        """
        reply = self._ask("POST", url, body=msgspec.json.encode(body), key=key or self._key)
        unknown = may_bill and reply.answer.transport in {"timeout", "dropped", "too-large"}
        self._ledger.billable += reply.answer.ok or unknown
        self._ledger.unknown += unknown
        return reply

    def _ask(self, method: str, url: str, *, body: bytes | None, key: Secret) -> Reply:
        def once() -> Exchange:
            self._ledger.requests += 1
            return self._client.exchange(
                method, url, headers=self._headers(key, body, "application/json"), body=body, limit=PROBE_LIMIT
            )

        try:
            exchange = self._send(once, paid=False)
        except TransportFault as fault:
            return Reply(answer=from_fault(fault), payload=None, exchange=None)
        payload = parse(exchange.body)
        return Reply(answer=read(exchange, payload, self.clean), payload=payload, exchange=exchange)

    def pay(
        self,
        url: str,
        body: Mapping[str, Any] | LongBody,
        sink: Callable[[bytes], object],
        *,
        accept: str = "application/json",
    ) -> Exchange | Answer:
        """Send a request that bills, its 2xx body into `sink`; never again once it may have reached the host. `body`
        is the object that is sent as JSON, or that JSON in pieces.

        The exchange, or the Answer that stands for one that was not completed: then it is counted as unknown, as is
        one that ended in a server error.
        """
        encoded = msgspec.json.encode(body) if isinstance(body, Mapping) else body

        def once() -> Exchange:
            self._ledger.requests += 1
            self._ledger.billable += 1
            try:
                return self._client.exchange(
                    "POST",
                    url,
                    headers=self._headers(self._key, encoded, accept),
                    body=encoded,
                    sink=sink,
                    limit=IMAGE_LIMIT,
                )
            except TransportFault as fault:
                self._ledger.billable -= not fault.sent  # each attempt that never left, not the last one alone
                raise

        try:
            exchange = self._send(once, paid=True)
        except TransportFault as fault:
            self._ledger.unknown += fault.sent
            return from_fault(fault)
        self._ledger.unknown += exchange.status >= 500
        return exchange

    def not_known(self) -> None:
        """Count the last paid request as one of which nobody knows what became."""
        self._ledger.unknown += 1

    def _send(self, once: Callable[[], Exchange], *, paid: bool) -> Exchange:
        return send(once, paid=paid, sleep=self._sleep, now=self._now, patience=self._patience, tell=self._tell)

    def _headers(self, key: Secret, body: bytes | LongBody | None, accept: str) -> dict[str, str]:
        headers = {"authorization": f"Bearer {key.reveal()}", "accept": accept}
        if self._account is not None:
            # Beside a made-up key as well: it must differ from the real request by nothing but the key.
            headers["chatgpt-account-id"] = self._account
        if body is not None:
            headers["content-type"] = "application/json"
        return headers
