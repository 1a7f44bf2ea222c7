"""Every kind and every trouble of a credential, and what each means for a route."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.machine import token_troubles
from diagnose.machine.codex_logs import StoredError
from diagnose.machine.credentials import kind_of
from diagnose.machine.held import Held
from diagnose.machine.judging import Way, judge, nothing
from diagnose.machine.keys import KeySet
from diagnose.machine.surfaces import surfaces_of
from diagnose.model.secret import Secret
from diagnose.model.token import TokenReport

NOW = 1_800_000_000.0
ACCOUNT = "11111111-2222-3333-4444-555555555555"
CODEX = "app_EMoamEEZ73f0CkXaXp7hrann"
ISSUER = "https://auth.openai.com"
FILE = Path("/home/op/.codex/auth.json")


def token(*, head: Any = None, auth: Any = None, signature: bytes = b"s" * 256, **claims: Any) -> str:
    payload = {
        "iss": ISSUER, "client_id": CODEX, "aud": ["https://api.openai.com/v1"], "iat": NOW - 60, "exp": NOW + 86_400,
        "scp": ["openid"], "email": "canary@example.org",
        "https://api.openai.com/auth": {"chatgpt_account_id": ACCOUNT, "chatgpt_plan_type": "plus"} | (auth or {}),
    } | claims  # fmt: skip
    payload = {name: value for name, value in payload.items() if value is not None}
    parts = [json.dumps(part).encode() for part in (head or {"alg": "RS256", "kid": "k"}, payload)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, signature))


def held(text: str | None, **more: Any) -> Held:
    given = {
        "id": "codex", "source": "the login of the Codex CLI", "file": FILE, "refresh": "0badcafe",
        "stored_account": ACCOUNT, "provider": "openai-codex", "secret": Secret(text) if text else None,
        "kind": kind_of(text or "x"),
    }  # fmt: skip
    return Held(**(given | more))


def key(text: str) -> Held:
    return held(text, id="OPENAI_API_KEY", source="OPENAI_API_KEY", file=None, refresh=None, stored_account=None)


def judged(one: Held, route: str = "codex-responses", **more: Any) -> TokenReport:
    return judge(one, route=route, now=NOW, **more)


def ids(report: TokenReport) -> list[str]:
    return [problem.id for problem in report.problems]


def can(report: TokenReport) -> dict[str, str]:
    return {row.id: row.can for row in report.surfaces}


def test_a_good_login_on_its_own_surface() -> None:
    report = judged(held(token()))
    assert (report.verdict, report.exit_code, ids(report)) == ("fit", 0, [])
    assert (report.kind, report.family, report.account, report.workspace) == (
        "codex-oauth", "codex-oauth", ACCOUNT, ACCOUNT,
    )  # fmt: skip
    assert can(report) == {
        "openai-images": "no", "codex-responses": "yes", "codex-images": "yes", "responses-text": "no",
    }  # fmt: skip
    assert (report.verified, report.claimed, report.expired) == (None, True, False)
    assert report.next == ("routecheck run --no-fallback --no-spend --route codex-responses",)


def test_a_codex_token_can_never_serve_the_images_api() -> None:
    report = judged(held(token()), "openai-images")
    assert (report.exit_code, ids(report)) == (1, ["wrong-kind"])
    (problem,) = report.problems
    assert "can never carry api.model.images.request" in problem.says
    assert "invalid_scope" in problem.says
    assert problem.remedy == "Use it on codex-responses or codex-images."
    assert report.next == ("routecheck run --no-fallback --no-spend --route codex-responses",)


@pytest.mark.parametrize(
    ("text", "kind", "family", "surfaces"),
    [
        ("sk-proj-x", "project-key", "platform-key", "yes no no yes"),
        ("sk-svcacct-x", "service-account-key", "platform-key", "yes no no yes"),
        ("sk-x", "legacy-key", "platform-key", "yes no no yes"),
        ("sk-admin-x", "admin-key", "platform-key", "no no no no"),
        ("sk-or-v1-x", "openrouter-key", "", "no no no no"),
        (token(client_id="oaiapp_1"), "siwc-token", "siwc", "no no no yes"),
        (token(client_id=None, scope="openid chatgpt.tokens.use.direct"), "siwc-token", "siwc", "no no no yes"),
        (token(client_id=None, **{"https://api.openai.com/auth": None}), "workload-identity", "workload-identity",
         "yes no no yes"),
        (token(client_id=None, aud=[CODEX]), "codex-id-token", "codex-oauth", "no no no no"),
        (token(auth={"chatgpt_plan_type": "free"}), "codex-oauth", "codex-oauth", "no maybe maybe no"),
        ("at-x", "codex-access-token", "codex-oauth", "no maybe maybe no"),
        ("rt_x", "refresh-token", "", "no no no no"),
        ("whatever", "unknown-key", "", "maybe maybe maybe maybe"),
        (token(iss="https://idp.example", client_id="other", **{"https://api.openai.com/auth": None}), "other-jwt", "",
         "maybe maybe maybe maybe"),
    ],
)  # fmt: skip
def test_each_kind_has_its_surfaces(text: str, kind: str, family: str, surfaces: str) -> None:
    report = judged(key(text), "openai-images")
    assert (report.kind, report.family) == (kind, family)
    assert " ".join(can(report).values()) == surfaces
    assert report.exit_code == {"yes": 0, "no": 1, "maybe": 3}[surfaces.split()[0]]


def test_a_free_plan_is_said_and_stops_nothing() -> None:
    report = judged(held(token(auth={"chatgpt_plan_type": "free"})))
    assert (report.exit_code, ids(report)) == (0, [])
    assert "tools: []" in next(row.why for row in report.surfaces if row.id == "codex-responses")


JWE = ".".join([base64.urlsafe_b64encode(b'{"alg":"dir","enc":"A256GCM"}').decode().rstrip("="), "", "iv", "c", "t"])
GOOD = token()
TROUBLES: list[tuple[str, Held, int, str]] = [
    ("line-breaks", held(GOOD[:50] + "\n" + GOOD[50:]), 1, "1 place"),
    ("quoted", held(f'"{GOOD}"'), 1, "Quotes"),
    ("malformed", held(GOOD + ".x"), 1, "4 parts"),
    ("truncated", held(GOOD.rpartition(".")[0]), 1, "2 of its three parts"),
    ("truncated", held(token(signature=b"s" * 90)), 1, "90 bytes"),
    ("odd-claim", held(token(iat="soon")), 0, "iat"),
    ("foreign-signs", key("sk-proj-“x”"), 1, "quotes"),
    ("encrypted", key(JWE), 3, "issuer alone"),
    ("encrypted-identity", key(token(client_id="oaiapp_1", auth={"encrypted_auth_metadata": "x"})), 1, "hides"),
    ("opaque", key("whatever"), 3, "no form that is known"),
    ("unfamiliar-token", key(token(client_id="x", iss="i", **{"https://api.openai.com/auth": None})), 3, "i, x"),
    ("wrong-kind", key("sk-proj-x"), 1, "ChatGPT logins only"),
    ("wrong-issuer", held(token(iss="https://evil.example")), 1, "https://evil.example"),
    ("wrong-client", held(token(client_id="app_other")), 1, "app_other"),
    ("id-token", held(token(client_id=None, aud=[CODEX])), 1, "id token"),
    ("refresh-token", held("rt_abc"), 1, "gives the login away"),
    ("signature-invalid", held(token(head={"alg": "none"}, signature=b"x")), 1, "nobody has signed"),
    ("expired", held(token(exp=NOW - 7200)), 1, "2027-01-15 06:00 UTC, 2 h ago"),
    ("expired", held(token(exp=NOW - 300)), 1, "5 min ago"),
    ("just-ended", held(token(exp=NOW - 299)), 0, "4 min 59 s ago"),
    ("just-ended", held(token(exp=NOW)), 0, "now"),
    ("expires-soon", held(token(exp=NOW + 599)), 0, "in 9 min 59 s"),
    ("no-expiry", held(token(exp=None)), 0, "no end"),
    ("not-yet-valid", held(token(nbf=NOW + 301)), 1, "in 5 min 1 s"),
    ("clock-skew", held(token(iat=NOW + 3600)), 0, "the token says that it was issued 2027-01-15 09:00 UTC, in 1 h"),
    ("clock-skew", held(GOOD, last_refresh=NOW + 3600), 0, "its login was last refreshed"),
    ("account-differs", held(GOOD, stored_account="other-account"), 1, "other-account is stored"),
    ("stored-account-is-organization", held(GOOD, stored_account="org-abc"), 1, "org-abc"),
    ("no-refresh-token", held(GOOD, refresh=None), 0, "ends for good"),
    ("not-used", held(GOOD, trouble="it is not in auth.order"), 0, "auth.order"),
    ("not-read", held(GOOD, trouble="its store is not read", lost=True), 1, "its store is not read"),
    ("damaged-login", held(None, trouble="it is empty", kind=replace(kind_of("x"), id="damaged-login")), 1, "It is"),
    ("not-opened", held(None, trouble="it is a key pair", kind=replace(kind_of("x"), id="unread")), 3, "key pair"),
    ("empty-login", held(None, kind=replace(kind_of("x"), id="empty-login", use="no")), 1, "nothing to send"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "one", "code", "says"), TROUBLES)
def test_each_trouble_has_its_own_words(name: str, one: Held, code: int, says: str) -> None:
    report = judged(one)
    assert name in ids(report)
    problem = next(problem for problem in report.problems if problem.id == name)
    assert says in problem.says
    assert problem.remedy
    assert "{" not in problem.says + problem.remedy
    assert report.exit_code == code


def test_a_login_that_the_config_confines_to_other_workspaces_is_stopped() -> None:
    report = judge(held(GOOD), route="codex-responses", now=NOW, confined=("another-workspace",))
    assert ids(report) == ["confined-elsewhere"]
    assert "another-workspace alone" in report.problems[0].says
    assert report.exit_code == 1
    mine = report.workspace
    assert mine is not None
    assert ids(judge(held(GOOD), route="codex-responses", now=NOW, confined=("another-workspace", mine))) == []


def test_no_trouble_of_the_table_is_without_a_case() -> None:
    elsewhere = {
        "no-credential", "refresh-token-shared", "confined-elsewhere", "expired-for-good", "refresh-refused",
    }  # fmt: skip
    assert {name for name, *_ in TROUBLES} | elsewhere == set(token_troubles._table())


def refusal(at: float = NOW - 60, symptom: str = "refresh-token-reused", **more: Any) -> StoredError:
    return StoredError(symptom=symptom, file=Path("/home/op/.codex/log/codex-login.log"), at=at, **more)


def test_a_login_whose_refresh_token_was_refused_cannot_be_renewed() -> None:
    alive = judged(held(token(iat=NOW - 3600)), refusals=[refusal()])
    assert (alive.exit_code, ids(alive)) == (0, ["refresh-refused"])
    assert "another holder had used it" in alive.problems[0].says
    assert "codex-login.log" in alive.problems[0].says
    over = judged(held(token(iat=NOW - 7200, exp=NOW - 3600)), refusals=[refusal(symptom="login-revoked")])
    assert (over.exit_code, ids(over), over.next) == (1, ["expired-for-good"], ("codex login",))
    assert "expired or revoked" in over.problems[0].says
    assert "Using codex once more does not help" in over.problems[0].remedy


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, refusal(at=NOW - 7200)),  # the token was issued after it
        ({"last_refresh": NOW - 10}, refusal()),
        ({"refresh": None}, refusal()),
        ({}, refusal(over=True)),
        ({}, refusal(symptom="invalid-scope-login")),  # that was another login's attempt
    ],
)
def test_a_refusal_that_is_past_or_of_something_else_is_no_trouble(changes: dict[str, Any], error: StoredError) -> None:
    report = judged(held(token(iat=NOW - 3600), **changes), refusals=[error])
    assert "refresh-refused" not in ids(report)


def test_the_next_command_is_the_one_by_which_a_run_uses_it() -> None:
    ways = {"codex-responses": Way(before="CODEX_HOME=/x ", after=" --login codex"), "openai-images": Way(barred="No.")}
    report = judged(held(GOOD), way=ways.__getitem__)
    assert report.next == (
        "CODEX_HOME=/x routecheck run --no-fallback --no-spend --route codex-responses --login codex",
    )
    assert report.notes == ()
    stored = judged(key("sk-proj-x"), "openai-images", way=ways.__getitem__)
    assert (stored.exit_code, stored.next, stored.notes) == (0, (), ("No.",))
    expired = judged(held(token(exp=1)), way=ways.__getitem__)
    assert expired.next == ("CODEX_HOME=/x codex login",)


def test_accounts_that_differ_in_capitals_alone_are_the_same() -> None:
    account = "aaaaaaaa-2222-3333-4444-555555555555"
    one = held(token(auth={"chatgpt_account_id": account}), stored_account=account.upper())
    assert ids(judge(one, route="codex-responses", now=NOW, confined=(account,))) == []


@pytest.mark.parametrize(
    "one",
    [
        held(token(exp=NOW + 600)),
        held(token(nbf=NOW + 299, iat=NOW + 299)),
        held(GOOD, last_refresh=NOW + 299),
        held(GOOD, stored_account=None),
        held(f"  {GOOD}\n"),
        held(token(iss=f"{ISSUER}/")),
    ],
)
def test_what_is_near_enough_is_no_trouble(one: Held) -> None:
    assert ids(judged(one)) == []


def test_one_trouble_is_told_once() -> None:
    """What is cut or no access token at all is not of the wrong kind besides."""
    assert ids(judged(held(GOOD.rpartition(".")[0]))) == ["truncated"]
    assert ids(judged(held("rt_abc"))) == ["refresh-token"]
    assert ids(judged(held(token(client_id=None, aud=[CODEX])))) == ["id-token"]
    assert ids(judged(held(GOOD, stored_account="org-x"))) == ["stored-account-is-organization"]


def test_a_valid_signature_does_not_make_a_token_of_another_client_right() -> None:
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    public = jwt.get_algorithm_by_name("RS256").to_jwk(key.public_key(), as_dict=True) | {"kid": "k"}
    keys = KeySet(path=Path("jwks.json"), keys=(public,))
    own = {"iss": ISSUER, "client_id": CODEX, "exp": NOW + 99_999, "https://api.openai.com/auth": {}}
    sign = {"algorithm": "RS256", "headers": {"kid": "k"}}
    good = judged(held(jwt.encode(own, key, **sign)), keys=keys)
    assert (good.verified, good.claimed, good.exit_code) == (True, False, 0)
    for change, wrong in (
        ({"client_id": "app_other"}, "wrong-client"),
        ({"iss": "https://evil.example"}, "wrong-issuer"),
    ):
        report = judged(held(jwt.encode(own | change, key, **sign)), keys=keys)
        assert (report.verified, report.exit_code) == (True, 1)
        assert ids(report) == [wrong]
    altered = judged(held(jwt.encode(own, rsa.generate_private_key(65537, 2048), **sign)), keys=keys)
    assert (altered.verified, ids(altered)) == (False, ["signature-invalid"])


def test_a_shared_refresh_token_is_named_with_its_places() -> None:
    other = held(GOOD, id="openai:default", source="OpenClaw's profile openai:default", file=Path("/s/openclaw.sqlite"))
    report = judged(held(GOOD), among=(held(GOOD), other))
    assert (ids(report), report.exit_code) == (["refresh-token-shared"], 0)
    assert "/s/openclaw.sqlite" in report.problems[0].says
    assert ids(judged(held(GOOD), among=(held(GOOD), replace(other, refresh="00000000")))) == []


def test_without_a_credential_the_route_is_stopped() -> None:
    report = nothing("codex-responses", "no store holds one", NOW, commands=("codex login",))
    assert (report.exit_code, ids(report), report.kind) == (1, ["no-credential"], "none")
    assert "no store holds one" in report.problems[0].says
    assert "An API key does not help" in report.problems[0].remedy
    assert (report.about, report.next) == ("no login for codex-responses", ("codex login",))
    assert nothing("openai-images", "x", NOW).about == "no API key for openai-images"
    assert nothing("openai-images", "x", NOW, typed=False).about == "no login and no API key"


@pytest.mark.parametrize(
    ("one", "command"),
    [
        (held(token(exp=1)), "codex login"),
        (held(f"'{GOOD}'"), "codex login"),
        (held(token(client_id="oaiapp_1")), "codex login"),
        (held(token(client_id="app_other")), "codex login"),
        (held(None, trouble="it is empty", kind=replace(kind_of("x"), id="damaged-login")), "codex login"),
        (held(token(exp=1), id="openai:default", provider="openai"), "openclaw models auth login --provider openai"),
    ],
)
def test_the_next_command_renews_the_login_where_it_is(one: Held, command: str) -> None:
    assert judged(one).next == (command,)


@pytest.mark.parametrize("plan", ["free", "plus", None, "unheard of"])
@pytest.mark.parametrize("text", ["x", "sk-x", "rt_x", "at-x", GOOD, "eyJ"])
def test_every_kind_has_a_row_for_every_surface(text: str, plan: str | None) -> None:
    rows = surfaces_of(kind_of(text), plan)
    assert [row.id for row in rows] == ["openai-images", "codex-responses", "codex-images", "responses-text"]


@given(st.text(min_size=1) | st.text(min_size=1).map(lambda text: f"eyJ{text}") | st.binary().map(
    lambda raw: f"{GOOD.split('.')[0]}.{base64.urlsafe_b64encode(raw).decode()}.x"
))  # fmt: skip
def test_no_text_makes_the_judging_fail_or_stands_in_its_result(text: str) -> None:
    for route in ("codex-responses", "openai-images"):
        report = judged(held(text), route)
        assert report.exit_code in {0, 1, 3}
        if len(text) > 60:
            assert text not in str(asdict(report))


@pytest.mark.parametrize("one", [held(GOOD), held(GOOD + ".x"), key("sk-proj-CANARY" * 4), held("rt_" + "CANARY" * 8)])
def test_no_secret_and_no_email_is_in_the_result(one: Held) -> None:
    assert one.secret is not None
    text = str(asdict(judged(one)))
    assert "canary" not in text.lower()
    assert one.secret.reveal()[-12:] not in text
    assert one.secret.fingerprint in text
