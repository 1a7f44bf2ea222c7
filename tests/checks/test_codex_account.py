"""Whose login it is and what its plan has left: by the login itself, and by answers of a backend on loopback."""

from __future__ import annotations

from typing import Any

import pytest

from checks.context import Learned
from diagnose.model.check import Status

NOW = 1_795_260_000.0
ACCOUNT, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-8888-7777-6666-555555555555"
UUID = "6b1f0d52-3c47-4e0a-9d58-0a7c41e6f293"
USER = "user-EXAMPLE"
REACHED = "usage-limit-reached"
CHECK, USAGE = "/backend-api/wham/accounts/check", "/backend-api/wham/usage"
HTML = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"


@pytest.mark.parametrize(
    ("stored", "own", "status", "words"),
    [
        (ACCOUNT, ACCOUNT, Status.PASS, "auth.json and the token's own claims (not verified)"),
        (ACCOUNT, None, Status.PASS, "auth.json"),
        (None, ACCOUNT, Status.PASS, "by the token's own claims"),
        (OTHER, ACCOUNT, Status.FAIL, f"the token is of {ACCOUNT}"),
        ("org-EXAMPLE", ACCOUNT, Status.FAIL, "an organisation of the API platform, which is no ChatGPT account"),
        ("org-EXAMPLE", None, Status.FAIL, "no ChatGPT account"),
        (None, None, Status.WARN, "neither the token nor what is stored beside it names an account"),
    ],
)
def test_token_and_store_have_to_name_one_account(
    world: Any, stored: str | None, own: str | None, status: Status, words: str
) -> None:
    world.text, world.held = world.token(account=own), {"stored_account": stored}
    found = world.check("workspace.account")
    assert (found.status, found.symptom) == (status, "account-differs" if status is Status.FAIL else None)
    assert words in found.summary
    assert found.witnesses == ()  # nobody claimed an owner, so nothing is contradicted
    assert world.backend.asked == []


@pytest.mark.parametrize(
    ("claimed", "same"), [(ACCOUNT, True), (USER, True), (OTHER, False), ("org-EXAMPLE", False), ("user-X", False)]
)
def test_a_claimed_owner_is_witnessed_for_or_against(world: Any, claimed: str, same: bool) -> None:
    world.claim = {"owner": claimed}
    found = world.check("workspace.account")
    (witness,) = found.witnesses
    assert (witness.dimension, witness.source, witness.agrees) == ("owner", "config", same)
    assert witness.strength == (1 if same else 2)
    assert found.symptom == (None if same else "account-not-claimed")
    if not same:  # token and store agree, so the claim may be what is wrong
        assert found.remedy == (
            f"routecheck run --no-fallback --route codex-responses --owner {ACCOUNT}",
            "codex login",
        )


@pytest.mark.parametrize("claimed", [UUID.upper(), f" {UUID}\t", USER + " "])
def test_a_claimed_account_in_another_spelling_is_the_same(world: Any, claimed: str) -> None:
    world.text, world.held = world.token(account=UUID), {"stored_account": UUID}
    world.claim = {"owner": claimed}
    world.backend.planted = {CHECK: (200, listing(PERSONAL | {"id": UUID})), USAGE: (200, usage(account_id=UUID))}
    for check in ("workspace.account", "workspace.listed", "workspace.usage"):
        assert [w.agrees for w in world.check(check).witnesses] in ([True], []), check


def test_a_stored_account_in_another_spelling_is_the_same(world: Any) -> None:
    world.text, world.held = world.token(account=UUID), {"stored_account": UUID.upper() + "\n"}
    world.write_login()
    (world.codex / "config.toml").write_text(f'forced_chatgpt_workspace_id = "{UUID}"\n')
    world.backend.planted = {CHECK: (200, listing(PERSONAL | {"id": UUID})), USAGE: (200, usage(account_id=UUID))}
    for check in ("workspace.account", "workspace.listed", "workspace.usage"):
        assert world.check(check).status is Status.PASS, check
    assert {headers["chatgpt-account-id"] for _, headers, _ in world.backend.asked} == {UUID}  # as the token spells it


