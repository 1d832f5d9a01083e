"""COPY's text format: how values travel to PostgreSQL, exactly and without quoting into SQL.

https://www.postgresql.org/docs/current/sql-copy.html, "Text Format": columns end with a tab, rows with a newline,
NULL is ``\\N``, and backslash, newline, carriage return and tab inside a value are escaped with a backslash.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterator, Sequence, Set
from decimal import Decimal
from itertools import chain, count, islice
from typing import Any, Final

import orjson

from wdh.facts import FactValue
from wdh.words.language import say

_Row = Sequence[FactValue]
Seen = str | None
"""A value as PostgreSQL sees it: text, or NULL."""

NULL = "\\N"
_SPELLINGS = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES = str.maketrans(_SPELLINGS)
_UNESCAPES = {spelling: character for character, spelling in _SPELLINGS.items()}
_ESCAPABLE = re.compile(r"[\\\n\r\t]")
_ESCAPED = re.compile(r"\\[\\nrt]")
_MEMO_SIZE = 20_000
_BATCH_ROWS = 2_000
_NUMBERS = frozenset((int, float, Decimal))
_NUMERIC = frozenset((*_NUMBERS, type(None)))
_TEXTUAL = frozenset((str, type(None)))
_ODD = ("\0", *_SPELLINGS)


def copy_value(value: FactValue) -> str:
    """Write one value as COPY text.

    A float is written as its shortest repr (what the workbook shows), without a trailing ``.0``. Raises ValueError
    for what PostgreSQL cannot hold: a NUL character, half a surrogate pair, a number that is not finite.
    """
    if value is None:
        return NULL
    if isinstance(value, str):
        return _copy_str(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return _copy_decimal(value)
    if not math.isfinite(value):
        raise ValueError(say("{value} is not a finite number", value=value))
    return repr(value).removesuffix(".0")


def _copy_str(text: str) -> str:
    if "\0" in text:
        raise ValueError(say("text {text!r} contains a NUL character, which PostgreSQL cannot store", text=text))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            say("text {text!r} contains half a surrogate pair, which is not valid Unicode", text=text)
        ) from error
    return text.translate(_ESCAPES) if _ESCAPABLE.search(text) else text


def _copy_decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(say("{value} is not a finite number", value=value))
    text = str(value)
    return (format(value, "f") if "E" in text else text).removesuffix(".0")


_WRITERS: dict[type, Callable[[Any], str]] = {
    float: repr,
    int: str,
    Decimal: _copy_decimal,
    type(None): lambda _: NULL,
}
"""How each kind of a number is written, but that of a float the ``.0`` is still to be cut off."""


def _copy_floats(values: Sequence[Any], kinds: Set[type]) -> list[str] | None:
    """Write numbers among which are floats. None: one of them cannot be written."""
    written = write_floats(values, _copy_decimal)
    if written is None:
        texts = [_WRITERS[type(value)](value).removesuffix(".0") for value in values]
        return None if any("n" in text for text in texts) else texts  # nan, inf
    column = written.decode("ascii") + ","
    column = column.replace('"', "") if Decimal in kinds else column
    column = column.replace("null", NULL) if type(None) in kinds else column
    # Few end with .0, so it is searched for in all of them at once.
    return column.replace(".0,", ",").split(",")[:-1]


def _copy_texts(values: Sequence[Any]) -> list[str] | None:
    """Write texts and None at once. None: one of them must be escaped, as is rare, or cannot be written."""
    present = [value for value in values if value is not None]
    column = "".join(present)
    try:
        column.encode("utf-8")
    except UnicodeEncodeError:
        return None
    if any(character in column for character in _ODD):
        return None
    return present if len(present) == len(values) else [NULL if value is None else value for value in values]


class _Memo(dict[FactValue, str]):
    """COPY text by value, for columns without numbers: their values repeat, and 1 == 1.0 == True cannot mix."""

    def __missing__(self, value: FactValue) -> str:
        if len(self) > _MEMO_SIZE:
            self.clear()
        text = self[value] = copy_value(value)
        return text


class CopyWriter:
    """Writes columns as COPY text. Keeps a memo of repeated values between batches."""

    def __init__(self) -> None:
        self._memo = _Memo()

    def texts(self, values: Sequence[FactValue], kinds: Set[type] | None = None) -> list[str]:
        """Write the values of one column; ``kinds`` are their types, where they are known. Raises as copy_value()."""
        kinds = set(map(type, values)) if kinds is None else kinds
        if float in kinds and kinds <= _NUMERIC and (texts := _copy_floats(values, kinds)) is not None:
            return texts
        if kinds <= _TEXTUAL and (texts := _copy_texts(values)) is not None:
            return texts
        if _NUMBERS.isdisjoint(kinds) and bool not in kinds:
            return list(map(self._memo.__getitem__, values))
        return list(map(copy_value, values))


def read_copy_text(text: str) -> Seen:
    """Read one value of COPY text back: what PostgreSQL's input function will see, None for NULL."""
    if text == NULL:
        return None
    return _ESCAPED.sub(lambda found: _UNESCAPES[found[0]], text) if "\\" in text else text


