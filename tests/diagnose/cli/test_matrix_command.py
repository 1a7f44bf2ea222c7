"""`routecheck matrix`: everything that is in the tables is in the list, and every name leads on."""

import json

import pytest

from diagnose.matrix import rows
from diagnose.matrix.branches import branches, groups

KEY = "Zq7pLm4Xw9TrV2bN"


def test_every_group_branch_and_row_is_listed(routecheck) -> None:
    done = routecheck("matrix")
    assert (done.returncode, done.stderr) == (0, "")
    words = set(done.stdout.replace("(", " ").replace(")", " ").replace(":", " ").split())
    assert {*rows(), *branches(), *groups()} <= words
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_json_has_the_same(routecheck) -> None:
    found = json.loads(routecheck("matrix", "--format", "json").stdout)
    assert [group["id"] for group in found["groups"]] == list(groups())
    assert [branch["id"] for branch in found["branches"]] == list(branches())
    assert {row["id"] for branch in found["branches"] for row in branch["rows"]} == set(rows())


def test_one_branch_has_its_rows_alone(routecheck) -> None:
    done = routecheck("matrix", "scope")
    assert done.stdout.startswith("scope: ")
    assert "token-on-images-api" in done.stdout
    assert "edge-html" not in done.stdout
    found = json.loads(routecheck("matrix", "scope", "--format", "json").stdout)
    assert found["id"] == "scope"


def test_a_row_is_what_explain_says_of_it(routecheck) -> None:
    for name in ("edge-html", "codex-oauth-403", "scopes.images"):
        matrix, explain = routecheck("matrix", name), routecheck("explain", name)
        assert matrix.stdout == explain.stdout
        assert (matrix.returncode, explain.returncode) == (0, 0)


def test_a_name_that_is_not_there_gets_a_near_one(routecheck) -> None:
    done = routecheck("matrix", "edge-htm")
    assert done.returncode == 2
    assert "did you mean edge-html? An error itself goes to routecheck explain" in done.stderr


def test_a_word_lists_the_rows_that_have_it(routecheck) -> None:
    done = routecheck("matrix", "refresh")
    assert (done.returncode, done.stderr) == (0, "")
    assert "refresh-token-reused" in done.stdout
    assert "edge-html" not in done.stdout
    assert "auth_profile: " in done.stdout
    found = json.loads(routecheck("matrix", "refresh", "--format", "json").stdout)
    assert "refresh-token-reused" in {row["id"] for branch in found["branches"] for row in branch["rows"]}
    assert "missing-image-scope" in routecheck("matrix", "fix_key_permissions").stdout


def test_an_error_typed_as_a_command_is_told_where_it_goes(routecheck) -> None:
    done = routecheck("HTTP 401")
    assert done.returncode == 2
    assert 'an error goes to routecheck explain "HTTP 401"' in done.stderr
    secret = routecheck(f"HTTP 401 {KEY}")
    assert 'routecheck explain "the error as it is"' in secret.stderr
    assert KEY not in secret.stderr


@pytest.mark.parametrize("name", ["EDGE-HTML", "edge_html", "Timeout-Transport", "SERVED.MODEL"])
def test_a_name_in_other_writing_is_that_name(name, routecheck) -> None:
    meant = next(i for i in ("edge-html", "timeout_transport", "served.model") if i[:4] == name.lower()[:4])
    for command in ("matrix", "explain"):
        done = routecheck(command, name)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == routecheck(command, meant).stdout


@pytest.mark.parametrize("words", [["--format", KEY], [f"--{KEY}"], [f"--api-key={KEY}"], ["scope", KEY], [f"-{KEY}"]])
def test_an_error_repeats_nothing_that_may_be_a_credential(words, routecheck) -> None:
    done = routecheck("matrix", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert KEY[:8] not in done.stderr


def test_what_may_be_a_credential_is_not_repeated(routecheck) -> None:
    done = routecheck("matrix", "Zq7Zq7Zq7Zq7Zq7Zq7Zq7")
    assert done.returncode == 2
    assert "Zq7" not in done.stdout + done.stderr
