"""The tables behind `explain`: put together, whole, and free of loose ends."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

import diagnose.matrix
from diagnose.matrix import Match, load, questions, rows
from diagnose.matrix.branches import branches, branches_of_check, groups
from diagnose.matrix.compiling import TABLES, compiled
from diagnose.matrix.hosts import whose
from diagnose.matrix.remedies import collect, commands, dont, found

HERE = Path(diagnose.matrix.__file__).parent
TODAY = date(2026, 11, 21)
CLASSES = {kind["name"] for kind in load("routes.toml")["class"]}
FAMILIES = {kind["name"] for kind in load("routes.toml")["credential"]}


def test_what_a_start_reads_is_what_the_tables_say() -> None:
    assert (HERE / "compiled.json").read_text(encoding="utf-8") == compiled(), "python -m diagnose.matrix.compiling"
    for name in TABLES:
        assert load(name) == tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def every_match() -> list[tuple[str, Match]]:
    found = [(row.id, match) for row in rows().values() for match in row.matches]
    for question in questions().values():
        found += [(question.id, match) for match in question.matches]
        found += [(question.id, match) for choice in question.choices for match in choice.when]
    return found


def test_no_match_fits_everything_and_all_words_are_in_lower_case() -> None:
    for name, match in every_match():
        assert match != Match(wire=match.wire, pasted=match.pasted, rank=match.rank), name
        for phrase in (*match.says, *match.also, *match.then, *match.without):
            assert phrase == phrase.lower(), name
            assert phrase.strip(), name
        assert set(match.route) <= CLASSES, name
        assert set(match.credential) <= FAMILIES, name
        assert set(match.whose) <= {"known", "private", "stranger", "imitation"}, name
        assert match.says or not match.then, name
        assert match.rank in range(4), name
        assert not (match.wire and match.pasted), name


def test_what_a_status_alone_says_is_for_the_wire_or_a_question() -> None:
    bare = [
        row.id
        for row in rows().values()
        for match in row.matches
        if match.status and not (match.says or match.code or match.transport or match.html or match.wire)
    ]
    assert sorted(set(bare)) == ["hop-gave-up", "timeout"]  # 504, 524 and 408 name their mechanism themselves


@pytest.mark.parametrize("question", questions().values(), ids=list(questions()))
def test_a_question_has_two_or_three_answers_that_are_rows(question: diagnose.matrix.Question) -> None:
    assert question.asks.endswith((".", "?"))
    assert question.as_of <= TODAY
    assert question.source
    assert 2 <= len(question.choices) <= 3
    assert all(choice.row in rows() and choice.given for choice in question.choices)
    assert len({choice.row for choice in question.choices}) == len(question.choices)
    assert set(question.before) <= {row.action for row in rows().values()}
    assert not (question.before and question.last)
    for choice in question.choices:
        assert choice.say == "" or choice.say.split()[0] in {
            "--route",
            "--credential",
            "--status",
            "--openclaw-version",
        }


def test_every_branch_is_told_and_has_rows() -> None:
    assert len(branches()) == 16
    assert {row.branch for row in rows().values()} == set(branches())
    for branch in branches().values():
        told = (branch.title, branch.meaning, branch.first_check, branch.better_move, branch.not_this, branch.confirm)
        assert all(text.strip() == text != "" for text in (*told, branch.dont, branch.source, *branch.symptoms))
        assert branch.symptoms
        assert branch.as_of <= TODAY


def test_the_short_matrices_stay_recognisable() -> None:
    assert [group.kind for group in groups().values()] == ["symptom"] * 6 + ["result"] * 5
    for group in groups().values():
        assert set(group.branches) <= set(branches())
        assert set(group.rows) <= set(rows())
        assert group.misleads
        assert group.refined_by


@pytest.mark.parametrize("row", rows().values(), ids=list(rows()))
def test_every_row_says_what_it_is_not_how_to_be_sure_what_to_type_and_what_to_leave(row: diagnose.matrix.Row) -> None:
    told = found(row)
    assert told.not_this
    assert told.confirm
    assert (told.symptom, told.branch, told.action) == (row.id, row.branch, row.action)
    assert dont(row)
    for kinds in (frozenset(), *(frozenset({name}) for name in CLASSES)):
        assert commands(row, kinds)


def test_remedies_are_of_rows_that_exist() -> None:
    table = load("remedies.toml")
    assert set(table["row"]) <= set(rows())
    assert {row.action for row in rows().values()} <= set(table["action"])
    assert {key for action in table["action"].values() for key in action} <= {"confirm", "dont", "any", *CLASSES}
    keys = {"not_this", "confirm", "dont", "donts", "next", "named", "of"}
    assert {key for own in table["row"].values() for key in own} <= keys
    assert {name for own in table["row"].values() for name in own.get("of", ())} <= set(CLASSES)
    assert all(collect())


NO_LOGIN = {"scope", "model_access_verification", "network_policy_ssrf", "unsupported_parameter"}


def test_nobody_is_told_to_do_what_he_cannot() -> None:
    for row in rows().values():
        typed = " ".join(command for kinds in CLASSES for command in commands(row, frozenset({kinds}))).lower()
        if row.id != "refresh-token-reused":  # each program needs a login of its own there
            assert "login --" not in typed, row.id
        assert "codex login\n" not in f"{typed}\n", row.id
        if row.branch in NO_LOGIN:
            assert row.action != "reauth_or_repair_profile", row.id
    scope = rows()["token-on-images-api"]
    assert any("not log in again" in text for text in dont(scope))
    for shared in ("refresh-token-shared", "refresh-token-reused", "login-expired"):
        assert any("not refresh" in text for text in dont(rows()[shared])), shared


def test_every_kind_of_credential_is_of_the_family_that_its_own_table_names() -> None:
    here = {word: kind["name"] for kind in load("routes.toml")["credential"] for word in kind["words"]}
    kinds = tomllib.loads((HERE.parent / "machine" / "credential_kinds.toml").read_text(encoding="utf-8"))
    for kind in (*kinds["kind"], *kinds["jwt"]):
        if kind["family"] and kind["id"] != "admin-key":  # of the platform, and no key for models
            assert here[kind["id"]] == here[kind["family"]] == kind["family"], kind["id"]
    assert here["admin-key"] == "admin-key"


def test_signs_of_programs_are_in_lower_case_and_have_a_source() -> None:
    table = load("foreign.toml")
    for row in (*table["program"], table["ours"], *load("routes.toml")["holder"]):
        assert row["says"]
        assert all(sign == sign.lower() and len(sign.strip()) >= 2 for sign in row["says"]), row
    for row in (*table["program"], table["ours"], load("routes.toml")["hosts"]):
        assert row["as_of"] <= TODAY
        assert row["source"]


def test_the_vendors_own_hosts_are_known_ones() -> None:
    vendors = tomllib.loads((HERE.parent / "capabilities" / "vendors.toml").read_text(encoding="utf-8"))["vendor"]
    hosts = {host for row in vendors for host in (*row["hosts"], *row.get("login_hosts", ()))}
    hosts |= {row["suffix"] for row in load("reading/programs.toml")["host"]}
    assert {whose(host) for host in hosts} == {"known"}


def test_a_check_has_branches() -> None:
    assert [branch.id for branch in branches_of_check("scopes.claims")] == ["scope"]
    assert [branch.id for branch in branches_of_check("workspace.listed")] == ["workspace_account"]
    assert branches_of_check("nothing.here") == ()
