"""One image by one route into a file: `python route_image.py ROUTE BASE_URL KEY SIZE FILE`."""

import sys
import time
from pathlib import Path

from diagnose import routes
from diagnose.http import Client
from diagnose.model.claim import Claim, Parameters
from diagnose.model.secret import Secret
from diagnose.net import Settings
from diagnose.routes.connection import Connection
from diagnose.routes.shot import Ledger
from diagnose.routes.target import Target


def main(name: str, base_url: str, key: str, size: str, file: str) -> None:
    """Raises RuntimeError when no sound image came."""
    claim = Claim(route=name, model="openai/gpt-image-2", parameters=Parameters(size=size))
    with Client(base_url, Settings(timeout=60)) as client, Path(file).open("wb") as kept:
        connection = Connection(
            client=client, target=Target(base_url=base_url, origin_of="the benchmark"), key=Secret(key),
            ledger=Ledger(), sleep=time.sleep, now=time.time, patience=0, tell=print,
        )  # fmt: skip
        shot = routes.load(name).connect(connection).generate(claim, "A mug", claim.parameters, kept.write)
    if shot.problem is not None:
        raise RuntimeError(f"{shot.problem}: {shot.detail}")


if __name__ == "__main__":
    main(*sys.argv[1:])
