"""Facts and batches as Arrow streams, from which pandas, polars and pyarrow make data frames.

https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html; nanoarrow lays out the memory.
"""

from __future__ import annotations

import datetime
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal
from itertools import accumulate
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from wdh.errors import SetupError
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.facts.values import Facts, FactValue

ROW_NUMBER: Final = "row_number"
"""The column of a frame that has the sheet's row numbers."""

_DIGITS: Final = 38
"""Of a decimal of 128 bits; polars has no larger one."""
_NUMBERS: Final = frozenset((int, float, Decimal))
_EXACT: Final = Context(prec=50_000)
_EXACT_FLOATS: Final = 1 << 53
_MOST_DECIMALS: Final = 22
"""Up to here a power of ten is a float exactly."""
_INT64: Final = range(-(1 << 63), 1 << 63)
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - a datetime of a sheet has no time zone
_EPOCH_UTC: Final = _EPOCH.replace(tzinfo=datetime.timezone.utc)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)

Buffer = tuple[Any, Any]
"""The Arrow type of a column, and its buffers behind that of the validity."""


def load_nanoarrow() -> ModuleType:
    """Import nanoarrow. Raises SetupError where it is not installed."""
    try:
        import nanoarrow
    except ImportError as error:
        raise SetupError(
            say(
                "data frames are made and read by nanoarrow, which is not installed: python -m pip install "
                "'wdh[frames]'. A package that uses frames asks for wdh[frames] in its own dependencies."
            ),
        ) from error
    module: ModuleType = nanoarrow
    return module


def make_stream(
    row_numbers: Sequence[int],
    columns: Mapping[str, Sequence[FactValue]],
    *,
    sql_types: Mapping[str, str],
    scales: Mapping[str, int],
) -> Any:
    """Lay out columns, behind one with the row numbers, as a stream of one part that has ``__arrow_c_stream__``.

    ``sql_types`` are the PostgreSQL types of columns, and ``scales`` their decimals, as far as they are known: by them
    every batch of a sheet has the same types. Raises ValueError for a column whose values no Arrow type holds exactly.
    """
    if ROW_NUMBER in columns:
        raise ValueError(
            say(
                "a column is called {row_number}, as is that of the row numbers in a frame; rename it before",
                row_number=ROW_NUMBER,
            )
        )
    nanoarrow = load_nanoarrow()
    parts = {ROW_NUMBER: (nanoarrow.int64(), [array("q", row_numbers)])}
    children = [nanoarrow.c_array_from_buffers(nanoarrow.int64(), len(row_numbers), [None, array("q", row_numbers)])]
    for name, values in columns.items():
        kind, buffers = _lay_out(nanoarrow, name, values, sql_type=sql_types.get(name, ""), scale=scales.get(name, 0))
        validity = [] if kind.type == nanoarrow.Type.NULL else [_pack_bits([value is not None for value in values])]
        children.append(nanoarrow.c_array_from_buffers(kind, len(values), [*validity, *buffers]))
        parts[name] = (kind, buffers)
    schema = nanoarrow.struct({name: kind for name, (kind, _) in parts.items()})
    whole = nanoarrow.c_array_from_buffers(schema, len(row_numbers), [None], children=children)
    return nanoarrow.ArrayStream(whole)


def make_table(facts: Facts) -> Any:
    """Make a ``pyarrow.Table`` of facts. Raises SetupError where pyarrow or nanoarrow is not installed."""
    try:
        import pyarrow
    except ImportError as error:
        raise SetupError(
            say(
                "facts are made an Arrow table by pyarrow, which is not installed: python -m pip install "
                "pyarrow. A package that uses it asks for it in its own dependencies."
            ),
        ) from error
    return pyarrow.table(facts)


def _lay_out(nanoarrow: ModuleType, name: str, values: Sequence[Any], *, sql_type: str, scale: int) -> Buffer:
    kinds = {*map(type, values)} - {type(None)}
    if not kinds:
        return _lay_out_nothing(nanoarrow, len(values), sql_type=sql_type, scale=scale)
    if kinds == {str}:
        return nanoarrow.large_string(), _pack_texts(name, values)
    if kinds == {bool}:
        return nanoarrow.bool_(), [_pack_bits([value is True for value in values])]
    if kinds == {int} and not sql_type.startswith("numeric") and _fits(values):
        return nanoarrow.int64(), [array("q", [0 if value is None else value for value in values])]
    if kinds <= _NUMBERS:
        scale, units = _scale(name, values, scale)
        return nanoarrow.decimal128(_DIGITS, scale), [_pack_units(units)]
    if kinds == {datetime.date}:
        days = [0 if value is None else (value - _EPOCH.date()).days for value in values]
        return nanoarrow.date32(), [array("i", days)]
    if kinds == {datetime.datetime}:
        return _lay_out_moments(nanoarrow, name, values)
    raise ValueError(
        say(
            "column {name!r} has values of several kinds ({kinds}), and a column of a frame holds one: bring "
            "them to one before",
            name=name,
            kinds=", ".join(sorted(kind.__name__ for kind in kinds)),
        )
    )


