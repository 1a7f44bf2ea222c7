"""What one image request of the real OpenClaw says about who served it: its own words, and what crossed the tap.

The claim is a key at the Images API, or a login at the Codex surface: what speaks for the one speaks against the other.
`proves` is whether this image is the one that the claim is about. If it is not (the route was asked directly, and
OpenClaw besides), what agrees is reported at strength 1 and what disagrees keeps its weight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnose import routes
from diagnose.capabilities import login_hosts_of, vendor_of_host
from diagnose.machine.openclaw.observation import AuthSelected
from diagnose.model.check import Outcome, Status
from diagnose.model.claim import Claim
from diagnose.model.witness import Source, Witness
from diagnose.routes.kind import RouteKind
from diagnose.routes.openclaw import Through
from diagnose.routes.openclaw_findings import LOGIN_KINDS, claims, strays
from diagnose.routes.received import witness
from diagnose.tap.records import Tapped

_ASPECTS = frozenset({"size", "quality", "background", "output_format"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A finished request with what it is measured against.

    `host` is the claimed one ("api.openai.com:443"), `path` that of an image request there, `tls` whether it has to be
    encrypted. `played`: a verified sandbox stands for the host. `fingerprint` of the claimed credential, None if none
    could be read. `asked` maps parameter to value.
    """

    claim: Claim
    through: Through
    host: str
    path: str
    tls: bool
    played: bool
    fingerprint: str | None
    key_checked: bool
    asked: dict[str, str]
    proves: bool

    @property
    def kind(self) -> RouteKind:
        """The claimed route."""
        return routes.load(self.claim.route)

    @property
    def images(self) -> tuple[Tapped, ...]:
        """Every image request that reached the claimed host, answered or not."""
        crossed = self.through.tapped or ()
        return tuple(t for t in crossed if t.sent and self.at_home(t) and t.method == "POST" and t.path == self.path)

    def at_home(self, tapped: Tapped) -> bool:
        """Whether a request went to the claimed host, in the claimed way."""
        return tapped.target.shown == self.host and tapped.target.tls == self.tls

    def weight(self, strength: int) -> int:
        """The strength of what agrees."""
        return strength if self.proves else min(strength, 1)


def who(seen: Seen) -> Outcome:
    """Who answered OpenClaw: by its list of attempts, its own line about the login, and the host on the wire."""
    check = "served.openclaw"
    said, tapped = seen.through.generation, seen.through.served
    witnesses = [*_labels(seen, check), *_lines(seen, check)]
    if tapped is not None:
        witnesses += _wire(seen, tapped, check)
    against = [w.value for w in witnesses if not w.agrees]
    if len(seen.images) > 1 and not against:
        return Outcome(
            status=Status.FAIL,
            summary=f"OpenClaw sent {len(seen.images)} image requests to {seen.host} for one image",
            measured=f"{len(seen.images)} requests",
            expected="one request",
            symptom="openclaw-asked-twice",
            witnesses=tuple(witnesses),
        )
    if against:
        rewritten = all(w.dimension == "model" for w in witnesses if not w.agrees)
        fell = bool(said.attempts) or said.provider not in {None, seen.claim.provider}
        hosts = [tapped.target.shown] if tapped is not None else []
        symptom = "openclaw-fallback-answered" if fell else strayed(seen.kind, said.auth, hosts)
        if rewritten:
            symptom = "openclaw-model-rewritten"
        return Outcome(
            status=Status.FAIL,
            summary="; ".join(against),
            measured="; ".join(against),
            expected=f"{seen.claim.model} at {seen.host}, at the first attempt",
            symptom=symptom,
            witnesses=tuple(witnesses),
        )
    label = f"{said.provider}/{said.model}" if said.provider else "nobody"
    if tapped is None:
        return Outcome(
            status=Status.PASS,
            summary=f"OpenClaw names {label}, at the first attempt; its name is what was asked for, and proves nothing",
            witnesses=tuple(witnesses),
        )
    elsewhere = sorted({t.target.shown for t in seen.through.tapped or () if not seen.at_home(t)})
    besides = f"; besides, without a credential, it asked {', '.join(elsewhere)}" if elsewhere else ""
    return Outcome(
        status=Status.PASS,
        summary=f"{tapped.method} {tapped.path} at {tapped.target.shown}, the only image request; "
        f"OpenClaw names {label}{besides}",
        witnesses=tuple(witnesses),
    )


