"""What happens to an error on its way into a paste: colours, times, quotes, prose, cuts, other orders of keys."""

# ruff: noqa: RUF001
import json
import random
from collections.abc import Callable
from typing import Any

CUT = 200
_DECODER = json.JSONDecoder()
_RUSSIAN = (
    "Здравствуйте! Вчера вечером картинки ещё рисовались, а сегодня с утра уже нет.",
    "Ничего не меняли. Подскажите, пожалуйста, куда смотреть? Спасибо заранее.",
)
_GERMAN = (
    "Hallo zusammen, gestern lief die Bilderzeugung noch, heute kommt nur das hier:",
    "Hat jemand eine Idee? Vielen Dank!",
)
_JAPANESE = (
    "昨日までは画像が作れていたのですが、今朝から次の表示が出ます。",
    "どなたかご存じでしょうか。よろしくお願いします。",
)
_CHINESE = ("大家好，昨天还能正常出图，今天早上突然就不行了，完整的输出在下面：", "有没有人遇到过一样的情况？谢谢！")


def cut(text: str) -> str:
    """Its beginning, as chat clients and log viewers show it."""
    return text[:CUT]


def reordered(text: str, chance: random.Random | None = None) -> str:
    """The keys of every JSON object in another order (backwards without `chance`), also of JSON inside its strings and
    of members whose braces were left behind."""
    try:
        members = _turned(json.loads(f"{{{text}}}"), chance)
    except ValueError:
        pass
    else:
        return json.dumps(members, ensure_ascii=False)[1:-1]
    out, at = [], 0
    while (start := _next_value(text, at)) < len(text):
        out.append(text[at:start])
        try:
            value, at = _DECODER.raw_decode(text, start)
        except ValueError:
            out.append(text[start])
            at = start + 1
        else:
            out.append(json.dumps(_turned(value, chance), ensure_ascii=False))
    return "".join([*out, text[at:]])


def _next_value(text: str, at: int) -> int:
    places = [place for bracket in "{[" if (place := text.find(bracket, at)) >= 0]
    return min(places, default=len(text))


def _turned(value: Any, chance: random.Random | None) -> Any:
    if isinstance(value, dict):
        pairs = [(key, _turned(member, chance)) for key, member in value.items()]
        if chance is None:
            pairs.reverse()
        else:
            chance.shuffle(pairs)
        return dict(pairs)
    if isinstance(value, list):
        return [_turned(member, chance) for member in value]
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        return reordered(value, chance)
    return value


def coloured(text: str) -> str:
    """As a program writes it on a terminal: every line red, with a time, a level and a tag before it."""
    head = "\x1b[2m2026-11-20T09:{:02}:07.123+01:00\x1b[0m \x1b[31;1mERROR\x1b[0m [gateway] \x1b[31m"
    return "\n".join(head.format(at % 60) + line + "\x1b[0m" for at, line in enumerate(text.splitlines())) + "\n"


def logged(text: str) -> str:
    """As a service manager keeps it: a time, a host and a process before each line."""
    return "\n".join(f"Nov 20 09:14:{at % 60:02} web-3 node[4127]: {line}" for at, line in enumerate(text.splitlines()))


def quoted(text: str) -> str:
    """As a mail or an issue quotes it."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def windows(text: str) -> str:
    """With a byte order mark and the line ends of Windows."""
    return "\ufeff" + "\r\n".join(text.splitlines()) + "\r\n"


def russian(text: str) -> str:
    """In a fenced block between Russian sentences."""
    return f"{_RUSSIAN[0]}\n\n```\n{text}\n```\n\n{_RUSSIAN[1]}\n"


def chinese(text: str) -> str:
    """In a fenced block between Chinese sentences."""
    return f"{_CHINESE[0]}\n\n```text\n{text}\n```\n\n{_CHINESE[1]}\n"


def german(text: str) -> str:
    """Between German sentences, without a fence."""
    return f"{_GERMAN[0]}\n\n{text}\n\n{_GERMAN[1]}\n"


def japanese(text: str) -> str:
    """Between Japanese sentences, without a fence."""
    return f"{_JAPANESE[0]}\n\n{text}\n\n{_JAPANESE[1]}\n"


def twice(text: str) -> str:
    """Pasted twice, as it happens."""
    return f"{text}\n{text}\n"


def among_notices(text: str) -> str:
    """Between lines of a log that tell nothing."""
    before = "2026-11-20 09:14:02,118 INFO starting job 17"
    behind = "2026-11-20 09:14:09,731 INFO job 17 finished, waiting for the next one"
    return f"{before}\n{text}\n{behind}\n"


def templated(text: str) -> str:
    """In an issue, below the headings of its template."""
    return (
        "**Describe the bug**\nI ask for a picture of a teapot, and since this morning this is what I get.\n\n"
        f"**Logs**\n```shell\n{text}\n```\n\n**Expected behavior**\nA picture.\n"
    )


def boxed(text: str) -> str:
    """In a box, as terminal programs draw them."""
    lines = text.splitlines()
    return "\n".join(["╭" + "─" * 60 + "╮", *(f"│ {line} │" for line in lines), "╰" + "─" * 60 + "╯"])


MANGLINGS: tuple[Callable[[str], str], ...] = (
    cut, reordered, coloured, logged, quoted, windows, russian, chinese, german, japanese, twice, among_notices,
    templated, boxed,
)  # fmt: skip
