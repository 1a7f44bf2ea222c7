"""scan finds makers' marks where only a maker writes them, and nothing in look-alikes."""

import json
import struct
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import diagnose.images.provenance as module
from diagnose.images.provenance import scan


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def text(value: str) -> bytes:
    raw = value.encode()
    return (bytes([0x60 + len(raw)]) if len(raw) < 24 else bytes([0x78, len(raw)])) + raw


def pairs(**fields: str) -> bytes:
    return bytes([0xA0 + len(fields)]) + b"".join(text(key) + text(value) for key, value in fields.items())


def name(value: str) -> bytes:
    return b"\x0c" + bytes([len(value)]) + value.encode()


def store(*manifests: bytes) -> bytes:
    description = box(b"jumd", b"c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0")
    return box(b"jumb", description, *(box(b"jumb", manifest) for manifest in manifests))


OPENAI = (
    text("softwareAgent")
    + pairs(name="gpt-image", version="2.0")
    + name("OpenAI OpCo, LLC")
    + name("OpenAI Media Service")
)
GOOGLE = text("claim_generator_info") + pairs(name="Google C2PA Core Generator Library", version="9:9")


def test_openai_marks_with_software_and_version() -> None:
    found = scan(store(OPENAI))
    assert found.vendors == ("openai",)
    assert (found.generator, found.generator_version) == ("gpt-image", "2.0")
    assert found.markers == ("OpenAI OpCo, LLC", "OpenAI Media Service")


def test_google_and_azure_are_known_by_their_generators() -> None:
    found = scan(store(GOOGLE))
    assert (found.vendors, found.generator) == (("google",), "Google C2PA Core Generator Library")
    azure = scan(store(text("softwareAgent") + text("Azure OpenAI ImageGen")))
    assert (azure.vendors, azure.generator) == (("azure-openai",), "Azure OpenAI ImageGen")


def test_only_the_active_manifest_speaks_and_not_the_picture_that_was_edited() -> None:
    assert scan(store(GOOGLE, OPENAI)).vendors == ("openai",)
    assert scan(store(OPENAI, GOOGLE)).vendors == ("google",)


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        store(b""),
        store(name("Google LLC") + name("SSL Corporation")),
        store(text("title") + text("a poster about OpenAI OpCo, LLC and the OpenAI Media Service")),
        store(text("softwareAgent") + text("Friends of Azure OpenAI ImageGen")),
        b"Description\0OpenAI Media Service API" + text("OpenAI Media Service API") + name("OpenAI OpCo, LLC"),
        b'prompt\0a picture of {"1": {"class_type": "x"}}',
        b'prompt\0{"class_type": "KSampler"}',
        b'prompt\0"{\\"1\\": {\\"class_type\\": 1}}"',
        b'workflow\0{"nodes": []}',
    ],
)
def test_mentions_are_no_marks(metadata: bytes) -> None:
    assert scan(metadata).vendors == ()


GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {}}, "4": {"class_type": "VAEDecode"}}).encode()


@pytest.mark.parametrize("head", [b"prompt\0", b"prompt\0\0\0\0\0", b"Software\0xprompt\0", b"II*\0prompt:"])
def test_comfyui_is_known_by_its_graph(head: bytes) -> None:
    found = scan(head + GRAPH + b"workflow\0{}")
    assert found.vendors == ("comfyui",)
    assert found.markers == ("prompt: class_type",)


@given(st.binary(max_size=200), st.binary(max_size=60), st.booleans())
def test_no_metadata_makes_it_raise(noise: bytes, inner: bytes, agent: bool) -> None:
    scan(noise)
    scan(store(inner, text("softwareAgent") * agent + noise))
    scan(store(OPENAI + noise)[: len(inner) * 5])
    scan(b'prompt\0{"class_type"' + noise)


def test_unprintable_or_endless_names_are_not_shown() -> None:
    assert scan(store(text("softwareAgent") + text("bad\x1b[31m"))).generator is None
    assert scan(store(text("softwareAgent") + b"\x78\xf0" + b"x" * 240)).generator is None


def test_every_row_is_dated_sourced_and_within_its_encoding() -> None:
    table = tomllib.loads((Path(module.__file__).parent / "provenance.toml").read_text("utf-8"))
    for row in table["vendors"] + table["anchors"]:
        assert isinstance(row["as_of"], date)
        assert row["source"]
    for row in table["vendors"]:
        for marker in row["certificate"] + row["generator"]:
            assert marker.isascii()
            assert 12 <= len(marker) < 128
