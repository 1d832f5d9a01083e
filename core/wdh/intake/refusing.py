"""Makes rejects of facts, of those that a check refused when the workbooks are read again, and of any others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from wdh.facts import Facts, Reject
from wdh.facts.sheets import FactReject
from wdh.intake.tally import WorkbookTally
from wdh.intake.unfit_candidates import UNFIT

Refused = Mapping[tuple[int, int], Mapping[int, tuple[Reject, ...]]]
"""Rejects by row, and these by the place of their sheet in the run and the group of the facts among those of a row."""


def group_rejects(rejects: Iterable[FactReject]) -> Refused:
    """Put the rejects of facts in order; several may be of one fact."""
    found: dict[tuple[int, int], dict[int, tuple[Reject, ...]]] = {}
    for reject in rejects:
        rows = found.setdefault((reject.workbook, reject.group), {})
        rows[reject.row] = (*rows.get(reject.row, ()), reject.plain())
    return found


def refuse_rows(facts: Facts, refused: Mapping[int, tuple[Reject, ...]]) -> Facts:
    """Turn the facts of these rows into rejects, as if transform had refused them."""
    kept = [place for place, row in enumerate(facts.row_numbers) if row not in refused]
    if len(kept) == len(facts):
        return facts
    rejects = (reject for row in facts.row_numbers for reject in refused.get(row, ()))
    return replace(_keep(facts, kept), rejects=(*facts.rejects, *rejects))


def hold_back(facts: Facts, held: Collection[int], more: Collection[int]) -> Facts:
    """Leave out the facts of the rows of these numbers."""
    numbers = enumerate(facts.row_numbers)
    return _keep(facts, [place for place, row in numbers if row not in held and row not in more])


def _keep(facts: Facts, places: Sequence[int]) -> Facts:
    return replace(
        facts,
        row_numbers=[facts.row_numbers[place] for place in places],
        columns={name: [values[place] for place in places] for name, values in facts.columns.items()},
    )


def count_refused(
    tallies: Sequence[WorkbookTally], refused: Refused, rejects: Iterable[Reject]
) -> tuple[WorkbookTally, ...]:
    """Count the facts that are refused as rejected rows, but for the rows of ``rejects``, which are counted already.

    So are the facts of those of them that are unfit for a reference.
    """
    known: dict[tuple[str, str, int], bool] = {}
    for reject in rejects:
        row = (reject.file, reject.sheet, reject.row)
        known[row] = known.get(row, False) or reject.reason in UNFIT
    counted: list[WorkbookTally] = []
    for place, tally in enumerate(tallies):
        own = [row for (workbook, _), rows in refused.items() if workbook == place for row in rows]
        fresh = {row for row in own if (tally.file, tally.sheet, row) not in known}
        facts = sum(not known.get((tally.file, tally.sheet, row), False) for row in own)
        counted.append(tally.plus(facts=-facts, rejected=len(fresh)))
    return tuple(counted)
