"""What the events of a Codex stream say beside the image: which models they name, which tool, which response.

A stream says these things several times, and each of them counts: a name that disagrees must not be lost behind one
that agrees. Nothing is judged here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

IMAGE_CALL = "image_generation_call"
IMAGE_TOOL = "image_generation"

_MOST_NAMES = 40
_MOST_IDS = 20
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a whole stream said.

    Attributes:
        named: every place that names an image model, each with the name as it came; those of image items come last.
        crowded: there were more names than are kept.
        responses: how many different responses the events speak of, 0 where none has an id and none was announced.
        tool: the image tool as it was echoed last; empty where none was.
        tools: the most image tools that one response echoed.
        toolless: a response echoed its tools, and no image tool was among them.
    """

    named: tuple[tuple[str, str], ...]
    crowded: bool
    responses: int
    tool: Mapping[str, Any]
    tools: int
    toolless: bool


class Listener:
    """Is told of the responses and the items of a stream, in the order in which they come."""

    def __init__(self) -> None:
        self._of_tools: dict[tuple[str, str], None] = {}
        self._of_items: dict[tuple[str, str], None] = {}
        self._crowded = False
        self._ids: dict[str, None] = {}
        self._announced = 0
        self._tool: Mapping[str, Any] = {}
        self._tools = 0
        self._toolless = False

    def response(self, kind: str, response: Mapping[str, Any]) -> None:
        """A response as the event of that type has it, whole or not."""
        self._announced += kind == "response.created"
        if (identity := response.get("id")) is not None and len(self._ids) < _MOST_IDS:
            self._ids[str(identity)[:_LONGEST_NAME]] = None
        tools = response.get("tools")
        if isinstance(tools, list):
            ours = list(_image_tools(tools))
            self._tools = max(self._tools, len(ours))
            self._toolless = self._toolless or not ours
            for tool in ours:
                self._tool = tool
                self._name(self._of_tools, f"the tool in {kind}", tool.get("model"))
        output = response.get("output")
        for item in output if isinstance(output, list) else ():
            self.item(kind, item)

    def item(self, kind: str, item: Any) -> None:
        """An item of an event of that type, of any kind."""
        if isinstance(item, dict) and item.get("type") == IMAGE_CALL:
            self._name(self._of_items, f"the image's item in {kind}", item.get("model"))

    def progress(self, kind: str, event: Mapping[str, Any]) -> None:
        """An event that tells how far an image is."""
        self._name(self._of_tools, kind, event.get("model"))

    def finish(self) -> Said:
        """The stream is over."""
        return Said(
            named=(*self._of_tools, *self._of_items),
            crowded=self._crowded,
            responses=max(len(self._ids), self._announced),
            tool=self._tool,
            tools=self._tools,
            toolless=self._toolless,
        )

    def _name(self, kept: dict[tuple[str, str], None], where: str, name: Any) -> None:
        if name is None or name == "":
            return
        text = name if isinstance(name, str) else str(name)
        # Half a secret would no longer be known as one, so a text is kept whole or not at all.
        said = (where, text if len(text) <= _LONGEST_NAME else f"a text of {len(text)} characters")
        if said not in kept and len(self._of_tools) + len(self._of_items) >= _MOST_NAMES:
            self._crowded = True
            return
        kept[said] = None


def _image_tools(tools: list[Any]) -> Iterator[Mapping[str, Any]]:
    """The image tools of a list; a tool that does not say what it is counts as one, for we asked for no other."""
    return (tool for tool in tools if isinstance(tool, dict) and tool.get("type") in (None, IMAGE_TOOL))
