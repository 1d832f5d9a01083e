"""The foreign keys of a domain as its refs block."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from wdh.configuration.faults import SHOWN, KeyPath, suggest
from wdh.migration.losses import Losses
from wdh.words.language import join, say
from wdh.words.phrases import clip

_NEEDED: Final = ("name", "source_column", "target_table", "target_key")
_KEYS: Final = (*_NEEDED, "target_schema", "mode", "depends_on", "skip_blank_values", "backfill_columns")
_COLUMN_KEYS: Final = ("source", "target", "optional", "aggregation")
_MODES: Final = ("insert_missing", "fill_null_only")
_BLANK: Final = "(空白)"

_FIELD: Final = re.compile(r"\{([^{}]+)\}")
_COLUMN: Final = re.compile(r"\[\s*[\"']([^\"']+)[\"']\s*\]")
_DATE: Final = re.compile(r"\.strftime\(\s*[\"']([^\"']+)[\"']\s*\)(?:\s*\+\s*[\"']([^\"']*)[\"'])?")
_CALL: Final = re.compile(r"lambda (\w+): ?\1\[[\"']([^\"']+)[\"']\]\.(nunique|sum|max|min)\(\)")
_PICKS: Final = {"nunique": "count_distinct", "sum": "sum", "max": "max", "min": "min"}
_CODE: Final = ("lambda", "jsonb_append")
_KNOWN: Final = ("first", "max_by", "concat_distinct", "template", "count_distinct", *_CODE)


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
        unknown = [name for name in _read_columns(rule) if known is not None and name not in known]
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


def migrate_rule(column: Mapping[str, Any], path: KeyPath, losses: Losses) -> str | dict[str, Any] | None:
    """Write the rule for one of ``backfill_columns``; None, with a loss, where there is none."""
    source, written = column.get("source"), column.get("aggregation")
    how = written if isinstance(written, dict) else {}
    kind = how.get("type", "first")
    here = (*path, "aggregation")
    if kind in _CODE:
        losses.tell(here, _refuse_code(kind, str(how.get("code", ""))))
        return None
    if kind == "template":
        return _migrate_template(str(how.get("template", "")), here, losses)
    if not isinstance(source, str):
        losses.tell(path, say("has no source, so nothing is read; write the rule by hand"))
        return None
    match kind:
        case "first":
            return source
        case "max_by" if isinstance(how.get("order_column"), str):
            return {"from": source, "pick": "max_by", "by": how["order_column"]}
        case "max_by":
            losses.tell(here, say("has no order_column, so nothing says which fact decides; write the rule by hand"))
            return None
        case "count_distinct":
            return {"from": source, "pick": "count_distinct"}
        case "concat_distinct":
            if how.get("sort", True):
                losses.tell(
                    here, say("the values are joined in the order of the sheet; order: […] in the rule fixes one")
                )
            return {"from": source, "pick": "concat_distinct", "separator": how.get("separator", "+")}
        case _:
            losses.tell(
                here,
                say(
                    "the aggregation {kind!r} is not known; {advice}",
                    kind=clip(str(kind), SHOWN),
                    advice=suggest(str(kind), _KNOWN),
                ),
            )
            return None


def _read_columns(rule: str | dict[str, Any]) -> tuple[str, ...]:
    if isinstance(rule, str):
        return (rule,)
    return tuple(rule[key] for key in ("from", "by") if key in rule)


def _migrate_template(template: str, path: KeyPath, losses: Losses) -> dict[str, Any] | None:
    fields = _FIELD.findall(template)
    if not fields:
        return {"pick": "constant", "value": template}
    if len(fields) > 1:
        losses.tell(
            path,
            say(
                "a template reads one column here, and {template!r} reads {count}",
                template=clip(template, SHOWN),
                count=len(fields),
            ),
        )
        return None
    return {"from": fields[0], "pick": "template", "format": _FIELD.sub("{}", template)}


def _refuse_code(kind: str, code: str) -> str:
    message = say("code is never carried over: {kind} {code!r}", kind=kind, code=clip(code, SHOWN))
    proposal = _propose(kind, code)
    if proposal is None:
        return say("{message}; write a rule by hand, or a statement under after:", message=message)
    return say(
        "{message}; its meaning seems to be {proposal}, to be written under columns:",
        message=message,
        proposal=proposal,
    )


def _propose(kind: str, code: str) -> str | None:
    called, column, date = _CALL.fullmatch(code), _COLUMN.search(code), _DATE.search(code)
    if called is not None and kind == "lambda":
        return f"{{from: {called[2]}, pick: {_PICKS[called[3]]}}}"
    if column is not None and date is not None:
        text = date[2] or ""
        if kind == "jsonb_append":
            return f"{{from: {column[1]}, pick: template, format: '[\"{{:{date[1]}}}{text}\"]'}} for new rows"
        return f"{{from: {column[1]}, pick: first, format: '{date[1]}{text}'}}"
    return None
