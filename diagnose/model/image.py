"""What is known of one received image."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """Our own measurement of received bytes.

    `width`/`height` in pixels, `size` in bytes. `alpha` is None where only the container was walked and it
    can carry alpha; `transparent_share` is the share (0-1) of pixels with alpha under 8.
    `decoded` says whether every pixel was decoded, or only the structure and checksums were walked.
    """

    format: str
    width: int
    height: int
    size: int
    sha256: str
    alpha: bool | None
    transparent_share: float | None
    decoded: bool
    content_credentials: bool
    vendors: tuple[str, ...] = ()
    generator: str | None = None

    @property
    def pixels(self) -> str:
        return f"{self.width}x{self.height}"