def _labels(seen: Seen, check: str) -> Iterator[Witness]:
    said = seen.through.generation
    label = f"{said.provider}/{said.model}"
    if said.attempts:
        failed = ", ".join(f"{a.provider}/{a.model}" for a in said.attempts)
        value = f"{label} answered after {failed} failed: {said.attempts[0].error[:160]}"
        yield witness(check, "provider", value, "tool-output", 2, agrees=False)
    elif said.provider not in {None, seen.claim.provider}:
        value = f"OpenClaw names {label}, and {seen.claim.model} was claimed"
        yield witness(check, "provider", value, "tool-output", 2, agrees=False)
    elif said.model is not None and said.model != seen.claim.model_id:
        value = f"OpenClaw names the model {said.model}, and {seen.claim.model_id} was claimed"
        yield witness(check, "model", value, "tool-output", 2, agrees=False)
    elif said.provider is not None:
        yield witness(check, "provider", f"OpenClaw names {label}, as it was asked", "tool-output", 0)


def _lines(seen: Seen, check: str) -> Iterator[Witness]:
    for line in seen.through.generation.auth[-1:]:
        value = f"OpenClaw says that it used {line.transport} by {line.mode} ({line.provider})"
        yield from line_told(seen.kind, line, value, check, strength=seen.weight(2))


def line_told(kind: RouteKind, line: AuthSelected, value: str, check: str, *, strength: int) -> Iterator[Witness]:
    """What the program's line about its login says for the claim, at `strength`, or against it."""
    if not kind.login:
        if of_login(line):
            yield witness(check, "surface", value, "tool-output", 2, agrees=False)
    elif not line.transport.startswith("codex"):
        yield witness(check, "surface", value, "tool-output", 2, agrees=False)
    elif line.mode not in LOGIN_KINDS:
        yield witness(check, "credential", value, "tool-output", 2, agrees=False)
    else:
        yield witness(check, "surface", value, "tool-output", strength)


def of_login(line: AuthSelected) -> bool:
    """Whether the program's line tells of a ChatGPT login; a later release may print it for keys, too."""
    return line.mode in LOGIN_KINDS or line.transport.startswith("codex")


def strayed(kind: RouteKind, lines: Sequence[AuthSelected], hosts: Sequence[str]) -> str:
    """The row for a request that took another way, by the program's line about its login and the hosts it asked."""
    if not kind.login:
        return strays(kind, by_login=any(map(of_login, lines)) or None)
    keyed = any(line.mode not in LOGIN_KINDS for line in lines)
    at_api = any(vendor_of_host(host.partition(":")[0]) == "openai" for host in hosts)
    return strays(kind, by_login=False if keyed or at_api else None)


def astray(host: str, claimed: str, value: str, check: str) -> Witness:
    """A request that went to another host than the claimed one. The vendor's host for logins is another surface than
    that for keys; every other host is somebody else."""
    logins = login_hosts_of("openai")
    name, own = host.partition(":")[0], claimed.partition(":")[0]
    at_vendor = name in logins or (own in logins and vendor_of_host(name) == "openai")
    return witness(check, "surface" if at_vendor else "provider", value, "wire", 4, agrees=False)


def _wire(seen: Seen, tapped: Tapped, check: str) -> Iterator[Witness]:
    """The exchange that brought the image, and every other one that carried a credential."""
    target = tapped.target
    if target.shown != seen.host:
        value = f"OpenClaw's request went to {target.shown}, and {seen.host} was claimed"
        yield astray(target.shown, seen.host, value, check)
    elif target.tls != seen.tls:
        value = f"OpenClaw's request to {target.shown} was {'' if target.tls else 'not '}encrypted"
        yield witness(check, "provider", value, "wire", 4, agrees=False)
    elif tapped.path != seen.path or tapped.method != "POST":
        value = f"OpenClaw's request was {tapped.method} {tapped.path}, not POST {seen.path}"
        yield witness(check, "surface", value, "wire", 4, agrees=False)
    for other in seen.through.tapped or ():
        if other is tapped or seen.at_home(other) or other.credential is None or not other.sent:
            continue
        if tapped.credential is not None and other.credential.fingerprint == tapped.credential.fingerprint:
            value = f"the same credential went to {other.target.shown}{other.path}, too"
            yield witness(check, "credential", value, "wire", 4, agrees=False)
        else:
            value = f"{other.target.shown} was asked, too, with a credential of its own"
            yield astray(other.target.shown, seen.host, value, check)


