"""What one credential is worth for a route: whose it is, until when, where it can work, and what is wrong with it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from diagnose.machine.claims import Claims, read_claims
from diagnose.machine.codex_logs import StoredError
from diagnose.machine.credentials import kind_of
from diagnose.machine.held import CODEX_ROUTES, OPENAI, Held
from diagnose.machine.keys import KeySet, verify
from diagnose.machine.surfaces import surfaces_of
from diagnose.machine.token_troubles import IMAGE_SURFACES, Case, is_login, problem, troubles
from diagnose.model.token import OrganizationRow, TokenProblem, TokenReport, Verdict

_QUOTES = "\"'"
_MENDED_BY_LOGIN = frozenset(
    {
        "expired", "expired-for-good", "account-differs", "stored-account-is-organization", "empty-login",
        "damaged-login", "line-breaks", "quoted", "malformed", "truncated", "id-token", "refresh-token",
        "wrong-client", "wrong-issuer",
    }
)  # fmt: skip
_OF_A_NEW_LOGIN = "invalid-scope-login"

Ways = Callable[[str], "Way"]
"""By route, how a run on it uses a credential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How `routecheck run` comes to use a credential: what stands before the command and behind it.

    `barred`: why no run can, as a sentence.
    """

    before: str = ""
    after: str = ""
    barred: str | None = None


def judge(
    held: Held,
    *,
    route: str,
    now: float,
    among: Iterable[Held] = (),
    keys: KeySet | None = None,
    confined: tuple[str, ...] = (),
    refusals: Iterable[StoredError] = (),
    way: Ways | None = None,
) -> TokenReport:
    """One credential for a route. `among`: all that were found, for what two places share; `now`: Unix seconds.

    `refusals`: what the program that owns the login has noted of it. `way`: how a run on a route would use it.
    `confined` are the workspaces that the config of the Codex CLI allows its own login, none: it allows every one.

    Nothing is sent, opened or changed, and nothing of the secret is in the result but its fingerprint.
    """
    case = _case(held, route, now, keys, tuple(refusals))
    ways = way or (lambda _: Way())
    claims, secret = case.claims, held.secret
    problems = tuple(troubles(case, among=among, confined=confined))
    expires = claims.expires_at
    return TokenReport(
        route=route,
        verdict=_verdict(case, problems),
        name=held.id or None,
        source=held.source,
        file=str(held.file) if held.file else None,
        agent=held.agent,
        kind=case.kind.id,
        family=case.kind.family,
        about=case.kind.about.partition(";")[0],
        fingerprint=secret.fingerprint if secret else None,
        form=claims.form if secret else "none",
        algorithm=claims.algorithm,
        issuer=claims.issuer,
        client_id=claims.client_id,
        audience=claims.audience,
        scopes=claims.scopes,
        account=claims.account,
        workspace=held.stored_account or claims.account,
        user=claims.user,
        plan=claims.plan,
        organizations=tuple(OrganizationRow(id=o.id, role=o.role, default=o.default) for o in claims.organizations),
        encrypted_identity=claims.encrypted_identity,
        issued_at=claims.issued_at,
        not_before=claims.not_before,
        expires_at=expires,
        expired=None if expires is None else expires <= now,
        last_refresh=held.last_refresh,
        has_refresh=held.refresh is not None if is_login(case) else None,
        verified=case.signature.verified if case.signature else None,
        signature=case.signature.why if case.signature else None,
        surfaces=case.surfaces,
        problems=problems,
        notes=tuple(_barred(case, problems, ways)),
        next=tuple(_next(case, problems, ways)),
        now=now,
    )


def nothing(route: str, places: str, now: float, *, typed: bool = True, commands: tuple[str, ...] = ()) -> TokenReport:
    """The report where no credential was found; `places` says where it was looked for, as part of a sentence.

    `typed`: the route was asked for, so that only what it takes is missed. `commands` are what to type next.
    """
    if route in CODEX_ROUTES:
        missed, remedy = (
            "no login",
            "Log in: codex login, or openclaw models auth login. An API key does not help here.",
        )
    else:
        missed, remedy = "no API key", "Set OPENAI_API_KEY. A ChatGPT login does not help here."
    if not typed:
        missed, remedy = "no login and no API key", "Log in with codex login or OpenClaw, or set OPENAI_API_KEY."
    return TokenReport(
        route=route,
        verdict="stopped",
        name=None,
        source=places,
        file=None,
        agent=None,
        kind="none",
        family="",
        about=f"{missed} for {route}" if typed else missed,
        fingerprint=None,
        form="none",
        problems=(problem("no-credential", places=places, remedy=remedy),),
        next=commands,
        now=now,
    )


def _case(
    held: Held,
    route: str,
    now: float,
    keys: KeySet | None,
    refusals: tuple[StoredError, ...],
) -> Case:
    parts = held.secret.reveal().split() if held.secret else []
    written = "".join(parts)
    text = written.strip(_QUOTES) or written
    claims = read_claims(text) if text else Claims(form="opaque")
    kind = kind_of(text) if text else held.kind
    return Case(
        held=held,
        text=text,
        breaks=max(len(parts) - 1, 0),
        quoted=text != written,
        kind=kind,
        claims=claims,
        signature=verify(text, keys) if claims.form == "jwt" else None,
        surfaces=surfaces_of(kind, claims.plan),
        route=route,
        now=now,
        refused=_refused(held, claims, refusals),
    )


def _refused(held: Held, claims: Claims, refusals: tuple[StoredError, ...]) -> StoredError | None:
    """The last refusal of its refresh token that nothing has mended since."""
    renewed = max(claims.issued_at or 0.0, held.last_refresh or 0.0)
    own = [e for e in refusals if not e.over and e.at > renewed and e.symptom != _OF_A_NEW_LOGIN]
    return own[-1] if own and held.refresh is not None else None


def _verdict(case: Case, problems: tuple[TokenProblem, ...]) -> Verdict:
    if any(found.stops for found in problems):
        return "stopped"
    # A credential of a known family is told, even where the surface itself has the last word.
    return "unclear" if case.here.can == "maybe" and not case.kind.family else "fit"


def _barred(case: Case, problems: tuple[TokenProblem, ...], ways: Ways) -> Iterator[str]:
    """Why a run would not use it, where nothing else is in the way."""
    barred = ways(case.route).barred
    if barred is not None and not any(found.stops for found in problems):
        yield barred


def _next(case: Case, problems: tuple[TokenProblem, ...], ways: Ways) -> Iterator[str]:
    wrong = {found.id for found in problems if found.stops}
    can = [row.id for row in case.surfaces if row.can != "no" and row.id in IMAGE_SURFACES]
    if not wrong and case.here.can != "no":
        yield from _run(case.route, ways)
    elif wrong == {"wrong-kind"} and can:
        yield from _run(can[0], ways)
    elif case.held.file is not None and _needs_login(case, wrong):
        yield _login(case, ways)


def _needs_login(case: Case, wrong: set[str]) -> bool:
    return bool(wrong & _MENDED_BY_LOGIN) or case.kind.family == "siwc"


def _run(route: str, ways: Ways) -> Iterator[str]:
    way = ways(route)
    if way.barred is None:
        yield f"{way.before}routecheck run --no-fallback --no-spend --route {route}{way.after}"


def _login(case: Case, ways: Ways) -> str:
    if case.held.provider not in OPENAI or case.held.id.partition(":")[0] == "codex":
        return f"{ways('codex-responses').before}codex login"
    return f"openclaw models auth login --provider {case.held.provider}"
