"""Facts with a column more, or with rows fewer: whatever belongs to the rows follows by itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wdh.words.language import say, say_count
from wdh.words.spelling import did_you_mean

if TYPE_CHECKING:
    from wdh.facts.fact import Fact
    from wdh.facts.origin import Origin
    from wdh.facts.values import Facts, FactValue, Reject

_SHOWN: Final = 5


def derive(facts: Facts, name: str, function: Callable[[Fact], FactValue | Reject]) -> Facts:
    """Add or replace a column; see :meth:`wdh.Facts.derive`."""
    from wdh.facts.values import Reject

    values = [_ask(function, fact, name) for fact in facts.rows()]
    rejects: list[Reject] = []
    kept: list[FactValue] = []
    for row, value in zip(facts.row_numbers, values, strict=True):
        if not isinstance(value, Reject):
            kept.append(value)
        elif value.row == row:
            rejects.append(value)
        else:
            raise ValueError(
                say(
                    "{name} of row {row} is a reject of row {row_2}; return one of its own",
                    name=name,
                    row=row,
                    row_2=value.row,
                )
            )
    left = without(facts, rejects)
    return replace(left, columns={**left.columns, name: kept})


def _ask(function: Callable[[Fact], FactValue | Reject], fact: Fact, name: str) -> FactValue | Reject:
    """Call the function; raise ValueError where it made a reject and lost it."""
    from wdh.facts.values import Reject

    value = function(fact)
    if fact.is_refused and not isinstance(value, Reject):
        raise ValueError(
            say(
                "{name} of row {number} is {value!r}, though fact.reject was called; return what it gives: "
                "return fact.reject(…)",
                name=name,
                number=fact.number,
                value=value,
            )
        )
    return value


def refuse(facts: Facts, rows: Iterable[int], *, column: str | None, reason: str, sentence: str) -> Facts:
    """Refuse facts by their row numbers; see :meth:`wdh.Facts.refuse`."""
    wanted = sorted({int(row) for row in rows})
    known = {*facts.row_numbers, *(reject.row for reject in facts.rejects)}
    strange = [row for row in wanted if row not in known]
    if strange:
        shown = ", ".join(map(str, strange[:_SHOWN])) + (" …" if len(strange) > _SHOWN else "")
        raise ValueError(
            say_count(
                "row {rows} is refused, and no facts of this batch; give the numbers that the sheet's rows have "
                "(facts.row_numbers), not their places",
                "rows {rows} are refused, and no facts of this batch; give the numbers that the sheet's rows have "
                "(facts.row_numbers), not their places",
                len(strange),
                rows=shown,
            )
        )
    return without(facts, [make_reject(facts, row, column, reason=reason, sentence=sentence) for row in wanted])


def make_reject(facts: Facts, row: int, column: str | None, *, reason: str, sentence: str) -> Reject:
    """Refuse one row for its cell of a fact column, or of a header of the sheet."""
    from wdh.facts.values import Reject

    origin = facts.origin
    if origin is None:
        raise ValueError(
            say(
                "these facts do not know their sheet, so that no cell can be named; take those of "
                "Columns.clean, or refuse the row of the batch (batch.reject, row.reject)"
            )
        )
    batch, index = origin.batch, bisect_left(origin.batch.row_numbers, row)
    header = _find_header(facts, origin, column, index=index)
    if header is not None or column is None:
        return batch.reject(index, header, reason, sentence)
    places = {number: place for place, number in enumerate(facts.row_numbers)} if column in facts.columns else {}
    value = None if row not in places else facts.columns[column][places[row]]
    shown = None if value is None else value if isinstance(value, str) else str(value)
    return Reject(batch.file, batch.sheet, row, None, column, shown, reason, sentence)


def _find_header(facts: Facts, origin: Origin, column: str | None, *, index: int) -> str | None:
    if column is None:
        return None
    if column in origin.sql_types:
        return origin.find_header(column, index)
    if column in origin.batch.columns:
        return column
    if column in facts.columns:
        return None
    known = dict.fromkeys((*facts.columns, *origin.sql_types, *origin.batch.columns))
    raise ValueError(
        say(
            "a row is refused for {column!r}, which is no column of the facts and none of the sheet{near}; "
            "there are: {known}",
            column=column,
            near=did_you_mean(column, known),
            known=", ".join(known),
        )
    )


def without(facts: Facts, rejects: Sequence[Reject]) -> Facts:
    """Give the facts without the rows of these rejects, which join the others in sheet order."""
    if not rejects:
        return facts
    gone = {reject.row for reject in rejects}
    kept = [place for place, row in enumerate(facts.row_numbers) if row not in gone]
    left = replace(
        facts,
        row_numbers=[facts.row_numbers[place] for place in kept],
        columns={name: [values[place] for place in kept] for name, values in facts.columns.items()},
        rejects=tuple(sorted((*facts.rejects, *rejects), key=lambda reject: reject.row)),
    )
    return left if facts.origin is None else _account_again(left, facts.origin, before=facts.row_numbers)


def _account_again(facts: Facts, origin: Origin, *, before: Collection[int]) -> Facts:
    """Bring sums and notes up to date, but for those that the package has made or changed itself."""
    old_sums, old_notes = origin.account(list(before))
    sums, notes = origin.account(facts.row_numbers)
    now = {note.code: note for note in notes}
    kept = (now.get(note.code) if note in old_notes else note for note in facts.notes)
    return replace(
        facts,
        sums=sums if facts.sums == old_sums else facts.sums,
        notes=tuple(note for note in kept if note is not None),
    )
