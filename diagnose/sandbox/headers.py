"""Response headers: what the vendor adds to every answer, and who the account is."""

from __future__ import annotations

import time
from email.utils import formatdate

ORGANIZATION = "org-RcSandbox7Qk2mWv9Ls4Tn8Yd"
PROJECT = "proj_RcSandbox3Hx6bJp1Zc5Gf0Ra"
USER = "user-RcSandbox8Ue4iNo2Xk7Mq1Vb"
_PREFIXES = ("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-")


def vendor_headers(request_id: str, started: float, *, known_key: bool) -> dict[str, str]:
    """The headers of recorded OpenAI answers. `started` is time.monotonic() at the request's arrival; an answer
    to a key that is not known names no organization."""
    found = {
        "date": formatdate(usegmt=True),
        "x-request-id": request_id,
        "openai-version": "2020-10-01",
        "openai-processing-ms": str(max(1, round((time.monotonic() - started) * 1000))),
        "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
        "x-content-type-options": "nosniff",
    }
    if known_key:
        found |= {"openai-organization": ORGANIZATION, "openai-project": PROJECT}
    return found


def limit_headers() -> dict[str, str]:
    """The rate-limit headers of an answered images request (tier 1 figures, invented)."""
    return {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "100000",
        "x-ratelimit-remaining-tokens": "99988",
        "x-ratelimit-reset-tokens": "7ms",
        "x-ratelimit-limit-input-images": "5",
        "x-ratelimit-remaining-input-images": "4",
        "x-ratelimit-reset-input-images": "12s",
    }


def masked(key: str) -> str:
    """A key as the API quotes it: a known prefix, stars and the last four; short ones are all stars."""
    if len(key) < 20:
        return "*" * len(key)
    prefix = next((known for known in _PREFIXES if key.startswith(known)), "")
    return f"{prefix}{'*' * 16}{key[-4:]}"
