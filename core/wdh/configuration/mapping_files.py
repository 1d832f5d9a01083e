"""Mappings that stand in files of their own beside the configuration, as YAML or CSV, or go on in the warehouse."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.configuration.contract import find_breaches
from wdh.configuration.document import Document, find_unusable, read_document
from wdh.configuration.faults import SHOWN, Breach, Fault, KeyPath, describe, show_path
from wdh.configuration.plain_file import Mark, Unreadable, decode, read_start
from wdh.configuration.provided import Provided
from wdh.configuration.rules import check_source_table, mapping_of
from wdh.configuration.values import make_target
from wdh.settings import Lookup, MappingTable
from wdh.words.characters import squeeze
from wdh.words.language import join, later, say
from wdh.words.phrases import clip

FILE_KEYWORD: Final = "mapping_file"
"""In the contract of a mapping: a text in its place names a file that holds it. It gives the header of the values."""

FROM_FILE: Final = "from_file"
FROM_TABLE: Final = "from_table"
_SOURCES: Final = frozenset((FROM_FILE, FROM_TABLE))
"""The entries of such a mapping that name where more of it is."""

MAX_BYTES: Final = 16 * 1024 * 1024
_MAPPING: Final = later("a mapping, with a value and what stands for it in each line (北京: G01)")
NOTHING: Final = re.compile(r"\s*(__\w+__|null|none|nan|#?n/a|[(（]?空白[)）]?|无|-+|—+)\s*", re.IGNORECASE)
"""The words that programs and people write where they know nothing."""

_SENTINEL: Final = re.compile(r"\s*__\w+__\s*")
"""Of these, those that no sheet has either."""

Entry = tuple[str, Any, Mark]
"""A key, its value, and where the key stands."""


class _Wanted(Struct, frozen=True):
    """A mapping of the file: ``nothing`` finds what stands for nothing there, ``sources`` are entries that are none."""

    path: KeyPath
    header: str
    nothing: re.Pattern[str]
    sources: frozenset[str] = frozenset()


class _Faulty(Exception):
    """A file cannot be read as a mapping; carries its faults."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(join("; ", map(str, faults)))
        self.faults = faults


def include_files(document: Document, provided: Mapping[str, Provided]) -> Document:
    """Put the mappings of files where a domain names them; a file with a fault gives an empty one.

    A mapping's own entries win over those of its from_file. What it says under from_table goes to ``tables``. A key or
    value that stands for nothing, such as ``__EMPTY__``, is a fault of the file that has it, be it the configuration
    itself, and so are two keys that no cell tells apart, with different values.
    """
    value, faults, tables = document.value, list(document.faults), {}
    for wanted in (*_wanted(provided), *_list_corrections(value)):
        found = _value_at(value, wanted.path)
        if isinstance(found, dict):
            inline = {key: item for key, item in found.items() if key not in wanted.sources}
            entries = [(key, item, document.place((*wanted.path, key)).key) for key, item in inline.items()]
            faults += _find_wrong(document.path, entries, wanted)
            if FROM_TABLE in found and FROM_TABLE in wanted.sources:
                tables[wanted.path] = found[FROM_TABLE]
            if FROM_FILE in found and FROM_FILE in wanted.sources:
                inline = {**_include(document, (*wanted.path, FROM_FILE), found[FROM_FILE], wanted, faults), **inline}
            value = _put(value, wanted.path, inline)
        elif isinstance(found, str):
            value = _put(value, wanted.path, _include(document, wanted.path, found, wanted, faults))
    return replace(document, value=value, faults=tuple(faults), tables=tables)


def _include(document: Document, path: KeyPath, name: Any, wanted: _Wanted, faults: list[Fault]) -> dict[str, Any]:
    """Read the file that the value at ``path`` names; one with a fault gives nothing but the fault."""
    try:
        return _read_file(document, path, name=name, wanted=wanted)
    except _Faulty as error:
        faults += error.faults
        return {}


def _wanted(provided: Mapping[str, Provided]) -> Iterator[_Wanted]:
    for name, bring in provided.items():
        contracts = bring.settings if isinstance(bring.settings, Mapping) else {}
        for key, contract in contracts.items():
            for path, header in _find_mappings(contract, ("domains", name, key)):
                yield _Wanted(path, header, NOTHING, _SOURCES)


def _list_corrections(value: Any) -> Iterator[_Wanted]:
    """List the mappings of columns that are corrected or computed, each with the column as the header of its values."""
    domains = _value_at(value, ("domains",))
    for name in domains if isinstance(domains, dict) else ():
        for block, key in (("corrections", "mapping"), ("corrections", "replace"), ("computed", "mapping")):
            columns = _value_at(value, ("domains", name, block))
            for column in columns if isinstance(columns, dict) else ():
                yield _Wanted(("domains", name, block, column, key), column, _SENTINEL)


