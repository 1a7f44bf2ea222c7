"""Which key the route uses, and what its form shows."""

from checks.context import Context, declare
from diagnose.model.check import Cost, Outcome, Status, skip


@declare("credentials.source", "Credential", cost=Cost.OFFLINE)
def source(context: Context) -> Outcome:
    """Which credential is used, and why that one."""
    credential = context.credential
    if credential is None:
        if context.mode == "openclaw":
            return skip("no API key is read here: OpenClaw uses a credential of its own")
        found = ", ".join(context.unread)
        return Outcome(
            status=Status.FAIL,
            summary="no API key was found" + (f"; there is {found}, which this route does not use" if found else ""),
            measured="none",
            expected="OPENAI_API_KEY or models.providers.openai.apiKey",
            symptom="no-credential",
            remedy=("export OPENAI_API_KEY=…",),
        )
    others = [c.source for c in context.credentials[1:]]
    first = f"; it comes before {', '.join(others)}" if others else ""
    return Outcome(
        status=Status.PASS, summary=f"{credential.source}, fingerprint {credential.secret.fingerprint}{first}"
    )


@declare("credentials.kind", "Kind of credential", cost=Cost.OFFLINE, needs=["credentials.source"])
def kind(context: Context) -> Outcome:
    """Whether a credential of this form can make images on this route at all."""
    credential = context.credential
    assert credential is not None
    found = credential.kind
    if found.use == "no":
        return Outcome(
            status=Status.FAIL,
            summary=f"{credential.source} holds {found.about}",
            measured=found.id,
            expected="a project, service-account or user key of the platform",
            symptom="damaged-credential" if found.id.startswith("damaged") else "wrong-credential-kind",
            remedy=("export OPENAI_API_KEY=…",),
        )
    return Outcome(status=Status.PASS, summary=found.about)
