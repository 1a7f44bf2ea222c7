"""What the settings of this machine say that OpenClaw would do: read and predicted, nothing is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.context import Context, declare
from diagnose.children import NotStartedError
from diagnose.model.check import Cost, Outcome, Status, skip

if TYPE_CHECKING:
    from diagnose.routes.openclaw_findings import Finding

NOT_ASKED = "OpenClaw is not part of this run"


def _outcome(finding: Finding, status: Status) -> Outcome:
    return Outcome(
        status=status,
        summary=finding.says,
        measured=finding.measured,
        expected=finding.expected,
        symptom=finding.symptom,
        remedy=finding.remedy,
        costs_proof=status is Status.WARN,
    )


@declare("environment.validation", "OpenClaw accepts its config", cost=Cost.OFFLINE)
def validation(context: Context) -> Outcome:
    """Whether the installed release accepts the config, by the program's own validation."""
    from diagnose.machine.openclaw.remedies import remedy

    if context.openclaw is None:
        return skip(NOT_ASKED)
    if context.config.path is None:
        return skip("there is no OpenClaw config on this machine")
    if (reason := context.openclaw.unsafe()) is not None:
        return skip(f"OpenClaw was not started: {reason}")
    try:
        if (reason := context.openclaw.unsealed()) is not None:
            return skip(f"OpenClaw was not started: {reason}")
        found = context.openclaw.validate()
    except NotStartedError as error:
        return skip(str(error))
    release = context.openclaw.prediction.release
    if found.valid:
        warned = "; ".join(f"{path}: {message}" for path, message in found.warnings)
        return Outcome(
            status=Status.WARN if warned else Status.PASS,
            summary=f"{context.config.path} is valid" + (f", with warnings: {warned}" if warned else ""),
        )
    if found.ran.timed_out:
        return Outcome(
            status=Status.WARN,
            summary=f"OpenClaw did not say within {found.ran.limit:g} s whether its config is valid",
            symptom="openclaw-hung",
            measured="; ".join(found.ran.left) or "no answer",
            expected="an answer",
        )
    if not found.answered:
        return Outcome(
            status=Status.WARN,
            summary=f"OpenClaw did not say whether {context.config.path} is valid: {found.error or 'no answer'}",
            measured=found.error or "no answer",
            expected="an answer",
            symptom="openclaw-missing",
        )
    named = "; ".join(f"{path}: {message}" for path, message in found.issues) or found.error or "it does not say why"
    return Outcome(
        status=Status.FAIL,
        summary=f"OpenClaw {'.'.join(map(str, release))} rejects {context.config.path}: {named}",
        measured=named,
        expected="a valid config",
        symptom="openclaw-config-invalid",
        remedy=remedy("openclaw-config-invalid", release),
    )


@declare("environment.stores", "OpenClaw's stored logins", cost=Cost.OFFLINE)
def stores(context: Context) -> Outcome:
    """Which logins and keys OpenClaw has stored, and whether its release can read and use them."""
    from diagnose.machine.openclaw.remedies import remedy

    if context.openclaw is None:
        return skip(NOT_ASKED)
    setting, release = context.openclaw.setting, context.openclaw.prediction.release
    found = setting.stores
    trouble = Status.FAIL if context.mode == "openclaw" else Status.WARN
    if found.waiting:
        named = ", ".join(str(path) for path in found.waiting)
        return Outcome(
            status=trouble,
            summary=f"logins of an older release wait for their migration, and no credential works until then: {named}",
            measured=named,
            expected="one store, in the form of the installed release",
            symptom="openclaw-store-waiting",
            remedy=remedy("openclaw-store-waiting", release),
        )
    if found.unreadable:
        named = "; ".join(f"{path}: {reason}" for path, reason in found.unreadable.items())
        return Outcome(
            status=Status.WARN,
            summary=f"a store cannot be read, so what is predicted may be wrong: {named}",
            measured=named,
            expected="readable stores",
            symptom="openclaw-store-unreadable",
        )
    fenced = [profile.id for profile in found.profiles if profile.fenced]
    if fenced:
        return Outcome(
            status=Status.WARN,
            summary=f"a failed refresh has overwritten the login {', '.join(fenced)}",
            measured=", ".join(fenced),
            expected="a login with its tokens",
            symptom="openclaw-login-destroyed",
            remedy=remedy("openclaw-login-destroyed", release),
        )
    if not found.profiles:
        return Outcome(status=Status.PASS, summary="no login and no key is stored")
    resting = [i for i, u in found.usage.items() if (u.disabled_until or u.cooldown_until or 0) > setting.now * 1000]
    listed = ", ".join(f"{p.id} ({p.kind})" for p in found.profiles)
    note = f"; {', '.join(resting)} is marked as resting, which image requests do not heed" if resting else ""
    return Outcome(status=Status.PASS, summary=listed + note)


