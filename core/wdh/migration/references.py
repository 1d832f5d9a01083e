"""The foreign keys of a domain as its refs block."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from wdh.configuration.faults import KeyPath, suggest
from wdh.migration.losses import Losses
from wdh.migration.rules import migrate_rule, read_columns
from wdh.words.language import join, say

_NEEDED: Final = ("name", "source_column", "target_table", "target_key")
_KEYS: Final = (*_NEEDED, "target_schema", "mode", "depends_on", "skip_blank_values", "backfill_columns")
_COLUMN_KEYS: Final = ("source", "target", "optional", "aggregation")
_MODES: Final = ("insert_missing", "fill_null_only")
_BLANK: Final = "(空白)"


class Brought(Struct, frozen=True):
    """The part of a domain's package in its references: its own refs, and the fact columns (None: not known)."""

    refs: Mapping[str, Any]
    columns: Collection[str] | None = None

    def name_of(self, table: object) -> str | None:
        """Give the name of the package's own reference to a table."""
        return next((name for name, entry in self.refs.items() if entry.get("table") == table), None)


def switch_off(brought: Brought) -> dict[str, Any]:
    """Write the refs block by which no reference of the package takes part."""
    return {name: {"enabled": False} for name, entry in brought.refs.items() if entry.get("enabled", True)}


def migrate_keys(keys: object, path: KeyPath, *, brought: Brought, losses: Losses) -> dict[str, Any]:
    """Write the refs block: an entry for each foreign key, and none of the package's own for any other table."""
    sound = list(_find_sound(keys, path, losses))
    names = {key["name"]: brought.name_of(key["target_table"]) or key["name"] for key, _ in sound}
    refs: dict[str, Any] = {}
    for key, here in sound:
        name = names[key["name"]]
        if name != key["name"]:
            losses.tell(
                (*here, "name"),
                say("{old} is {new} here, as the domain's package names it", old=key["name"], new=name),
            )
        if name in refs:
            losses.tell(
                here,
                say("{table} has a foreign key already; this second one is left out", table=key["target_table"]),
            )
        else:
            refs[name] = _migrate_key(key, here, names=names, default=brought.refs.get(name, {}), losses=losses)
            _leave_unknown(refs[name], here, brought=brought, losses=losses)
            _complete(refs[name], brought.refs.get(name, {}))
    return {**switch_off(brought), **refs}


def _find_sound(keys: object, path: KeyPath, losses: Losses) -> Iterator[tuple[dict[str, Any], KeyPath]]:
    if not isinstance(keys, list):
        losses.tell(path, say("is no list of foreign keys, so none is carried over"))
    for place, key in enumerate(keys if isinstance(keys, list) else ()):
        here = (*path, place)
        missing = [name for name in _NEEDED if not (isinstance(key, dict) and isinstance(key.get(name), str))]
        if missing:
            losses.tell(here, say("is left out whole: it has no text under {missing}", missing=", ".join(missing)))
        else:
            yield key, here


def _migrate_key(
    key: Mapping[str, Any], path: KeyPath, *, names: Mapping[str, str], default: Mapping[str, Any], losses: Losses
) -> dict[str, Any]:
    for unknown in (name for name in key if name not in _KEYS):
        losses.tell((*path, unknown), say("is no key of a foreign key; {advice}", advice=suggest(unknown, _KEYS)))
    entry: dict[str, Any] = {"enabled": True} if default.get("enabled") is False else {}
    if key.get("target_schema"):
        entry["schema"] = key["target_schema"]
    entry |= {"table": key["target_table"], "key": [key["target_key"]], "mode": _migrate_mode(key, path, losses)}
    entry["columns"] = {key["target_key"]: key["source_column"], **dict(_migrate_columns(key, path, losses))}
    depends = [names[name] for name in key.get("depends_on") or () if name in names]
    for name in key.get("depends_on") or ():
        if name not in names:
            losses.tell(
                (*path, "depends_on"),
                say("{name} is no foreign key of this domain; {advice}", name=name, advice=suggest(name, names)),
            )
    entry |= {"depends_on": depends} if depends or "depends_on" in default else {}
    if key.get("skip_blank_values"):
        entry["blank"] = [_BLANK]
    return entry


def _migrate_mode(key: Mapping[str, Any], path: KeyPath, losses: Losses) -> str:
    mode = key.get("mode", "insert_missing")
    if mode in _MODES:
        return str(mode)
    losses.tell((*path, "mode"), say("is none of {modes}; insert_missing is written", modes=join(say(" and "), _MODES)))
    return "insert_missing"


def _migrate_columns(key: Mapping[str, Any], path: KeyPath, losses: Losses) -> Iterator[tuple[str, Any]]:
    columns = key.get("backfill_columns")
    for place, column in enumerate(columns if isinstance(columns, list) else ()):
        here = (*path, "backfill_columns", place)
        target = column.get("target") if isinstance(column, dict) else None
        if not isinstance(target, str):
            losses.tell(here, say("has no target, so nothing is filled"))
            continue
        for unknown in (name for name in column if name not in _COLUMN_KEYS):
            losses.tell(
                (*here, unknown), say("is no key of such a column; {advice}", advice=suggest(unknown, _COLUMN_KEYS))
            )
        if target != key["target_key"]:
            rule = migrate_rule(column, here, losses)
            if rule is not None:
                yield target, rule


def _leave_unknown(entry: dict[str, Any], path: KeyPath, *, brought: Brought, losses: Losses) -> None:
    """Leave out the rules that read a column which the package's facts do not have."""
    known = brought.columns
    for target, rule in list(entry["columns"].items()):
        unknown = [name for name in read_columns(rule) if known is not None and name not in known]
        if unknown and target not in entry["key"]:
            del entry["columns"][target]
            hint = suggest(unknown[0], known or ())
            losses.tell(
                path,
                say(
                    "{target} is left out: the facts have no column {unknown}; {hint}",
                    target=target,
                    unknown=unknown[0],
                    hint=hint,
                ),
            )


def _complete(entry: dict[str, Any], default: Mapping[str, Any]) -> None:
    """Say whatever would else be the package's: nothing but what the foreign key says takes part."""
    filled = [name for name in entry["columns"] if name not in entry["key"]]
    if entry["mode"] != "insert_missing" or "updatable" in default:
        entry["updatable"] = filled
    if "required" in default:
        entry["required"] = [name for name in default["required"] if name in entry["columns"]]
    entry["columns"] |= {name: None for name in default.get("columns", {}) if name not in entry["columns"]}
