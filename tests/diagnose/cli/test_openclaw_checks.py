"""What a run says of an OpenClaw config, by the release that is installed."""

import json
from pathlib import Path

import pytest

from diagnose.sandbox.server import Sandbox

OLD, NEW = "imageGenerationModel", "mediaModels"


@pytest.fixture
def report(routecheck, machine, tmp_path):
    def run(version: str, defaults: dict) -> dict:
        package = tmp_path / "node_modules" / "openclaw"
        package.mkdir(parents=True)
        (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": version}))
        program = package / "openclaw.mjs"
        program.write_text("#!/bin/sh\nexit 99\n")
        program.chmod(0o755)
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "openclaw").symlink_to(program)
        folder = Path(machine["HOME"]) / ".openclaw"
        folder.mkdir()
        (folder / "openclaw.json").write_text(json.dumps({"agents": {"defaults": defaults}}))
        with Sandbox() as server:
            env = {"OPENAI_API_KEY": server.key, "PATH": f"{programs}:{machine['PATH']}"}
            done = routecheck(
                *("run", "--no-fallback", "--no-spend", "--base-url", server.base_url, "--format", "json"), env=env
            )
        return json.loads(done.stdout)["checks"]

    return run


@pytest.mark.parametrize(
    ("version", "key", "fits"),
    [("2026.7.9", OLD, True), ("2026.7.9", NEW, False), ("2026.8.1", OLD, False), ("2026.9.6", NEW, True)],
)
def test_the_key_of_the_image_model_must_be_the_releases_own(report, version, key, fits) -> None:
    reference = "openai/gpt-image-2"
    checks = report(version, {OLD: reference} if key == OLD else {NEW: {"image": reference}})
    assert checks["environment.openclaw"]["summary"].startswith(f"OpenClaw {version}")
    assert checks["model_reference.config"]["symptom"] == (None if fits else "config-key-moved")


@pytest.mark.parametrize(("version", "symptom"), [("2026.4.22", "fallbacks-configured"), ("2026.4.24", None)])
def test_a_release_that_goes_on_to_other_providers_is_pointed_out(report, version, symptom) -> None:
    checks = report(version, {OLD: "openai/gpt-image-2"})
    assert checks["fallback_policy.config"]["symptom"] == symptom


def test_configured_fallbacks_are_named(report) -> None:
    image = {"primary": "openai/gpt-image-2", "fallbacks": ["google/gemini-3.1-flash-image"]}
    found = report("2026.9.6", {NEW: {"image": image}})["fallback_policy.config"]
    assert found["symptom"] == "fallbacks-configured"
    assert "google/gemini-3.1-flash-image" in found["summary"]