def as_seen(value: FactValue) -> Seen:
    """Write a value as PostgreSQL's input functions will see it."""
    return read_copy_text(copy_value(value))


def read_value(text: str, kinds: frozenset[type]) -> FactValue:
    """Read back what was written of a value of one of ``kinds``, without None.

    Numbers come as Decimal; where kinds mix that could not be told apart, the text stays a text.
    """
    if kinds and kinds <= _NUMBERS:
        return Decimal(text)
    if kinds == {datetime.date}:
        return datetime.date.fromisoformat(text)
    if kinds == {datetime.datetime}:
        return datetime.datetime.fromisoformat(text)
    return text == "t" if kinds == {bool} else text


def batches(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """Cut rows into batches of a few thousand: their columns are short-lived, and fit the processor's cache."""
    return (rows[start : start + _BATCH_ROWS] for start in range(0, len(rows), _BATCH_ROWS))


def columns_of(rows: Sequence[_Row]) -> list[list[FactValue]]:
    """Give the columns of one or more rows. Raises ValueError where one row is longer than another."""
    (width,) = {*map(len, rows)}
    cells = list(chain.from_iterable(rows))
    return [cells[place::width] for place in range(width)]


def write_rows(rows: Sequence[_Row]) -> Iterator[bytes]:
    """Write rows as COPY text, a batch at a time, each row with its number (from 0) as the last column."""
    writer = CopyWriter()
    numbers = map(str, count())
    for batch in batches(rows):
        texts = [writer.texts(column) for column in columns_of(batch)]
        lines = map("\t".join, zip(*texts, islice(numbers, len(batch)), strict=True))
        yield ("\n".join(lines) + "\n").encode("utf-8")


def end_lines(text: bytes, end: bytes, numbers: Sequence[int]) -> bytes:
    """Add to each line of COPY text a tab, its number, and ``end``, which has the end of the line."""
    # Formatting all lines at once is quicker than cutting them apart, and a % of theirs is rare.
    form = text.replace(b"%", b"%%").replace(b"\n", b"\t%d" + end.replace(b"%", b"%%"))
    return form % tuple(numbers)


def rows_text(rows: Sequence[_Row]) -> str:
    """Write rows as :func:`write_rows` does, all at once."""
    return b"".join(write_rows(rows)).decode("utf-8")


_NONE: Final = b"null"
_TINY: Final = b"0.0000"
"""A number below 0.0001 has an exponent in ``repr``, and starts so here; few others have it in them."""


def write_floats(values: Sequence[Any], default: Callable[[Any], str] | None = None) -> bytes | None:
    """Write floats as ``repr`` does, joined by commas; None as ``null``, an int as it is.

    Values of other types are written by ``default``, in quotation marks. None: these values must be written one
    by one, as one of them is not finite, has an exponent, is an int of over 64 bits, or was refused by ``default``.
    """
    values = values if isinstance(values, (list, tuple)) else list(values)
    try:
        text = orjson.dumps(values, default)[1:-1]
    except TypeError:
        return None
    if b"e" in text or _TINY in text or (b"n" in text and text.count(_NONE) != values.count(None)):
        return None
    return text
