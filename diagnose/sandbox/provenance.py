"""Other parties (vendors.toml) and the provenance that they leave in image bytes (unsigned here)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache

from diagnose.sandbox.strict import build, read

_C2PA_STORE = bytes.fromhex("63327061 0011 0010 8000 00aa00389b71")
_JSON_BOX = bytes.fromhex("6a736f6e 0011 0010 8000 00aa00389b71")


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
    """The (type, data) pairs to put behind IHDR: a JUMBF store in `caBX` and the XMP packet in `iTXt`."""
    who = vendor(name)
    claim = (
        f'{{"claim_generator_info":[{{"name":"{who.generator}"}}],"issuer":"{who.signer}",'
        '"digitalSourceType":"trainedAlgorithmicMedia"}'
    ).encode()
    inner = _box(b"jumb", _box(b"jumd", _JSON_BOX + b"\x03c2pa.claim\0") + _box(b"json", claim))
    store = _box(b"jumb", _box(b"jumd", _C2PA_STORE + b"\x03c2pa\0") + inner)
    return [(b"caBX", store), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(name))]
