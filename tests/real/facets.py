"""What a generated case can be made of: stores, variables, provider settings, things to ask for."""

from collections.abc import Mapping
from typing import Any

from described import Asked

LOOPBACK = "http://127.0.0.1:PORT/v1"
LITELLM = {"baseUrl": "http://127.0.0.1:PORT/litellm/v1", "apiKey": "KEY5", "models": []}
BOTH_FAIL = {"failing": ("api.openai.com", "chatgpt.com")}
ALLOW_PRIVATE = {"browser": {"ssrfPolicy": {"dangerouslyAllowPrivateNetwork": True}}}
Parts = dict[str, Any]
Stored = Mapping[str, Mapping[str, Any]]

LOGIN: Mapping[str, Any] = {"kind": "oauth", "secret": "JWT1", "days": 10}
SECOND: Mapping[str, Any] = {"kind": "oauth", "secret": "JWT2", "days": 20}
EXPIRED: Mapping[str, Any] = {"kind": "oauth", "secret": "JWT2", "days": -3}
KEY: Mapping[str, Any] = {"kind": "api_key", "secret": "KEY3"}

STORES: Mapping[str, Stored] = {
    "nothing": {},
    "login": {"LOGIN:default": LOGIN},
    "key": {"openai:manual": KEY},
    "login-and-key": {"LOGIN:default": LOGIN, "openai:manual": KEY},
    "two-logins": {"LOGIN:default": LOGIN, "LOGIN:b@example.invalid": SECOND},
    "one-of-two-expired": {"LOGIN:a@example.invalid": EXPIRED, "LOGIN:default": LOGIN},
    "expired": {"LOGIN:default": EXPIRED},
    "expired-and-key": {"LOGIN:default": EXPIRED, "openai:manual": KEY},
    "token": {"LOGIN:token": {"kind": "token", "secret": "JWT2", "days": 30}},
    "token-without-end": {"LOGIN:token": {"kind": "token", "secret": "JWT2"}},
    "token-and-key": {"LOGIN:token": {"kind": "token", "secret": "JWT2", "days": 30}, "openai:manual": KEY},
    "token-expired": {"LOGIN:token": {"kind": "token", "secret": "JWT2", "days": -2}},
    "key-by-reference": {"openai:manual": {"kind": "api_key", "ref": "STORED_KEY"}},
    "two-keys": {"openai:manual": KEY, "openai:second": {"kind": "api_key", "secret": "KEY4"}},
    "key-of-another": {"minimax:default": {"kind": "api_key", "provider": "minimax", "secret": "KEY6"}},
    "login-of-the-old-name": {"openai-codex:default": {**LOGIN, "provider": "openai-codex"}},
}  # fmt: skip
LIKELY = ("nothing", "login", "login", "key", "login-and-key", "login-and-key", "two-logins")

ENVIRONMENTS: Mapping[str, Mapping[str, str]] = {
    "bare": {},
    "openai": {"OPENAI_API_KEY": "KEY1"},
    "codex": {"CODEX_API_KEY": "KEY2"},
    "openai-and-codex": {"OPENAI_API_KEY": "KEY1", "CODEX_API_KEY": "KEY2"},
    "empty": {"OPENAI_API_KEY": ""},
}
OTHERS: Mapping[str, Mapping[str, str]] = {
    "litellm": {"LITELLM_API_KEY": "KEY5"},
    "minimax": {"MINIMAX_API_KEY": "KEY6"},
    "google": {"GEMINI_API_KEY": "KEY6"},
    "openrouter": {"OPENROUTER_API_KEY": "KEY6"},
    "minimax-and-google": {"MINIMAX_API_KEY": "KEY6", "GEMINI_API_KEY": "KEY4"},
}