def _find_mappings(contract: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(contract, Mapping):
        header, properties = contract.get(FILE_KEYWORD), contract.get("properties")
        if isinstance(header, str):
            yield path, header
        for key, inner in (properties if isinstance(properties, Mapping) else {}).items():
            yield from _find_mappings(inner, (*path, key))


def _value_at(value: Any, path: KeyPath) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _put(value: Any, path: KeyPath, part: dict[str, Any]) -> Any:
    return {**value, path[0]: _put(value[path[0]], path[1:], part)} if path else part


def _read_file(document: Document, path: KeyPath, *, name: Any, wanted: _Wanted) -> dict[str, Any]:
    """Read the mapping that the text at ``path`` names, from the configuration's folder on. Raises _Faulty."""
    if not isinstance(name, str):
        message = say("must be text, the name of a file, not {value}", value=describe(name))
        raise _Faulty(_fault(document.path, document.place(path).value, message, path))
    file, mark = document.path.parent / name, document.place(path).value
    if file.suffix.lower() not in (".csv", ".yml", ".yaml"):
        message = say(
            "{name!r} names no mapping: the file's name ends in none of .csv, .yml, .yaml", name=clip(name, SHOWN)
        )
        raise _Faulty(_fault(document.path, mark, message, path))
    try:
        data = read_start(file, MAX_BYTES + 1)
    except OSError as error:
        message = say(
            "the file {file} cannot be read: {reason}",
            file=clip(str(file), SHOWN),
            reason=error.strerror or type(error).__name__,
        )
        raise _Faulty(_fault(document.path, mark, message, path)) from error
    if len(data) > MAX_BYTES:
        message = say(
            "the file {file} is larger than {most} MiB", file=clip(str(file), SHOWN), most=MAX_BYTES // 1024 // 1024
        )
        raise _Faulty(_fault(document.path, mark, message, path))
    entries = _read_csv(file, data, wanted.header) if file.suffix.lower() == ".csv" else _read_yaml(file, data)
    wrong = tuple(_find_wrong(file, entries, wanted))
    if wrong:
        raise _Faulty(*wrong)
    return {key: value for key, value, _ in entries}


def _read_yaml(file: Path, data: bytes) -> list[Entry]:
    try:
        document = read_document(file, decode(file, data), wanted=_MAPPING)
    except Unreadable as error:
        raise _Faulty(error.fault) from error
    if document.faults:
        raise _Faulty(*document.faults)
    entries = [(key, value, document.place((key,))) for key, value in document.value.items()]
    wrong = [
        _fault(file, place.value, say("must be text, not {value}: put it in quotes", value=describe(value)), (key,))
        for key, value, place in entries
        if not isinstance(value, str)
    ]
    if wrong:
        raise _Faulty(*wrong)
    return [(key, value, place.key) for key, value, place in entries]


def _read_csv(file: Path, data: bytes, header: str) -> list[Entry]:
    """Read two columns below a header, in UTF-8. Raises _Faulty for the first line that is not so."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = say("the file is not UTF-8 from here on; save it as CSV UTF-8")
        raise _Faulty(_fault(file, Mark(data[: error.start].count(b"\n") + 1, 1), message)) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    entries: list[Entry] = []
    try:
        first = [cell.strip() for cell in next(reader, [])]
        if len(first) != 2 or first[1] != header:
            message = say(
                "the first line must be a header of two columns, the second of which is {header}", header=header
            )
            raise _Faulty(_fault(file, Mark(1, 1), message))
        for cells in reader:
            row = [cell.strip() for cell in cells]
            if any(row):
                entries.append(_read_row(file, row, Mark(reader.line_num, 1)))
    except csv.Error as error:
        raise _Faulty(
            _fault(file, Mark(reader.line_num, 1), say("the line is not CSV: {error}", error=error))
        ) from error
    return entries


def _read_row(file: Path, row: list[str], mark: Mark) -> Entry:
    if len(row) != 2 or not all(row):
        raise _Faulty(
            _fault(file, mark, say("the line must have two values, and has {count}", count=sum(map(bool, row))))
        )
    unusable = find_unusable(row[0]) or find_unusable(row[1])
    if unusable is not None:
        raise _Faulty(_fault(file, mark, say("a value {unusable}", unusable=unusable)))
    return row[0], row[1], mark


def _find_wrong(file: Path, entries: Iterable[Entry], wanted: _Wanted) -> Iterator[Fault]:
    known: dict[str, tuple[Any, Mark]] = {}
    for key, value, mark in entries:
        said = next((text for text in (key, value) if isinstance(text, str) and wanted.nothing.fullmatch(text)), None)
        if said is not None:
            yield _fault(
                file,
                mark,
                say("{said!r} stands for nothing, so no row can mean it; remove the entry", said=clip(said, SHOWN)),
            )
        other, first = known.setdefault(squeeze(key), (value, mark))
        if other != value:
            message = say(
                "{key!r} has another {header} in line {line}; remove one of them",
                key=clip(key, SHOWN),
                header=wanted.header,
                line=first.line,
            )
            yield _fault(file, mark, message)


def _fault(file: Path, mark: Mark, message: str, path: KeyPath = ()) -> Fault:
    return Fault(str(file), mark.line, mark.column, show_path(path), message)


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
