"""The rules that no contract can state: names that PostgreSQL would cut, circles, keys that are filled, and the like.

Every rule takes values that may be of the wrong kind (the contract reports those) and looks only at what it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from wdh.configuration.faults import Breach, KeyPath, suggest, unknown_column, unknown_name
from wdh.facts.formats import KINDS, check_format
from wdh.sql.identifiers import SYSTEM_COLUMNS, quote_ident, refuse_system_name
from wdh.words.expressions import compile_expression
from wdh.words.language import say
from wdh.words.spelling import near_match

CheckRule = Callable[[Mapping[str, Any], str | None], Iterator[tuple[str, str]]]
"""Finds what is wrong with a rule of a reference for its pick, as (key of the rule, message).

The second argument is the PostgreSQL type of the fact column that the rule reads; None: it is not known.
"""


def check_domain(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check one entry of domains without its refs; of these, only that no table is PostgreSQL's own."""
    yield from _check_regex(entry, "pattern", path=path)
    yield from _check_regex(entry, "path_pattern", path=path)
    yield from _check_names(entry, ("schema", "table", "pk", "period"), path=path)
    yield from check_table(entry, path)
    for name, ref in mapping_of(entry.get("refs")).items():
        yield from check_table(mapping_of(ref), (*path, "refs", name))
    after = entry.get("after")
    for place, each in enumerate(after if isinstance(after, list) else ()):
        here = (*path, "after", place)
        yield from _check_names(mapping_of(each), ("schema", "table"), path=here)
        yield from check_table(mapping_of(each), here)
    yield from _check_lineage(entry, path)
    yield from _check_shape(entry, path)
    if "computed" in entry or "corrections" in entry:
        from wdh.configuration.computed import check_computed

        yield from check_computed(entry, path)
        yield from _check_lookups(entry, path)
    columns = entry.get("columns")
    if "checks" in entry:
        from wdh.configuration.checks import check_checks

        yield from check_checks(entry, path)
    if not isinstance(columns, dict):
        return
    for column in columns:
        here = (*path, "columns", column)
        yield from _check_name(column, here)
        if column in SYSTEM_COLUMNS:
            yield Breach(
                here, say("is a column that every table of PostgreSQL has already; choose another name"), at="key"
            )
    yield from _check_given(entry, columns, path=path)
    for place, name in _texts(entry.get("pk")):
        yield from _check_source(name, columns, path=(*path, "pk", place))
    if isinstance(period := entry.get("period"), str):
        yield from _check_source(period, columns, path=(*path, "period"))


