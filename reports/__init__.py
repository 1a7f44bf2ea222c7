"""One pure function `Report -> str` per format. None reads a clock, a file of the user's or the environment.

A format's module is imported when it is asked for, so that nobody pays for jinja2 to see a table.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.model.report import Report

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "table": "reports.table",
        "json": "reports.json_v1",
        "markdown": "reports.markdown",
        "html": "reports.html",
    }
)
"""Format name -> the module whose `render` makes it."""

EXTENSIONS: Mapping[str, str] = MappingProxyType({".txt": "table", ".json": "json", ".md": "markdown", ".html": "html"})
"""File name extension -> format name."""


def render(name: str, report: "Report") -> str:
    """The report in the format `name`. Raises ValueError for a name that is not in FORMATS."""
    if name not in FORMATS:
        raise ValueError(f"there is no format {name!r}; the formats are {', '.join(FORMATS)}")
    renderer: Callable[[Report], str] = import_module(FORMATS[name]).render
    return renderer(report)