@pytest.mark.parametrize("stored", ["1111\r\nx: y", "acc ount", "kont\u00f6", "\x00"])
def test_an_account_that_no_header_can_carry_is_not_sent(world: Any, stored: str) -> None:
    from checks.codex_account import account_to_send

    world.text, world.held = world.token(account=None), {"stored_account": stored}
    found = world.check("workspace.account")
    assert (found.status, found.symptom) == (Status.FAIL, "damaged-credential")
    assert "cannot be sent" in found.summary
    assert "\r" not in found.summary
    assert account_to_send(world.login(), None) is None


@pytest.mark.parametrize(
    ("forced", "status"),
    [(f'"{ACCOUNT}"', Status.PASS), (f'"{OTHER}"', Status.FAIL), (f'["{OTHER}", "{ACCOUNT}"]', Status.PASS)],
)
def test_an_enforced_workspace_is_compared(world: Any, forced: str, status: Status) -> None:
    world.write_login()
    (world.codex / "config.toml").write_text(f"forced_chatgpt_workspace_id = {forced}\n")
    found = world.check("workspace.account")
    assert (found.status, found.symptom) == (status, "account-differs" if status is Status.FAIL else None)


def listing(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"accounts": list(rows), "default_account_id": rows[0]["id"] if rows else None}


PERSONAL = {"id": ACCOUNT, "name": "Somebody's Own Name", "structure": "personal", "plan_type": "plus"}
TEAM = {"id": OTHER, "name": "Team of Somebody", "structure": "workspace", "plan_type": "team"}
OLDER = {
    "accounts": {
        ACCOUNT: {"account": {"account_id": ACCOUNT, "structure": "personal", "plan_type": "plus"}, "features": []},
        "default": {"account": {"account_id": ACCOUNT}},
    }
}


@pytest.mark.parametrize(
    ("answer", "status", "symptom", "words"),
    [
        (listing(PERSONAL), Status.PASS, None, f"{ACCOUNT} (personal, plus), by the answer of wham/accounts/check"),
        (listing(PERSONAL, TEAM), Status.PASS, None, f"this login has {OTHER} (workspace, team), too"),
        (OLDER, Status.PASS, None, f"{ACCOUNT} (personal, plus)"),
        (listing(PERSONAL | {"id": "row-1", "account_id": ACCOUNT}), Status.PASS, None, f"{ACCOUNT} (personal, plus)"),
        (listing(TEAM), Status.FAIL, "wrong-workspace", f"{ACCOUNT} is sent, and this login has {OTHER}"),
        (listing(PERSONAL | {"is_deactivated": True}), Status.FAIL, "workspace-deactivated", "is deactivated"),
        (listing(PERSONAL, TEAM | {"is_deactivated": True}), Status.PASS, None, "(workspace, team, deactivated), too"),
        (listing(), Status.WARN, None, "lists no workspace"),
        ({"accounts": "none"}, Status.WARN, None, "lists no workspace"),
        ({"accounts": [None, 5, {"id": 7}, {"id": " "}]}, Status.WARN, None, "lists no workspace"),
        ([], Status.WARN, None, "lists no workspace"),
        (HTML, Status.WARN, None, "lists no workspace"),
    ],
)
def test_the_sent_account_has_to_be_listed_and_active(
    world: Any, answer: Any, status: Status, symptom: str | None, words: str
) -> None:
    world.backend.planted[CHECK] = (200, answer)
    found = world.check("workspace.listed")
    assert (found.status, found.symptom) == (status, symptom)
    assert words in found.summary
    assert "Somebody" not in repr(found)
    ((path, headers, _),) = world.backend.asked
    assert (path, headers["chatgpt-account-id"]) == (CHECK, ACCOUNT)