def _lay_out_nothing(nanoarrow: ModuleType, count: int, *, sql_type: str, scale: int) -> Buffer:
    """Lay out a column without a value: of the type that another batch of the sheet will have there."""
    if sql_type.startswith("numeric"):
        return nanoarrow.decimal128(_DIGITS, scale), [bytes(16 * count)]
    if sql_type.startswith("timestamp"):
        return nanoarrow.timestamp("us"), [bytes(8 * count)]
    match sql_type:
        case "text":
            return nanoarrow.large_string(), [bytes(8 * count + 8), b""]
        case "date":
            return nanoarrow.date32(), [bytes(4 * count)]
        case "bigint":
            return nanoarrow.int64(), [bytes(8 * count)]
        case "boolean":
            return nanoarrow.bool_(), [bytes((count + 7) // 8)]
        case _:
            return nanoarrow.null(), []


def _lay_out_moments(nanoarrow: ModuleType, name: str, values: Sequence[Any]) -> Buffer:
    zoned = {value.tzinfo is not None for value in values if value is not None}
    if len(zoned) > 1:
        raise ValueError(
            say("column {name!r} has datetimes with and without a time zone; a column of a frame has either", name=name)
        )
    is_zoned = zoned == {True}
    epoch = _EPOCH_UTC if is_zoned else _EPOCH
    moments = array("q", [0 if value is None else (value - epoch) // _MICROSECOND for value in values])
    return nanoarrow.timestamp("us", "UTC") if is_zoned else nanoarrow.timestamp("us"), [moments]


def _fits(values: Sequence[Any]) -> bool:
    present = [value for value in values if value is not None]
    return min(present) in _INT64 and max(present) in _INT64


def _pack_bits(bits: Sequence[bool]) -> bytes:
    text = "".join("1" if bit else "0" for bit in reversed(bits))
    return int(text or "0", 2).to_bytes((len(bits) + 7) // 8, "little")


def _pack_texts(name: str, values: Sequence[Any]) -> list[Any]:
    try:
        texts = [b"" if value is None else value.encode("utf-8") for value in values]
    except UnicodeEncodeError as error:
        raise ValueError(
            say("column {name!r} has {object!r}, which is not valid Unicode", name=name, object=error.object)
        ) from error
    return [array("q", accumulate(map(len, texts), initial=0)), b"".join(texts)]


def _pack_units(units: Iterable[int]) -> bytes:
    return b"".join([unit.to_bytes(16, sys.byteorder, signed=True) for unit in units])


def _scale(name: str, values: Sequence[Any], least: int) -> tuple[int, list[int]]:
    """Give the decimals that the numbers of a column need, ``least`` or more, and each number in units of the last.

    A float stands for its ``repr``.
    """
    quick = _in_units(values, least)
    if quick is not None:
        return least, quick
    numbers = [Decimal(0) if value is None else _as_decimal(name, value) for value in values]
    scale = max(least, *(-int(number.normalize(_EXACT).as_tuple().exponent) for number in numbers))
    units = [int(_EXACT.scaleb(number, scale)) for number in numbers]
    widest = max(units, key=abs)
    if scale > _DIGITS or abs(widest) >= 10**_DIGITS:
        raise ValueError(
            say(
                "column {name!r} has {values} and numbers with {scale} decimals, together more than the "
                "{digits} digits of a decimal in a frame: round them before, or read the column with a scale",
                name=name,
                values=values[units.index(widest)],
                scale=scale,
                digits=_DIGITS,
            )
        )
    return scale, units


def _in_units(values: Sequence[Any], scale: int) -> list[int] | None:
    """Give floats and integers in units of their last decimal; None: one of them is something else, or has more."""
    if scale > _MOST_DECIMALS or not {*map(type, values)} <= {float, int, type(None)}:
        return None
    power, units = 10**scale, []
    for value in values:
        if not value:
            units.append(0)
        elif not -_EXACT_FLOATS < value * power < _EXACT_FLOATS:  # neither does NaN
            return None
        else:
            unit = round(value * power)
            if unit / power != value:  # the quotient is the float nearest to the decimal: the one of that repr
                return None
            units.append(unit)
    return units


def _as_decimal(name: str, value: Any) -> Decimal:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(say("column {name!r} has {value}, which is no finite number", name=name, value=value))
    return number
