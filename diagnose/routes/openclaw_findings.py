"""What the settings of this machine say about OpenClaw's route, before it is started: sentences with evidence.

Each finding is the id of a matrix row with its reason. Nothing here asks or starts anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagnose.capabilities import login_hosts_of, vendor_of_host
from diagnose.machine.openclaw.facts import Profile
from diagnose.machine.openclaw.prediction import Candidate, Prediction, Rule
from diagnose.machine.openclaw.remedies import remedy
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.claim import Claim

if TYPE_CHECKING:
    from diagnose.routes.kind import RouteKind

LOGIN_KINDS = frozenset({"oauth", "token"})
_FIELDS = {
    "size": "size", "quality": "quality", "background": "background", "output_format": "format",
    "outputFormat": "format",
}  # fmt: skip
"""A parameter as the wire or OpenClaw spells it → as the claim does."""
_OF_PARAMETERS = ("size-", "ratio-", "count-", "option-")
_KEYS_ALONE = "key-route-only"
"""The rule of the releases that cannot make an image with a login at all."""
LOGIN_PROVIDERS = frozenset({"openai", "openai-codex"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know. `symptom` is a matrix row. `remedy` are commands in the spelling of the release."""

    symptom: str
    says: str
    measured: str
    expected: str
    remedy: tuple[str, ...] = ()


def shown(candidate: Candidate) -> str:
    """A candidate in one line: provider/model at host, by which credential."""
    where = f" at {candidate.host}{candidate.path or ''}" if candidate.host else ""
    used = candidate.credential
    credential = f" with {used.source}" + (f" ({used.fingerprint})" if used.fingerprint else "") if used else ""
    return f"{candidate.provider}/{candidate.model}{where}{credential}"


def why(candidate: Candidate) -> str:
    """The rules that decided about the way, each with the releases that it holds for."""
    about = [rule for rule in candidate.rules if not rule.id.startswith(_OF_PARAMETERS)]
    return "; ".join(told(rule) for rule in about)


def told(rule: Rule) -> str:
    """A rule as part of a sentence."""
    return f"{rule.says.rstrip('.')} ({rule.releases})"


def strays(kind: "RouteKind", *, by_login: bool | None) -> str:
    """The row for a request that takes another way than the claimed one. `by_login` None: nobody knows by what."""
    if by_login is None or by_login == kind.login:
        return "openclaw-another-route"
    return "openclaw-login-wins" if by_login else "openclaw-login-ignored"


def claims(kind: "RouteKind", claim: Claim, name: str) -> bool:
    """Whether a parameter ("output_format", as the wire spells it) is claimed.

    A login's backend takes those of the image as advice, so there only what was typed is.
    """
    return not kind.login or name not in _FIELDS or _FIELDS[name] in claim.typed


def token_misdirected(kind: "RouteKind", claimed: str, prediction: Prediction) -> Finding | None:
    """An OAuth token that would go to the Images API, or to a host that is not its own.

    `claimed` is the host of the claim ("chatgpt.com:443"): where a login was claimed to go, there it may.
    """
    first = prediction.first
    if first is None or first.credential is None or first.credential.kind not in LOGIN_KINDS or first.host is None:
        return None
    host = first.host
    name = host.partition(":")[0]
    if name in login_hosts_of("openai") or (kind.login and host == claimed):
        return None
    at_vendor = vendor_of_host(name) == "openai"
    symptom = "openclaw-token-on-images-api" if at_vendor else "openclaw-token-to-third-party"
    return Finding(
        symptom=symptom,
        says=f"the token of {first.credential.source} would be sent to {host}{first.path or ''}; {why(first)}",
        measured=shown(first),
        expected="a ChatGPT login's token goes to chatgpt.com only",
        remedy=remedy(symptom, prediction.release),
    )


def login_ignored(kind: "RouteKind", setting: Setting, prediction: Prediction) -> Finding | None:
    """A key that would be used without a word although a login is stored or declared, where a key is claimed.

    Where the login is claimed, the key is another route.
    """
    first = prediction.first
    if kind.login or first is None or first.credential is None or first.credential.kind != "api_key":
        return None
    if first.provider not in LOGIN_PROVIDERS or _deliberate(setting):
        return None
    logins = stored_logins(setting)
    declared = [p.id for p in setting.config.auth_profiles if p.mode in LOGIN_KINDS and p.provider in LOGIN_PROVIDERS]
    if not logins and not declared:
        return None
    held = f"the store holds the login {logins[0].id}" if logins else f"the config declares the login {declared[0]}"
    return Finding(
        symptom="openclaw-login-ignored",
        says=f"{first.credential.source} would be used, although {held}; {why(first)}",
        measured=shown(first),
        expected="the login, or a key that the config names for the provider",
        remedy=remedy("openclaw-login-ignored", prediction.release),
    )


def _deliberate(setting: Setting) -> bool:
    """Whether the config itself says that the key is meant: a key of the provider, or an order that begins with one."""
    provider = setting.config.providers.get("openai")
    if provider is not None and (provider.api_key is not None or provider.settings.get("auth") == "api-key"):
        return True
    order = setting.config.auth_order.get("openai", ())
    kinds = {profile.id: profile.kind for profile in setting.stores.profiles}
    return bool(order) and kinds.get(order[0]) == "api_key"


