"""The domain's defaults under what the file says: the file wins, key by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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


_ABSENT: Any = object()


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