def credential(seen: Seen) -> Outcome:
    """Which credential crossed the tap."""
    check = "served.credential"
    tapped = seen.through.served
    assert tapped is not None
    several = {t.credential.fingerprint for t in seen.images if t.credential is not None}
    if len(several) > 1:
        value = f"OpenClaw sent {len(several)} different credentials to {seen.host}"
        return _one(check, value, "one credential", "credential", 4, agrees=False)
    sent = tapped.credential
    if sent is None:
        value = "OpenClaw's request carried no credential"
        return _one(check, value, seen.fingerprint or "a credential", "credential", 4, agrees=False)
    login = seen.kind.login
    # Beside a login not every token has the form of one, so there only a key's own form speaks against it.
    token = sent.form != "sk" if login else sent.form == "jwt"
    shown = f"{'a token' if token else 'a key'} with the fingerprint {sent.fingerprint}"
    if token and not login:
        value = f"OpenClaw sent {shown}, a login's token, to the Images API"
        return _one(check, value, "an API key", "credential", 4, agrees=False, symptom="openclaw-token-on-images-api")
    if login and not token:
        value = f"OpenClaw sent {shown}, where a login was claimed"
        return _one(check, value, "a login's token", "credential", 4, agrees=False, symptom="openclaw-login-ignored")
    if seen.fingerprint is not None and sent.fingerprint != seen.fingerprint:
        value = f"OpenClaw sent {shown}, and {seen.fingerprint} was expected"
        return _one(check, value, seen.fingerprint, "credential", 4, agrees=False)
    made_up = "a made-up token" if login else "a made-up key"
    checked = f"; {made_up} was refused there" if seen.key_checked else "; whether it counted there is not known"
    strength = seen.weight(3 if seen.key_checked else 2)
    value = f"OpenClaw sent {shown}{checked}"
    expected = seen.fingerprint or ("a login's token" if login else "an API key")
    return _one(check, value, expected, "credential", strength, agrees=True)


def _one(
    check: str, value: str, expected: str, dimension: str, strength: int, *, agrees: bool, symptom: str | None = None
) -> Outcome:
    return Outcome(
        status=Status.PASS if agrees else Status.FAIL,
        summary=value,
        measured=value,
        expected=expected,
        symptom=None if agrees else symptom or "openclaw-another-route",
        witnesses=(witness(check, dimension, value, "wire", strength, agrees=agrees),),
    )


def request(seen: Seen) -> Outcome:
    """What OpenClaw made of the parameters: asked, against sent and what it says that it ignored.

    Where a login is claimed the image model stands in the tool, and the model of the request is the text model that
    carries it, which is told and not judged; so are parameters that were not typed.
    """
    check = "served.request"
    tapped = seen.through.served
    witnesses: list[Witness] = []
    changed = [f"{key}={value} was ignored, as OpenClaw says" for key, value in seen.through.generation.ignored]
    for crossed in seen.images or ((tapped,) if tapped is not None else ()):
        sent = crossed.tool if seen.kind.login and crossed.tool else {**crossed.request, **crossed.tool}
        if (model := sent.get("model")) != seen.claim.model_id:
            value = f"the model on the wire is {model or 'not named'}, and {seen.claim.model_id} was claimed"
            witnesses.append(witness(check, "model", value, "wire", 4, agrees=False))
        wanted = seen.asked | {"n": "1"}
        for name, value in wanted.items():
            got = sent.get(name)
            if got is None and name != "n":
                changed.append(f"{name}={value} was not sent")
            elif got is not None and str(got) != value:
                changed.append(f"{name}={value} was sent as {got}")
    changed = list(dict.fromkeys(changed))
    told = [sentence for sentence in changed if not claims(seen.kind, seen.claim, sentence.partition("=")[0])]
    changed = [sentence for sentence in changed if sentence not in told]
    rewritten = bool(witnesses)
    for sentence in changed:
        aspect = sentence.partition("=")[0]
        if aspect in _ASPECTS and seen.asked.get(aspect) not in {None, "auto"}:
            source: Source = "tool-output" if tapped is None else "wire"
            witnesses.append(witness(check, "parameters", sentence, source, 2, aspect, agrees=False))
    problems = [w.value for w in witnesses if w.dimension == "model"] + changed
    if problems:
        return Outcome(
            status=Status.FAIL if witnesses else Status.WARN,
            summary="; ".join(problems),
            measured="; ".join(problems),
            expected=", ".join(f"{name}={value}" for name, value in seen.asked.items()),
            symptom="openclaw-model-rewritten" if rewritten else "openclaw-parameters-changed",
            witnesses=tuple(witnesses),
        )
    how = "as they were asked for, on the wire" if tapped is not None else "OpenClaw reports nothing ignored"
    told = [f"{sentence}, which was not claimed" for sentence in told]
    told += [f"carried by {_carrier(tapped)}"] if tapped is not None and seen.kind.login and tapped.tool else []
    return Outcome(status=Status.PASS, summary="; ".join([f"parameters: {how}", *told]))


def _carrier(tapped: Tapped) -> str:
    """The text model around the image: the one that was asked, and the one that answered where it is another."""
    asked, answered = tapped.request.get("model", "no text model"), tapped.answer.get("carrier")
    return f"{asked}" if answered in {None, asked} else f"{asked}, which answered as {answered}"