PROVIDERS: Mapping[str, Parts] = {
    "key-plain": {"providers": {"openai": {"apiKey": "KEY2"}}},
    "key-variable": {"providers": {"openai": {"apiKey": "${IMAGE_KEY}"}}, "env": {"IMAGE_KEY": "KEY2"}},
    "key-variable-unset": {"providers": {"openai": {"apiKey": "${IMAGE_KEY}"}}},
    "key-reference": {
        "providers": {"openai": {"apiKey": {"source": "env", "provider": "default", "id": "IMAGE_KEY"}}},
        "env": {"IMAGE_KEY": "KEY2"},
    },
    "base-public": {"providers": {"openai": {"baseUrl": "https://api.openai.com/v1", "models": []}}},
    "base-slash": {"providers": {"openai": {"baseUrl": "https://api.openai.com/v1/", "models": []}}},
    "base-no-version": {"providers": {"openai": {"baseUrl": "https://api.openai.com", "models": []}}},
    "base-loopback": {"providers": {"openai": {"baseUrl": LOOPBACK, "models": []}}, "config": ALLOW_PRIVATE},
    "base-loopback-and-key": {
        "providers": {"openai": {"baseUrl": LOOPBACK, "apiKey": "KEY2", "models": []}},
        "config": ALLOW_PRIVATE,
    },
    "base-loopback-forbidden": {"providers": {"openai": {"baseUrl": LOOPBACK, "apiKey": "KEY2", "models": []}}},
    "base-other-host": {"providers": {"openai": {"baseUrl": "https://images.example.com/v1", "models": []}}},
    "base-other-host-and-key": {
        "providers": {"openai": {"baseUrl": "https://images.example.com/v1", "apiKey": "KEY2", "models": []}}
    },
    "api-completions": {"providers": {"openai": {"api": "openai-completions"}}},
    "api-responses": {"providers": {"openai": {"api": "openai-responses"}}},
    "headers": {"providers": {"openai": {"headers": {"X-Made-Up": "1"}}}},
    "auth-header": {"providers": {"openai": {"authHeader": True}}},
    "auth-api-key": {"providers": {"openai": {"auth": "api-key"}}},
    "auth-oauth": {"providers": {"openai": {"auth": "oauth"}}},
    "request-headers": {"providers": {"openai": {"request": {"headers": {"X-Made-Up": "1"}}}}},
    "a-model-entry": {"providers": {"openai": {"models": [{"id": "gpt-image-2", "name": "An image model"}]}}},
}
TRANSPARENT = Asked(background="transparent", format="png")

ASKED: Mapping[str, Parts] = {
    "size-odd": {"asked": Asked(size="1024x640")},
    "size-4k": {"asked": Asked(size="3840x2160")},
    "aspect": {"asked": Asked(aspect_ratio="16:9")},
    "two": {"asked": Asked(count=2)},
    "transparent": {"asked": TRANSPARENT},
    "model-old": {"asked": Asked(model="openai/gpt-image-1.5")},
    "model-unknown": {"asked": Asked(model="openai/made-up-9")},
    "provider-unknown": {"asked": Asked(model="nobody/gpt-image-2")},
    "old-provider-name": {"asked": Asked(model="openai-codex/gpt-image-2")},
    "no-prefix": {"asked": Asked(model="gpt-image-2")},
    "litellm": {"asked": Asked(model="litellm/gpt-image-2"), "providers": {"litellm": LITELLM}},
    "nothing-configured": {"asked": Asked(model=None)},
    "primary": {"asked": Asked(model=None), "image": "openai/gpt-image-2"},
    "primary-object": {"asked": Asked(model=None), "image": {"primary": "openai/gpt-image-1.5"}},
    "primary-litellm": {
        "asked": Asked(model=None), "image": "litellm/gpt-image-2", "providers": {"litellm": LITELLM},
    },
    "fallback-litellm": {
        "asked": Asked(model=None),
        "image": {"primary": "openai/gpt-image-2", "fallbacks": ["litellm/gpt-image-2"]},
        "providers": {"litellm": LITELLM},
        **BOTH_FAIL,
    },
    "fallback-minimax": {
        "asked": Asked(model=None),
        "image": {"primary": "openai/gpt-image-2", "fallbacks": ["minimax/image-01"]},
        "env": {"MINIMAX_API_KEY": "KEY6"},
        **BOTH_FAIL,
    },
    "override-and-fallback": {
        "image": {"primary": "openai/gpt-image-2", "fallbacks": ["minimax/image-01"]},
        "env": {"MINIMAX_API_KEY": "KEY6"},
        **BOTH_FAIL,
    },
    "primary-other-asked-openai": {"image": "minimax/image-01", "env": {"MINIMAX_API_KEY": "KEY6"}},
}  # fmt: skip

TOUCHED = {"meta": {"lastTouchedVersion": "RELEASE"}}
"""As a config is that the installed release has written. Without it 2026.9.6 takes a list of allowed plugins for one
of an older release, and lets every bundled provider through."""

PLUGINS: Mapping[str, Parts] = {
    "allow-openai": {"config": {"plugins": {"allow": ["openai"]}, **TOUCHED}},
    "allow-another": {"config": {"plugins": {"allow": ["minimax"]}, **TOUCHED}},
    "allow-another-by-hand": {"config": {"plugins": {"allow": ["minimax"]}}},
    "openai-off": {"config": {"plugins": {"entries": {"openai": {"enabled": False}}}}},
}

DETECTED: Mapping[str, Parts] = {
    f"openai fails and there is {name}": {
        "asked": Asked(model=None), "image": "openai/gpt-image-2", "env": variables, **BOTH_FAIL,
        "providers": {"litellm": {"baseUrl": LITELLM["baseUrl"], "models": []}} if name == "litellm" else {},
    }
    for name, variables in OTHERS.items()
}  # fmt: skip
DEALT: Mapping[str, Parts] = {**ASKED, **DETECTED, **PLUGINS}
"""What every release is asked at least once."""
