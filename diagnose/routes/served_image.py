"""What the bytes show against what was requested and echoed: parameters and pixels.

A backend may take a parameter as advice (dated rows). Then a difference is a fault only if the operator typed the
value; what came must be what the answer says of itself all the same.
"""

from diagnose.capabilities.codex import advice
from diagnose.model.check import Outcome, Status
from diagnose.model.image import ImageFacts
from diagnose.model.witness import Source, Witness
from diagnose.routes.received import Received, advised, echo, echo_of_tool, witness

TRANSPARENT_FROM = 0.01
"""Share of fully transparent pixels (0-1) from which an image has a transparent background."""


def parameters(seen: Received) -> Outcome:
    """The requested parameters against those that are echoed and those that the bytes show."""
    check = "served.parameters"
    asked, image = seen.shot.parameters, seen.image
    witnesses: list[Witness] = []
    symptoms: list[str] = []
    told: list[str] = []
    apart: list[str] = []

    def compare(key: str, value: str, wanted: str, how: str, *, body: bool, symptom: str) -> None:
        same = value == wanted
        aspect = "format" if key == "output_format" else key
        shown = key if body else aspect
        sentence = f"{shown}={value} {how}" + ("" if same else f" where {wanted} was asked for")
        if not same and advised(seen, key):
            told.append(sentence)
            return
        strength = (1 if same else 2) if body else 4
        source: Source = "body" if body else "bytes"
        witnesses.append(witness(check, "parameters", sentence, source, strength, aspect, agrees=same))
        if not same:
            symptoms.append("parameters-advisory" if key in advice(seen.kind.name) else symptom)

    for key, wanted in (
        ("size", asked.size), ("quality", asked.quality),
        ("background", asked.background), ("output_format", asked.format),
    ):  # fmt: skip
        echoed, of_tool = echo(seen, key), echo_of_tool(seen, key)
        if echoed is not None and wanted != "auto":
            compare(key, echoed, wanted, "is echoed", body=True, symptom="parameter-echo-differs")
        if of_tool is not None and of_tool != echoed:
            (told if advised(seen, key) else apart).append(
                f"the tool echoes {key}={of_tool}, and the image's item {echoed}"
            )
    compare("output_format", image.format, asked.format, "by the bytes", body=False, symptom="pixels-differ")
    background = _background(image)
    if asked.background != "auto" and background is not None:
        compare("background", background, asked.background, "by the pixels", body=False, symptom="background-ignored")
    return _three_way(seen, witnesses, symptoms, told, apart)


def pixels(seen: Received) -> Outcome:
    """The measured size against the requested one, or against the echoed one when any size would do."""
    check = "served.pixels"
    asked = seen.shot.parameters.size
    advice_alone = advised(seen, "size")
    wanted = asked
    if asked == "auto" or advice_alone:
        wanted = echo(seen, "size") or seen.image.pixels
    same = seen.image.pixels == wanted
    how = "decoded" if seen.image.decoded else "by structure and checksums"
    value = f"{seen.image.pixels} {how}"
    if advice_alone:
        value += f" ({asked} was asked for, which this backend takes as advice)" if seen.image.pixels != asked else ""
        if not same:
            return Outcome(
                status=Status.WARN,
                summary=f"{value}, where {wanted} is echoed",
                measured=seen.image.pixels,
                expected=wanted,
                symptom="pixels-differ",
                costs_proof=True,
            )
    elif not same:
        value += f" where {wanted} was asked for"
    found = witness(check, "pixels", value, "bytes", 4, agrees=same)
    symptom = "parameters-advisory" if "size" in advice(seen.kind.name) else "pixels-differ"
    return Outcome(
        status=Status.PASS if same else Status.FAIL,
        summary=value,
        measured=seen.image.pixels,
        expected=wanted,
        symptom=None if same else symptom,
        witnesses=(found,),
    )


def misdescribed(seen: Received) -> tuple[str, ...]:
    """Where an answer echoes something else than its own bytes show, a sentence each.

    Of advised parameters alone: any other one has to be what was asked for, which says as much and more.
    """
    shown = {"size": seen.image.pixels, "output_format": seen.image.format, "background": _background(seen.image)}
    return tuple(
        f"{key}={echoed} is echoed, and the bytes show {value}"
        for key, value in shown.items()
        if value is not None and advised(seen, key) and (echoed := echo(seen, key)) is not None and echoed != value
    )


def _three_way(
    seen: Received, witnesses: list[Witness], symptoms: list[str], told: list[str], apart: list[str]
) -> Outcome:
    """`told` are differences that are no fault, `apart` those in which the answer disagrees with itself."""
    wrong = [w.value for w in witnesses if not w.agrees]
    if wrong:
        return Outcome(
            status=Status.FAIL,
            summary="; ".join((*wrong, *apart)),
            measured="; ".join(wrong),
            expected="what was asked for",
            symptom=symptoms[-1],  # what the bytes show weighs more than what was echoed
            witnesses=tuple(witnesses),
        )
    if odd := misdescribed(seen):
        return Outcome(
            status=Status.WARN,
            summary="; ".join(odd),
            measured="; ".join(odd),
            expected="an answer that describes its own image",
            symptom="pixels-differ",
            witnesses=tuple(witnesses),
            costs_proof=True,
        )
    if apart:
        return Outcome(
            status=Status.WARN,
            summary="; ".join(apart),
            measured="; ".join(apart),
            expected="an answer that agrees with itself",
            symptom="parameter-echo-differs",
            witnesses=tuple(witnesses),
            costs_proof=True,
        )
    bytes_show = ", ".join(w.value for w in witnesses if w.source == "bytes")
    summary = f"echoed as asked; {bytes_show}"
    if told:
        kept = f"; {bytes_show}" if bytes_show else ""
        summary = f"{'; '.join(told)} (advice to this backend, and not typed: no fault){kept}"
    return Outcome(status=Status.PASS, summary=summary, witnesses=tuple(witnesses))


def _background(image: ImageFacts) -> str | None:
    """What the pixels show; None where it cannot be told (not decoded, or only a few of them let light through)."""
    if image.alpha is None or image.transparent_share is None:
        return None
    if image.transparent_share >= TRANSPARENT_FROM:
        return "transparent"
    return "opaque" if image.transparent_share == 0 else None
