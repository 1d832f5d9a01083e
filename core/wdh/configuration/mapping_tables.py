"""Tables of the warehouse that go on with mappings of a package's settings, as ``from_table`` names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wdh.configuration.contract import find_breaches
from wdh.configuration.faults import Breach, KeyPath
from wdh.configuration.mapping_files import FILE_KEYWORD, FROM_TABLE
from wdh.configuration.rules import check_source_table, mapping_of
from wdh.configuration.values import make_target
from wdh.settings import Lookup, MappingTable


def check_tables(tables: Mapping[KeyPath, Any]) -> Iterator[Breach]:
    """Check what mappings say under from_table, by their paths."""
    from wdh_schemas import read_contract

    contract = read_contract("data_sources")["$defs"]["from_table"]
    for path, written in tables.items():
        here = (*path, FROM_TABLE)
        yield from find_breaches(written, contract, root=here)
        yield from check_source_table(mapping_of(written), here)


def make_tables(
    tables: Mapping[KeyPath, Any], contracts: Mapping[str, Any], *, provisional: Mapping[str, str]
) -> tuple[MappingTable, ...]:
    """Make the tables of one domain's mappings, which have passed their check.

    ``contracts`` are of the domain's settings, and ``provisional`` has the patterns that the file gives fact columns.
    """
    return tuple(
        _make_table(tuple(map(str, path[2:])), written, contracts, provisional) for path, written in tables.items()
    )


def _make_table(
    path: tuple[str, ...], written: Mapping[str, Any], contracts: Mapping[str, Any], provisional: Mapping[str, str]
) -> MappingTable:
    contract = contracts[path[0]]
    derived = {**contract.get("derives", {}), **provisional}
    for key in path[1:]:
        contract = contract["properties"][key]
    lookup = Lookup(make_target(written), {written["key"]: written["key"]}, written["value"])
    return MappingTable(path, lookup, derived.get(contract[FILE_KEYWORD]))
