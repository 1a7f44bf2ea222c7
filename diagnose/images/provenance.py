"""What an image's metadata says about its maker: ``scan`` reads the texts, ``verify`` checks the signature.

``scan`` is weak evidence: anybody can write any text. ``verify`` (``signature.py``) needs the extra
``provenance`` (c2pa-python). The tables are in ``provenance.toml``, dated.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.images.signature import Anchor, Signature
from diagnose.images.signature import verify as _verify

__all__ = ["Provenance", "Signature", "scan", "verify"]

_LONGEST_NAME = 100
_MOST_GRAPHS = 4  # each attempt parses up to 512 KiB
# Keywords under which ComfyUI stores the executed graph: PNG tEXt, PNG iTXt (uncompressed), EXIF of WebP.
_GRAPH = re.compile(rb"prompt(?::|\x00(?:\x00\x00[^\x00]{0,64}\x00[^\x00]{0,64}\x00)?)(?=\{)")
_GRAPH_MARK = b'"class_type"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the texts claim. Never more than a hint: no signature has been looked at.

    Attributes:
        vendors: ids of the makers whose markers were found, in the order of ``provenance.toml``. "comfyui"
            means that ComfyUI wrote the file, whatever model its graph called.
        generator: name of the software that the manifest names as the maker ("ChatGPT", "gpt-image"...).
        generator_version: the version next to that name ("gpt-image", "2.0"...).
        markers: the texts that were found.
    """

    vendors: tuple[str, ...]
    generator: str | None
    generator_version: str | None
    markers: tuple[str, ...]


def scan(metadata: bytes) -> Provenance:
    """Look for makers' marks in ``metadata`` (``Shape.metadata`` of the walker). Raises on no input.

    Of a C2PA container only the active manifest, the last one, is read: the others belong to images that went
    into this one, and a picture by another maker that was uploaded for an edit must not look like a change of
    maker. Sources: C2PA specification 2.2 (manifest store, actions), ITU-T X.690, RFC 8949.
    """
    manifest = _active_manifest(metadata)
    vendors: dict[str, None] = {}
    markers: list[str] = []
    for vendor in _table()["vendors"]:
        forms = [(text, _in_certificate(text)) for text in vendor["certificate"]]
        forms += [(text, (_in_cbor(text),)) for text in vendor["generator"]]
        for text, shapes in forms:
            if any(shape in manifest for shape in shapes):
                vendors[vendor["id"]] = None
                markers.append(text)
    if _has_comfyui_graph(metadata):
        vendors["comfyui"] = None
        markers.append("prompt: class_type")
    name, version = _named_software(manifest, "softwareAgent")
    if name is None:
        name, version = _named_software(manifest, "claim_generator_info")
    return Provenance(vendors=tuple(vendors), generator=name, generator_version=version, markers=tuple(markers))


def verify(data: bytes, mime: str) -> Signature | None:
    """Check the content credentials in ``data`` against the pinned anchors; see ``signature.verify``."""
    return _verify(data, mime, _anchors())


@functools.cache
def _table() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(_data("provenance.toml"))


@functools.cache
def _anchors() -> tuple[Anchor, ...]:
    return tuple(
        Anchor(
            vendor=row["vendor"],
            pem=_data("anchors", row["file"]),
            organisations=tuple(row["organisations"]),
        )
        for row in _table()["anchors"]
    )


def _data(*name: str) -> str:
    """The text of a file that lies next to this module."""
    return Path(__file__).parent.joinpath(*name).read_text("utf-8")


def _in_certificate(text: str) -> tuple[bytes, ...]:
    """The text as a whole name in a certificate: UTF8String or PrintableString of exactly this length."""
    body = bytes([len(text)]) + text.encode("ascii")
    return b"\x0c" + body, b"\x13" + body


def _in_cbor(text: str) -> bytes:
    """The text as a whole CBOR text string."""
    size = len(text)
    head = bytes([0x60 + size]) if size < 24 else bytes([0x78, size])
    return head + text.encode("ascii")


def _active_manifest(metadata: bytes) -> bytes:
    """The last manifest of the C2PA container in ``metadata``; empty when there is none."""
    start = metadata.find(b"jumdc2pa") - 12  # the container's length, its type and the description's length
    if start < 0 or metadata[start + 4 : start + 8] != b"jumb":
        return b""
    store = metadata[start : start + int.from_bytes(metadata[start : start + 4])]
    active, at = b"", 8
    while at + 8 <= len(store):
        size = int.from_bytes(store[at : at + 4])
        if size < 8:
            break
        if store[at + 4 : at + 8] == b"jumb":
            active = store[at : at + size]
        at += size
    return active


def _named_software(manifest: bytes, key: str) -> tuple[str | None, str | None]:
    """Name and version under the first ``key``, whose value is a text, a map of texts or a list of one."""
    at = manifest.find(_in_cbor(key))
    if at < 0:
        return None, None
    at += len(_in_cbor(key))
    if manifest[at : at + 1] == b"\x81":
        at += 1
    if not 0xA0 <= (manifest[at] if at < len(manifest) else 0) < 0xB8:
        return _text(manifest, at)[0], None
    found: dict[str, str] = {}
    pairs = manifest[at] - 0xA0
    at += 1
    for _ in range(pairs):
        name, at = _text(manifest, at)
        value, at = _text(manifest, at)
        if name is None or value is None:  # something nested: what was wanted stands before it
            break
        found[name] = value
    return found.get("name"), found.get("version")


def _text(data: bytes, at: int) -> tuple[str | None, int]:
    """The short CBOR text string at ``at`` and the offset behind it; None where something else is."""
    head = data[at] if at < len(data) else 0
    if 0x60 <= head < 0x78:
        start, size = at + 1, head - 0x60
    elif head == 0x78 and at + 1 < len(data):
        start, size = at + 2, data[at + 1]
    else:
        return None, at
    raw = data[start : start + size]
    if len(raw) < size or size > _LONGEST_NAME:
        return None, at
    text = raw.decode("utf-8", "replace")
    return (text if text.isprintable() else None), start + size


def _has_comfyui_graph(metadata: bytes) -> bool:
    """ComfyUI's graph is an object of nodes, each with its class; a prompt that quotes one is a string."""
    if _GRAPH_MARK not in metadata:
        return False
    for match in itertools.islice(_GRAPH.finditer(metadata), _MOST_GRAPHS):
        try:
            graph, _ = json.JSONDecoder().raw_decode(metadata[match.end() :].decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
        nodes = list(graph.values())
        if nodes and all(isinstance(node, dict) and "class_type" in node for node in nodes):
            return True
    return False
