"""The facts of rows of which some were loaded and others rejected, as it happens where wide rows are made long."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from hashlib import blake2b

from wdh.facts.sheets import FactSheets, SheetRow
from wdh.facts.spool import FactRows
from wdh.intake.tally import Intake

Parts = Mapping[int, str]
"""The facts of one row that are loaded: a hash of each, by its group among those of the row."""

_BYTES = 6


def find_parts(facts: FactRows, intake: Intake) -> Mapping[int, Mapping[int, Parts]]:
    """Find the facts of rows that were rejected in part, by the place of their sheet and the number of the row."""
    wanted = {place: rows for place, rows in enumerate(list_rejected(intake)) if rows}
    found: dict[int, set[int]] = {}
    for segment in facts.segments if wanted else ():
        found.setdefault(segment.workbook, set()).update(wanted.get(segment.workbook, set()) & {*segment.row_numbers})
    if not any(found.values()):
        return {}
    parts: dict[int, dict[int, dict[int, str]]] = {}
    for row, group, own in read_parts(FactSheets.of(facts, ()), found):
        parts.setdefault(row.workbook, {}).setdefault(row.number, {})[group] = own
    return parts


def list_rejected(intake: Intake) -> list[set[int]]:
    """List the numbers of the rejected rows of each sheet of a run."""
    rejected: dict[tuple[str, str], set[int]] = {}
    for reject in intake.rejects:
        rejected.setdefault((reject.file, reject.sheet), set()).add(reject.row)
    return [rejected.get((tally.file, tally.sheet), set()) for tally in intake.workbooks]


def read_parts(facts: FactSheets, wanted: Mapping[int, Collection[int]]) -> Iterator[tuple[SheetRow, int, str]]:
    """Read the facts of some rows, by the place of their sheet: each with its group, and a hash of it."""
    for sheet in facts.sheets():
        rows = wanted.get(sheet.workbook)
        for row in sheet.rows() if rows else ():
            if rows and row.number in rows:
                values = zip(facts.columns, row.values, strict=True)
                text = "\x1e".join(f"{name}\x1f{value}" for name, value in sorted(values) if value is not None)
                own = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
                yield row, row.reject(None, "", "").group, own
