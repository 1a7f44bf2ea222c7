"""`routecheck matrix`: everything that is in the tables is in the list, and every name leads on."""

import json

from diagnose.matrix import rows
from diagnose.matrix.branches import branches, groups


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
    assert "did you mean edge-html?" in done.stderr


def test_what_may_be_a_credential_is_not_repeated(routecheck) -> None:
    done = routecheck("matrix", "Zq7Zq7Zq7Zq7Zq7Zq7Zq7")
    assert done.returncode == 2
    assert "Zq7" not in done.stdout + done.stderr
