"""Fingerprints of rows that stay the same when Excel, LibreOffice or WPS saves their workbook again."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

from wdh.facts import Batch
from wdh.facts.cells import UNCACHED, CellValue, plain_value
from wdh.mending.mark import PRINT_BYTES

_NOTHING: Final = ""
_MOST: Final = 1e300
"""Larger whole numbers are no floats."""


def fingerprint_rows(batch: Batch, columns: Sequence[str]) -> Iterator[bytes]:
    """Give the fingerprint of each row of a batch over the ``columns`` named; one that is not there is empty.

    Empty columns more at the end of ``columns`` make no difference.

    What saving again changes does not count: whether a number is whole or has a point, digits after the fifteenth,
    parts of a second, line breaks and blanks at the ends of texts, and whether an empty text is there.
    """
    nothing = [_NOTHING] * len(batch)
    texts = [_normalise(batch.columns[name]) if name in batch.columns else nothing for name in columns]
    rows = map("\x1e".join, zip(*texts, strict=True)) if texts else nothing
    for row in rows:
        yield blake2b(row.rstrip("\x1e").encode("utf-8", "surrogatepass"), digest_size=PRINT_BYTES).digest()


def _normalise(column: Sequence[CellValue]) -> Sequence[str]:
    if set(map(type, column)) == {float}:
        return [f"n{cell:.15g}" if cell else "n0" for cell in column]
    known: dict[tuple[type, CellValue], str] = {}
    texts: list[str] = []
    for cell in column:
        key = (cell.__class__, cell)
        text = known.get(key)
        if text is None:
            text = known[key] = _show(cell)
        texts.append(text)
    return texts


def _show(cell: CellValue) -> str:
    """Write a cell as a text that begins with its kind; an empty one is the empty text."""
    value = plain_value(cell)
    match value:
        case None:
            return _NOTHING
        case bool():
            return f"b{value:d}"
        case int() | float():
            return (f"n{value:.15g}" if abs(value) < _MOST else f"n{value}") if value else "n0"
        case datetime.datetime():
            return f"d{_round(value):%Y-%m-%d %H:%M:%S}"
        case datetime.date():
            return f"d{value:%Y-%m-%d} 00:00:00"
        case datetime.time():
            seconds = value.hour * 3600 + value.minute * 60 + value.second + round(value.microsecond / 1e6)
            return f"t{seconds}"
        case datetime.timedelta():
            return f"t{round(value.total_seconds())}"
        case _ if value is UNCACHED:
            return "u"
        case _:
            text = " ".join(str(value).split())
            return f"s{text}" if text else _NOTHING


def _round(value: datetime.datetime) -> datetime.datetime:
    half = datetime.timedelta(microseconds=500_000)
    return (value + half).replace(microsecond=0) if value.microsecond else value