def test_a_host_cannot_flood_the_report(world: Any) -> None:
    rows = [{"id": f"{at}-{'x' * 500}", "structure": "y" * 500} for at in range(5000)]
    world.backend.planted[CHECK] = (200, {"accounts": rows})
    found = world.check("workspace.listed")
    assert found.symptom == "wrong-workspace"
    assert "and more" in found.summary
    assert len(found.summary) < 1500


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"detail": "Unauthorized"}),
        (403, {"detail": {"code": "invalid_workspace_selected"}}),
        (403, HTML),
        (404, {"detail": "Not Found"}),
    ],
)
@pytest.mark.parametrize("check", ["workspace.listed", "workspace.usage"])
def test_a_side_call_that_is_refused_is_no_cause(world: Any, check: str, status: int, answer: Any) -> None:
    world.backend.planted = {CHECK: (status, answer), USAGE: (status, answer)}
    found = world.check(check)
    assert (found.status, found.symptom, found.remedy, found.costs_proof) == (Status.WARN, None, (), False)
    assert f"could not be asked: {status}" in found.summary
    world.learned = Learned(refused=found.measured)
    found = world.check(check)
    assert (found.status, found.symptom, found.remedy) == (Status.WARN, None, ())
    assert "refused in the same way as the image surface" in found.summary


def usage(**changes: Any) -> dict[str, Any]:
    primary = {"used_percent": 12, "limit_window_seconds": 18_000, "reset_after_seconds": 900, "reset_at": NOW + 900}
    secondary = {"used_percent": 40, "limit_window_seconds": 604_800, "reset_at": NOW + 90_000}
    limit = {"allowed": True, "limit_reached": False, "primary_window": primary, "secondary_window": secondary}
    found = {"user_id": USER, "account_id": ACCOUNT, "email": "somebody@example.com", "plan_type": "plus"}
    return found | {"rate_limit": limit | changes.pop("rate_limit", {})} | changes


SPENT = {"allowed": False, "limit_reached": True}


@pytest.mark.parametrize(
    ("answer", "status", "symptom", "words"),
    [
        (usage(), Status.PASS, None, "12 % of the 5 h window used, reset 2026-11-21 11:35 UTC, in 15 min, 40 %"),
        (usage(rate_limit=SPENT), Status.FAIL, "usage-limit-reached", "reset 2026-11-21 11:35 UTC"),
        (usage(rate_limit=SPENT, credits={"has_credits": False}), Status.FAIL, "usage-limit-reached", "is reached"),
        (usage(rate_limit=SPENT | {"allowed": True}), Status.WARN, None, "the backend still allows requests"),
        (usage(rate_limit=SPENT, credits={"has_credits": True}), Status.WARN, None, "paid with credits"),
        (usage(rate_limit=SPENT, credits={"unlimited": True}), Status.WARN, None, "paid with credits"),
        *(
            (usage(rate_limit=SPENT, credits={"has_credits": True, "balance": b}), Status.FAIL, REACHED, "is reached")
            for b in ("0", "0.00", 0)
        ),
        (usage(rate_limit=SPENT, credits={"has_credits": True, "balance": "10.00"}), Status.WARN, None, "with credits"),
        (usage(rate_limit=SPENT, credits=[1]), Status.FAIL, "usage-limit-reached", "is reached"),
        (usage(account_id=USER), Status.PASS, None, "12 % of the 5 h window"),
        (usage(account_id="user-X", user_id=None), Status.WARN, None, "the usage of user-X is counted"),
        (usage(account_id=USER.lower(), user_id=USER.lower()), Status.PASS, None, "12 % of the 5 h window"),
        (usage(rate_limit={"primary_window": {"used_percent": 95}}), Status.WARN, None, "nearly used up: plan plus"),
        (usage(plan_type="free"), Status.WARN, None, "for free accounts the backend is reported to take"),
        (usage(account_id=OTHER), Status.FAIL, "account-differs", f"the usage of {OTHER} is counted, and {ACCOUNT} is"),
        (usage(rate_limit={"primary_window": None, "secondary_window": "x"}), Status.PASS, None, "plan plus, by the"),
        (usage(rate_limit={"primary_window": {"used_percent": True}}), Status.PASS, None, "plan plus, 40 %"),
        (usage(rate_limit={"primary_window": {"used_percent": 1, "reset_at": 10**30}}), Status.PASS, None, "1 % used"),
        ({"rate_limit": 5}, Status.PASS, None, "plan not named"),
        ([1], Status.PASS, None, "plan not named"),
    ],
)  # fmt: skip
def test_the_usage_of_the_plan(world: Any, answer: Any, status: Status, symptom: str | None, words: str) -> None:
    world.backend.planted[USAGE] = (200, answer)
    found = world.check("workspace.usage")
    assert (found.status, found.symptom) == (status, symptom)
    assert words in found.summary
    assert "example.com" not in repr(found)
    assert found.witnesses == ()


