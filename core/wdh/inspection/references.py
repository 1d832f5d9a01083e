"""From dependencies between columns to references: which key owns which column, and which key refers to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from wdh.inspection.dependencies import AKIN_ACCIDENT, LIKELY_ACCIDENT, Dependencies, Dependency
from wdh.inspection.findings import Exceptional, FoundColumn, FoundReference
from wdh.inspection.hints import are_akin, stem_of
from wdh.inspection.names import database_name, plain_name
from wdh.words.language import say, say_count

OWNED_KINDS: Final = frozenset(("text", "code", "choice", "date", "boolean", "integer"))
"""Kinds of columns that may belong to a key: figures and the month are about the row."""

MOST_KEY_COLUMNS: Final = 40
MOST_OWNED_COLUMNS: Final = 200
"""A sheet may have thousands of columns, and each pair of them is looked at in each row."""

_MOST_EXCEPTIONS: Final = 20
_LINKS = Mapping[tuple[str, str], Dependency]


class Tree(Struct, frozen=True):
    """The columns that each key owns, by the key's name; a column that is a key itself makes one refer to the other."""

    owned: Mapping[str, tuple[str, ...]]
    links: _LINKS


def key_columns(columns: Sequence[FoundColumn]) -> tuple[str, ...]:
    """Name the columns that are looked at as keys: codes, then texts, as many as :data:`MOST_KEY_COLUMNS`."""
    able = sorted(
        (found for found in columns if found.kind in ("code", "text")), key=lambda found: found.kind != "code"
    )
    return tuple(found.name for found in able[:MOST_KEY_COLUMNS])


def owned_columns(columns: Sequence[FoundColumn]) -> tuple[str, ...]:
    """Name the columns that are looked at as belonging to a key, as many as :data:`MOST_OWNED_COLUMNS`."""
    return tuple(found.name for found in columns if found.kind in OWNED_KINDS)[:MOST_OWNED_COLUMNS]


def find_references(
    columns: Sequence[FoundColumn], dependencies: Dependencies, *, facts_table: str
) -> tuple[FoundReference, ...]:
    """Propose the references of a sheet, parents before children."""
    tree = _grow(columns, _find_links(columns, dependencies))
    names = _name(tuple(tree.owned), facts_table=facts_table)
    by_name = {found.name: found for found in columns}
    found = [_propose(key, tree, names=names, columns=by_name) for key in tree.owned]
    return tuple(sorted(found, key=lambda reference: _depth(reference.key, tree)))


def _find_links(columns: Sequence[FoundColumn], dependencies: Dependencies) -> dict[tuple[str, str], Dependency]:
    headers = {found.name: found.header for found in columns}
    links = {}
    for key in key_columns(columns):
        for column in owned_columns(columns):
            if key != column:
                akin = are_akin(headers[key], headers[column])
                found = dependencies.found(key, column, accident=AKIN_ACCIDENT if akin else LIKELY_ACCIDENT)
                if found is not None:
                    links[key, column] = found
    return links


def _grow(columns: Sequence[FoundColumn], links: _LINKS) -> Tree:
    """Give each column to its key, and let each key refer to the nearest keys that it determines."""
    owners = _find_owners(columns, links)
    keys = _with_columns(owners)
    owned: dict[str, tuple[str, ...]] = {}
    for key in keys:
        above = [other for other in keys if (key, other) in links and (other, key) not in links]
        nearest = {other for other in above if not any((one, other) in links for one in above if one != other)}
        own = {column for column, owner in owners.items() if owner == key and column not in keys}
        owned[key] = tuple(found.name for found in columns if found.name in own | nearest)
    return Tree(owned, links)


def _find_owners(columns: Sequence[FoundColumn], links: _LINKS) -> dict[str, str]:
    """Name the key that each column belongs to: codes first, texts where no code determines it. No text owns a code."""
    kinds = {found.name: found.kind for found in columns}
    keys = _choose_keys(columns, links)
    owners = {}
    for column in owned_columns(columns):
        able = [key for key in keys if (key, column) in links and not _is_same(key, column, keys=keys, links=links)]
        codes = [key for key in able if kinds[key] == "code"]
        if codes or (able and kinds[column] != "code"):
            owners[column] = _nearest(column, codes or able, links=links, order=keys)
    return owners


