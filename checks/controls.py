"""Negative controls: requests that must be refused, and for the right reason. They are what makes a proof.

Each holds nothing to draw (zero images, or no prompt), which no honest server grants, so none of them can bill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.context import Context, declare
from checks.scopes import answered, refused
from diagnose.model.check import Cost, Outcome, Status
from diagnose.model.witness import Witness

if TYPE_CHECKING:
    from diagnose.model.secret import Secret
    from diagnose.routes.shot import Reply

BOGUS_MODEL = "routecheck-no-such-model"
BOGUS_KEY_MARK = "sk-proj-routecheck-bogus-"
_NEEDS = ["credentials.source", "credentials.kind", "scopes.images"]
_IMAGES_API = ["openai-images"]
"""The routes on which model and keys are looked at before the rest, as has been observed. The Codex backend takes any
name of an image model and serves its own, so a made-up one tells nothing there, and what it does with unknown keys is
not known."""


def bogus_key(seed: str, *, login: bool = False) -> Secret:
    """A credential that nobody issued; the same within a run, another in the next one. `login`: in a token's form."""
    import hashlib

    from diagnose.model.secret import Secret

    digest = hashlib.sha256(seed.encode())
    return Secret(_bogus_token(digest.digest()) if login else BOGUS_KEY_MARK + digest.hexdigest()[:32])


def _bogus_token(seed: bytes) -> str:
    """A token of the right form for no account, with a signature that no key has made."""
    import base64
    import hashlib
    import json

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    header = {"alg": "RS256", "typ": "JWT", "kid": "routecheck-bogus"}
    claims = {"sub": f"routecheck-bogus-{seed.hex()[:16]}"}
    signature = b"".join(hashlib.sha256(seed + bytes([block])).digest() for block in range(8))
    return ".".join([*(part(json.dumps(value).encode()) for value in (header, claims)), part(signature)])


@declare("controls.bogus_key", "A made-up key is refused", cost=Cost.FREE, needs=_NEEDS)
def key(context: Context) -> Outcome:
    """Whether the host looks at the key or the token: with a made-up one it must answer 401."""
    login = context.kind.login
    made_up = bogus_key(f"{context.host.now()}", login=login)
    body = context.kind.refusable(context.claim)
    reply = context.asking().refuse_me(body, key=made_up, may_bill=not context.target.at_vendor)
    answer = reply.answer
    credential = context.credential
    assert credential is not None
    expected = "401, before the body is looked at"
    if answer.ok and "html" not in answer.content_type:
        return answered(context, "controls.bogus_key", reply, expected)
    if answer.status == 401 and "html" not in answer.content_type:
        context.learned.key_checked = True
        what = "token" if login else "key"
        value = f"{what} {credential.secret.fingerprint} from {credential.source} was sent, a made-up one refused"
        witness = Witness(
            dimension="credential",
            value=value,
            source="control",
            # Of OpenClaw's own request this says nothing: `served.credential` looks at what it sent.
            strength=1 if context.mode == "openclaw" else 3,
            agrees=True,
            check="controls.bogus_key",
        )
        return Outcome(status=Status.PASS, summary=value, witnesses=(witness,))
    if answer.status in {400, 403, 404, 422} and "html" not in answer.content_type:
        return Outcome(
            status=Status.WARN,
            summary=f"a made-up {'token' if login else 'key'} was not refused as such: {answer.describe()}",
            measured=answer.describe(),
            expected=expected,
            symptom="bogus-key-not-refused",
            costs_proof=True,
        )
    return _unclear(context, reply, expected)


@declare("controls.bogus_model", "A made-up model is refused", cost=Cost.FREE, needs=_NEEDS, routes=_IMAGES_API)
def model(context: Context) -> Outcome:
    """Whether the host looks at the model name: a made-up one must be refused by name."""
    reply = context.asking().refuse_me(
        context.kind.refusable(context.claim) | {"model": BOGUS_MODEL}, may_bill=not context.target.at_vendor
    )
    answer = reply.answer
    expected = "a refusal that names the model"
    if answer.ok and "html" not in answer.content_type:
        return answered(context, "controls.bogus_model", reply, expected)
    names_it = answer.param == "model" or answer.code == "model_not_found" or BOGUS_MODEL in answer.message
    if answer.status in {400, 403, 404, 422} and names_it and "html" not in answer.content_type:
        context.learned.model_checked = True
        return Outcome(
            status=Status.PASS,
            summary=f"refused by name: {answer.describe()}",
            witnesses=(
                Witness(
                    dimension="model",
                    value="a made-up model was refused by name",
                    source="control",
                    strength=1,
                    agrees=True,
                    check="controls.bogus_model",
                ),
            ),
        )
    if answer.status in {400, 422} and "html" not in answer.content_type:
        return Outcome(
            status=Status.WARN,
            summary=f"a made-up model was not refused; the host objected to something else: {answer.describe()}",
            measured=answer.describe(),
            expected=expected,
            symptom="bogus-model-not-refused",
            costs_proof=True,
        )
    return _unclear(context, reply, expected)


@declare("controls.invalid_body", "An unknown parameter is refused", cost=Cost.FREE, needs=_NEEDS, routes=_IMAGES_API)
def body(context: Context) -> Outcome:
    """Whether the host validates the body: a parameter that does not exist must be refused by name."""
    probe = context.kind.refusable(context.claim) | {"routecheck_no_such_parameter": 1}
    reply = context.asking().refuse_me(probe, may_bill=not context.target.at_vendor)
    answer = reply.answer
    expected = "a refusal that names the parameter"
    if answer.ok and "html" not in answer.content_type:
        return answered(context, "controls.invalid_body", reply, expected)
    if "routecheck_no_such_parameter" in f"{answer.param} {answer.message}":
        return Outcome(status=Status.PASS, summary=f"refused by name: {answer.describe()}")
    if answer.status in {400, 422} and "html" not in answer.content_type:
        return Outcome(
            status=Status.WARN,
            summary=f"an unknown parameter was passed over: {answer.describe()}",
            measured=answer.describe(),
            expected=expected,
            symptom="unknown-keys-dropped",
        )
    return _unclear(context, reply, expected)


def _unclear(context: Context, reply: Reply, expected: str) -> Outcome:
    """No answer that tells anything: it costs the proof, and is no fault of the route."""
    found = refused(context, reply.answer, status=Status.WARN, expected=expected)
    return Outcome(
        status=Status.WARN,
        summary=f"the control got no clear answer: {found.summary}",
        measured=found.measured,
        expected=expected,
        symptom=found.symptom,
        remedy=found.remedy,
        costs_proof=True,
    )
