"""The keys that every domain has by ``defaults``, put under what its entry says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.configuration.document import Document, Place, read_document
from wdh.configuration.faults import Fault, KeyPath, show_path
from wdh.words.language import say

_MORE: Final = "+"
"""The first entry of a list that goes on with that of the defaults."""


def read_sources(path: Path, text: str | None = None) -> Document:
    """Read a data_sources.yml, or the ``text`` that is to stand in it; complete each domain's entry by the defaults.

    A default that an entry takes is pointed at where it is written. Raises as read_document() does.
    """
    document = read_document(path, text)
    value = document.value if isinstance(document.value, dict) else {}
    domains, defaults = value.get("domains"), value.get("defaults", {})
    if not (isinstance(domains, dict) and isinstance(defaults, dict)):
        return document
    merging = _Merging(document, dict(document.places), list(document.faults))
    merged = {
        name: merging.merge(entry, defaults, path=("domains", name), origin=("defaults",))
        if isinstance(entry, dict)
        else entry
        for name, entry in domains.items()
    }
    for key, default in defaults.items():
        if _goes_on(default):
            merging.refuse(
                ("defaults", key), say("this is the list of defaults, which goes on with no other; remove the +")
            )
    return replace(document, value={**value, "domains": merged}, places=merging.places, faults=tuple(merging.faults))


class _Merging(Struct):
    """The work of completing one file; lives for one call of read_sources."""

    document: Document
    places: dict[KeyPath, Place]
    faults: list[Fault]

    def merge(self, written: Any, default: Any, *, path: KeyPath, origin: KeyPath) -> Any:
        """Complete a value at ``path`` by the default at ``origin``."""
        if isinstance(written, dict) and isinstance(default, dict):
            return {
                key: self._merge_key(written, default, key, path=path, origin=origin) for key in {**default, **written}
            }
        if isinstance(default, list) and _goes_on(written):
            return self._extend(written[1:], default, path=path, origin=origin)
        return written

    def _merge_key(
        self, written: dict[str, Any], default: dict[str, Any], key: str, *, path: KeyPath, origin: KeyPath
    ) -> Any:
        here, there = (*path, key), (*origin, key)
        if key not in written:
            self._copy(default[key], here, there)
            return default[key]
        value = written[key]
        if origin == ("defaults",) and _goes_on(value) and not isinstance(default.get(key), list):
            self.refuse(here, say("the list goes on with that of defaults (+), which has none; remove the +"))
        return self.merge(value, default.get(key), path=here, origin=there)

    def _extend(self, more: list[Any], default: list[Any], *, path: KeyPath, origin: KeyPath) -> list[Any]:
        for index, value in reversed(list(enumerate(more))):
            self._copy(value, (*path, len(default) + index), (*path, index + 1))
        for index, value in enumerate(default):
            self._copy(value, (*path, index), (*origin, index))
        return [*default, *more]

    def _copy(self, value: Any, path: KeyPath, origin: KeyPath) -> None:
        """Give a value, and all that is in it, the places of where it is written."""
        if origin in self.document.places:
            self.places[path] = self.document.places[origin]
        for step, inner in _parts(value):
            self._copy(inner, (*path, step), (*origin, step))

    def refuse(self, path: KeyPath, message: str) -> None:
        """Find a fault with the list at ``path``."""
        line, column = self.document.place(path).value
        self.faults.append(Fault(str(self.document.path), line, column, show_path(path), message))


def _goes_on(value: Any) -> bool:
    return isinstance(value, list) and value[:1] == [_MORE]


def _parts(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)
