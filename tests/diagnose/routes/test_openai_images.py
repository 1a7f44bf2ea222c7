"""One image request and its free questions: what is counted, what is sent, and that nothing is paid twice."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from diagnose.http import Client
from diagnose.images.pixels import decode
from diagnose.model.claim import Claim, Parameters
from diagnose.model.secret import Secret
from diagnose.net import Settings
from diagnose.routes.connection import Connection
from diagnose.routes.openai_images import GENERATIONS, OpenAIImages, refusable, request_body, requirements
from diagnose.routes.shot import Ledger, Shot
from diagnose.routes.target import Target
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox

CLAIM = Claim(route="openai-images", model="openai/gpt-image-2", fallback="forbidden")


def route(client: Client, base_url: str, key: str, ledger: Ledger, slept: list[float]) -> OpenAIImages:
    return OpenAIImages(
        Connection(
            client=client,
            target=Target(base_url=base_url, origin_of="a test", sandbox=True),
            key=Secret(key),
            ledger=ledger,
            sleep=slept.append,
            now=lambda: 0.0,
            patience=100.0,
            tell=lambda _: None,
        )
    )


@contextmanager
def opened(faults: Faults, timeout: float = 20) -> Iterator[tuple[OpenAIImages, Ledger, Sandbox, list[float]]]:
    ledger, slept = Ledger(), list[float]()
    with Sandbox(faults) as sandbox, Client(sandbox.base_url, Settings(timeout=timeout)) as client:
        yield route(client, sandbox.base_url, sandbox.key, ledger, slept), ledger, sandbox, slept


def shoot(images: OpenAIImages, sink: Callable[[bytes], object] = lambda _: None, size: str = "1024x1024") -> Shot:
    return images.generate(CLAIM, "a mug", Parameters(size=size), sink)


@pytest.mark.parametrize(
    ("faults", "timeout", "problem", "counts", "billed"),
    [
        (Faults(), 20, None, (1, 1, 0), 1),
        (Faults(refusal="moderation_blocked"), 20, "refused", (1, 1, 0), None),
        (Faults(refusal="server_error"), 20, "refused", (1, 1, 1), None),
        (Faults(key_check="reject-all"), 20, "refused", (1, 1, 0), 0),
        (Faults(rate_limited_first=1), 20, None, (2, 2, 0), 1),
        (Faults(rate_limited_first=9), 20, "refused", (3, 3, 0), 0),
        (Faults(delay=5), 0.4, "refused", (1, 1, 1), None),
        (Faults(delivery="drip"), 0.4, "refused", (1, 1, 1), 1),
        (Faults(delivery="dropped"), 20, "refused", (1, 1, 1), 1),
        (Faults(delivery="endless"), 20, "refused", (1, 1, 1), 1),
        (Faults(delivery="malformed-json"), 20, "not-json", (1, 1, 0), 1),
        (Faults(delivery="no-image"), 20, "no-image", (1, 1, 0), None),
        (Faults(delivery="url"), 20, "url-instead-of-image", (1, 1, 0), 1),
        (Faults(delivery="truncated-image"), 20, "image-damaged", (1, 1, 0), 1),
        (Faults(edge="page-200"), 20, "edge-html", (1, 1, 0), 0),
        (Faults(edge="challenge-403"), 20, "refused", (1, 1, 0), 0),
        (Faults(redirect_to="https://elsewhere.invalid/v1"), 20, "refused", (1, 1, 0), 0),
    ],
)
def test_every_kind_of_end_is_counted_and_nothing_is_paid_twice(
    faults: Faults, timeout: float, problem: str | None, counts: tuple[int, int, int], billed: int | None
) -> None:
    with opened(faults, timeout) as (images, ledger, sandbox, _):
        shot = shoot(images)
        seen = len(sandbox.requests)
        paid = sandbox.billed
    assert shot.problem == problem
    assert (ledger.requests, ledger.billable, ledger.unknown) == counts
    assert seen == ledger.requests  # every request is counted, and none was sent behind the ledger's back
    assert paid <= 1
    assert billed is None or paid == billed
    assert ledger.billable >= paid


def test_a_timeout_is_not_sent_again() -> None:
    with opened(Faults(delay=5), 0.4) as (images, _, sandbox, slept):
        shot = shoot(images)
        assert shot.answer.transport == "timeout"
        assert len(sandbox.requests) == 1
        assert slept == []


def test_a_redirect_to_another_host_is_neither_followed_nor_called_an_image() -> None:
    with opened(Faults(redirect_to="https://elsewhere.invalid/v1")) as (images, _, sandbox, _slept):
        shot = shoot(images)
        assert (shot.answer.transport, shot.answer.status) == ("redirect", 308)
        assert len(sandbox.requests) == 1


def test_a_host_that_is_not_there_bills_nothing_in_any_attempt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        base_url = f"http://127.0.0.1:{gone.getsockname()[1]}/v1"
    ledger, slept = Ledger(), list[float]()
    with Client(base_url, Settings(timeout=5)) as client:
        shot = shoot(route(client, base_url, "sk-x", ledger, slept))
    assert shot.answer.transport == "connect"
    assert (ledger.requests, ledger.billable, ledger.unknown) == (3, 0, 0)
    assert len(slept) == 2


@pytest.mark.parametrize("size", ["1024x1024", "1536x1024"])
def test_the_sink_gets_the_image_as_it_was_sent(size: str) -> None:
    kept = bytearray()
    with opened(Faults()) as (images, _, _sandbox, _slept):
        shot = shoot(images, kept.extend, size)
    assert shot.shape is not None
    assert hashlib.sha256(kept).hexdigest() == shot.shape.sha256
    assert len(kept) == shot.shape.size
    found = decode(bytes(kept))
    assert f"{found.width}x{found.height}" == size
    assert "b64_json" not in shot.body.get("data", [{}])[0] or not shot.body["data"][0]["b64_json"]


def test_a_full_disk_passes_through_as_what_it_is() -> None:
    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    with opened(Faults()) as (images, ledger, sandbox, _):
        with pytest.raises(OSError, match="No space left"):
            shoot(images, full)
        assert (ledger.requests, ledger.billable) == (1, 1)
        assert len(sandbox.requests) == 1


def test_what_is_asked_for_is_what_is_claimed() -> None:
    with opened(Faults()) as (images, _, sandbox, _slept):
        shoot(images)
        (asked,) = sandbox.requests
    assert asked.path == f"/v1{GENERATIONS}"
    assert asked.body == request_body(CLAIM, "a mug", Parameters())
    assert asked.body["n"] == 1
    assert asked.body["model"] == "gpt-image-2"


def probe(**changes: object) -> dict[str, object]:
    return refusable(CLAIM) | changes


def test_a_refused_question_is_free() -> None:
    with opened(Faults()) as (images, ledger, sandbox, _):
        reply = images.refuse_me(probe())
        bogus = images.refuse_me(probe(), key=Secret("sk-proj-routecheck-bogus-0000"))
        assert images.get("/me").answer.ok
        assert sandbox.billed == 0
        prints = [row.credential_fingerprint for row in sandbox.requests]
        assert prints == [
            Secret(sandbox.key).fingerprint,
            Secret("sk-proj-routecheck-bogus-0000").fingerprint,
            prints[0],
        ]
    assert (reply.answer.status, reply.answer.param) == (400, "n")
    assert bogus.answer.status == 401
    assert (ledger.requests, ledger.billable, ledger.unknown) == (3, 0, 0)


def test_an_answered_control_counts_as_paid() -> None:
    with opened(Faults(controls="answered")) as (images, ledger, sandbox, _):
        assert images.refuse_me(probe()).answer.ok
        assert (ledger.billable, ledger.unknown) == (1, 0)
        assert sandbox.billed <= ledger.billable


@pytest.mark.parametrize("may_bill", [False, True])
def test_a_question_without_an_answer_is_unknown_only_where_it_could_bill(may_bill: bool) -> None:
    with opened(Faults(delay=5), 0.4) as (images, ledger, _sandbox, _):
        assert images.refuse_me(probe(n=1), may_bill=may_bill).answer.transport == "timeout"
    assert (ledger.requests, ledger.billable, ledger.unknown) == (1, int(may_bill), int(may_bill))


def test_the_requirements_follow_the_claim() -> None:
    def aspects(parameters: Parameters) -> tuple[str, ...]:
        needs = requirements(replace(CLAIM, parameters=parameters))
        return next(r.aspects for r in needs if r.dimension == "parameters")

    assert aspects(Parameters()) == ("format", "background", "quality")
    assert aspects(Parameters(background="auto", quality="auto")) == ("format",)
    needed = {r.dimension: r.need for r in requirements(CLAIM)}
    assert needed.pop("owner") == "reported"
    assert set(needed.values()) == {"required"}
    assert set(needed) == {"provider", "surface", "credential", "model", "parameters", "pixels", "freshness"}
    assert {r.need for r in requirements(replace(CLAIM, owner="org-x")) if r.dimension == "owner"} == {"required"}
