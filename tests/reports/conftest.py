"""Reports to render: the four verdicts as runs really end in them, and one whose every word is hostile."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageDraw

from diagnose.model.check import Cost, Finished, Outcome, Status, skip
from diagnose.model.claim import Claim, Parameters
from diagnose.model.image import ImageFacts
from diagnose.model.report import Candidate, ContractRow, CredentialFacts, OpenClawPart, Report, Served, Spend, Symptom
from diagnose.model.verdict import Verdict
from diagnose.model.witness import Requirement, Witness

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "| pipe | `tick` **bold** [link](http://evil.example/) <b>",
    "first line\n# second line\r\n| third |",
    "\x1b[2J\x1b[31mPROVEN\x1b[0m \x07",
    "name\u202egnp.exe and עברית العربية 👩‍🔬🎨",
    "W" * 4000,
    "/a/very/long/path" * 20,
    "{{ 7 * 7 }}{% raw %} {model} %s",
    "lone \ud800 surrogate",
    "",
)

CLAIM = Claim(
    route="openai-images", model="openai/gpt-image-2", owner="org-EXAMPLE", fallback="forbidden",
    parameters=Parameters(size="1024x768"),
)  # fmt: skip
SHA = "8f71abbea531c06d28bd522a33b6f0481cfe48c1478204e53486756548a1c262"


def picture(width: int = 1024, height: int = 768) -> bytes:
    """A small PNG that is visibly a picture."""
    image = Image.new("RGB", (width, height), (226, 219, 205))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 2 // 3, width, height), fill=(246, 243, 238))
    draw.rounded_rectangle((width * 0.36, height * 0.32, width * 0.6, height * 0.8), 40, fill=(122, 146, 150))
    draw.arc((width * 0.54, height * 0.42, width * 0.7, height * 0.68), -90, 90, fill=(122, 146, 150), width=28)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _need(dimension: str, reason: str, need: str = "required", aspects: tuple[str, ...] = ()) -> Requirement:
    return Requirement(dimension=dimension, need=need, reason=reason, aspects=aspects)  # type: ignore[arg-type]


def _saw(
    dimension: str,
    value: str,
    source: str,
    strength: int,
    check: str,
    *,
    agrees: bool = True,
    aspect: str | None = None,
) -> Witness:
    return Witness(
        dimension=dimension, value=value, source=source, strength=strength,  # type: ignore[arg-type]
        agrees=agrees, check=check, aspect=aspect,
    )  # fmt: skip


def _done(check_id: str, title: str, outcome: Outcome, cost: Cost = Cost.OFFLINE, took: float = 1.25) -> Finished:
    return Finished(check_id=check_id, title=title, cost=cost, outcome=outcome, duration_ms=took)


def _passed(check_id: str, title: str, summary: str, cost: Cost = Cost.OFFLINE) -> Finished:
    return _done(check_id, title, Outcome(status=Status.PASS, summary=summary), cost)


REQUIREMENTS = (
    _need("provider", "only the vendor's own TLS name tells who answers; every host can write the rest"),
    _need("surface", "the path that was asked"),
    _need("credential", "this key was sent, and a made-up key must be refused, or the key meant nothing"),
    _need("model", "the answer names no model; only the billed tokens or a trusted signature tell"),
    _need("parameters", "each requested parameter needs its own witness", aspects=("format", "quality")),
    _need("pixels", "measured in the received bytes"),
    _need("freshness", "the time of making must lie inside this request"),
    _need("owner", "the owner was claimed"),
)

WITNESSES = (
    _saw("provider", "api.openai.com, certificate verified", "wire", 4, "served.provider"),
    _saw("provider", "the answer carries openai-* headers", "header", 2, "served.provider"),
    _saw("surface", "POST /v1/images/generations", "wire", 4, "served.provider"),
    _saw("credential", "key 1a2b3c4d was sent, a made-up one refused", "control", 3, "controls.bogus_key"),
    _saw("model", "196 image tokens billed, as the formula of gpt-image-2 says", "body", 3, "served.model"),
    _saw("model", "a made-up model was refused by name", "control", 1, "controls.bogus_model"),
    _saw("parameters", "format=png by the bytes", "bytes", 4, "served.parameters", aspect="format"),
    _saw("parameters", "quality=low by the billed tokens", "body", 3, "served.parameters", aspect="quality"),
    _saw("pixels", "1024x768 decoded", "bytes", 4, "served.pixels"),
    _saw("freshness", "created 2026-11-20 09:13:58 UTC, inside this request", "body", 3, "served.freshness"),
    _saw("owner", "the key belongs to org-EXAMPLE", "header", 3, "workspace.owner"),
)

CHECKS = (
    _done("environment.openclaw", "OpenClaw", skip("OpenClaw is not on PATH; a direct route does not need it")),
    _passed("environment.credentials", "Credential sources", "OPENAI_API_KEY"),
    _passed("environment.network", "Network path", "api.openai.com at 162.159.140.245", Cost.FREE),
    _passed("credentials.source", "Credential in use", "OPENAI_API_KEY, fingerprint 1a2b3c4d"),
    _passed("scopes.images", "Image scope", "key, scope and model are accepted: only n was refused", Cost.FREE),
    _passed("controls.bogus_key", "A made-up key", "refused: 401 invalid_api_key", Cost.FREE),
    _passed("smoke.generation", "Smoke image", "png 1024x768, 9,121 bytes in 14.2 s", Cost.BILLABLE),
    _passed("served.model", "Which model served it", "196 image tokens billed, as the formula says"),
)

CONTRACT = (
    ContractRow(item="Model reference", value="openai/gpt-image-2 at https://api.openai.com/v1"),
    ContractRow(item="Auth owner", value="org-EXAMPLE, key 1a2b3c4d from OPENAI_API_KEY"),
    ContractRow(item="Route proof", value="proven on 2026-11-20: TLS name, made-up key refused, token formula"),
    ContractRow(item="Fallback policy", value="forbidden during the proof; labelled as one in production"),
    ContractRow(item="Failure branch", value="the API's own answer with its x-request-id, then routecheck run"),
    ContractRow(item="Switch trigger", value="any verdict other than proven; another key, host, model or owner"),
)

SERVED = Served(
    provider="openai", host="api.openai.com", surface="POST /v1/images/generations",
    credential=CredentialFacts(kind="project-key", fingerprint="1a2b3c4d", source="OPENAI_API_KEY"),
    owner="org-EXAMPLE", model="gpt-image-2",
    parameters={"size": "1024x768", "quality": "low", "background": "opaque", "output_format": "png"},
    pixels="1024x768", alpha=False, sha256=SHA,
)  # fmt: skip

NOTHING_SERVED = Served(
    provider=None, host="api.openai.com", surface=None, credential=SERVED.credential, owner=None, model=None,
    parameters={}, pixels=None, alpha=None, sha256=None,
)  # fmt: skip


def _proven() -> Report:
    image = picture()
    return Report(
        tool_version="0.1.0",
        generated_at=datetime(2026, 11, 20, 9, 14, 3, tzinfo=UTC),
        sandbox=None,
        claim=CLAIM,
        base_url="https://api.openai.com/v1",
        verdict=Verdict.PROVEN,
        because=tuple(f"{w.dimension}: {w.value}" for w in WITNESSES if w.strength >= 3),
        served=SERVED,
        witnesses=WITNESSES,
        requirements=REQUIREMENTS,
        checks=CHECKS,
        symptoms=(),
        spend=Spend(ceiling_usd=0.0063, requests=9, billable_requests=1, unknown_requests=0),
        contract=CONTRACT,
        next=("routecheck contract show", "routecheck generate 'a mug' -o mug.png"),
        notes=("c2pa-python is not installed, so no content credential was verified",),
        image=image,
        image_facts=ImageFacts(
            format="png", width=1024, height=768, size=len(image), sha256=SHA, alpha=False,
            transparent_share=0.0, decoded=True, content_credentials=False,
        ),
    )  # fmt: skip


OPENCLAW = OpenClawPart(
    release="2026.9.6", program="/usr/local/bin/openclaw", mode="openclaw",
    asked={"model": "openai/gpt-image-2", "size": "1024x768", "quality": "low"},
    read=("openai/gpt-image-2: agents.defaults.mediaModels.image in /home/op/.openclaw/openclaw.json",
          "oauth openai:default: /home/op/.openclaw/state/openclaw.sqlite"),
    predicted=(
        Candidate(
            route="openai/gpt-image-2 at api.openai.com:443/v1/images/generations with OPENAI_API_KEY (1a2b3c4d)",
            via="primary", refused=None, origin="auth.order in /home/op/.openclaw/openclaw.json",
            rules=("a key comes before a login that the order leaves out (2026.6.1 and later)",),
        ),
        Candidate(route="litellm/gpt-image-2", via="fallback", refused="no key is there", origin=None, rules=()),
    ),
    stops=None, tried=("litellm.example:443/v1/images/generations",), how="tap", says="litellm/gpt-image-2",
)  # fmt: skip

ANOTHER_MODEL = Symptom(
    id="another-model", branch="provider_selection", action="disable_fallback_and_force_model",
    check="served.model", title="Another model served the request",
    meaning="The answer names a model that was not asked for, and it billed the tokens of that model.",
    first_check="The fallbacks of the gateway and the model mapping of its owner.",
    better_move="Switch the fallback off, or claim the model that really serves.",
)  # fmt: skip
REVOKED = Symptom(
    id="invalid-key", branch="auth_profile", action="replace_key", check="scopes.images",
    title="The API does not know this key", meaning="The key was revoked, mistyped or belongs to another service.",
    first_check="The fingerprint in this report against the key list of the organisation.",
    better_move="Create a new project key and export it where OpenClaw starts.",
)  # fmt: skip


def _contradicted() -> Report:
    against = (
        _saw("model", "the body names gpt-image-1-mini", "body", 2, "served.model", agrees=False),
        _saw("provider", "the headers of another vendor: x-litellm-model-api-base", "header", 2, "served.provider",
             agrees=False),
    )  # fmt: skip
    failed = Outcome(
        status=Status.FAIL, summary="another model answered: gpt-image-1-mini",
        measured="gpt-image-1-mini, 272 image tokens", expected="gpt-image-2, 196 image tokens",
        symptom="another-model", remedy=("switch the gateway's fallbacks off", "routecheck run --no-fallback"),
    )  # fmt: skip
    warned = Outcome(
        status=Status.WARN, summary="more than one credential source: OPENAI_API_KEY, auth profile openai:default",
        measured="OPENAI_API_KEY, auth profile openai:default",
        expected="one source, so that every program uses the same", symptom="several-credentials",
    )  # fmt: skip
    second = replace(
        ANOTHER_MODEL, id="several-credentials", title="More than one credential", check="environment.credentials"
    )
    proven = _proven()
    return replace(
        proven,
        openclaw=OPENCLAW,
        verdict=Verdict.CONTRADICTED,
        because=tuple(f"{w.dimension}: {w.value}" for w in against),
        witnesses=(*WITNESSES[2:4], *against, *WITNESSES[5:8]),
        served=replace(SERVED, provider=None, host="gateway.example", model="gpt-image-1-mini", owner=None),
        checks=(
            CHECKS[0],
            _done("environment.credentials", "Credential sources", warned),
            *CHECKS[2:7],
            _done("served.model", "Which model served it", failed),
        ),
        symptoms=(ANOTHER_MODEL, second),
        next=("routecheck run --no-fallback --base-url https://api.openai.com/v1", "ask the owner of gateway.example"),
        notes=(),
    )


def _unproven() -> Report:
    proven = _proven()
    weak = _saw("model", "the host lists gpt-image-2 for this key", "body", 1, "scopes.model")
    errored = Outcome(status=Status.ERROR, summary="the check itself failed: KeyError: 'usage'",
                      remedy=("report this with the output of routecheck run --format json",))  # fmt: skip
    return replace(
        proven,
        verdict=Verdict.UNPROVEN,
        because=(
            "no image was asked for: --no-spend",
            "model: only the billed tokens tell; the best witness has strength 1 of the 3 that a proof needs",
        ),
        witnesses=(*WITNESSES[:4], weak, WITNESSES[10]),
        served=replace(NOTHING_SERVED, provider="openai", surface=SERVED.surface, owner="org-EXAMPLE"),
        checks=(*CHECKS[:6], _done("smoke.generation", "Smoke image", skip("--no-spend"), Cost.BILLABLE),
                _done("served.model", "Which model served it", errored)),
        spend=Spend(ceiling_usd=None, requests=7, billable_requests=0, unknown_requests=0),
        next=("routecheck run --no-fallback",),
        image=b"",
        image_facts=None,
    )  # fmt: skip


def _broken() -> Report:
    refusal = "401 invalid_api_key: Incorrect API key provided: <redacted>. You can find your key in the dashboard."
    failed = Outcome(status=Status.FAIL, summary=f"The API does not know this key: {refusal}", measured=refusal,
                     expected="a refusal of n alone", symptom="invalid-key",
                     remedy=("export OPENAI_API_KEY=…",))  # fmt: skip
    stopped = Outcome(status=Status.SKIP, summary="scopes.images did not pass", skipped_because="scopes.images")
    return replace(
        _unproven(),
        verdict=Verdict.BROKEN,
        because=(f"The API does not know this key: {refusal}",),
        witnesses=(),
        served=NOTHING_SERVED,
        checks=(
            *CHECKS[:4],
            _done("scopes.images", "Image scope", failed, Cost.FREE),
            *(_done(c.check_id, c.title, stopped, c.cost) for c in CHECKS[5:]),
        ),
        symptoms=(REVOKED,),
        spend=Spend(ceiling_usd=0.0063, requests=3, billable_requests=1, unknown_requests=1),
        next=("export OPENAI_API_KEY=…", "routecheck run --no-fallback"),
    )


def in_every_field(text: str) -> Report:
    """A contradicted report with `text` wherever a host, a config or an operator could have put it."""
    base = _contradicted()
    credential = CredentialFacts(kind=text, fingerprint=text, source=text)
    outcomes = (
        Outcome(status=status, summary=text, measured=text, expected=text, symptom=text, remedy=(text,),
                skipped_because=text if status is Status.SKIP else None)
        for status in Status
    )  # fmt: skip
    assert base.image_facts is not None
    symptom = Symptom(id=text, branch=text, action=text, check=text, title=text, meaning=text, first_check=text,
                      better_move=text)  # fmt: skip
    return replace(
        base,
        tool_version=text,
        sandbox=text,
        claim=Claim(route=text, model=text, owner=text, fallback="forbidden",
                    parameters=replace(CLAIM.parameters, size=text, quality=text)),
        base_url=text,
        because=(text, text),
        served=Served(provider=text, host=text, surface=text, credential=credential, owner=text, model=text,
                      parameters={text: text}, pixels=text, alpha=True, sha256=text),
        witnesses=tuple(replace(w, value=text, check=text, aspect=text) for w in base.witnesses),
        requirements=tuple(replace(r, reason=text, aspects=(text,)) for r in base.requirements),
        # An id is ours and ASCII, yet what is in it must not be able to break out either.
        checks=tuple(_done(f"group{n}.{text!a}", text, outcome) for n, outcome in enumerate(outcomes)),
        symptoms=(symptom, symptom),
        contract=tuple(ContractRow(item=text, value=text) for _ in range(6)),
        next=(text, f"routecheck {text}"),
        notes=(text,),
        openclaw=OpenClawPart(
            release=text, program=text, mode="openclaw", asked={text: text}, read=(text, text), stops=text,
            tried=(text, text), how="tap", says=text,
            predicted=(Candidate(route=text, via="auto", refused=text, origin=text, rules=(text, text)),),
        ),
        image_facts=replace(base.image_facts, format=text, sha256=text, vendors=(text,), generator=text),
    )  # fmt: skip


@pytest.fixture(scope="session")
def runs() -> Mapping[str, Report]:
    """One report per verdict, one of the sandbox, and one of each hostile text."""
    found = {"proven": _proven(), "contradicted": _contradicted(), "unproven": _unproven(), "broken": _broken()}
    found["sandbox"] = replace(found["proven"], sandbox="healthy")
    return found | {f"hostile-{number}": in_every_field(text) for number, text in enumerate(HOSTILE)}


@pytest.fixture(scope="session")
def poisoned() -> Callable[[str], Report]:
    """Makes a report with one text in every field."""
    return in_every_field
