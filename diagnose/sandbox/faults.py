"""Every way in which a sandbox can misbehave; the defaults are a healthy server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diagnose.sandbox.strict import convert, hints_of

ServiceRefusal = Literal["", "unauthorized", "rate_limited", "server_error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Codex:
    """What is wrong at chatgpt.com. `no_image`: the stream ends well and holds no image; `tools` "removed": the
    image tool is taken out of the request, as for a plan without it; `edge`: a challenge page; `item_status`
    "generating": the finished image keeps the status that it had while it was drawn, as has been recorded."""

    refusal: ServiceRefusal = ""
    edge: Literal["none", "challenge-403"] = "none"
    tools: Literal["kept", "removed"] = "kept"
    no_image: bool = False
    item_status: Literal["completed", "generating"] = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Litellm:
    """What is wrong at the LiteLLM proxy, which answers for each of `hosts` and on the path /litellm.

    `no_image`: a 200 with an empty list; `fallbacks`: so many deployments failed before the one that answered.
    """

    hosts: tuple[str, ...] = ("litellm.example",)
    refusal: ServiceRefusal = ""
    no_image: bool = False
    fallbacks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is wrong at one of the other services. `no_image`: its usual answer, without an image in it."""

    refusal: ServiceRefusal = ""
    no_image: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """One field per behaviour. A value outside a field's type raises ValueError (DataError).

    Faults concern the emulated services only: `/__routecheck__/…` always answers, because it says which
    process this is and not how the route behaves. The fields that stand here are the Images API's; the other
    services have a field each.
    """

    edge: Literal["none", "challenge-403", "page-200"] = "none"
    """What stands before the API: a CDN's 403 challenge page, or a proxy's own 200 page, for every path."""

    key_check: Literal["strict", "reject-all", "accept-any"] = "strict"
    """Which bearer tokens pass; `accept-any` still wants one to be there."""

    images_scope_status: Literal[0, 401, 403] = 0
    """HTTP status of the missing-scope refusal on the images endpoints (0: the scope is there)."""

    models_scope_missing: bool = False
    """`/v1/models…` answers 403 for want of api.model.read; images are not touched by it."""

    hidden_models: tuple[str, ...] = ()
    """Models that this account may not use: 404 model_not_found, before any other look at the body."""

    model_check: Literal["strict", "accept-any"] = "strict"
    """`accept-any` takes every model name for gpt-image-2."""

    controls: Literal["refused", "answered"] = "refused"
    """`answered`: whatever the key and the body are (even n:0), an image comes back."""

    refusal: Literal[
        "",
        "organization_not_verified",
        "insufficient_quota",
        "billing_hard_limit",
        "tier_limit_zero",
        "moderation_blocked",
        "server_error",
    ] = ""
    """The row of refusals.toml with which every otherwise valid generation is refused."""

    rate_limited_first: int = 0
    """So many of the first valid generations are refused with 429 and a `retry-after-ms`."""

    redirect_to: str = ""
    """Valid generations are answered with 308 and this Location."""

    delay: float = 0.0
    """Seconds that a generation takes before its headers are sent."""

    delivery: Literal["whole", "drip", "dropped", "malformed-json", "no-image", "url", "truncated-image", "endless"] = (
        "whole"
    )
    """How the 200 answer travels: `drip` one byte each 100 ms, `dropped` cut by a closed socket,
    `malformed-json` unparsable, `no-image` empty data, `url` a link in place of the bytes,
    `truncated-image` valid JSON around half an image, `endless` base64 up to 300 MB."""

    pixels: Literal["asked", "smaller"] = "asked"
    """`smaller`: three quarters of the asked edge, while the asked size is echoed."""

    bytes_format: Literal["asked", "png", "jpeg", "webp"] = "asked"
    """The format really encoded, while the asked one is echoed."""

    transparent: Literal["as-listed", "honoured", "opaque-bytes"] = "as-listed"
    """Transparent background: as models.toml says, really made, or accepted and echoed over RGB bytes."""

    weight: Literal["usual", "heavy"] = "usual"
    """`heavy`: the pixels are noise, so that a PNG weighs more than two bytes a pixel."""

    provenance: Literal["none", "google"] = "none"
    """Whose provenance text the image bytes carry (unsigned)."""

    image_headers: Literal["openai", "google"] = "openai"
    """Whose response headers come with a delivered image."""

    created_offset: int = 0
    """Seconds added to `created`; negative is the past."""

    body_model: str = ""
    """A `model` field added to the answer (the real API has none)."""

    usage_model: str = ""
    """The model whose token table fills `usage` (empty: the one that was asked for)."""

    usage_quality: str = ""
    """The quality for which `usage` is computed (empty: the echoed one)."""

    codex: Codex = Codex()
    litellm: Litellm = Litellm()
    openrouter: Service = Service()
    google: Service = Service()
    minimax: Service = Service()

    lookalikes: tuple[str, ...] = ()
    """Hosts that play the Images API for anybody: every bearer token will do."""

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            convert(hint, getattr(self, name), f"faults.{name}")
