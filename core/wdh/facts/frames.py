"""Data frames turned into columns of facts: any frame that hands over an Arrow stream."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any, Final

from wdh.facts.arrow import ROW_NUMBER
from wdh.facts.arrow_memory import FLOATS, INTEGERS, NULL, ArrowColumn, read_stream
from wdh.words.language import say, say_count
from wdh.words.spelling import did_you_mean

if TYPE_CHECKING:
    from wdh.facts.values import Facts, FactValue

_SHOWN: Final = 5
_INDEX: Final = re.compile(r"__index_level_\d+__")
"""The name under which pandas hands over an index that has none: it is no column."""

_ROUNDING: Final = Context(prec=1_000, rounding=ROUND_HALF_UP)


def read_frame(
    frame: Any, row_numbers: str | Iterable[int], scale: Mapping[str, int]
) -> tuple[list[int], dict[str, Sequence[FactValue]]]:
    """Read a frame: its row numbers, rising, and its columns in the same order, without that of the row numbers.

    Raises ValueError for what is no frame, for a column that no fact can have, for floats without a ``scale``, and
    for row numbers that are none or repeat.
    """
    columns = _read_columns(frame)
    numbers = _take_numbers(columns, row_numbers)
    unknown = next((name for name in scale if name not in columns), None)
    if unknown is not None:
        raise ValueError(
            say(
                "scale names {unknown!r}, which is no column of the frame{near}",
                unknown=unknown,
                near=did_you_mean(unknown, columns),
            )
        )
    read = {name: _finish(column, numbers=numbers, scale=scale.get(name)) for name, column in columns.items()}
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    if order == list(range(len(numbers))):
        return numbers, read
    return [numbers[place] for place in order], {
        name: [values[place] for place in order] for name, values in read.items()
    }


def with_frame(facts: Facts, frame: Any, *, row_numbers: str | Iterable[int], scale: Mapping[str, int] | None) -> Facts:
    """Put the columns of a frame in the place of those of facts; see :meth:`wdh.Facts.with_frame`."""
    numbers, columns = read_frame(frame, row_numbers, scale or {})
    missing, more = set(facts.row_numbers).difference(numbers), set(numbers).difference(facts.row_numbers)
    if missing:
        raise ValueError(
            say(
                "the frame lacks {missing} of the facts. Each row is a fact or refused: take the row out by "
                "facts.refuse(rows, column, reason, sentence), and out of the frame",
                missing=_show_rows(missing),
            )
        )
    if more:
        raise ValueError(say("the frame has {more}, which is no fact of this batch", more=_show_rows(more)))
    return replace(facts, row_numbers=numbers, columns=columns)


def _read_columns(frame: Any) -> dict[str, ArrowColumn]:
    if not hasattr(frame, "__arrow_c_stream__"):
        raise ValueError(
            say(
                "a {name} hands over no Arrow stream; give a data frame: of pandas from 2.2 on with pyarrow, "
                "of polars (a lazy one collected), or a table of pyarrow",
                name=type(frame).__name__,
            )
        )
    columns = read_stream(frame)
    if columns is None:
        raise ValueError(
            say("a {name} is one column, and no data frame; give it with its row numbers", name=type(frame).__name__)
        )
    own = [column for column in columns if not _INDEX.fullmatch(column.name)]
    for name, count in Counter(column.name for column in own).items():
        if count > 1:
            raise ValueError(
                say("the frame has {count} columns called {name!r}; rename one of them", count=count, name=name)
            )
    return {column.name: column for column in own}


def _take_numbers(columns: dict[str, ArrowColumn], row_numbers: str | Iterable[int]) -> list[int]:
    count = max((len(column.values) for column in columns.values()), default=0)
    if isinstance(row_numbers, str):
        if row_numbers not in columns:
            raise ValueError(
                say(
                    "the frame has no column {row_numbers!r}{near}; keep the one that facts bring "
                    "({row_number}), or give row_numbers, as a column's name or as a list",
                    row_numbers=row_numbers,
                    near=did_you_mean(row_numbers, columns),
                    row_number=ROW_NUMBER,
                )
            )
        given = columns.pop(row_numbers).values
    else:
        given = list(row_numbers)
    if len(given) != count:
        raise ValueError(
            say("there are {count} row numbers for {count_2} rows of the frame", count=len(given), count_2=count)
        )
    try:
        numbers = [int(number) for number in given]
    except (TypeError, ValueError) as error:
        raise ValueError(say("a row number of the frame is missing, as of a row that was joined")) from error
    if numbers != given:
        raise ValueError(say("the row numbers of the frame are no whole numbers"))
    if len(set(numbers)) < len(numbers):
        twice = {number for number, count in Counter(numbers).items() if count > 1}
        raise ValueError(
            say(
                "the frame has {twice} more than once, as after a join that found several rows", twice=_show_rows(twice)
            )
        )
    return numbers


def _finish(column: ArrowColumn, *, numbers: Sequence[int], scale: int | None) -> Sequence[FactValue]:
    name, form, values = column.name, column.format, column.values
    is_decimal = form.startswith("d:")
    if scale is not None and not (is_decimal or form in FLOATS or form in INTEGERS or form == NULL):
        raise ValueError(
            say(
                "scale names {name!r}, which is a column of the Arrow format {form!r}, and no number",
                name=name,
                form=form,
            )
        )
    if form in FLOATS:
        values = [None if value is None or math.isnan(value) else value for value in values]
        _refuse_floats(name, values, numbers=numbers, is_scaled=scale is not None)
    if scale is None or form in INTEGERS:
        return values
    return [None if value is None else _round(value, scale) for value in values]


def _refuse_floats(name: str, values: Sequence[float | None], *, numbers: Sequence[int], is_scaled: bool) -> None:
    for number, value in zip(numbers, values, strict=True):
        if value is not None and math.isinf(value):
            raise ValueError(
                say(
                    "column {name!r} of the frame has {value} in row {number}, which is no finite number",
                    name=name,
                    value=value,
                    number=number,
                )
            )
        if value is not None and not is_scaled:
            raise ValueError(
                say(
                    "column {name!r} of the frame has floats (row {number}: {value!r}), which are not exact: "
                    "scale={{{name!r}: 2}} rounds them half up to two decimals; or calculate with decimals, as "
                    "facts have",
                    name=name,
                    number=number,
                    value=value,
                )
            )


def _round(value: float | Decimal, scale: int) -> Decimal:
    number = Decimal(repr(value)) if isinstance(value, float) else value
    return number.quantize(Decimal(1).scaleb(-scale), context=_ROUNDING)


def _show_rows(rows: set[int]) -> str:
    shown = ", ".join(map(str, sorted(rows)[:_SHOWN])) + (" …" if len(rows) > _SHOWN else "")
    return say_count("row {rows}", "{count} rows ({rows})", len(rows), rows=shown)
