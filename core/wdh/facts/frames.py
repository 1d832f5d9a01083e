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
        raise ValueError(f"scale names {unknown!r}, which is no column of the frame{did_you_mean(unknown, columns)}")
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
            f"the frame lacks {_show_rows(missing)} of the facts. Each row is a fact or refused: take the row out by "
            "facts.refuse(rows, column, reason, sentence), and out of the frame"
        )
    if more:
        raise ValueError(f"the frame has {_show_rows(more)}, which is no fact of this batch")
    return replace(facts, row_numbers=numbers, columns=columns)


def _read_columns(frame: Any) -> dict[str, ArrowColumn]:
    if not hasattr(frame, "__arrow_c_stream__"):
        raise ValueError(
            f"a {type(frame).__name__} hands over no Arrow stream; give a data frame: of pandas from 2.2 on with "
            "pyarrow, of polars (a lazy one collected), or a table of pyarrow"
        )
    columns = read_stream(frame)
    if columns is None:
        raise ValueError(f"a {type(frame).__name__} is one column, and no data frame; give it with its row numbers")
    own = [column for column in columns if not _INDEX.fullmatch(column.name)]
    for name, count in Counter(column.name for column in own).items():
        if count > 1:
            raise ValueError(f"the frame has {count} columns called {name!r}; rename one of them")
    return {column.name: column for column in own}


def _take_numbers(columns: dict[str, ArrowColumn], row_numbers: str | Iterable[int]) -> list[int]:
    count = max((len(column.values) for column in columns.values()), default=0)
    if isinstance(row_numbers, str):
        if row_numbers not in columns:
            raise ValueError(
                f"the frame has no column {row_numbers!r}{did_you_mean(row_numbers, columns)}; keep the one that facts "
                f"bring ({ROW_NUMBER}), or give row_numbers, as a column's name or as a list"
            )
        given = columns.pop(row_numbers).values
    else:
        given = list(row_numbers)
    if len(given) != count:
        raise ValueError(f"there are {len(given)} row numbers for {count} rows of the frame")
    try:
        numbers = [int(number) for number in given]
    except (TypeError, ValueError) as error:
        raise ValueError("a row number of the frame is missing, as of a row that was joined") from error
    if numbers != given:
        raise ValueError("the row numbers of the frame are no whole numbers")
    if len(set(numbers)) < len(numbers):
        twice = {number for number, count in Counter(numbers).items() if count > 1}
        raise ValueError(f"the frame has {_show_rows(twice)} more than once, as after a join that found several rows")
    return numbers


def _finish(column: ArrowColumn, *, numbers: Sequence[int], scale: int | None) -> Sequence[FactValue]:
    name, form, values = column.name, column.format, column.values
    is_decimal = form.startswith("d:")
    if scale is not None and not (is_decimal or form in FLOATS or form in INTEGERS or form == NULL):
        raise ValueError(f"scale names {name!r}, which is a column of the Arrow format {form!r}, and no number")
    if form in FLOATS:
        values = [None if value is None or math.isnan(value) else value for value in values]
        _refuse_floats(name, values, numbers=numbers, is_scaled=scale is not None)
    if scale is None or form in INTEGERS:
        return values
    return [None if value is None else _round(value, scale) for value in values]


def _refuse_floats(name: str, values: Sequence[float | None], *, numbers: Sequence[int], is_scaled: bool) -> None:
    for number, value in zip(numbers, values, strict=True):
        if value is not None and math.isinf(value):
            raise ValueError(f"column {name!r} of the frame has {value} in row {number}, which is no finite number")
        if value is not None and not is_scaled:
            raise ValueError(
                f"column {name!r} of the frame has floats (row {number}: {value!r}), which are not exact: "
                f"scale={{{name!r}: 2}} rounds them half up to two decimals; or calculate with decimals, as facts have"
            )


def _round(value: float | Decimal, scale: int) -> Decimal:
    number = Decimal(repr(value)) if isinstance(value, float) else value
    return number.quantize(Decimal(1).scaleb(-scale), context=_ROUNDING)


def _show_rows(rows: set[int]) -> str:
    shown = ", ".join(map(str, sorted(rows)[:_SHOWN])) + (" …" if len(rows) > _SHOWN else "")
    return f"row {shown}" if len(rows) == 1 else f"{len(rows)} rows ({shown})"
