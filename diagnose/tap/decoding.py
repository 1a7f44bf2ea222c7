"""Undoing a content encoding on a copy of a body, piece by piece and within bounds."""

import importlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any

PIECE = 64 * 1024
MOST = 256 * 1024 * 1024
"""No body is unpacked to more bytes than this."""

Decoder = Callable[[bytes], Iterator[bytes]]


class Unreadable(Exception):
    """Why a body cannot be read, in words."""


def decoder(encoding: str) -> Decoder:
    """What unpacks a body with this Content-Encoding: call it with each piece. Raises Unreadable, here or there."""
    name = encoding.strip().lower()
    made = {"": _as_it_is, "identity": _as_it_is, "gzip": _inflate, "x-gzip": _inflate, "deflate": _inflate}.get(name)
    if made is not None:
        unpack = made()
    elif name == "br":
        unpack = _brotli(_module("brotli", name))
    elif name == "zstd":
        unpack = _zstd(_module("compression.zstd", name, "backports.zstd"))
    else:
        raise Unreadable("its content encoding is not known here")
    return _bounded(unpack)


def _bounded(unpack: Decoder) -> Decoder:
    given = 0

    def bounded(data: bytes) -> Iterator[bytes]:
        nonlocal given
        for piece in unpack(data):
            given += len(piece)
            if given > MOST:
                raise Unreadable(f"it unpacks to more than {MOST >> 20} MiB")
            yield piece

    return bounded


def _module(name: str, encoding: str, instead: str | None = None) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        if instead is not None:
            return _module(instead, encoding)
        raise Unreadable(f"it is packed with {encoding}: install routecheck[tap] to read it") from None


def _as_it_is() -> Decoder:
    return lambda data: iter((data,))


def _inflate() -> Decoder:
    """gzip, and deflate with or without the header that it should have."""
    inflater: Any = None

    def unpack(data: bytes) -> Iterator[bytes]:
        nonlocal inflater
        if inflater is None and data:
            has_header = data[0] & 15 == 8 or data[0] == 0x1F
            inflater = zlib.decompressobj(47 if has_header else -15)
        try:
            while data:
                piece = inflater.decompress(data, PIECE)
                yield piece
                # A full piece may leave more inside, even when nothing of the input is left.
                data = inflater.unconsumed_tail
                while not data and len(piece) == PIECE:
                    piece = inflater.decompress(b"", PIECE)
                    yield piece
        except zlib.error:
            raise Unreadable("it does not fit its content encoding") from None

    return unpack


def _brotli(module: Any) -> Decoder:
    inflater = module.Decompressor()

    def unpack(data: bytes) -> Iterator[bytes]:
        try:
            # It takes more input while output is left (1.2.1), so its word on that is no sign.
            while piece := inflater.process(data, output_buffer_limit=PIECE):
                yield piece
                data = b""
        except module.error:
            raise Unreadable("it does not fit its content encoding") from None

    return unpack


def _zstd(module: Any) -> Decoder:
    inflater = module.ZstdDecompressor()

    def unpack(data: bytes) -> Iterator[bytes]:
        try:
            yield inflater.decompress(data, PIECE)
            while not (inflater.needs_input or inflater.eof):
                yield inflater.decompress(b"", PIECE)
        except (module.ZstdError, EOFError):
            raise Unreadable("it does not fit its content encoding") from None

    return unpack