def _with_columns(owners: Mapping[str, str]) -> tuple[str, ...]:
    """Keep the keys that own a column which is no key: one that has nothing of its own is a column like others."""
    keys = dict.fromkeys(owners.values())
    while True:
        kept = dict.fromkeys(owner for column, owner in owners.items() if owner in keys and column not in keys)
        if len(kept) == len(keys):
            return tuple(kept)
        keys = kept


def _choose_keys(columns: Sequence[FoundColumn], links: _LINKS) -> tuple[str, ...]:
    """Keep one key of those that stand for each other: codes before texts, then the fewest blanks, then the first."""
    able = set(key_columns(columns))
    order = sorted(
        (found for found in columns if found.name in able),
        key=lambda found: (found.kind != "code", found.blanks),
    )
    kept: list[str] = []
    for found in order:
        if not any((found.name, other) in links and (other, found.name) in links for other in kept):
            kept.append(found.name)
    return tuple(kept)


def _is_same(key: str, column: str, *, keys: Sequence[str], links: _LINKS) -> bool:
    """Say whether the column is a kept key that determines ``key`` in its turn."""
    return column in keys and (column, key) in links


def _nearest(column: str, owners: Sequence[str], *, links: _LINKS, order: Sequence[str]) -> str:
    """Choose the key that no other one stands between; of several one that is akin, then the one with fewest keys."""
    nearest = [
        key
        for key in owners
        if not any((key, other) in links and (other, key) not in links for other in owners if other != key)
    ]
    return min(
        nearest or owners,
        key=lambda key: (not are_akin(key, column), links[key, column].keys, order.index(key)),
    )


def _depth(key: str, tree: Tree, *, seen: tuple[str, ...] = ()) -> int:
    above = [column for column in tree.owned.get(key, ()) if column in tree.owned and column not in seen]
    return 1 + max((_depth(column, tree, seen=(*seen, key)) for column in above), default=0)


def _name(keys: Sequence[str], *, facts_table: str) -> dict[str, tuple[str, str]]:
    """Name the reference and the table of each key, all different."""
    names: dict[str, tuple[str, str]] = {}
    refs: list[str] = []
    tables = [facts_table]
    for number, key in enumerate(keys, 1):
        stem = stem_of(key)
        table = database_name(stem, tables) or f"reference_{number}"
        ref = database_name(plain_name(stem, instead=f"reference_{number}"), refs) or f"reference_{number}"
        tables.append(table)
        refs.append(ref)
        names[key] = ref, table
    return names


def _propose(
    key: str, tree: Tree, *, names: Mapping[str, tuple[str, str]], columns: Mapping[str, FoundColumn]
) -> FoundReference:
    links = [tree.links[key, column] for column in tree.owned[key]]
    parents = {column: names[column][0] for column in tree.owned[key] if column in names}
    exceptions = [one for link in links for one in _exceptions(link, columns[link.column])]
    return FoundReference(
        name=names[key][0],
        table=names[key][1],
        key=key,
        columns={link.column: "most_frequent" if link.minorities else "first" for link in links},
        parents=parents,
        depends_on=tuple(dict.fromkeys(parents.values())),
        keys=max(link.keys for link in links),
        evidence=tuple(_evidence(link) for link in links),
        exceptions=tuple(exceptions[:_MOST_EXCEPTIONS]),
    )


def _evidence(link: Dependency) -> str:
    said = say(
        "each of {keys:,} {key} has one {column}, in {rows:,} rows",
        keys=link.keys,
        key=link.key,
        column=link.column,
        rows=link.rows,
    )
    if not link.minorities:
        return said
    rows = sum(minority.rows for minority in link.minorities)
    share = f"{rows / link.rows:.2%}"
    return say_count(
        "{said}, but for {count} row ({share})", "{said}, but for {count} rows ({share})", rows, said=said, share=share
    )


def _exceptions(link: Dependency, column: FoundColumn) -> list[Exceptional]:
    return [
        Exceptional(
            cell=f"{column.letter}{minority.first_row}",
            column=link.column,
            key=minority.key,
            value=minority.value,
            usual=minority.usual,
            rows=minority.rows,
        )
        for minority in link.minorities
    ]
