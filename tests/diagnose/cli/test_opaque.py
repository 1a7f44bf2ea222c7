"""What no API would name is hidden wherever it stands alone; names, words, models and numbers stay."""

import json

import pytest

from diagnose.cli.explain import Hints, explain_text
from diagnose.cli.opaque import shown_path, shown_request, without_keys, without_opaque
from diagnose.cli.pasted_secrets import PastedRedactor
from reports import explanation_json, explanation_text

TAIL = "Zq7pLm4Xw9TrV2bN8kQ5"
HEX = "0f3a9c27b1e84d65a0c2f7e913b5d468"
KEYS = [
    f"glpat-{TAIL}",
    f"ghs_{TAIL}",
    f"github_pat_{TAIL}_{TAIL}",
    f"npm_{TAIL}",
    f"SG.{TAIL}.{TAIL}",
    f"tvly-{TAIL}",
    f"pplx-{TAIL}",
    f"whsec_{TAIL}",
    f"LTAI{TAIL}",
    f"AKLT{TAIL}",
    f"AKID{TAIL}",
    f"dop_v1_{HEX}{HEX}",
    f"110201543:AA{TAIL}abcdefgh-ijkl",
    f"12345678-1234-1234-1234-123456789abc:{HEX}",
    f"{HEX}.{TAIL}",
]
UNNAMED = [
    HEX,
    HEX.upper(),
    TAIL,
    f"{TAIL[:9]}/{TAIL}+{TAIL[3:]}",
    f"{TAIL}{TAIL}JQQJ99{TAIL}",
    "8a6e0804-2bd0-4672-b79d-d97027f9071a",
]


def said(text: str) -> str:
    found = PastedRedactor(text).explanation(explain_text(text, Hints()))
    return explanation_text.render(found, width=4000) + explanation_json.render(found, version="1")


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_known_by_its_form(key: str) -> None:
    assert without_keys(f"no such field: {key} (400)") == "no such field: <redacted> (400)"


@pytest.mark.parametrize("key", [*KEYS, *UNNAMED])
@pytest.mark.parametrize(
    "text",
    [
        'HTTP 400 {{"error": {{"message": "no such field", "param": {0}, "code": "unknown_parameter"}}}}',
        'HTTP 400 {{"error": {{"message": "no", "type": {0}, "code": {0}}}}}',
        '{{"schema": "routecheck.report/v1", "because": [{0}], "symptoms": ["bad-credential"]}}',
    ],
)
def test_a_fact_that_no_api_would_name_is_hidden(text: str, key: str) -> None:
    shown = said(text.format(json.dumps(key)))
    assert TAIL not in shown
    assert HEX not in shown.lower()
    assert key not in shown


@pytest.mark.parametrize(
    "name",
    [
        "InvalidEndpointOrModel.NotFound",
        "ToolProviderCredentialValidationError",
        "ACCESS_TOKEN_TYPE_UNSUPPORTED",
        "subscription_sharing_route_not_supported",
        "gemini-3.1-flash-image-preview-2026-04-21",
        "openai/standard/1024-x-1024/dall-e-3",
        "black-forest-labs/FLUX.1-Kontext-dev",
        "input[4].content[0].image_url",
        "20261121193045123456",
        "my-resource-eastus2.openai.azure.com",
    ],
)
def test_what_an_api_names_stays(name: str) -> None:
    assert without_keys(without_opaque(name)) == name
    assert name in said(f'HTTP 400 {{"error": {{"message": "no", "param": "x", "code": "{name}"}}}}')


@pytest.mark.parametrize(
    "request_id",
    [
        "req_011CbAmdc3oK75fJiPqhpDz7aBc9",
        HEX,
        "20250814152832642668801wKakdzZB",
        "8a6e0804-2bd0-4672-b79d-d97027f9071a",
    ],
)
def test_the_id_of_a_request_stays(request_id: str) -> None:
    assert shown_request(request_id) == request_id


def test_a_key_is_not_the_id_of_a_request() -> None:
    assert shown_request(TAIL + TAIL) == "<redacted>"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/images/generations",
        "/backend-api/codex/responses",
        "/v1beta/models/gemini-2.5-flash-image:generateContent",
        "/v1beta1/publishers/google/models/imagen-3.0-generate-002:predict",
        "/openai/deployments/gpt-image-1/images/edits",
        "/v1/models/black-forest-labs/flux-schnell/predictions",
        "/fal-ai/flux-general/image-to-image",
        "/storage/auth/token",
        "/",
        "",
    ],
)
def test_a_path_of_an_api_is_shown(path: str) -> None:
    assert shown_path(path, "gateway.example") == path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/p/abcdEFGHijklMNOPqrstUVWX/v1/images", "/p/<redacted>/v1/images"),
        ("/aB3dE5f/images", "/<redacted>/images"),
        ("/trigger/made/with/key/dabcdefghijklm", "/trigger/<redacted>/<redacted>/<redacted>/<redacted>"),
        ("/api/webhooks/123/abcdefgh", "/api/webhooks/<redacted>/<redacted>"),
        ("/u/Zq7pLm-Xw9TrV/images", "/u/<redacted>/images"),
        ("/prompt/a%20cat%20of%20mine", "/prompt/<redacted>"),
    ],
)
def test_what_may_be_a_credential_in_a_path_is_hidden(path: str, shown: str) -> None:
    assert shown_path(path, "gateway.example") == shown


@pytest.mark.parametrize("host", ["hooks.slack.com", "ntfy.sh", "hook.eu1.make.com", "NTFY.SH."])
def test_nothing_of_a_webhook_is_shown(host: str) -> None:
    assert shown_path("/services/abcdefgh", host) == "/<redacted>"


def test_a_path_of_letters_alone_comes_out_nowhere() -> None:
    secret = "abcdEFGHijklMNOPqrstUVWX"
    url = f"https://hooks.slack.com/services/T012AB3CD/B012AB3CD/{secret}"
    shown = said(f"POST {url} failed: 502 server error")
    assert secret not in shown
    assert "T012AB3CD" not in shown


def test_what_is_not_there_is_not_hidden() -> None:
    assert PastedRedactor("HTTP 401").text("") == ""
    assert PastedRedactor("token=a1b2c3d4e5").text("") == ""


def test_advice_that_repeats_a_hidden_fact_hides_it_too() -> None:
    text = f'HTTP 400 {{"error": {{"message": "Unknown parameter", "param": "{TAIL}", "code": "unknown_parameter"}}}}'
    assert TAIL not in said(text)