@pytest.mark.parametrize(
    ("claimed", "listed", "used"),
    [
        (ACCOUNT, [True], [True]),
        (OTHER, [False], [False]),
        (USER, [], [True]),
        ("user-X", [], [False]),
        ("org-EXAMPLE", [False], [False]),
    ],
)
def test_the_backends_word_on_a_claimed_owner(world: Any, claimed: str, listed: list[bool], used: list[bool]) -> None:
    world.claim = {"owner": claimed}
    world.backend.planted = {CHECK: (200, listing(PERSONAL, TEAM)), USAGE: (200, usage())}
    for check, expected in (("workspace.listed", listed), ("workspace.usage", used)):
        witnesses = world.check(check).witnesses
        assert [w.agrees for w in witnesses] == expected
        assert all((w.dimension, w.source) == ("owner", "body") for w in witnesses)
        assert all(w.strength == (3 if w.agrees else 2) for w in witnesses)


def test_a_personal_accounts_usage_is_counted_under_its_user(world: Any) -> None:
    for claimed, agrees in ((ACCOUNT, []), (USER, [True]), ("user-X", [False])):
        world.claim = {"owner": claimed}
        world.backend.planted[USAGE] = (200, usage(account_id=USER, user_id=None))
        assert [w.agrees for w in world.check("workspace.usage").witnesses] == agrees


MODELS = "/backend-api/codex/models"


@pytest.mark.parametrize(
    ("answer", "status", "symptom"),
    [
        ({"models": [{"slug": "gpt-6-astra"}, {"slug": "gpt-5.5"}]}, Status.PASS, None),
        ({"models": []}, Status.PASS, None),
        ({"models": [{"slug": "gpt-5.5"}]}, Status.WARN, "carrier-not-supported"),
        ({"models": [None, {"slug": 5}]}, Status.PASS, None),
        ([], Status.PASS, None),
    ],
)
def test_the_carrier_is_looked_up_in_the_accounts_list(
    world: Any, answer: Any, status: Status, symptom: str | None
) -> None:
    world.backend.planted[MODELS] = (200, answer)
    found = world.check("model_reference.carrier")
    assert (found.status, found.symptom, bool(found.remedy)) == (status, symptom, symptom is not None)
    assert world.backend.asked[0][0].startswith(f"{MODELS}?client_version=")


@pytest.mark.parametrize("claims", [{"client_id": "oaiapp_x"}, {"exp": NOW - 301}])
def test_a_token_that_does_not_belong_there_or_is_over_is_not_sent_for_a_list(world: Any, claims: Any) -> None:
    world.text = world.token(**claims)
    assert world.check("model_reference.carrier").status is Status.SKIP
    assert world.backend.asked == []


def test_a_list_that_is_refused_is_no_finding(world: Any) -> None:
    world.backend.planted[MODELS] = (403, HTML)
    assert world.check("model_reference.carrier").status is Status.SKIP


def test_other_hosts_of_the_codex_cli_are_told_by_name_alone(world: Any) -> None:
    assert world.check("fallback_policy.codex").status is Status.SKIP
    world.codex.mkdir()
    config = world.codex / "config.toml"
    config.write_text('chatgpt_base_url = "https://chatgpt.com/backend-api"\n')
    assert world.check("fallback_policy.codex").status is Status.PASS
    config.write_text('[model_providers.mine]\nbase_url = "https://me:planted-word@gateway.example/v1?key=planted"\n')
    found = world.check("fallback_policy.codex")
    assert found.status is Status.WARN
    assert "model_providers.mine.base_url = gateway.example" in found.summary
    assert "planted" not in repr(found)
    config.write_text("[")
    assert "not known" in world.check("fallback_policy.codex").summary
