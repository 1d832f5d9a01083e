"""Values that the warehouse does not take as they are, told together and by their cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from wdh.errors import DataError
from wdh.facts import Place, Reject
from wdh.facts.copytext import Seen, as_seen
from wdh.plan import RowStep, SpooledStep
from wdh.sql.identifiers import quote_ident
from wdh.words.language import join, say, say_count
from wdh.words.phrases import clip

DOES_NOT_FIT = "does_not_fit"
"""The warehouse's column cannot hold the value, or would keep another one."""

_SHOWN = 5
_SHOWN_PLACES = 3
SHOWN_CHARACTERS = 60


class Misfit(Struct, frozen=True):
    """A value that a column does not take, and the rows of the step that have it (for facts lines, from 1).

    ``source`` is the step's column that the rows have it from; None where no column of the step gives it.
    """

    step: RowStep
    column: str
    source: str | None
    value: Seen
    why: str
    rows: tuple[int, ...]

    @property
    def place(self) -> str:
        """The column of the warehouse, as SQL names it."""
        return f"{self.step.target.sql}.{quote_ident(self.column)}"

    @property
    def sentence(self) -> str:
        """Say what does not fit where, and why."""
        shown = "" if self.value is None else f"{clip(self.value, SHOWN_CHARACTERS)!r} "
        return say("{place}: {shown}{why}", place=self.place, shown=shown, why=self.why)


class DoesNotFit(DataError):
    """The warehouse does not take some values. ``rejects`` has one for every cell behind them.

    ``intake`` is what the run had read, once the run has put it there.
    """

    may_quote_values = True
    intake: object = None

    def __init__(self, misfits: Sequence[Misfit], places: Sequence[Sequence[Place]]) -> None:
        columns: defaultdict[str, list[str]] = defaultdict(list)
        for misfit, found in zip(misfits, places, strict=True):
            columns[misfit.place].append(_show(misfit, found))
        count = len(misfits)
        super().__init__(
            say_count(
                "the warehouse does not take {count} value:", "the warehouse does not take {count} values:", count
            )
            + join(
                "", (join("", ("\n  ", line)) for column in columns for line in _clip_lines(column, columns[column]))
            )
            + "\n"
            + say("Mend the cells, or have the columns changed. Nothing was written."),
            misfits=[line for lines in columns.values() for line in lines],
        )
        self.rejects = tuple(
            _reject(misfit, place) for misfit, found in zip(misfits, places, strict=True) for place in found
        )


def _clip_lines(column: str, lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield say("{column}: and {count:,} more values", column=column, count=len(lines) - _SHOWN)


def _show(misfit: Misfit, places: Sequence[Place]) -> str:
    found = [str(place) for place in places[:_SHOWN_PLACES]] or list(_keys(misfit))
    rest = max(len(places), len(misfit.rows)) - len(found)
    more = say(" and {rest:,} more", rest=rest) if rest > 0 else ""
    return say("{sentence} ({places}{more})", sentence=misfit.sentence, places=join("; ", found), more=more)


def _keys(misfit: Misfit) -> Iterator[str]:
    """Name the rows that have no workbook behind them: by their key, or by what they start with."""
    step = misfit.step
    if isinstance(step, SpooledStep):
        return
    names = step.key or step.columns
    for row in misfit.rows[:_SHOWN_PLACES]:
        values = (as_seen(step.rows[row][step.columns.index(name)]) for name in names)
        yield ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


def _reject(misfit: Misfit, place: Place) -> Reject:
    return Reject(
        file=place.file,
        sheet=place.sheet,
        row=place.row,
        cell=place.cell,
        column=place.column,
        value=misfit.value,
        reason=DOES_NOT_FIT,
        sentence=misfit.sentence,
    )