def _check_lookups(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    for name, computed in mapping_of(entry.get("computed")).items():
        lookup, here = mapping_of(mapping_of(computed).get("lookup")), (*path, "computed", name, "lookup")
        yield from _check_names(lookup, ("schema", "table", "value"), path=here)
        yield from (breach for column in mapping_of(lookup.get("by")) for breach in _check_name(column, (*here, "by")))


def check_source_table(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check the table of the warehouse from which a mapping is read."""
    yield from _check_names(entry, ("schema", "table", "key", "value"), path=path)
    yield from check_table(entry, path)


def _check_lineage(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    taken = dict.fromkeys([*mapping_of(entry.get("columns")), *(name for _, name in _texts(entry.get("pk")))])
    for part, column in mapping_of(entry.get("lineage")).items():
        here = (*path, "lineage", part)
        if isinstance(column, str):
            yield from _check_added(column, here, taken=taken)
            taken[column] = None


def _check_added(column: str, path: KeyPath, *, taken: Collection[str]) -> Iterator[Breach]:
    """Check the name of a column that a run fills by itself, beside those that have a value already."""
    yield from _check_name(column, path)
    if column in SYSTEM_COLUMNS:
        yield Breach(path, say("is a column that every table of PostgreSQL has already; choose another name"))
    if column in taken:
        yield Breach(
            path,
            say("the column {column} has another value already; name a column that nothing else fills", column=column),
        )


def check_ledger(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check the ledger block."""
    yield from _check_names(entry, ("schema", "table"), path=path)
    yield from check_table(entry, path)


def check_table(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check that the table of an entry, by its keys schema and table, is not one of PostgreSQL's own."""
    schema, table = entry.get("schema"), entry.get("table")
    has_schema = isinstance(schema, str) and bool(schema.strip())
    try:
        refuse_system_name(schema if has_schema else None, table if isinstance(table, str) else "")
    except ValueError as error:
        yield Breach((*path, "schema" if has_schema else "table"), str(error), causes=((*path, "table"), path))


def check_discovery(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check the discovery block."""
    yield from _check_regex(entry, "version_folders", path=path, group="version")
    yield from _check_regex(entry, "month_folders", path=path, group="month")


def check_refs(refs: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check a completed refs block."""
    entries = {name: entry for name, entry in refs.items() if isinstance(entry, dict)}
    for name, entry in entries.items():
        here = (*path, name)
        yield from _check_names(entry, ("schema", "table", "key", "updatable"), path=here)
        yield from check_table(entry, here)
        yield from _check_columns(entry, here)
        yield from _check_lists(entry, here)
        if isinstance(column := entry.get("created_by_run"), str):
            taken = {name for key in ("key", "updatable") for _, name in _texts(entry.get(key))}
            taken.update(mapping_of(entry.get("columns")))
            yield from _check_added(column, (*here, "created_by_run"), taken=taken)
        yield from _check_depends_on(name, tuple(refs), entry=entry, path=here)
    yield from _check_circles(entries, path)


def check_sources(refs: Mapping[str, Any], columns: Mapping[str, Any], *, path: KeyPath) -> Iterator[Breach]:
    """Check that the rules of a completed refs block read columns that the facts have: those of ``columns``."""
    for name, entry in refs.items():
        rules = mapping_of(mapping_of(entry).get("columns"))
        for column, rule in rules.items():
            here = (*path, name, "columns", column)
            if isinstance(rule, str):
                yield from _check_source(rule, columns, path=here)
            kind = _kind_of(columns.get(mapping_of(rule).get("from", "")))
            if kind is not None and not any(_check_format(mapping_of(rule), here)):
                yield from _check_format(mapping_of(rule), here, kind=kind)
            for key in ("from", "by", "tie_break"):
                if isinstance(mapping_of(rule).get(key), str):
                    yield from _check_source(rule[key], columns, path=(*here, key))
        for place, column in _texts(mapping_of(entry).get("key")):
            if column not in rules:
                yield from _check_source(column, columns, path=(*path, name, "key", place))


def check_picks(
    refs: Mapping[str, Any], *, path: KeyPath, types: Mapping[str, str], check_rule: CheckRule | None
) -> Iterator[Breach]:
    """Check the rules of a completed refs block for what their picks ask; ``types`` are those of the fact columns."""
    if check_rule is None:
        return
    for name, entry in refs.items():
        for column, rule in mapping_of(mapping_of(entry).get("columns")).items():
            here = (*path, name, "columns", column)
            source = mapping_of(rule).get("from")
            known = types.get(source) if isinstance(source, str) else None
            for key, message in check_rule(mapping_of(rule), known):
                yield Breach((*here, key), message)


def check_targets(refs: Mapping[str, Any], entry: Mapping[str, Any], *, path: KeyPath) -> Iterator[Breach]:
    """Check that no reference is kept in the table of the domain's facts."""
    facts = (entry.get("schema") or None, entry.get("table"))
    for name, ref in refs.items():
        if isinstance(ref, dict) and (ref.get("schema") or None, ref.get("table")) == facts:
            yield Breach((*path, name, "table"), say("is the table of the facts; a reference has a table of its own"))


def _kind_of(column: Any) -> str | None:
    kind = column if isinstance(column, str) else mapping_of(column).get("kind")
    return kind if isinstance(kind, str) and kind in KINDS else None


def _check_source(name: str, columns: Mapping[str, Any], *, path: KeyPath) -> Iterator[Breach]:
    if name.strip() and name not in columns:
        yield unknown_column(path, name, columns, causes=(path[:-1], path[:-2]))


def _check_shape(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check the expressions of constants and of unpivot, which names the column of the cells once."""
    for name, constant in mapping_of(entry.get("constants")).items():
        for key in ("sheet", "file", "folder"):
            yield from _check_regex(mapping_of(constant), key, path=(*path, "constants", name), group="value")
    unpivot, here = mapping_of(entry.get("unpivot")), (*path, "unpivot")
    faults = list(_check_regex(unpivot, "columns", path=here))
    yield from faults
    if isinstance(expression := unpivot.get("columns"), str) and not faults:
        is_named = "value" in compile_expression(expression).groups
        if is_named and "value" in unpivot:
            yield Breach(
                (*here, "value"), say("the group value of columns names the column already; remove one of them")
            )
        if not is_named and "value" not in unpivot:
            yield Breach((*here, "value"), say("is missing: columns has no group value"), at="parent")


def _check_given(entry: Mapping[str, Any], columns: Mapping[str, Any], *, path: KeyPath) -> Iterator[Breach]:
    """Check that constants and unpivot give declared columns, by their names or aliases, or what others are made of."""
    aliases = [alias for column in columns.values() for _, alias in _texts(mapping_of(column).get("aliases"))]
    if "computed" in entry or "drop_rows" in entry:
        from wdh.configuration.computed import find_read

        aliases += find_read(entry)
    unpivot = mapping_of(entry.get("unpivot"))
    given = {("constants", name): name for name in mapping_of(entry.get("constants"))}
    given |= {("unpivot", key): unpivot[key] for key in ("into", "value") if isinstance(unpivot.get(key), str)}
    for (block, key), name in given.items():
        if name not in columns and name not in aliases:
            yield unknown_column((*path, block, key), name, columns, at="key" if block == "constants" else "value")


def check_overrides(written: Mapping[str, Any], default: Mapping[str, Any], *, path: KeyPath) -> Iterator[Breach]:
    """Check that a refs block, as written, hits the default: with each null, and with each entry that is not whole."""
    for name, entry in written.items():
        if isinstance(entry, dict):
            near = None if name in default or {"table", "key"} <= entry.keys() else near_match(name, default)
            if near is not None:
                message = say("is no reference of the domain; did you mean {near}?", near=near)
                yield unknown_name((*path, name), message, name, default, at="key")
        if entry is None and name not in default:
            message = say("there is no reference of this name to switch off; {advice}", advice=suggest(name, default))
            yield unknown_name((*path, name), message, name, default, at="key")
        columns = mapping_of(mapping_of(default.get(name)).get("columns"))
        for column, rule in mapping_of(mapping_of(entry).get("columns")).items():
            if rule is None and column not in columns:
                message = say(
                    "there is no rule for this column to take away; {advice}", advice=suggest(column, columns)
                )
                yield unknown_name((*path, name, "columns", column), message, column, columns, at="key")


def _check_regex(entry: Mapping[str, Any], key: str, *, path: KeyPath, group: str | None = None) -> Iterator[Breach]:
    """Check that a key has an expression, and that it has the ``group`` (None: it needs none)."""
    written = entry.get(key)
    if not isinstance(written, str):
        return
    try:
        expression = compile_expression(written)
    except ValueError as error:
        yield Breach((*path, key), str(error))
    else:
        if group is not None and group not in expression.groups:
            yield Breach((*path, key), say("has no group (?P<{group}>…); write one around what it finds", group=group))


def _check_names(entry: Mapping[str, Any], keys: tuple[str, ...], *, path: KeyPath) -> Iterator[Breach]:
    for key in keys:
        value = entry.get(key)
        if isinstance(value, str):
            yield from _check_name(value, (*path, key))
        for place, name in _texts(value):
            yield from _check_name(name, (*path, key, place))


def _check_name(name: str, path: KeyPath) -> Iterator[Breach]:
    if not name.strip():  # the contract says so, or it is a schema, and a blank one means none
        return
    try:
        quote_ident(name)
    except ValueError as error:
        yield Breach(path, str(error))


def _check_columns(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    key = {name for _, name in _texts(entry.get("key"))}
    for column, rule in mapping_of(entry.get("columns")).items():
        here = (*path, "columns", column)
        yield from _check_name(column, here)
        if isinstance(rule, dict):
            yield from _check_format(rule, here)
            if column in key and (rule.get("pick", "first") != "first" or "format" in rule):
                message = say(
                    "a key column is taken as it stands; write {column}: {value}",
                    column=column,
                    value=rule.get("from", column),
                )
                yield Breach(here, message, causes=((*path, "key"),))


def _check_format(rule: Mapping[str, Any], path: KeyPath, *, kind: str | None = None) -> Iterator[Breach]:
    """Check the format of a rule, for values of the ``kind`` of a column that is declared; None: of any kind."""
    text = rule.get("format")
    if not isinstance(text, str):
        return
    try:
        check_format(text, is_template=rule.get("pick") == "template", kind=kind)
    except ValueError as error:
        yield Breach((*path, "format"), str(error), causes=((*path, "from"), path))


def _check_lists(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    key = [name for _, name in _texts(entry.get("key"))]
    ruled = dict.fromkeys((*mapping_of(entry.get("columns")), *key))
    causes = ((*path, "columns"), (*path, "key"))
    for listed in ("updatable", "required"):
        for place, name in _texts(entry.get(listed)):
            if name not in ruled:
                message = say(
                    "the column {name!r} has no rule in columns; {advice}", name=name, advice=suggest(name, ruled)
                )
                yield unknown_name((*path, listed, place), message, name, ruled, causes=causes)


def _check_depends_on(
    name: str, known: tuple[str, ...], *, entry: Mapping[str, Any], path: KeyPath
) -> Iterator[Breach]:
    others = tuple(other for other in known if other != name)
    for place, other in _texts(entry.get("depends_on")):
        here = (*path, "depends_on", place)
        causes = ((*path[:-1], other), path)
        if other == name:
            yield Breach(here, say("a reference cannot depend on itself"), causes=causes)
        elif other not in others:
            message = say("there is no reference {other!r}; {advice}", other=other, advice=suggest(other, others))
            yield unknown_name(here, message, other, others, causes=causes)


def _check_circles(entries: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Report each circle of depends_on once, at the first of its references."""
    before = {name: [other for _, other in _texts(entry.get("depends_on"))] for name, entry in entries.items()}
    told: set[str] = set()
    for name in before:
        circle = _find_circle(name, before)
        if len(circle) > 1 and told.isdisjoint(circle):
            told.update(circle)
            way = " → ".join((*circle, name))
            causes = tuple((*path, other, "depends_on") for other in circle)
            yield Breach(
                (*path, name, "depends_on"), say("the references depend on each other: {way}", way=way), causes=causes
            )


def _find_circle(start: str, before: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Find the shortest way from ``start`` back to itself; empty without one. The last step is left out."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        for other in before.get(way[-1], ()):
            if other == start:
                return way
            if other not in seen:
                seen.add(other)
                ways.append((*way, other))
    return ()


def _texts(value: Any) -> Iterator[tuple[int, str]]:
    """Give the texts of a list with their places; nothing for anything but a list."""
    if isinstance(value, list):
        yield from ((place, item) for place, item in enumerate(value) if isinstance(item, str))


def mapping_of(value: Any) -> Mapping[str, Any]:
    """Give a value that is a mapping; for any other, an empty one."""
    return value if isinstance(value, dict) else {}
