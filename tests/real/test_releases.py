"""What routecheck finds on a machine with any of the real releases is what that release really does."""

import json

import pytest
from computer import Computer, Served, contents, fingerprint
from described import Case
from install import RELEASES
from spelling import SPELLINGS, config

ALLOW_PRIVATE = {"browser": {"ssrfPolicy": {"dangerouslyAllowPrivateNetwork": True}}}
# The oldest release heeds no config key for it.
ALLOW_LOCAL = {"OPENCLAW_QA_ALLOW_LOCAL_IMAGE_PROVIDER": "1"}


@pytest.mark.parametrize("computer", list(RELEASES), indirect=True)
def test_the_route_that_is_proven_is_the_one_that_is_used(computer: Computer, sandbox: Served) -> None:
    release = computer.installed.release
    host = {"baseUrl": sandbox.base_url, "apiKey": sandbox.key, "models": []}
    case = Case(name="a host", image="openai/gpt-image-2", providers={"openai": host}, config=ALLOW_PRIVATE)
    computer.config.parent.mkdir()
    computer.config.write_text(json.dumps(config(SPELLINGS[release], case)))
    validated = computer.openclaw("config", "validate", "--json")
    assert json.loads(validated.stdout)["valid"], validated.stdout
    before = contents(computer.home)
    report = computer.report("--sandbox-at", sandbox.url)

    assert contents(computer.home) == before
    assert report["verdict"] == "proven"
    assert report["served"]["credential"]["fingerprint"] == fingerprint(sandbox.key)
    assert report["checks"]["environment.openclaw"]["summary"].startswith(f"OpenClaw {release} at ")
    ours = next(row for row in sandbox.requests() if row["billed"])
    asked = len(sandbox.requests())
    said = computer.generate(computer.folder / "mug.png", env=ALLOW_LOCAL)
    (theirs,) = sandbox.requests()[asked:]

    assert (theirs["method"], theirs["path"]) == (ours["method"], ours["path"])
    assert theirs["headers"]["host"] == report["served"]["host"]
    assert theirs["credential_fingerprint"] == report["served"]["credential"]["fingerprint"]
    assert {name: theirs["body"][name] for name in ("n", "size", "model")} == {
        name: ours["body"][name] for name in ("n", "size", "model")
    }
    assert theirs["billed"]
    assert (said["ok"], said["provider"], said["model"]) == (True, "openai", "gpt-image-2")
    assert computer.proxy.wanted == [], "OpenClaw wanted to reach somebody else, too"
