"""What is measured against what, and the budgets of routecheck in it."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from measure import HERE, Server
from server import KEY

PEERS = HERE / "peers"
ERROR = HERE / "error.txt"
ROUTECHECK = str(Path(sys.executable).with_name("routecheck"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A command; `command` gets the file that it has to write. `ratio` and `rss` (MiB) are its budgets."""

    name: str
    command: Callable[[Path], list[str]]
    expect: int = 0
    writes: bool = True
    ratio: float | None = None
    rss: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Contenders that do the same work. Ratios are to the first of them; `size` is that of the image."""

    name: str
    contenders: tuple[Contender, ...]
    size: str | None = None
    requests: int = 0
    left_out: tuple[str, ...] = field(default=())


def startup() -> Race:
    """How long it takes until something happens at all."""

    def own(*words: str, ratio: float, name: str = "") -> Contender:
        name = "routecheck " + (name or " ".join(words))
        return Contender(name=name, command=lambda _: [ROUTECHECK, *words], writes=False, ratio=ratio)

    click = [sys.executable, "-c", "import click"]
    return Race(
        name="start-up",
        contenders=(
            Contender(name='python -c "import click"', command=lambda _: click, writes=False),
            own("--version", ratio=1.5),
            own("--help", ratio=1.5),
            own("checks", ratio=2.2),
            own("matrix", ratio=2.2),
            own("explain", ERROR.read_text(encoding="utf-8"), ratio=2.7, name="explain, 2 KB of an error"),
        ),
    )


def signed_login() -> tuple[str, str]:
    """A login with everything in it, and the JWKS that verifies it; its private key is forgotten."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    account = {"chatgpt_account_id": "00000000-0000-0000-0000-000000000000", "chatgpt_plan_type": "plus"}
    claims = {
        "iss": "https://auth.openai.com",
        "client_id": "app_EMoamEEZ73f0CkXaXp7hrann",
        "aud": ["https://api.openai.com/v1"],
        "iat": 1_790_000_000,
        "exp": 4_000_000_000,
        "scp": ["openid", "profile", "email", "offline_access"],
        "https://api.openai.com/auth": account,
    }
    public = jwt.get_algorithm_by_name("RS256").to_jwk(key.public_key(), as_dict=True) | {"kid": "bench"}
    login = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "bench"})
    return login, json.dumps({"keys": [public]})


def token() -> Race:
    """Reading and judging a login, with and without keys to verify it, against importing what reads one."""
    login, keys = signed_login()
    libraries = [sys.executable, "-c", "import click, jwt"]

    def own(*words: str) -> Contender:
        def command(file: Path) -> list[str]:
            # Both stand in the home folder, and are there before the clock starts.
            (file.parent / ".codex").mkdir()
            (file.parent / ".codex" / "auth.json").write_text(json.dumps({"tokens": {"access_token": login}}))
            (file.parent / "keys").write_text(keys)
            return [ROUTECHECK, "token", *words]

        return Contender(name=" ".join(["routecheck token", *words]), command=command, writes=False, ratio=2.5)

    peer = Contender(name='python -c "import click, jwt"', command=lambda _: libraries, writes=False)
    return Race(name="token: one login, found and judged", contenders=(peer, own(), own("--jwks", "keys")))


def preflight(server: Server) -> Race:
    """The free checks plus one small image. routecheck judges and reports besides, and ends unproven here."""
    base_url = f"{server.url}/v1"
    own = [ROUTECHECK, "run", "--no-fallback", "--base-url", base_url]
    return _race(
        "preflight: two questions, four refusals, one image of 1.6 MB",
        base_url,
        "1024x1024",
        "preflight",
        Contender(name="routecheck run", command=lambda _: own, expect=3, writes=False, ratio=0.5, rss=60),
        requests=7,
    )


def image(server: Server, size: str, weight: str) -> Race:
    """One image, cold, until its bytes are in a file."""
    base_url = f"{server.url}/v1"
    own = [ROUTECHECK, "generate", "A plain ceramic mug", "--unproven", "--no-fallback", "--base-url", base_url]
    return _race(
        f"one image of {weight}",
        base_url,
        size,
        "image",
        Contender(
            name="routecheck generate --unproven",
            command=lambda file: [*own, "--size", size, "-o", str(file)],
            ratio=0.45,
            rss=45,
        ),
        requests=1,
    )


def stream(server: Server, size: str, weight: str) -> Race:
    """The same bytes as one event of a stream and as JSON, each by the route that reads it and without a command."""

    def own(name: str, route: str, path: str, **budgets: float) -> Contender:
        program = [sys.executable, str(HERE / "route_image.py"), route, f"{server.url}{path}"]
        return Contender(name=name, command=lambda file: [*program, KEY, size, str(file)], **budgets)

    return Race(
        name=f"one image of {weight}, in an event of 17 MB",
        contenders=(
            own("as JSON (openai-images)", "openai-images", "/v1"),
            own("as an event (codex-responses)", "codex-responses", "/backend-api/codex", ratio=2, rss=45),
        ),
        size=size,
        requests=1,
    )


def _race(name: str, base_url: str, size: str, kind: str, own: Contender, requests: int) -> Race:
    def peer(*program: str) -> Callable[[Path], list[str]]:
        return lambda file: [*program, base_url, KEY, size, str(file)]

    found = [Contender(name="openai SDK", command=peer(sys.executable, str(PEERS / f"sdk_{kind}.py"))), own]
    missing = [tool for tool in ("curl", "jq", "base64") if shutil.which(tool) is None]
    if not missing:
        found.append(Contender(name="curl | jq | base64", command=peer("sh", str(PEERS / f"curl_{kind}.sh"))))
    return Race(name=name, contenders=tuple(found), size=size, requests=requests, left_out=tuple(missing))


def races(server: Server) -> dict[str, Race]:
    """Every race by the word that selects it."""
    return {
        "startup": startup(),
        "token": token(),
        "preflight": preflight(server),
        "small": image(server, "1024x1024", "1.6 MB"),
        "large": image(server, "3840x2160", "12.6 MB"),
        "stream": stream(server, "3840x2160", "12.6 MB"),
    }
