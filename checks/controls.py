"""Negative controls: requests that must be refused, and for the right reason. They are what makes a proof.

Each asks for zero images, which no honest server grants, so none of them can bill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.context import Context, declare
from checks.scopes import answered, probe_body, refused
from diagnose.model.check import Cost, Outcome, Status
from diagnose.model.witness import Witness

if TYPE_CHECKING:
    from diagnose.model.secret import Secret
    from diagnose.routes.openai_images import Reply

BOGUS_MODEL = "routecheck-no-such-model"
BOGUS_KEY_MARK = "sk-proj-routecheck-bogus-"
_NEEDS = ["credentials.source", "credentials.kind", "scopes.images"]


def bogus_key(seed: str) -> Secret:
    """A key that nobody issued; the same within a run, another in the next one."""
    import hashlib

    from diagnose.model.secret import Secret

    return Secret(BOGUS_KEY_MARK + hashlib.sha256(seed.encode()).hexdigest()[:32])


@declare("controls.bogus_key", "A made-up key is refused", cost=Cost.FREE, needs=_NEEDS)
def key(context: Context) -> Outcome:
    """Whether the host looks at the key: with a made-up one it must answer 401."""
    made_up = bogus_key(f"{context.host.now()}")
    reply = context.asking().refuse_me(probe_body(context), key=made_up, may_bill=not context.target.at_vendor)
    answer = reply.answer
    credential = context.credential
    assert credential is not None
    expected = "401, before the body is looked at"
    if answer.ok and "html" not in answer.content_type:
        return answered(context, "controls.bogus_key", reply.payload, expected)
    if answer.status == 401 and "html" not in answer.content_type:
        context.learned.key_checked = True
        value = f"key {credential.secret.fingerprint} from {credential.source} was sent, a made-up one refused"
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
            summary=f"a made-up key was not refused as such: {answer.describe()}",
            measured=answer.describe(),
            expected=expected,
            symptom="bogus-key-not-refused",
            costs_proof=True,
        )
    return _unclear(context, reply, expected)


@declare("controls.bogus_model", "A made-up model is refused", cost=Cost.FREE, needs=_NEEDS)
def model(context: Context) -> Outcome:
    """Whether the host looks at the model name: a made-up one must be refused by name."""
    reply = context.asking().refuse_me(
        probe_body(context) | {"model": BOGUS_MODEL}, may_bill=not context.target.at_vendor
    )
    answer = reply.answer
    expected = "a refusal that names the model"
    if answer.ok and "html" not in answer.content_type:
        return answered(context, "controls.bogus_model", reply.payload, expected)
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


@declare("controls.invalid_body", "An unknown parameter is refused", cost=Cost.FREE, needs=_NEEDS)
def body(context: Context) -> Outcome:
    """Whether the host validates the body: a parameter that does not exist must be refused by name."""
    probe = probe_body(context) | {"routecheck_no_such_parameter": 1}
    reply = context.asking().refuse_me(probe, may_bill=not context.target.at_vendor)
    answer = reply.answer
    expected = "a refusal that names the parameter"
    if answer.ok and "html" not in answer.content_type:
        return answered(context, "controls.invalid_body", reply.payload, expected)
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
