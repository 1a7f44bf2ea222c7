"""Other parties (vendors.toml) and the provenance that they leave in image bytes (unsigned here)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache

from diagnose.sandbox.strict import build, read

_C2PA_STORE = bytes.fromhex("63327061 0011 0010 8000 00aa00389b71")
_C2PA_MANIFEST = bytes.fromhex("63326d61 0011 0010 8000 00aa00389b71")
_C2PA_CLAIM = bytes.fromhex("6332636c 0011 0010 8000 00aa00389b71")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A party that may stand on the way or answer in another's place."""

    as_of: str
    source: str
    headers: dict[str, str] = field(default_factory=dict)
    signer: str = ""
    generator: str = ""
    page: str = ""


@cache
def vendor(name: str) -> Vendor:
    """The table `name` of vendors.toml."""
    return build(Vendor, read("vendors.toml")[name], f"vendors.toml {name}")


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def xmp(name: str) -> bytes:
    """An XMP packet that names the vendor as the maker of a generated image."""
    who = vendor(name)
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' photoshop:Credit="{who.signer}"'
        ' Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def png_chunks(name: str) -> list[tuple[bytes, bytes]]:
    """The (type, data) pairs to put behind IHDR: a C2PA store in `caBX` and the XMP packet in `iTXt`.

    The store has the boxes of a real one (store, manifest, claim in CBOR) and no signature.
    """
    who = vendor(name)
    claim = _map("claim_generator_info", b"\x81" + _map("name", _text(who.generator)))
    claim_box = _box(b"jumb", _box(b"jumd", _C2PA_CLAIM + b"\x03c2pa.claim.v2\0") + _box(b"cbor", claim))
    manifest = _box(b"jumb", _box(b"jumd", _C2PA_MANIFEST + b"\x03urn:c2pa:sandbox\0") + claim_box)
    store = _box(b"jumb", _box(b"jumd", _C2PA_STORE + b"\x03c2pa\0") + manifest)
    return [(b"caBX", store), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(name))]


def _text(text: str) -> bytes:
    """A CBOR text string of under 256 bytes."""
    data = text.encode()
    return (bytes([0x60 + len(data)]) if len(data) < 24 else bytes([0x78, len(data)])) + data


def _map(key: str, value: bytes) -> bytes:
    """A CBOR map of one pair."""
    return b"\xa1" + _text(key) + value
