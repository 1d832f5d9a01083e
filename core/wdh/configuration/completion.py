"""Defaults under what the file says, which wins key by key: those of ``defaults``, and those of a domain's package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.configuration.document import Document, Place, read_document
from wdh.configuration.faults import Fault, KeyPath, show_path
from wdh.words.language import say

_MORE: Final = "+"
"""The first entry of a list that goes on with that of the defaults."""

_ABSENT: Any = object()


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


def complete_refs(written: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a refs block; an empty one means that the default is taken as it is.

    An entry wins over the default's key by key; its lists and its column rules replace. An entry that gives its
    ``table`` gives its ``schema`` too: absent there, it is absent. A null entry or rule is gone from the result. A
    value of the wrong kind is handed on as it is, for the contract to judge, and so is an entry that is not enabled: it
    must be right, too. :func:`keep_enabled` leaves it out.
    """
    both = {**default, **{name: _complete_ref(entry, default.get(name)) for name, entry in written.items()}}
    return {name: entry for name, entry in both.items() if entry is not None}


def keep_enabled(refs: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a completed and checked refs block what is not enabled."""
    return {name: entry for name, entry in refs.items() if entry.get("enabled", True)}


def _complete_ref(written: Any, default: Any) -> Any:
    if not (isinstance(written, dict) and isinstance(default, dict)):
        return _without_null_rules(written)
    if "table" in written:
        default = {key: value for key, value in default.items() if key != "schema"}
    entry = {**default, **written}
    if isinstance(written.get("columns"), dict) and isinstance(default.get("columns"), dict):
        entry["columns"] = {**default["columns"], **written["columns"]}
    return _without_null_rules(entry)


def _without_null_rules(entry: Any) -> Any:
    if not (isinstance(entry, dict) and isinstance(entry.get("columns"), dict)):
        return entry
    return {**entry, "columns": {name: rule for name, rule in entry["columns"].items() if rule is not None}}


def complete_settings(written: Mapping[str, Any], contracts: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a domain's own keys by the ``default`` of their contracts.

    ``written`` is the domain's whole entry in the file. Where both the file and a default give a mapping, they are
    merged key by key, at any depth; lists replace. A key without value and without default is absent; so are the
    defaults inside of it.
    """
    found = {key: _complete_value(written.get(key, _ABSENT), contract) for key, contract in contracts.items()}
    return {key: value for key, value in found.items() if value is not _ABSENT}


def _complete_value(written: Any, contract: Any) -> Any:
    if not isinstance(contract, dict):
        return written
    value = _merge(written, contract.get("default", _ABSENT))
    properties = contract.get("properties")
    if not (isinstance(properties, dict) and isinstance(value, dict)):
        return value
    return {**value, **complete_settings(value, properties)}


def _merge(written: Any, default: Any) -> Any:
    if written is _ABSENT:
        return default
    if not (isinstance(written, dict) and isinstance(default, dict)):
        return written
    return {key: _merge(written.get(key, _ABSENT), default.get(key, _ABSENT)) for key in {**default, **written}}
