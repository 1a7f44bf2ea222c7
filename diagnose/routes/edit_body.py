"""The JSON body of an edit, whose images are put into base64 while they are sent."""

from binascii import b2a_base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from diagnose.images.inputs import Input

_TAKEN = 3 << 14
"""Bytes at a time: a multiple of three, so that the pieces in base64 make the base64 of the whole."""

_AFTER = b'"}'
"""What stands behind the base64 of an image."""


class EditBody:
    """{"images": [{"image_url": "data:image/…;base64,…"}, …], and then the members of `rest`, at least one}.

    The length is known beforehand, and the pieces can be asked for again. In memory there are the files' own bytes and
    one piece of 64 KiB, never the base64 of an image.
    """

    def __init__(self, images: Sequence[Input], rest: Mapping[str, Any]) -> None:
        self._images = images
        self._tail = b"]," + msgspec.json.encode(rest)[1:]

    def __len__(self) -> int:
        around = sum(len(before) + len(_AFTER) for before in map(self._before, range(len(self._images))))
        return around + sum((image.size + 2) // 3 * 4 for image in self._images) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        for at, image in enumerate(self._images):
            yield self._before(at)
            view = memoryview(image.data)
            for start in range(0, image.size, _TAKEN):
                yield b2a_base64(view[start : start + _TAKEN], newline=False)
            yield _AFTER
        yield self._tail

    def _before(self, at: int) -> bytes:
        """What stands before the base64 of the image at that place."""
        opening = ',{"image_url":"' if at else '{"images":[{"image_url":"'
        return f"{opening}data:image/{self._images[at].format};base64,".encode()