@declare("model_reference.agents", "Agents of OpenClaw", cost=Cost.OFFLINE)
def agents(context: Context) -> Outcome:
    """Whether an agent has an image model or logins of its own, so that a proof for the defaults is none for it."""
    from diagnose.machine.openclaw.remedies import remedy

    if context.openclaw is None:
        return skip(NOT_ASKED)
    setting, asked = context.openclaw.setting, context.openclaw.asked
    own = {m.agent: f"{m.key} = {m.primary}" for m in setting.config.image_models if m.agent is not None}
    for profile in setting.stores.profiles:
        if profile.agent is not None and profile.agent != setting.config.default_agent:
            own.setdefault(profile.agent, f"the login {profile.id} in its own store")
    own.pop(asked.agent or "", None)
    if own:
        listed = "; ".join(f"{agent}: {what}" for agent, what in own.items())
        return Outcome(
            status=Status.WARN,
            summary=f"agents differ from what is proven here: {listed}",
            measured=listed,
            expected="agents that use the defaults, or a run with --agent for each",
            symptom="openclaw-agent-differs",
            remedy=(
                *(f"routecheck run --no-fallback --through openclaw --agent {agent}" for agent in own if agent),
                *remedy("openclaw-agent-differs", context.openclaw.prediction.release),
            ),
        )
    return Outcome(status=Status.PASS, summary=f"this holds for {asked.agent or 'the default agent'}, no other differs")


@declare("model_reference.rewritten", "Model that OpenClaw would ask for", cost=Cost.OFFLINE)
def rewritten(context: Context) -> Outcome:
    """Whether OpenClaw would replace the claimed model by another one."""
    if context.openclaw is None:
        return skip(NOT_ASKED)
    first = context.openclaw.candidate
    if first is None:
        return skip("OpenClaw would not ask anybody")
    if first.provider == context.claim.provider and first.model != context.claim.model_id:
        return Outcome(
            status=Status.WARN,
            summary=f"OpenClaw would ask for {first.model} in place of {first.named}: "
            + "; ".join(rule.says for rule in first.rules),
            measured=first.model,
            expected=context.claim.model_id,
            symptom="openclaw-model-rewritten",
            costs_proof=context.mode == "openclaw",
        )
    return Outcome(status=Status.PASS, summary=f"{first.model}, as it is named")


@declare("credentials.login", "Time left of stored logins", cost=Cost.OFFLINE)
def login(context: Context) -> Outcome:
    """Whether OpenClaw may be started: not while it would refresh a login, which can destroy it."""
    from diagnose.machine.openclaw.remedies import remedy

    if context.openclaw is None:
        return skip(NOT_ASKED)
    reason = context.openclaw.unsafe()
    if reason is not None:
        return Outcome(
            status=Status.FAIL if context.mode == "openclaw" else Status.WARN,
            summary=f"OpenClaw is not started: {reason}",
            measured=reason,
            expected="no login with under 10 minutes left, and a program that is ready to run",
            symptom="openclaw-login-expiring",
            remedy=remedy("openclaw-login-expiring", context.openclaw.prediction.release),
        )
    return Outcome(status=Status.PASS, summary="OpenClaw can be started without a login being refreshed")


