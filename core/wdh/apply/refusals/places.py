"""The cells of the workbook behind rows that the server refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wdh.apply.refusals.refused import Blame
from wdh.errors import DataError
from wdh.facts import Place
from wdh.plan import Plan, StagedStep, Step
from wdh.plan.provenance import find_places
from wdh.words.language import join, say

_SHOWN_PLACES = 5


class RepeatedKey(DataError):
    """Candidates with different text are one and the same key to PostgreSQL (``a`` and ``A`` in a citext)."""

    may_quote_values = True

    def __init__(self, step: StagedStep, *, pairs: Sequence[tuple[int, int]], plan: Plan | None) -> None:
        shown = [join(say(" and "), (_show_candidate(step, row, plan=plan) for row in pair)) for pair in pairs]
        super().__init__(
            say(
                "{target}: these keys ({key}) are the same to PostgreSQL: {shown}. Make the codes in the "
                "workbook agree. Nothing was written.",
                target=step.target.sql,
                key=", ".join(step.key),
                shown=join("; ", shown),
            ),
            table=step.target.sql,
            key=step.key,
            keys=shown,
        )


def name_places(step: Step, blame: Blame, *, plan: Plan) -> list[str]:
    """Name the cells of the rows to blame; a row without a workbook behind it is named by its values.

    Of rows that are refused only together the last one is named, and the others beside it.
    """
    named = _name_beside(step, blame.rows, plan=plan) if blame.together else _name_rows(step, blame, plan=plan)
    return list(dict.fromkeys(named))


def list_places(places: Sequence[str]) -> str:
    """Show the first places, and how many others there are."""
    rest = len(places) - _SHOWN_PLACES
    return join("; ", places[:_SHOWN_PLACES]) + (say(" and {rest:,} more", rest=rest) if rest > 0 else "")


def _name_rows(step: Step, blame: Blame, *, plan: Plan) -> Iterator[str]:
    column = blame.column
    found = find_places(plan, step, rows=blame.rows, column=column)
    for row in blame.rows:
        if found[row]:
            yield from (
                say("{place}, {column}", place=place, column=column) if column else str(place) for place in found[row]
            )
        elif isinstance(step, StagedStep):
            yield _show_row(step, row)


def _name_beside(step: Step, rows: Sequence[int], *, plan: Plan) -> Iterator[str]:
    found = find_places(plan, step, rows=rows, column=None)
    *others, last = (found[row][0] if found[row] else row for row in rows)
    beside = join(say(" and "), (_show_beside(step, other, last) for other in others[:_SHOWN_PLACES]))
    yield say("{last}, beside {others}", last=_show_beside(step, last, None), others=beside)


def _show_beside(step: Step, place: Place | int, last: Place | int | None) -> str:
    if not isinstance(place, Place):
        return _show_row(step, place) if isinstance(step, StagedStep) else say("row {place}", place=place)
    is_near = isinstance(last, Place) and (place.file, place.sheet) == (last.file, last.sheet)
    return (place.cell or say("row {row}", row=place.row)) if is_near else str(place)


def _show_row(step: StagedStep, row: int) -> str:
    return ", ".join(f"{name} {step.rows[row][step.columns.index(name)]}" for name in step.key or step.columns)


def _show_candidate(step: StagedStep, row: int, *, plan: Plan | None) -> str:
    values = tuple(step.rows[row][step.columns.index(name)] for name in step.key)
    places = () if plan is None else find_places(plan, step, rows=[row], column=step.key[0])[row]
    shown = repr(values[0] if len(values) == 1 else values)
    return say("{key} ({place})", key=shown, place=places[0]) if places else shown
