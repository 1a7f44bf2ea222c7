"""What the operator declares before anything is asked."""

from dataclasses import dataclass
from typing import Literal

Fallback = Literal["forbidden", "undeclared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The image parameters of one request, in the API's own words.

    `size` is "WIDTHxHEIGHT" in pixels or "auto"; the others are the enumerations of the Images API.
    """

    size: str = "1024x1024"
    quality: str = "low"
    background: str = "opaque"
    format: str = "png"

    def pixels(self) -> tuple[int, int] | None:
        """(width, height) of an explicit size, None for "auto" or anything that is no size."""
        width, _, height = self.size.partition("x")
        # An answer can hold any text here: a number of a thousand digits is no size, and int() would refuse it.
        if len(self.size) <= 20 and width.isdecimal() and height.isdecimal() and self.size.isascii():
            return int(width), int(height)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Route, model reference ("openai/gpt-image-2"), owner (organisation, project, or account of a login), parameters.

    `typed` names the parameters (fields of Parameters) that the operator wrote; the others are defaults.
    """

    route: str
    model: str
    owner: str | None = None
    fallback: Fallback = "undeclared"
    parameters: Parameters = Parameters()
    typed: frozenset[str] = frozenset()

    @property
    def provider(self) -> str:
        """The provider prefix of the model reference; empty when there is none."""
        prefix, slash, _ = self.model.partition("/")
        return prefix if slash else ""

    @property
    def model_id(self) -> str:
        """The model id as the provider's API knows it, without the provider prefix."""
        return self.model.partition("/")[2] or self.model
