"""Check content credentials (C2PA) against certificates that are pinned here.

Without trust anchors c2pa calls every intact signature ``Valid``, also one with a self-made certificate that
claims any name it likes. So three things are told apart: the signature fits the bytes (``valid``), the signer
is who the certificate says (``trusted``), and the time stamp comes from a known authority (``signed_at``).
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_LONGEST_TEXT = 100
_STAMP_SLACK = timedelta(minutes=10)
_CONTAINER = b"jumdc2pa"  # how the description of every embedded manifest store begins
_HASH_MATCHES = frozenset(("assertion.dataHash.match", "assertion.boxesHash.match"))
_SIGNATURE_FITS = "claimSignature.validated"
_STAMP_TRUSTED = frozenset(("timeStamp.validated", "timeStamp.trusted"))
_OFFLINE = {
    "verify_after_reading": True,
    "verify_trust": True,
    "verify_timestamp_trust": True,
    # An image must not make us call a host of its choice.
    "remote_manifest_fetch": False,
    "ocsp_fetch": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A pinned authority.

    Attributes:
        vendor: whom a chain to it stands for.
        pem: certificates of the signing authority and, if known, of the time-stamping authority.
        organisations: names (O) in the signer's certificate that are the vendor's; the authority may have
            other customers.
    """

    vendor: str
    pem: str
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the active manifest's signature is worth.

    Attributes:
        valid: the signature is intact and the hash over the image's bytes matches. By itself this proves
            nothing about who signed.
        trusted: valid, the chain ends in a pinned anchor, and the organisation is the anchor's.
        vendor: the pinned anchor's vendor id when trusted, else None.
        issuer: organisation (O) in the signer's certificate, as c2pa names it; a mere claim unless trusted.
        common_name: CN in the signer's certificate; likewise.
        signed_at: the time (UTC) of the time stamp, only if its authority is pinned as well and the signed
            time of creation is at most 10 minutes from it. A stamp is not covered by the signature, so any
            other could have been put on an old image later.
        generator: the software that made the image, as the manifest names it.
        generator_version: the version next to that name.
        problems: validation codes of the C2PA specification, then sentences of ours; empty when all is well.
    """

    valid: bool
    trusted: bool
    vendor: str | None
    issuer: str | None
    common_name: str | None
    signed_at: datetime | None
    generator: str | None
    generator_version: str | None
    problems: tuple[str, ...]


def verify(data: bytes, mime: str, anchors: tuple[Anchor, ...]) -> Signature | None:
    """Read and check the content credentials in ``data``.

    Works offline. Settings go through a context of their own for each call, so nothing else in the process
    that uses c2pa is affected.

    Args:
        data: the whole image, byte for byte as received.
        mime: "image/png" and so on; c2pa goes by the bytes where they differ.
        anchors: whom to believe.

    Returns:
        None when c2pa-python is not installed or too old, or when no manifest is embedded. A manifest that c2pa
        cannot read at all gives a signature that is not valid.
    """
    if _CONTAINER not in data:
        return None
    try:
        import c2pa
    except (ImportError, OSError, RuntimeError):  # the last two: its native library does not load
        return None
    if not hasattr(c2pa, "Context"):
        return None
    result: Signature | None = None
    for anchor in anchors or (None,):
        try:
            report = _read(c2pa, data, mime, anchor)
        except c2pa.C2paError as error:
            return _unreadable(type(error).__name__.removeprefix("_C2pa"))
        if report is None:
            return None
        result = _judge(report, anchor)
        if result.trusted:
            break
    return result


def _read(c2pa: Any, data: bytes, mime: str, anchor: Anchor | None) -> dict[str, Any] | None:
    settings: dict[str, Any] = {"verify": _OFFLINE}
    if anchor is not None:
        settings["trust"] = {"trust_anchors": anchor.pem}
    with c2pa.Context.from_dict(settings) as context:
        reader = c2pa.Reader.try_create(mime, io.BytesIO(data), context=context)
        if reader is None:
            return None
        with reader:
            report = json.loads(reader.json())
    return report if isinstance(report, dict) else {}


def _judge(report: Mapping[str, Any], anchor: Anchor | None) -> Signature:
    manifest = _map(_map(report.get("manifests")).get(report.get("active_manifest")))
    signer = _map(manifest.get("signature_info"))
    results = _map(_map(report.get("validation_results")).get("activeManifest"))
    passed = _codes(results.get("success"))
    state = report.get("validation_state")
    problems = sorted(_codes(results.get("failure")))

    hash_fits = not passed.isdisjoint(_HASH_MATCHES)
    valid = state in ("Valid", "Trusted") and hash_fits and _SIGNATURE_FITS in passed
    if not hash_fits and state in ("Valid", "Trusted"):
        problems.append("No hash over the bytes of this image was checked.")
    issuer = _short(signer.get("issuer"))
    chained = valid and state == "Trusted" and "signingCredential.trusted" in passed
    trusted = chained and anchor is not None and issuer in anchor.organisations
    if chained and not trusted:
        problems.append("The signer's authority is pinned, but not for this organisation.")

    name, version, created = _made_by(manifest)
    signed_at = _time(signer.get("time")) if passed >= _STAMP_TRUSTED else None
    if signed_at is None:
        problems.append("There is no time stamp of a pinned authority.")
    elif created is not None and abs(signed_at - created) > _STAMP_SLACK:
        problems.append("The time stamp does not fit the signed time of creation.")
        signed_at = None
    return Signature(
        valid=valid,
        trusted=trusted,
        vendor=anchor.vendor if trusted and anchor is not None else None,
        issuer=issuer,
        common_name=_short(signer.get("common_name")),
        signed_at=signed_at,
        generator=name,
        generator_version=version,
        problems=tuple(problems),
    )


def _made_by(manifest: Mapping[str, Any]) -> tuple[str | None, str | None, datetime | None]:
    """Name, version and time of the first action that names its software; else the claim generator's name."""
    for assertion in _list(manifest.get("assertions")):
        if not str(_map(assertion).get("label", "")).startswith("c2pa.actions"):
            continue
        for action in _list(_map(_map(assertion).get("data")).get("actions")):
            agent = _map(action).get("softwareAgent")
            if isinstance(agent, str):
                agent = {"name": agent}
            if name := _short(_map(agent).get("name")):
                return name, _short(_map(agent).get("version")), _time(_map(action).get("when"))
    for generator in _list(manifest.get("claim_generator_info")):
        if name := _short(_map(generator).get("name")):
            return name, _short(_map(generator).get("version")), None
    return None, None, None


def _unreadable(reason: str) -> Signature:
    return Signature(
        valid=False,
        trusted=False,
        vendor=None,
        issuer=None,
        common_name=None,
        signed_at=None,
        generator=None,
        generator_version=None,
        problems=(f"The content credentials cannot be read ({reason}).",),
    )


def _map(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _codes(entries: object) -> set[str]:
    return {str(code) for entry in _list(entries) if (code := _map(entry).get("code"))}


def _short(value: object) -> str | None:
    """A text of the manifest, fit to be shown: printable, not long."""
    if not isinstance(value, str):
        return None
    return "".join(char for char in value[:_LONGEST_TEXT] if char.isprintable()) or None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None
