"""Cautions: a configuration may have it, and it is seldom meant. Told by ``wdh check``, and no fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wdh.configuration.completion import read_sources
from wdh.configuration.document import Document
from wdh.configuration.faults import Fault, KeyPath, show_path
from wdh.configuration.provided import Provided
from wdh.words.language import say


def find_cautions(path: Path, provided: Mapping[str, Provided]) -> tuple[Fault, ...]:
    """Find what is seldom meant in a file without faults; ``provided`` is what the packages of its domains bring."""
    document = read_sources(path)
    entries = document.value["domains"]
    return tuple(
        caution
        for name, brought in provided.items()
        for caution in _find_derived(document, name, entry=entries[name], settings=brought.settings or {})
    )


def _find_derived(
    document: Document, name: str, *, entry: Mapping[str, Any], settings: Mapping[str, Any]
) -> Iterator[Fault]:
    """Find the columns of pk that a setting of the package decides, and not the sheet."""
    derived = {
        column: (key, pattern)
        for key, contract in settings.items()
        for column, pattern in contract.get("derives", {}).items()
    }
    for place, column in enumerate(entry["pk"]):
        if column in derived and column not in entry.get("provisional", {}):
            key, pattern = derived[column]
            path: KeyPath = ("domains", name, "pk", place)
            line, character = document.place(path).value
            message = say(
                "{column} need not come from the sheet: {key} decides it, and where that changes, the same "
                "facts are of another scope, and would be loaded beside the old ones. Take it out of pk, or "
                'add provisional: {{{column}: "{pattern}"}}',
                column=column,
                key=key,
                pattern=pattern,
            )
            yield Fault(str(document.path), line, character, show_path(path), message, code="caution")
