"""What is known of one received image, put together from the walk, the decoding and the marks in it."""

from diagnose.images.pixels import Pixels
from diagnose.images.provenance import scan
from diagnose.images.walk import Shape
from diagnose.model.image import ImageFacts


def facts(shape: Shape, pixels: Pixels | None = None) -> ImageFacts:
    """The facts of a complete image. Raises ValueError when the walk found no whole image of a known format.

    Without `pixels` only structure and checksums are vouched for: alpha is then known to be absent where the
    container cannot carry it, and unknown otherwise.
    """
    if shape.format is None or shape.width is None or shape.height is None or not shape.complete:
        raise ValueError(shape.problem or "no whole image of a known format")
    marks = scan(shape.metadata)
    if pixels is not None:
        alpha: bool | None = pixels.min_alpha is not None and pixels.min_alpha < 255
        share: float | None = pixels.transparent_share
    else:
        alpha = None if shape.alpha_channel else False
        share = None if shape.alpha_channel else 0.0
    return ImageFacts(
        format=shape.format,
        width=pixels.width if pixels else shape.width,
        height=pixels.height if pixels else shape.height,
        size=shape.size,
        sha256=shape.sha256,
        alpha=alpha,
        transparent_share=share,
        decoded=pixels is not None,
        content_credentials=shape.content_credentials,
        vendors=marks.vendors,
        generator=" ".join(part for part in (marks.generator, marks.generator_version) if part) or None,
    )
