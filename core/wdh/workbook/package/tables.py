"""The tables of a sheet (Insert, Table in Excel): which of its rows they call their totals rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from wdh.settings import Limits
from wdh.workbook.package.archive import Archive, damaged
from wdh.workbook.package.guard import check_member, read_whole
from wdh.workbook.package.part_names import PartNames, name_relations, resolve_target


def find_totals_rows(path: Path, package: Archive, sheet: str, *, header: int, limits: Limits) -> frozenset[int]:
    """Give the numbers of the totals rows of those tables whose header is the row ``header``.

    ``sheet`` is the name of the sheet's part. A totals row is known by ``totalsRowCount``, whatever its label says
    (ECMA-376 part 1, 18.5.1.2). Raises DataError where a table's part is damaged.
    """
    names = PartNames(package.entries)
    relations = names.find(name_relations(sheet))
    if relations is None:
        return frozenset()
    found = set[int]()
    for node in _parse(path, package, relations, limits=limits):
        part = names.find(resolve_target(sheet, node.get("Target", "")))
        if part is not None and node.get("Type", "").endswith("/table"):
            found.update(_totals_rows(path, part, _parse(path, package, part, limits=limits), header=header))
    return frozenset(found)


def _parse(path: Path, package: Archive, member: str, *, limits: Limits) -> ElementTree.Element:
    check_member(path, package, member, limits=limits)
    try:
        return ElementTree.fromstring(read_whole(path, package, member, limits=limits))  # noqa: S314 (as in styles)
    except ElementTree.ParseError as error:
        raise damaged(path, member, error) from error


def _totals_rows(path: Path, member: str, table: ElementTree.Element, *, header: int) -> Iterator[int]:
    from openpyxl.utils.cell import range_boundaries  # here, as few sheets need it

    try:
        count = int(table.get("totalsRowCount", "0"))
        _, top, _, bottom = range_boundaries(table.get("ref", ""))
    except ValueError as error:
        raise damaged(path, member, error) from error
    if top == header and bottom is not None:
        yield from range(max(bottom - count, header) + 1, bottom + 1)
