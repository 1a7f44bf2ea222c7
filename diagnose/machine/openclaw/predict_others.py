"""How OpenClaw asks the providers that follow one pattern: a credential, a base URL, a path, a few parameters."""

from diagnose.machine.openclaw.predict_auth import replaced, resolve
from diagnose.machine.openclaw.predict_candidates import Wanted
from diagnose.machine.openclaw.predict_network import Address, address, bypasses, refused
from diagnose.machine.openclaw.predict_sent import DEFAULT_SIZE, Options, texts
from diagnose.machine.openclaw.predict_world import World, text
from diagnose.machine.openclaw.prediction import Candidate
from diagnose.machine.openclaw.rules import Row, Trail


def refusal_of(world: World, item: Wanted, rule: str) -> Candidate:
    """A candidate from which nothing would leave, by a rule that is noted."""
    return Candidate(
        provider=item.provider,
        named=item.model,
        model=item.model,
        via=item.via,
        refused=rule,
        refusal=world.rules.rows[rule].says,
        refreshes_first="refresh-margin" in item.trail.noted,
        rules=item.trail.all,
    )


def blocked(world: World, provider: str, where: Address, allowance: str, reads: bool, trail: Trail) -> dict[str, str]:
    """`refused` and `refusal` of a candidate when its host may not be asked, else nothing."""
    rule = refused(world, provider, where, allowance, reads, trail)
    return {} if rule is None else {"refused": rule, "refusal": world.rules.rows[rule].says}


def other(world: World, item: Wanted, row: Row, given: Options) -> Candidate:
    """The candidate for any provider but openai."""
    trail, values, name = item.trail, row.values, row.values["name"]
    found = resolve(world, name, trail)
    if found is None or found.stuck:
        return refusal_of(world, item, trail.note(found.stuck if found and found.stuck else "no-credential"))
    where = _base(world, row)
    if where is None and "base" in values:
        return refusal_of(world, item, trail.note("base-url-invalid"))
    reads, follows = bool(values.get("request")), values.get("proxy") != "none"
    surface, path = values["surface"], values.get("edit" if world.asked.images else "path")
    if where is not None and "elsewhere" in values and where != address(values["base"]):
        surface, path = "openrouter-chat", values["elsewhere"]
    each = bool(values.get("one_each")) and path != values.get("elsewhere")
    credential = replaced(world, name, found.credential, trail) if reads else found.credential
    return Candidate(
        provider=item.provider,
        named=item.model,
        model=item.model,
        via=item.via,
        surface=surface,
        host=where.host if where else None,
        path=f"{where.path}{path}".format(model=item.model) if where and path else None,
        credential=credential,
        requests=min(world.asked.count, 4) if each else 1,
        refreshes_first="refresh-margin" in trail.noted,
        bypasses_proxy=where is None or bypasses(world, name, where, follows, reads, trail),
        **(blocked(world, name, where, values.get("private", ""), reads, trail) if where else {}),
        sent=_sent(world, item, surface, given, each),
        ignored=tuple(given.ignored),
        rules=trail.all,
    )


def _base(world: World, row: Row) -> Address | None:
    """Where a provider is asked: its configured base URL as far as that counts, else its own."""
    values, name = row.values, row.values["name"]
    own, given = str(values.get("base", "")), world.base_url(name)
    how = values.get("base_from")
    if how is None:
        return address(given or own)
    where = address(given) if given else None
    if how == "origin":
        return address(f"{where.scheme}://{where.host}" if where else own)
    if how == "minimax-cn":
        variable = world.variable("MINIMAX_API_HOST")
        hosts = [text(given), variable.value.strip() if variable else ""]
        chinese = any(_is_chinese(host) for host in hosts)
        return address(own.replace("minimax.io", "minimaxi.com") if chinese else own)
    google = address(own)
    return google if where is None or (google and where.host == google.host) else None


def _is_chinese(host: str) -> bool:
    found = address(host if "://" in host else f"https://{host}")
    return found is not None and (found.name == "minimaxi.com" or found.name.endswith(".minimaxi.com"))


def _sent(world: World, item: Wanted, surface: str, given: Options, each: bool) -> dict[str, str]:
    count = world.asked.count
    if surface == "litellm-images":
        return texts(size=given.size or DEFAULT_SIZE, n=count)
    if surface.startswith("openrouter"):
        gemini = item.model.startswith("google/gemini-")
        limited = 1 if each else max(1, min(count, 4))
        return texts(n=limited, **({"aspect_ratio": given.ratio, "resolution": given.resolution} if gemini else {}))
    if surface == "minimax-images":
        return texts(n=count, aspect_ratio=given.ratio)
    return texts(size=given.size, aspect_ratio=given.ratio, resolution=given.resolution)