@declare("credentials.openclaw", "Route and credential of OpenClaw", cost=Cost.OFFLINE)
def route(context: Context) -> Outcome:
    """Which route and credential OpenClaw would really use by the rules of its release, and whether it is the claim."""
    if context.openclaw is None:
        return skip(NOT_ASKED)
    from diagnose.routes import openclaw_findings as findings

    setting, prediction = context.openclaw.setting, context.openclaw.prediction
    kind, host = context.kind, context.openclaw_host
    fingerprint = context.credential.secret.fingerprint if context.credential else None
    if (leak := findings.token_misdirected(kind, host, prediction)) is not None:
        return _outcome(leak, Status.FAIL)
    if (other := findings.another_route(kind, context.claim, host, prediction, fingerprint)) is not None:
        unused = findings.key_unused(kind, setting, prediction)
        return _outcome(unused or other, Status.FAIL)
    if (ignored := findings.login_ignored(kind, setting, prediction)) is not None:
        return _outcome(ignored, Status.FAIL)
    first = context.openclaw.candidate
    assert first is not None
    return Outcome(status=Status.PASS, summary=findings.shown(first))


@declare("fallback_policy.openclaw", "Who else OpenClaw would ask", cost=Cost.OFFLINE)
def others(context: Context) -> Outcome:
    """Which providers OpenClaw would go on to when it is asked as an agent asks it, without a named model."""
    if context.openclaw is None:
        return skip(NOT_ASKED)
    from dataclasses import replace

    from diagnose.machine.openclaw.predict import predict
    from diagnose.machine.openclaw.remedies import remedy
    from diagnose.routes.openclaw_findings import shown

    setting, asked = context.openclaw.setting, context.openclaw.asked
    configured = predict(setting, replace(asked, model=None))
    able = [c for c in configured.candidates if c.refused is None]
    others = [c for c in able if c.provider != context.claim.provider or c.named != able[0].named]
    if others:
        listed = ", ".join(f"{shown(c)} ({c.via})" for c in others)
        return Outcome(
            status=Status.WARN,
            summary=f"an agent of OpenClaw could be answered by {listed}",
            measured=listed,
            expected=f"{context.claim.provider} alone",
            symptom="fallbacks-configured",
            remedy=remedy("openclaw-fallback-answered", configured.release),
            # Asked without naming a model, a fallback is allowed to answer: that is no claim of "nothing else".
            costs_proof=asked.model is None,
        )
    return Outcome(status=Status.PASS, summary=f"nobody but {context.claim.provider} has a credential")


@declare("parameters.openclaw", "Parameters that OpenClaw would change", cost=Cost.OFFLINE)
def parameters(context: Context) -> Outcome:
    """Which of the parameters OpenClaw would drop or map to other values before it asks."""
    if context.openclaw is None:
        return skip(NOT_ASKED)
    from diagnose.routes.openclaw_findings import claims

    first, asked = context.openclaw.candidate, context.openclaw.asked
    if first is None:
        return skip("OpenClaw would not ask anybody")
    wanted = {
        "size": asked.size,
        "quality": asked.quality,
        "background": asked.background,
        "output_format": asked.format,
    }
    found = [(name, f"{name} is ignored") for name in first.ignored]
    found += [
        (name, f"{name}={value} would be sent as {first.sent[name]}")
        for name, value in wanted.items()
        if value is not None and name in first.sent and first.sent[name] != value
    ]
    changed = [sentence for name, sentence in found if claims(context.kind, context.claim, name)]
    if changed:
        return Outcome(
            status=Status.WARN,
            summary="; ".join(changed),
            measured="; ".join(changed),
            expected=", ".join(f"{name}={value}" for name, value in wanted.items() if value is not None),
            symptom="openclaw-parameters-changed",
            costs_proof=context.mode == "openclaw",
        )
    told = "".join(f"; {sentence}, which is not claimed" for _, sentence in found if sentence not in changed)
    return Outcome(status=Status.PASS, summary=f"passed on as they are asked for{told}")
