"""What the real OpenClaw does: dry, behind a proxy that refuses everything, and with one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.context import Context, declare
from checks.openclaw_settings import NOT_ASKED
from diagnose.children import NotStartedError
from diagnose.model.check import Cost, Outcome, Status, skip

if TYPE_CHECKING:
    from diagnose.model.witness import Witness
    from diagnose.routes.openclaw import Dry, Through


def _deviates(context: Context) -> bool:
    """Whether the settings lead elsewhere than the claim, so that an image would be paid for nothing or worse."""
    from diagnose.routes import openclaw_findings as findings

    kind, host, prediction = context.kind, context.openclaw_host, context.program().prediction
    fingerprint = context.credential.secret.fingerprint if context.credential else None
    return (
        findings.token_misdirected(kind, host, prediction) is not None
        or findings.another_route(kind, context.claim, host, prediction, fingerprint) is not None
    )


def _unfit(context: Context) -> bool:
    """Whether what stands in the place of the login is none."""
    from checks.credentials import kind

    return context.kind.login and context.credential is not None and kind(context).status is Status.FAIL


@declare("smoke.dry", "Dry run of OpenClaw", cost=Cost.OFFLINE)
def dry(context: Context) -> Outcome:
    """Which host OpenClaw tries, and with which kind of login, behind a proxy that refuses every request."""
    if context.openclaw is None:
        return skip(NOT_ASKED)
    program = context.openclaw
    if context.openclaw_declined is None and not _deviates(context):
        return skip("not needed: the image itself is asked for")
    if (reason := program.unsafe() or program.dry_unsafe()) is not None:
        return skip(f"no dry run: {reason}")
    try:
        if (reason := program.unsealed()) is not None:
            return skip(f"no dry run: {reason}")
        _ask_for_the_list(context)
        seen = program.dry()
    except NotStartedError as error:
        return _not_started(context, error)
    context.learned.dry = seen
    if seen.generation.ran.timed_out:
        return _hung(seen.generation.ran.left, seen.generation.ran.limit)
    return _tried(context, seen)


def _not_started(context: Context, error: NotStartedError) -> Outcome:
    return Outcome(
        status=Status.FAIL if context.mode == "openclaw" else Status.WARN,
        summary=str(error),
        measured="not started",
        expected="a program that can be started",
        symptom="openclaw-missing",
        remedy=("openclaw --version",),
    )


def _ask_for_the_list(context: Context) -> None:
    """Let OpenClaw list its providers meanwhile: the answer is looked at when it is known what the route did."""
    from diagnose.children.background import Background

    installed = context.program().setting.installation
    if context.learned.listing is None and not (installed is not None and installed.needs_plugins):
        context.learned.listing = Background(context.program().listing)


def _tried(context: Context, seen: Dry) -> Outcome:
    """What the dry run shows against the claim. Everything was refused, so nothing is proven, but much contradicted."""
    from diagnose.routes.openclaw_error import answer_of, row_of
    from diagnose.routes.openclaw_findings import symptom_of
    from diagnose.routes.openclaw_served import of_login, strayed

    hosts, kind = seen.hosts, context.kind
    lines = [f"{a.transport} by {a.mode}" for a in filter(of_login, seen.generation.auth)]
    measured = ", ".join([*hosts, *lines]) or "no host"
    expected = f"{context.openclaw_host}, {'by' if kind.login else 'without'} a login"
    if not hosts:
        row = row_of(seen.generation).id
        return Outcome(
            status=Status.FAIL,
            summary=f"OpenClaw tried no host: {answer_of(seen.generation).describe()}",
            measured=measured,
            expected=expected,
            symptom=row if row != "unclassified-refusal" else symptom_of(""),
        )
    witnesses = _dry_witnesses(context, seen, hosts)
    against = [w.value for w in witnesses if not w.agrees]
    if against:
        return Outcome(
            status=Status.FAIL,
            summary="; ".join(against),
            measured=measured,
            expected=expected,
            symptom=strayed(kind, seen.generation.auth, hosts),
            witnesses=witnesses,
        )
    return Outcome(
        status=Status.PASS,
        summary=f"OpenClaw tried {hosts[0]} and nobody else; it was refused here, and no credential left this machine",
        witnesses=witnesses,
    )


def _dry_witnesses(context: Context, seen: Dry, hosts: tuple[str, ...]) -> tuple[Witness, ...]:
    from diagnose.routes.openclaw_served import astray, line_told
    from diagnose.routes.received import witness

    check, found = "smoke.dry", []
    expected = {context.openclaw_host} | {c.host for c in context.program().prediction.candidates if c.host}
    for host in hosts:
        if host == context.openclaw_host:
            found.append(witness(check, "provider", f"in a dry run OpenClaw tried {host}", "tool-output", 1))
        else:
            value = f"in a dry run OpenClaw tried {host}, and {context.openclaw_host} is claimed"
            # A host that no candidate has may be an update check or a plugin's: beside the claimed one it says nothing.
            if host in expected or context.openclaw_host not in hosts:
                found.append(astray(host, context.openclaw_host, value, check))
    for line in seen.generation.auth:
        value = f"in a dry run OpenClaw chose {line.transport} by {line.mode} ({line.provider})"
        found += line_told(context.kind, line, value, check, strength=1)
    return tuple(found)


_UNLESS = ["scopes.images", "controls.bogus_key", "controls.bogus_model", "controls.invalid_body"]


@declare("smoke.openclaw", "Image through OpenClaw", cost=Cost.BILLABLE, unless=_UNLESS)
def image(context: Context) -> Outcome:
    """Whether OpenClaw itself makes an image: one call of the real program, with the model named."""
    if context.openclaw is None:
        return skip(NOT_ASKED)
    program = context.openclaw
    if context.openclaw_declined is not None:
        return skip(context.openclaw_declined)
    if (reason := program.unsafe()) is not None:
        return Outcome(
            status=Status.SKIP, summary=f"OpenClaw was not started: {reason}", skipped_because="credentials.login"
        )
    if _unfit(context):
        return Outcome(
            status=Status.SKIP,
            summary="the credential that OpenClaw holds for this route can never work there, so it is not sent",
            skipped_because="credentials.kind",
        )
    # On a made-up machine, whose hosts are a sandbox, nothing is lost by looking at what really happens.
    if _deviates(context) and not (program.played and context.learned.dry is None):
        return Outcome(
            status=Status.SKIP,
            summary="no image is paid for on another route than the claimed one",
            skipped_because="credentials.openclaw",
        )
    try:
        if program.played and (reason := program.unsealed()) is not None:
            return skip(f"OpenClaw was not started: {reason}")
        _ask_for_the_list(context)
        through = program.generate()
    except NotStartedError as error:
        return _not_started(context, error)
    context.learned.through = through
    if through.generation.ran.timed_out:
        return _hung(through.generation.ran.left, through.generation.ran.limit)
    if not through.generation.ok or not through.image:
        return _no_image(context, through)
    return _image(context, through)


def _image(context: Context, through: Through) -> Outcome:
    """Decode what came; the image is the one of the claim unless the route was asked directly, too."""
    from diagnose.images.facts import facts
    from diagnose.images.pixels import UndecodableImage, decode
    from diagnose.images.provenance import verify
    from diagnose.routes.openclaw import walk
    from diagnose.routes.openclaw_file import shot
    from diagnose.routes.served import MIME

    shape = walk(through.image).finish()
    try:
        pixels = decode(through.image)
        measured = facts(shape, pixels)
    except (UndecodableImage, ValueError) as error:
        return Outcome(
            status=Status.FAIL,
            summary=f"the file that OpenClaw wrote cannot be decoded: {error}",
            measured=f"{len(through.image):,} bytes",
            expected="a decodable image",
            symptom="image-damaged",
        )
    if context.mode == "openclaw":
        context.learned.image = through.image
        context.learned.shot = shot(context.seen())
        # Without the tap only the bytes are known: they are shown, and prove nothing about who made them.
        context.learned.facts = measured if context.learned.shot is not None else None
        if shape.content_credentials and pixels.format in MIME:
            context.learned.signature = verify(through.image, MIME[pixels.format])
    return Outcome(
        status=Status.PASS,
        summary=f"{measured.format} {measured.pixels}, {measured.size:,} bytes in "
        f"{through.ended - through.started:.1f} s, sha256 {measured.sha256[:12]}…",
    )


def _no_image(context: Context, through: Through) -> Outcome:
    from diagnose.machine.openclaw.remedies import remedy
    from diagnose.matrix import rows
    from diagnose.routes.openclaw_error import answer_of, row_of
    from diagnose.routes.openclaw_failed import told_by_wire

    wire = told_by_wire(context.seen())
    if wire is not None:
        symptom, detail = wire
    elif through.unread is not None:
        symptom, detail = "image-damaged", through.unread
    elif through.generation.ok:
        symptom, detail = "no-image", "OpenClaw reports success and names no file"
    else:
        symptom, detail = row_of(through.generation).id, answer_of(through.generation).describe()
    row = rows()[symptom]
    left = f"; ended besides: {', '.join(through.generation.ran.left)}" if through.generation.ran.left else ""
    tried = f" ({len(through.generation.attempts)} candidates failed)" if len(through.generation.attempts) > 1 else ""
    came = through.served
    lost = f"; a whole image had come from {came.target.shown}" if came is not None and came.sha256 else ""
    return Outcome(
        status=Status.FAIL,
        summary=f"{row.title}: {detail}{tried}{lost}{left}",
        measured=detail,
        expected="an image",
        symptom=symptom,
        remedy=remedy(symptom, context.program().prediction.release) or (row.better_move,),
    )


def _hung(left: tuple[str, ...], limit: float) -> Outcome:
    ended = f"; ended: {', '.join(left)}" if left else ""
    return Outcome(
        status=Status.FAIL,
        summary=f"OpenClaw did not end within {limit:g} s and was ended with everything that it had started{ended}",
        measured=f"no end after {limit:g} s",
        expected="an answer",
        symptom="openclaw-hung",
    )
