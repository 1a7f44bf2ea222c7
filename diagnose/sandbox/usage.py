"""The `usage` block: what an image counts in tokens."""

from __future__ import annotations

from diagnose.sandbox.catalogue import catalogue, served


def image_tokens(model: str, width: int, height: int, quality: str) -> int:
    """Output tokens of one image of `width` x `height` pixels (facts: models.toml `tokens`)."""
    tokens = catalogue().tokens
    if model in served() and served()[model].sizes == "fixed":
        table: dict[str, int] = getattr(tokens.fixed, quality)
        return table.get(f"{width}x{height}", table["1024x1024"])
    factor = tokens.steps.factors[quality]
    longer, shorter = max(width, height), min(width, height)
    # The shorter edge gets its share of `factor` steps, rounded half up in integers.
    short_steps = (2 * factor * shorter + longer) // (2 * longer)
    return -(-factor * short_steps * (2_000_000 + width * height) // 4_000_000)


def usage(
    *,
    model: str,
    width: int,
    height: int,
    quality: str,
    images: int,
    prompt: str,
    inputs: int = 0,
    partials: int = 0,
) -> dict[str, object]:
    """The block for `images` finished and `partials` partial images, made from `inputs` input images."""
    other = catalogue().tokens.other
    text = max(1, -(-len(prompt) // 4))
    seen = inputs * other.input_image
    made = images * image_tokens(model, width, height, quality) + partials * other.partial
    return {
        "input_tokens": text + seen,
        "input_tokens_details": {"image_tokens": seen, "text_tokens": text},
        "output_tokens": made,
        "output_tokens_details": {"image_tokens": made, "text_tokens": 0},
        "total_tokens": text + seen + made,
    }
