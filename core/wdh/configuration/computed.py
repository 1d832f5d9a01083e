"""The keys ``corrections``, ``drop_rows``, ``computed`` of a domain: rules that no contract can state, and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wdh.configuration.faults import Breach, KeyPath, suggest, unknown_name
from wdh.configuration.rules import mapping_of
from wdh.configuration.values import make_target
from wdh.settings import Computed, Correction, DropRule, Lookup, Scalar
from wdh.words.headers import normalise_header
from wdh.words.language import say


def make_values(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Make the values of an entry that its contract has passed, by the names of Domain."""
    rules = entry.get("drop_rows", [])
    return {
        "corrections": tuple(_make_correction(*each) for each in entry.get("corrections", {}).items()),
        "drop_rows": tuple(map(_make_rule, rules if isinstance(rules, list) else [rules])),
        "computed": tuple(_make_computed(*each) for each in entry.get("computed", {}).items()),
    }


def _make_correction(column: str, entry: Mapping[str, Any]) -> Correction:
    return Correction(
        column, tuple(entry.get("aliases", ())), entry.get("replace", {}), entry.get("mapping"), _default(entry)
    )


def _make_rule(entry: Mapping[str, Any]) -> DropRule:
    return DropRule({header: tuple(values) for header, values in entry["when"].items()})


def _make_computed(column: str, entry: Mapping[str, Any]) -> Computed:
    lookup = _make_lookup(entry["lookup"]) if "lookup" in entry else None
    sources = tuple(lookup.by.values()) if lookup is not None else _sources(entry)
    chosen = {key: entry[key] for key in ("pick", "separator", "mapping") if key in entry}
    return Computed(column, sources, lookup=lookup, default=_default(entry), **chosen)


def _make_lookup(entry: Mapping[str, Any]) -> Lookup:
    by = entry["by"]
    return Lookup(make_target(entry), {by: by} if isinstance(by, str) else by, entry["value"])


def _sources(entry: Mapping[str, Any]) -> tuple[str, ...]:
    sources = entry.get("from", ())
    return (sources,) if isinstance(sources, str) else tuple(sources)


def _default(entry: Mapping[str, Any]) -> tuple[Scalar, ...]:
    return (entry["default"],) if "default" in entry else ()


def check_computed(entry: Mapping[str, Any], path: KeyPath) -> Iterator[Breach]:
    """Check that computed columns read those above them only, and that somebody reads what is made.

    Values may be of the wrong kind; the contract reports those.
    """
    computed = mapping_of(entry.get("computed"))
    read = {name: list(_read(mapping_of(each))) for name, each in computed.items()}
    places = {normalise_header(name): place for place, name in enumerate(computed)}
    for place, (name, sources) in enumerate(read.items()):
        for key, source in sources:
            if places.get(normalise_header(source), -1) > place:
                message = say(
                    "reads {source}, which is computed below it; put {source} above {name}", source=source, name=name
                )
                yield Breach((*path, "computed", name, key), message)
    columns = entry.get("columns")
    if isinstance(columns, dict):
        yield from _check_used(entry, columns, path=path)


def find_read(entry: Mapping[str, Any]) -> frozenset[str]:
    """Give the headers that drop_rows and computed columns read, but for those of their own names."""
    rules = entry.get("drop_rows")
    tried = (mapping_of(mapping_of(rule).get("when")) for rule in (rules if isinstance(rules, list) else [rules]))
    computed = mapping_of(entry.get("computed")).items()
    sources = (source for name, each in computed for _, source in _read(mapping_of(each)) if source != name)
    return frozenset((*sources, *(header for when in tried for header in when)))


def _read(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the headers that an entry reads, each with the key that names it."""
    sources, by = entry.get("from"), mapping_of(entry.get("lookup")).get("by")
    for source in [sources] if isinstance(sources, str) else sources if isinstance(sources, list) else ():
        if isinstance(source, str):
            yield "from", source
    for source in [by] if isinstance(by, str) else mapping_of(by).values():
        if isinstance(source, str):
            yield "lookup", source


def _check_used(entry: Mapping[str, Any], columns: Mapping[str, Any], *, path: KeyPath) -> Iterator[Breach]:
    """Check that each column which is corrected or computed is read by a declared one, or by another computed one."""
    known = set(columns)
    for column in columns.values():
        aliases = mapping_of(column).get("aliases")
        known.update(name for name in (aliases if isinstance(aliases, list) else ()) if isinstance(name, str))
        source = mapping_of(column).get("source")
        known.update([source] if isinstance(source, str) else [])
    known |= find_read(entry)
    headers = set(map(normalise_header, known))
    for block in ("corrections", "computed"):
        for name in mapping_of(entry.get(block)):
            if normalise_header(name) not in headers:
                message = say(
                    "nothing reads {name!r}: no fact column is made of it; {advice}",
                    name=name,
                    advice=suggest(name, columns),
                )
                yield unknown_name((*path, block, name), message, name, columns, at="key")
