"""Every way in which a sandbox can misbehave; the defaults are a healthy server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diagnose.sandbox.strict import convert, hints_of

ServiceRefusal = Literal["", "unauthorized", "rate_limited", "server_error"]


CodexRefusal = Literal[
    ServiceRefusal,
    "missing_scope",
    "forbidden",
    "token_revoked",
    "usage_limit_reached",
    "usage_not_included",
]
RefreshRefusal = Literal["refresh_token_reused", "refresh_token_expired", "refresh_token_invalidated", "token_expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Codex:
    """What is wrong at chatgpt.com. What a login is by itself (expired, of another kind) is no fault of the host,
    which sees it in the token: plan.LoginPlan."""

    refusal: CodexRefusal = ""
    """The row of services.toml with which calls are refused; the row says at which of them."""

    edge: Literal["none", "challenge-403"] = "none"
    """`challenge-403`: a CDN's challenge page, for every path."""

    workspaces: Literal["own", "several", "removed", "deactivated"] = "own"
    """Which workspaces the login has: the token's account, that and a team's, the team's alone (the user was removed
    from the other), or its own account, deactivated."""

    carriers: Literal["listed", "refused", "too-new"] = "listed"
    """`refused`: no text model is for this account; `too-new`: each wants a newer client."""

    tools: Literal["kept", "removed", "removed-auto"] = "kept"
    """The image tool is taken out of the request, as for a plan without it: a 400 that does not find the choice, or
    (`removed-auto`) a 200 that echoes no tool and talks."""

    no_image: bool = False
    """The stream ends well and holds a text; the Images API's shape comes with an empty list."""

    refuses_in: Literal["", "part", "text"] = ""
    """A refusal inside a 200 in the image's place: as a part of that type, or as plain text."""

    failure: Literal["", "server_is_overloaded", "slow_down"] = ""
    """The stream ends in response.failed with this code."""

    stream: Literal["whole", "ended", "dropped"] = "whole"
    """How the answer travels: `ended` early and in order, or cut by a closed socket."""

    cut: Literal["before-image", "in-image", "after-image"] = "before-image"
    """Where a stream that is not whole ends; every one of them before response.completed."""

    item_status: Literal["completed", "generating"] = "completed"
    """`generating`: the finished image keeps the status that it had while it was drawn, as has been recorded."""

    completed_output: Literal["empty", "repeated"] = "empty"
    """`repeated`: response.completed holds the image item once more, with the image."""

    pixels: Literal["asked", "odd"] = "asked"
    """`odd`: a square of 1254 whatever was asked, which is also what the item says."""

    bytes_format: Literal["asked", "png"] = "asked"
    """The format really encoded, while the asked one is echoed."""

    image_model: str = ""
    """The image model that is echoed (empty: the one that this surface pins)."""

    weight: Literal["usual", "heavy"] = "usual"
    """As Faults.weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oauth:
    """What auth.openai.com answers to a refresh: the refusal, or with `rotates` new tokens for a refresh token that
    it gave out and that was not used before, and refresh_token_reused for one that was."""

    refusal: RefreshRefusal = "refresh_token_reused"
    rotates: bool = False


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
    oauth: Oauth = Oauth()
    litellm: Litellm = Litellm()
    openrouter: Service = Service()
    google: Service = Service()
    minimax: Service = Service()

    lookalikes: tuple[str, ...] = ()
    """Hosts that play the Images API for anybody: every bearer token will do."""

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            convert(hint, getattr(self, name), f"faults.{name}")
