"""A dry run of the real releases shows the host that was predicted, and nobody hears of it."""

from collections.abc import Mapping

import pytest
from described import SECRETS, Asked, Case
from install import RELEASES
from predicted import asked_of, host_of
from prepared import Prepare
from service import Service

from diagnose.machine.openclaw.predict import predict
from diagnose.machine.openclaw.program import Program, dry_refused, sealed, unsafe_to_start
from diagnose.machine.openclaw.setting import read
from diagnose.tap.gate import Gate

SECONDS = 120.0
LOGIN: Mapping[str, Mapping[str, object]] = {"LOGIN:default": {"kind": "oauth", "secret": "JWT1", "days": 10}}
EXPORTED = {"OPENAI_API_KEY": "KEY1"}

FALLBACK = Case(
    name="a fallback",
    asked=Asked(model=None),
    image={"primary": "openai/gpt-image-2", "fallbacks": ["litellm/gpt-image-2"]},
    providers={"litellm": {"baseUrl": "https://gateway.example.com/v1", "apiKey": "KEY5", "models": []}},
    env=EXPORTED,
)
CASES = (
    Case(name="an exported key", env=EXPORTED),
    Case(name="a login and an exported key", env=EXPORTED, profiles=LOGIN),
    Case(
        name="another host",
        providers={"openai": {"baseUrl": "https://images.example.com/v1", "apiKey": "KEY2", "models": []}},
    ),
    FALLBACK,
)
# LiteLLM is no image provider of the oldest release, so that nobody knows where its requests would go.
WALKED = [
    pytest.param(release, case, id=f"{release}, {case.name}")
    for release in RELEASES
    for case in CASES
    if (release, case) != ("2026.4.22", FALLBACK)
]
LOOPBACK = Case(
    name="an image host on this machine",
    providers={"openai": {"baseUrl": "http://127.0.0.1:PORT/v1", "apiKey": "KEY2", "models": []}},
    config={"browser": {"ssrfPolicy": {"dangerouslyAllowPrivateNetwork": True}}},
    env={"OPENCLAW_QA_ALLOW_LOCAL_IMAGE_PROVIDER": "1"},
)


@pytest.mark.parametrize(("release", "case"), WALKED)
def test_it_wants_the_predicted_hosts_and_reaches_nobody(release: str, case: Case, prepare: Prepare) -> None:
    prepared = prepare(release)
    # The user's own proxy is the service, so that whatever went past the gate would be counted there.
    with Service(prepared.authority, SECRETS) as service, Gate(forward=None) as gate:
        machine = prepared.machine(case, service.port)
        host = host_of(prepared, machine, service.port)
        setting, asked = read(host), asked_of(prepared, case)
        prediction = predict(setting, asked)
        assert unsafe_to_start(setting, host.now()) is None
        assert dry_refused(setting, prediction) is None
        assert setting.installation is not None

        env = sealed(gate.child_env(host.env), gate.url)
        program = Program(setting.installation, env)
        said = program.generate(asked, "red dot", machine.folder / "dot.png", env=env, limit=SECONDS)
        wanted = list(dict.fromkeys(target.shown for target in gate.targets))

    assert service.seen == []
    assert not said.ok
    assert not (machine.folder / "dot.png").exists()
    assert wanted == list(dict.fromkeys(c.host for c in prediction.candidates if c.refused is None))
    assert bool(said.auth) == any(c.surface == "codex-responses" for c in prediction.candidates if c.refused is None)


@pytest.mark.parametrize("release", list(RELEASES))
def test_it_is_not_begun_where_it_could_go_past_the_proxy(release: str, prepare: Prepare) -> None:
    prepared = prepare(release)
    with Service(prepared.authority, SECRETS) as service:
        machine = prepared.machine(LOOPBACK, service.port)
        setting = read(host_of(prepared, machine, service.port))
        prediction = predict(setting, asked_of(prepared, LOOPBACK))
        assert dry_refused(setting, prediction) is not None

        # Begun all the same, it is held back inside the program.
        with Gate(forward=None) as gate:
            env = sealed(gate.child_env(host_of(prepared, machine, service.port).env), gate.url)
            assert setting.installation is not None
            said = Program(setting.installation, env).generate(
                asked_of(prepared, LOOPBACK), "red dot", machine.folder / "dot.png", env=env, limit=SECONDS
            )
        assert not said.ok
        assert service.seen == []
