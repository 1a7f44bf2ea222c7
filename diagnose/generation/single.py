"""One image: streamed to disk as received, verified, judged, and only then given its name.

A whole image is never thrown away, because it was paid: whatever fails after it came, its bytes stay on the disk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.images.facts import facts
from diagnose.images.pixels import UndecodableImage, decode
from diagnose.images.provenance import verify
from diagnose.images.save import AtomicFile, write_text_atomic
from diagnose.model.check import Outcome
from diagnose.model.claim import Claim
from diagnose.model.image import ImageFacts
from diagnose.routes.kind import RouteKind
from diagnose.routes.served import MIME, Received, ask_all
from diagnose.routes.shot import Shot
from diagnose.routes.target import Target

SIDECAR_SUFFIX = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An image that came, judged. `outcomes` are the answers to the questions of `routes.served`, by check id."""

    shot: Shot
    image: ImageFacts
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An image that stands at `path`, and its record at `record` (None when it could not be written).

    `made` is None when the image could not be judged. `problems` say what did not go as ordered.
    """

    shot: Shot
    made: Made | None
    path: Path
    record: Path | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMade:
    """No usable image came; nothing was written. `detail` says why, `problem` is a matrix row or "refused"."""

    shot: Shot
    problem: str
    detail: str


def sidecar_path(path: Path) -> Path:
    """Where the record of an image stands: its name with ".json" behind it."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def make(
    ask: Callable[[Callable[[bytes], object]], Shot],
    *,
    kind: RouteKind,
    claim: Claim,
    target: Target,
    path: Path,
    overwrite: bool,
    model_checked: bool,
    owner_headers: Mapping[str, str],
    sidecar: Callable[[Made, Path], str],
    tell: Callable[[str], None],
) -> Placed | NotMade:
    """Ask for one image and put it at `path`, with what `sidecar` makes of it and its path beside it.

    `ask` sends the request and streams the image into what it is given; see Route.generate.
    The bytes are never held as a whole unless alpha or content credentials have to be looked at. Both files
    appear whole or not at all. Where `path` was taken meanwhile, a whole image gets a free name beside it; when
    it is interrupted after that, `tell` hears where it stands. Raises OSError when a file cannot be begun or the
    disk refuses the image; the request may then have been billed.
    """
    with (
        AtomicFile(path, overwrite=overwrite) as file,
        AtomicFile(sidecar_path(path), overwrite=overwrite) as record,
    ):
        shot: Shot | None = None
        made: Made | None = None
        try:
            shot = ask(file.write)
            if shot.problem is not None or shot.shape is None:
                return NotMade(shot=shot, problem=shot.problem or "image-damaged", detail=shot.detail)
            made = _judged(claim, kind, target, shot, file, model_checked=model_checked, owner_headers=owner_headers)
            record.write(_encoded(sidecar(made, path)))
            record.sync()  # before the image gets its name: on a full disk the record fails first
        except UndecodableImage as error:
            assert shot is not None
            return NotMade(shot=shot, problem="image-damaged", detail=str(error))
        except Exception as error:
            if shot is None:
                raise
            said = f"{'the image could not be judged' if made is None else 'no record was written'}: {_words(error)}"
            return Placed(shot=shot, made=made, path=file.keep(), record=None, problems=(said,))
        except BaseException:
            if shot is not None and shot.problem is None and shot.shape is not None:
                tell(f"the image had come, and was kept: {file.keep()}")
            raise
        return _placed(shot, made, file, record, path, sidecar, tell)


def _placed(
    shot: Shot,
    made: Made,
    file: AtomicFile,
    record: AtomicFile,
    path: Path,
    sidecar: Callable[[Made, Path], str],
    tell: Callable[[str], None],
) -> Placed:
    """Give the image its name and then its record. Both are on the disk already."""
    problems: list[str] = []
    kept: Path | None = None
    try:
        where = file.keep()
        if where == path:
            kept = record.keep()
        else:
            problems.append(f"{path} could not be written any more: somebody else was there first")
            kept = sidecar_path(where)
            write_text_atomic(kept, sidecar(made, where), overwrite=False)
    except Exception as error:
        kept = None
        problems.append(f"no record was written: {_words(error)}")
    except BaseException:
        tell(f"the image had come, and was kept: {file.keep()}")
        raise
    if kept is not None and where == path and kept != sidecar_path(path):
        problems.append(f"{sidecar_path(path)} could not be written any more: somebody else was there first")
    return Placed(shot=shot, made=made, path=file.keep(), record=kept, problems=tuple(problems))


def _judged(
    claim: Claim,
    kind: RouteKind,
    target: Target,
    shot: Shot,
    file: AtomicFile,
    *,
    model_checked: bool,
    owner_headers: Mapping[str, str],
) -> Made:
    assert shot.shape is not None
    pixels, signature = None, None
    if shot.shape.alpha_channel:
        pixels = decode(file.read_back())
    image = facts(shot.shape, pixels)
    if image.format not in MIME:
        raise ValueError(f"{image.format} is no format that can be asked for")
    if image.content_credentials:
        signature = verify(file.read_back(), MIME[image.format])
    seen = Received(
        claim=claim,
        kind=kind,
        target=target,
        shot=shot,
        image=image,
        model_checked=model_checked,
        owner_headers=dict(owner_headers),
        signature=signature,
    )
    return Made(shot=shot, image=image, outcomes=dict(ask_all(seen)))


def _encoded(text: str) -> bytes:
    # Half of a surrogate pair, which UTF-8 cannot carry, becomes the very escape that JSON has for it.
    return text.encode(errors="backslashreplace")


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


def usage_of(shot: Shot) -> Mapping[str, Any] | None:
    """The `usage` block of the answer, None when there is none."""
    usage = shot.body.get("usage")
    return usage if isinstance(usage, dict) else None
