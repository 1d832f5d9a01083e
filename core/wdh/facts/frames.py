"""Data frames turned into columns of facts: any frame that hands over an Arrow stream."""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any, Final

from wdh.facts.arrow import ROW_NUMBER, load_nanoarrow
from wdh.words.spelling import did_you_mean

if TYPE_CHECKING:
    from wdh.facts.values import Facts, FactValue

_SHOWN: Final = 5
_INDEX: Final = re.compile(r"__index_level_\d+__")
"""The name under which pandas hands over an index that has none: it is no column."""

_INTEGERS: Final = frozenset(("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"))
_FLOATS: Final = frozenset(("HALF_FLOAT", "FLOAT", "DOUBLE"))
_DECIMALS: Final = frozenset(("DECIMAL32", "DECIMAL64", "DECIMAL128", "DECIMAL256"))
_NUMBERS: Final = _INTEGERS | _FLOATS | _DECIMALS
_PLAIN: Final = _NUMBERS.union(("BOOL", "STRING", "LARGE_STRING", "STRING_VIEW", "DATE32"))
_TIMES: Final = frozenset(("DATE64", "TIMESTAMP"))
_ROUNDING: Final = Context(prec=1_000, rounding=ROUND_HALF_UP)

Columns = dict[str, "Sequence[FactValue]"]


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
    read = {
        name: _finish(name, kind, values, numbers=numbers, scale=scale.get(name))
        for name, (kind, values) in columns.items()
    }
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


def _read_columns(frame: Any) -> dict[str, tuple[str, list[Any]]]:
    """Give the columns of a frame, each with the name of its Arrow type."""
    nanoarrow = load_nanoarrow()
    if not hasattr(frame, "__arrow_c_stream__"):
        raise ValueError(
            f"a {type(frame).__name__} hands over no Arrow stream; give a data frame: of pandas from 2.2 on with "
            "pyarrow, of polars (a lazy one collected), or a table of pyarrow"
        )
    stream = nanoarrow.ArrayStream(frame)
    if stream.schema.type != nanoarrow.Type.STRUCT:
        raise ValueError(f"a {type(frame).__name__} is one column, and no data frame; give it with its row numbers")
    fields = list(stream.schema.fields)
    columns: dict[str, tuple[str, list[Any]]] = {}
    for field in fields:
        if field.name in columns:
            raise ValueError(f"the frame has two columns called {field.name!r}; rename one of them")
        columns[field.name] = (field.type.name, [])
    for part in stream:
        for place, field in enumerate(fields):
            columns[field.name][1].extend(_read_values(part.child(place), field.name, field.type.name, len(part)))
    return {name: column for name, column in columns.items() if not _INDEX.fullmatch(name)}


def _read_values(part: Any, name: str, kind: str, count: int) -> Iterable[Any]:
    if kind == "NULL":
        return [None] * count
    if kind in _PLAIN or kind == "DICTIONARY":
        return part.iter_py()  # type: ignore[no-any-return]
    if kind not in _TIMES:
        raise ValueError(
            f"column {name!r} of the frame is of the Arrow type {kind.lower()}; a fact is a text, a number, a boolean, "
            "a date or a datetime: bring it to one of these, or drop the column"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return list(part.iter_py())
    except (Warning, OverflowError) as error:
        raise ValueError(
            f"column {name!r} of the frame has times that no datetime is exactly ({error}): round them to microseconds"
        ) from error


def _take_numbers(columns: dict[str, tuple[str, list[Any]]], row_numbers: str | Iterable[int]) -> list[int]:
    count = len(next(iter(columns.values()), ("", []))[1])
    if isinstance(row_numbers, str):
        if row_numbers not in columns:
            raise ValueError(
                f"the frame has no column {row_numbers!r}{did_you_mean(row_numbers, columns)}; keep the one that facts "
                f"bring ({ROW_NUMBER}), or give row_numbers, as a column's name or as a list"
            )
        given = columns.pop(row_numbers)[1]
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


def _finish(
    name: str, kind: str, values: list[Any], *, numbers: Sequence[int], scale: int | None
) -> Sequence[FactValue]:
    if scale is not None and kind not in _NUMBERS | {"NULL"}:
        raise ValueError(f"scale names {name!r}, which is a column of the Arrow type {kind.lower()}, and no number")
    if kind in _FLOATS:
        values = [None if value is None or math.isnan(value) else value for value in values]
        _refuse_floats(name, values, numbers=numbers, is_scaled=scale is not None)
    if scale is None or kind in _INTEGERS:
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
