"""What the settings of this machine say about OpenClaw's route, before it is started: sentences with evidence.

Each finding is the id of a matrix row with its reason. Nothing here asks or starts anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.capabilities import login_hosts_of, vendor_of_host
from diagnose.machine.openclaw.facts import Profile
from diagnose.machine.openclaw.prediction import Candidate, Prediction, Rule
from diagnose.machine.openclaw.remedies import remedy
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.claim import Claim

KEY_SURFACES = frozenset({"openai-images"})
LOGIN_KINDS = frozenset({"oauth", "token"})
_OF_PARAMETERS = ("size-", "ratio-", "count-", "option-")
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


def token_misdirected(prediction: Prediction) -> Finding | None:
    """An OAuth token that would go to the Images API, or to a host that is not its own."""
    first = prediction.first
    if first is None or first.credential is None or first.credential.kind not in LOGIN_KINDS or first.host is None:
        return None
    host = first.host
    name = host.partition(":")[0]
    if name in login_hosts_of("openai"):
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


def login_ignored(setting: Setting, prediction: Prediction) -> Finding | None:
    """A key that would be used without a word although a login is stored or declared."""
    first = prediction.first
    if first is None or first.credential is None or first.credential.kind != "api_key":
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


def key_unused(setting: Setting, prediction: Prediction) -> Finding | None:
    """A key that is there, and not used because a login comes first."""
    first = prediction.first
    if first is None or first.surface != "codex-responses" or first.credential is None:
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


def another_route(claim: Claim, host: str, prediction: Prediction, fingerprint: str | None) -> Finding | None:
    """The predicted route against the claimed one: host ("api.openai.com:443"), surface, model, key."""
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
        return Finding(
            symptom=symptom,
            says="; ".join(f"{c.provider}/{c.model}: {c.refusal}" for c in refused) or "there is nothing to ask",
            measured="no request would leave",
            expected=f"{claim.model} at {host}",
            remedy=remedy(symptom, prediction.release),
        )
    differs = list(_differences(claim, host, first, fingerprint))
    if not differs:
        return None
    symptom = "openclaw-login-wins" if first.surface == "codex-responses" else "openclaw-another-route"
    if first.provider != claim.provider:
        symptom = "openclaw-fallback-answered"
    return Finding(
        symptom=symptom,
        says=f"{'; '.join(differs)}; {why(first)}",
        measured=shown(first),
        expected=f"{claim.model} at {host}",
        remedy=remedy(symptom, prediction.release),
    )


def _differences(claim: Claim, host: str, first: Candidate, fingerprint: str | None) -> Iterator[str]:
    if first.provider != claim.provider:
        yield f"{first.provider} would be asked, not {claim.provider}"
    if first.host != host:
        yield f"the request would go to {first.host}, not to {host}"
    elif first.surface not in KEY_SURFACES:
        yield f"it would use the surface {first.surface}, not {claim.route}"
    elif first.model not in {claim.model_id, _rewritten(first)}:
        yield f"the model on the wire would be {first.model}, not {claim.model_id}"
    used = first.credential.fingerprint if first.credential else None
    if fingerprint and used and used != fingerprint:
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
