"""Checked and completed mappings as the frozen values of wdh.settings."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from wdh.settings import (
    DEFAULT_LEDGER,
    Bound,
    ColumnRule,
    Constant,
    Discovery,
    Domain,
    Guards,
    HeaderRows,
    Limits,
    Reference,
    TextFormat,
    Totals,
    Unpivot,
    Validation,
)
from wdh.sql.identifiers import Target
from wdh.words.total_words import TOTAL_WORDS

_AS_THEY_STAND = frozenset(("first", "last", "most_frequent", "max_by", "min_by", "min", "max"))
"""Picks that take a value of a fact and make nothing else of it."""

_COMPUTING = frozenset(("corrections", "drop_rows", "computed"))
"""The keys of a domain that change its rows before they are read."""


def make_domain(
    name: str,
    entry: Mapping[str, Any],
    *,
    refs: Mapping[str, Any],
    settings: Mapping[str, Any],
    time_zone: str | None = None,
) -> Domain:
    """Make a Domain of an entry that its contract has passed, with its completed refs and own keys.

    ``time_zone`` is the file's; None: it names none.
    """
    chosen = {key: entry[key] for key in ("description", "select", "headers", "checks") if key in entry}
    if not _COMPUTING.isdisjoint(entry):
        from wdh.configuration.computed import make_values

        chosen |= make_values(entry)
    sheet, sheets = entry.get("sheet", 0), entry.get("sheets", ())
    return Domain(
        name=name,
        pattern=entry.get("pattern"),
        path_pattern=entry.get("path_pattern"),
        exclude=tuple(entry.get("exclude", ())),
        sheet=sheet if isinstance(sheet, str) else int(sheet),
        facts=make_target(entry),
        pk=tuple(entry["pk"]),
        period=entry.get("period"),
        lineage=entry.get("lineage", {}),
        refs=tuple(_make_reference(ref, refs[ref], provisional=_provisional(entry)) for ref in refs),
        required_columns=tuple(entry.get("required_columns", ())),
        validation=Validation(**_whole(entry.get("validation", {}), "min_rows")),
        columns=entry.get("columns"),
        totals=_make_totals(entry.get("totals", {})),
        settings=settings,
        time_zone=time_zone,
        guards=_make_guards(entry.get("guards", {})),
        provisional=_provisional(entry),
        header=_make_header(entry),
        sheets=(sheets,) if isinstance(sheets, str) else tuple(sheets),
        unpivot=Unpivot(**entry["unpivot"]) if "unpivot" in entry else None,
        text=TextFormat(**entry.get("text", {})),
        constants=tuple(_make_constant(*each) for each in entry.get("constants", {}).items()),
        **chosen,
    )


def make_discovery(entry: Mapping[str, Any]) -> Discovery:
    """Make a Discovery of a block that its contract has passed; what it leaves out is the default."""
    return Discovery(**_whole(_frozen(entry), "max_depth"))


def make_limits(entry: Mapping[str, Any]) -> Limits:
    """Make Limits of a block that its contract has passed: MiB become bytes; what it leaves out is the default."""
    sizes = {key.removesuffix("_mib") + "_bytes": int(entry[key]) << 20 for key in entry if key.endswith("_mib")}
    return Limits(**sizes, **{key: int(entry[key]) for key in entry if not key.endswith("_mib")})


def make_ledger(entry: Mapping[str, Any]) -> Target:
    """Name the ledger's table by a block that its contract has passed; what it leaves out is the default."""
    return make_target({"table": DEFAULT_LEDGER.table, **entry})


def _make_guards(entry: Mapping[str, Any]) -> Guards:
    shares = {key: _share(entry[key]) for key in ("shrink", "new_values") if key in entry}
    bounds = {"deletes": _bound(entry["deletes"])} if "deletes" in entry else {}
    return Guards(**{**entry, **shares, **bounds})


def _bound(written: str | int) -> Bound | None:
    share = _share(written)
    if share is None:
        return None if written == "off" else Bound(rows=int(written))
    return Bound(share=share)


def _share(written: str | int) -> Fraction | None:
    """Read ``50%``; None for what is no share: ``off``, or a number of rows."""
    text = str(written)
    return Fraction(text.removesuffix("%")) / 100 if text.endswith("%") else None


def _provisional(entry: Mapping[str, Any]) -> Mapping[str, str]:
    """Collect the patterns of provisional values: those of declared columns, and those beside them."""
    columns = entry.get("columns") or {}
    declared = {
        name: column["provisional"]
        for name, column in columns.items()
        if isinstance(column, dict) and "provisional" in column
    }
    return {**declared, **entry.get("provisional", {})}


def _make_constant(name: str, entry: Any) -> Constant:
    if not isinstance(entry, dict):
        return Constant(name, "literal", literal=entry)
    ((source, text),) = entry.items()
    return Constant(name, source, text)


def _make_header(entry: Mapping[str, Any]) -> HeaderRows:
    chosen = {key: int(value) for key, value in entry.get("header", {}).items()}
    row = int(entry["header_row"]) if "header_row" in entry else None
    return HeaderRows(**chosen, row=row, wide=entry.get("unpivot", {}).get("columns"))


def _make_totals(entry: Any) -> Totals:
    """A list, or ``words``, replaces the usual words; ``add`` adds to them, or to those."""
    chosen: Mapping[str, Any] = {"words": entry} if isinstance(entry, list) else entry
    words = (*chosen.get("words", TOTAL_WORDS), *chosen.get("add", ()))
    no_sums = tuple(chosen.get("no_sums", ()))
    return Totals(tuple(dict.fromkeys(words)), chosen.get("label"), chosen.get("verify", "note"), no_sums)


def make_target(entry: Mapping[str, Any]) -> Target:
    """Name the table of an entry; a blank schema means none."""
    schema = entry.get("schema")
    return Target(schema if schema and schema.strip() else None, entry["table"])


def _make_reference(name: str, entry: Mapping[str, Any], *, provisional: Mapping[str, str]) -> Reference:
    chosen = {key: value for key, value in entry.items() if key not in ("enabled", "schema", "table", "key", "columns")}
    return Reference(
        name=name,
        target=make_target(entry),
        key=tuple(entry["key"]),
        columns=tuple(_inherit(rule, provisional) for rule in _make_rules(entry["key"], entry.get("columns", {}))),
        **_frozen(chosen),
    )


def _make_rules(key: list[str], columns: Mapping[str, Any]) -> tuple[ColumnRule, ...]:
    """Make the rules; a key column without one reads the fact column of the same name, and comes first."""
    implied = {column: column for column in key if column not in columns}
    return tuple(_make_rule(column, rule) for column, rule in {**implied, **columns}.items())


def _make_rule(column: str, rule: Any) -> ColumnRule:
    if isinstance(rule, str):
        return ColumnRule(column, rule)
    chosen = {key: value for key, value in rule.items() if key != "from"}
    return ColumnRule(column, rule.get("from"), **_frozen(chosen))


def _inherit(rule: ColumnRule, provisional: Mapping[str, str]) -> ColumnRule:
    """Let a rule that takes a value as it stands have the pattern of the fact column that it reads."""
    if rule.provisional is not None or rule.pick not in _AS_THEY_STAND or rule.format is not None:
        return rule
    return replace(rule, provisional=provisional.get(rule.source or ""))


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _whole(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    # 10.0 is an integer to the contract, and a float to Python.
    return {**entry, key: int(entry[key])} if key in entry else dict(entry)
