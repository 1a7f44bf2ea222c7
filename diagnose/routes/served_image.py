"""What the bytes show against what was requested and echoed: parameters and pixels."""

from diagnose.model.check import Outcome, Status
from diagnose.model.image import ImageFacts
from diagnose.model.witness import Witness
from diagnose.routes.received import Received, echo, witness

TRANSPARENT_FROM = 0.01
"""Share of fully transparent pixels (0-1) from which an image has a transparent background."""


def parameters(seen: Received) -> Outcome:
    """The requested parameters against those that are echoed and those that the bytes show."""
    check = "served.parameters"
    asked, image = seen.shot.parameters, seen.image
    witnesses: list[Witness] = []
    symptoms: list[str] = []
    for key, wanted in (
        ("size", asked.size), ("quality", asked.quality),
        ("background", asked.background), ("output_format", asked.format),
    ):  # fmt: skip
        echoed = echo(seen, key)
        if echoed is None or wanted == "auto":
            continue
        same = echoed == wanted
        aspect = "format" if key == "output_format" else key
        value = f"{key}={echoed} is echoed" + ("" if same else f" where {wanted} was asked for")
        witnesses.append(witness(check, "parameters", value, "body", 1 if same else 2, aspect, agrees=same))
        symptoms += [] if same else ["parameter-echo-differs"]

    same = image.format == asked.format
    value = f"format={image.format} by the bytes" + ("" if same else f" where {asked.format} was asked for")
    witnesses.append(witness(check, "parameters", value, "bytes", 4, "format", agrees=same))
    symptoms += [] if same else ["pixels-differ"]

    background = _background(image)
    if asked.background != "auto" and background is not None:
        same = background == asked.background
        value = f"background={background} by the pixels" + ("" if same else f" where {asked.background} was asked for")
        witnesses.append(witness(check, "parameters", value, "bytes", 4, "background", agrees=same))
        symptoms += [] if same else ["background-ignored"]
    return _three_way(witnesses, symptoms)


def pixels(seen: Received) -> Outcome:
    """The measured size against the requested one, or against the echoed one when any size would do."""
    check = "served.pixels"
    wanted = seen.shot.parameters.size
    if wanted == "auto":
        wanted = echo(seen, "size") or seen.image.pixels
    same = seen.image.pixels == wanted
    how = "decoded" if seen.image.decoded else "by structure and checksums"
    value = f"{seen.image.pixels} {how}" + ("" if same else f" where {wanted} was asked for")
    found = witness(check, "pixels", value, "bytes", 4, agrees=same)
    return Outcome(
        status=Status.PASS if same else Status.FAIL,
        summary=value,
        measured=seen.image.pixels,
        expected=wanted,
        symptom=None if same else "pixels-differ",
        witnesses=(found,),
    )


def _three_way(witnesses: list[Witness], symptoms: list[str]) -> Outcome:
    wrong = [w.value for w in witnesses if not w.agrees]
    if wrong:
        return Outcome(
            status=Status.FAIL,
            summary="; ".join(wrong),
            measured="; ".join(wrong),
            expected="what was asked for",
            symptom=symptoms[-1],  # what the bytes show weighs more than what was echoed
            witnesses=tuple(witnesses),
        )
    seen = ", ".join(w.value for w in witnesses if w.source == "bytes")
    return Outcome(status=Status.PASS, summary=f"echoed as asked; {seen}", witnesses=tuple(witnesses))


def _background(image: ImageFacts) -> str | None:
    """What the pixels show; None where it cannot be told (not decoded, or only a few of them let light through)."""
    if image.alpha is None or image.transparent_share is None:
        return None
    if image.transparent_share >= TRANSPARENT_FROM:
        return "transparent"
    return "opaque" if image.transparent_share == 0 else None
