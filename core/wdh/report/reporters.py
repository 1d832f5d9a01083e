"""The forms in which a command shows its result. A new one is a module and a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from wdh.report import markdown, terminal
from wdh.report.blocks import Result
from wdh.words.language import in_english


def report_json(result: Result, _width: int | None) -> Iterator[str]:
    """Write the document as one line of JSON, in ASCII and in English."""
    yield json.dumps(in_english(result.document))


REPORTERS: Final[Mapping[str, Callable[[Result, int | None], Iterator[str]]]] = {
    "text": terminal.report_text,
    "json": report_json,
    "markdown": markdown.report_markdown,
}
"""Each gives the lines to print, without a character that a terminal would obey, but for styles of its own.

It is called with the width of the terminal; None: the lines go into a file.
"""
