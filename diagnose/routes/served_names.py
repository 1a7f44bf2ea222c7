"""Who is named as the maker of an image: by the answer in words, and by a trusted signature in its bytes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from diagnose import capabilities
from diagnose.routes.received import Received

MODEL_HEADER = "openai-model"
BEGINNINGS = ("response.created", "response.queued", "response.in_progress")
"""The events before the work has begun, as the places of names are told."""
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}")

Relation = Literal["same", "other", "floating", "snapshot"]
"""How a name stands to a model: it is that model's; it is another one's; it is the floating name of a claimed snapshot,
which tells nothing; it looks like a snapshot of the model, and no row knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """The software that a trusted signature of the claimed vendor names. `fits`: the model that is wanted has it;
    `models`: the ids of the other models of this vendor that have it, too."""

    value: str
    fits: bool
    models: tuple[str, ...]


def names(seen: Received) -> Iterator[tuple[str, str]]:
    """(where, model) for every place in which the answer names an image model."""
    yield from seen.shot.named
    body = seen.shot.body
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    header = seen.exchange.headers.get(MODEL_HEADER) if seen.kind.carrier is None else None
    for where, value in (
        ("the body", body.get("model")),
        ("the image's entry", first.get("model")),
        (f"the header {MODEL_HEADER}", header),
    ):
        if value is not None and value != "":
            yield where, value if isinstance(value, str) else str(value)[:80]


def relation(named: str, model_id: str, provider: str) -> Relation:
    """How a name stands to the model of that id."""
    name, wanted = named.lower().removeprefix(f"{provider}/"), model_id.lower()
    if name == wanted:
        return "same"
    known = capabilities.find_model(name)
    if known is None:
        return "snapshot" if name.startswith(wanted) and _DATED.fullmatch(name, len(wanted)) else "other"
    if known is not capabilities.find_model(model_id):
        return "other"
    return "same" if model_id == known.id else "floating"


def maker(seen: Received, row: capabilities.Model | None) -> Maker | None:
    """What a trusted signature says of the maker; None where there is none, or the marks of the model are not known."""
    signature = seen.signature
    if signature is None or not signature.trusted or row is None or signature.vendor != row.provider:
        return None
    if not row.content_credentials or signature.generator is None:
        return None
    made_by = " ".join(filter(None, (signature.generator, signature.generator_version)))
    same = [other.id for other in capabilities.models().values() if made_by in other.content_credentials]
    return Maker(
        value=f"a trusted signature names {made_by}",
        fits=made_by in row.content_credentials,
        models=tuple(name for name in same if name != row.id),
    )