def stored_logins(setting: Setting) -> list[Profile]:
    """Every stored login for OpenAI, usable or not."""
    return [p for p in setting.stores.profiles if p.kind in LOGIN_KINDS and p.provider in LOGIN_PROVIDERS]


def key_unused(kind: "RouteKind", setting: Setting, prediction: Prediction) -> Finding | None:
    """A claimed key that is there, and not used because a login comes first."""
    first = prediction.first
    if kind.login or first is None or first.surface != "codex-responses" or first.credential is None:
        return None
    names = [n for n in ("OPENAI_API_KEY", "CODEX_API_KEY") if n in setting.variables]
    names += [
        f"the stored key {p.id}" for p in setting.stores.profiles if p.kind == "api_key" and p.provider == "openai"
    ]
    if not names:
        return None
    return Finding(
        symptom="openclaw-login-wins",
        says=f"{' and '.join(names)} would not be used: {first.credential.source} comes first; {why(first)}",
        measured=shown(first),
        expected="one credential, so that every program uses the same",
        remedy=remedy("openclaw-login-wins", prediction.release),
    )


def another_route(
    kind: "RouteKind", claim: Claim, host: str, prediction: Prediction, fingerprint: str | None
) -> Finding | None:
    """The predicted route against the claimed one: host ("api.openai.com:443"), surface, model, credential."""
    if prediction.stops is not None:
        return Finding(
            symptom=symptom_of(prediction.stops),
            says=prediction.why or prediction.stops,
            measured=prediction.stops,
            expected=f"{claim.model} at {host}",
            remedy=remedy(symptom_of(prediction.stops), prediction.release),
        )
    first = prediction.first
    if first is None:
        refused = [c for c in prediction.candidates if c.refused is not None]
        symptom = symptom_of(refused[0].refused or "") if refused else "openclaw-image-tool-absent"
        says = "; ".join(f"{c.provider}/{c.model}: {c.refusal}" for c in refused) or "there is nothing to ask"
        mends = symptom
        if kind.login and symptom == "openclaw-no-credential":  # what would find a key is of no use there
            never = any(rule.id == _KEYS_ALONE for rule in refused[0].rules)
            says = f"{says.rstrip('.')}; {why(refused[0])}"
            mends = "" if never else "openclaw-login-expiring"
        return Finding(
            symptom=symptom,
            says=says,
            measured="no request would leave",
            expected=f"{claim.model} at {host}",
            remedy=remedy(mends, prediction.release),
        )
    differs = list(_differences(kind, claim, host, first, fingerprint))
    if not differs:
        return None
    symptom = strays(kind, by_login=_by_login(kind, first))
    if first.provider != claim.provider:
        symptom = "openclaw-fallback-answered"
    # Where the login is meant, no command of that row helps: they put the key in its place for good.
    mends = "openclaw-another-route" if kind.login and symptom == "openclaw-login-ignored" else symptom
    return Finding(
        symptom=symptom,
        says=f"{'; '.join(differs)}; {why(first)}",
        measured=shown(first),
        expected=f"{claim.model} at {host}",
        remedy=remedy(mends, prediction.release),
    )


def _by_login(kind: "RouteKind", first: Candidate) -> bool | None:
    """Whether the way is that of a login: the surface tells, and where the login's surface is claimed, what is sent."""
    if not kind.login:
        return first.surface == "codex-responses"
    return first.credential.kind in LOGIN_KINDS if first.credential else None


def _differences(
    kind: "RouteKind", claim: Claim, host: str, first: Candidate, fingerprint: str | None
) -> Iterator[str]:
    if first.provider != claim.provider:
        yield f"{first.provider} would be asked, not {claim.provider}"
    if first.host != host:
        yield f"the request would go to {first.host}, not to {host}"
    elif first.surface != claim.route:
        yield f"it would use the surface {first.surface}, not {claim.route}"
    elif first.model not in {claim.model_id, _rewritten(first)}:
        yield f"the model on the wire would be {first.model}, not {claim.model_id}"
    used = first.credential.fingerprint if first.credential else None
    if kind.login and first.credential is not None and first.credential.kind not in LOGIN_KINDS:
        yield f"{first.credential.source} would be sent, which is no login"
    elif fingerprint and used and used != fingerprint:
        yield f"the credential would be {used}, not {fingerprint}"


def _rewritten(first: Candidate) -> str | None:
    """The model on the wire when OpenClaw has replaced the one that was named: another matter than another route."""
    return first.model if first.model != first.named.rpartition("/")[2] else None


_SYMPTOMS = (
    ("store-waits", "openclaw-store-waiting"),
    ("config", "openclaw-config-invalid"),
    ("base-url", "openclaw-config-invalid"),
    ("private", "openclaw-private-network"),
    ("agent", "openclaw-agent-differs"),
    ("option", "openclaw-parameters-changed"),
    ("login-destroyed", "openclaw-login-destroyed"),
    ("login-cannot-be-refreshed", "openclaw-login-expiring"),
    ("login", "openclaw-no-credential"),
    ("no-credential", "openclaw-no-credential"),
    ("secret", "openclaw-no-credential"),
)


def symptom_of(rule: str) -> str:
    """The matrix row that explains a refusal, by the beginning of the rule's id; the rest are about the image tool."""
    return next((symptom for start, symptom in _SYMPTOMS if rule.startswith(start)), "openclaw-image-tool-absent")
