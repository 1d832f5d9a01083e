"""Fingerprints of rows that stay the same when Excel, LibreOffice or WPS saves their workbook again."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final

from msgspec import Struct

from wdh.facts import Batch
from wdh.facts.cells import ERROR_TEXTS, UNCACHED, CellValue, ErrorValue, Merged, plain_value
from wdh.mending.mark import PRINT_BYTES, Mask

UNKNOWN_ERROR: Final = "#VALUE!"
"""The error that stands in a workbook that goes back for one that Excel does not know (``Err:502``)."""

_NOTHING: Final = ""
_NUMBER: Final = "n"
_INEXACT: Final = "~"
_EQUALS: Final = frozenset((bool, int, float))
_MOST: Final = 1e300
"""Larger whole numbers are no floats."""

_CONTROLS: Final = dict.fromkeys({*range(32)} - {*map(ord, "\t\n\r")})
"""Characters that an OpenDocument file cannot have: LibreOffice leaves them out."""


class RowTexts(Struct, frozen=True):
    """The cells of rows as texts that stay the same, by column; a number that is not exact in 15 digits begins with ~.

    LibreOffice saves 15 digits of it, and not always the nearest ones. So only its first digits count.
    """

    columns: Sequence[Sequence[str]]
    rows: int

    def prints(self) -> Iterator[bytes]:
        """Give the fingerprint of each row."""
        return map(_hash, zip(*self.columns, strict=True)) if self.columns else (_hash(()) for _ in range(self.rows))

    def masks(self) -> Counter[Mask]:
        """Count the sets of columns, by place, in which rows have numbers that are not exact in 15 digits."""
        # No other text is greater, as all begin with a letter.
        places = [place for place, texts in enumerate(self.columns) if max(texts, default="")[:1] == _INEXACT]
        flags = zip(*([text[:1] == _INEXACT for text in self.columns[place]] for place in places), strict=True)
        return Counter(tuple(place for place, flag in zip(places, row, strict=True) if flag) for row in flags)

    def print_masked(self, row: int, mask: Mask) -> bytes:
        """Give the fingerprint of a row as if its numbers in the columns of a mask were not exact."""
        texts = [column[row] for column in self.columns]
        for place in mask:
            text = texts[place]
            if text[:1] == _NUMBER:
                texts[place] = _blur(float(text[1:]))
        return _hash(texts)


def show_rows(batch: Batch, columns: Sequence[str]) -> RowTexts:
    """Write the rows of a batch as texts, over the ``columns`` named; one that is not there is empty.

    Empty columns more at the end of ``columns`` make no difference. What saving again changes does not count: whether a
    number is whole or has a point, parts of a second, line breaks, blanks at the ends of texts, control characters, and
    whether an empty text or a formula without a result is there.
    """
    nothing = [_NOTHING] * len(batch)
    texts = [_normalise(batch.columns[name]) if name in batch.columns else nothing for name in columns]
    return RowTexts(texts, len(batch))


def _hash(row: Iterable[str]) -> bytes:
    text = "\x1e".join(row).rstrip("\x1e")
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=PRINT_BYTES).digest()


def _normalise(column: Sequence[CellValue]) -> Sequence[str]:
    kinds = {*map(type, column)}
    if kinds == {float}:
        return [_show_number(cell) for cell in column]  # type: ignore[arg-type] # the set has no other
    if kinds == {str}:
        return [_show_text(cell) for cell in column]  # type: ignore[arg-type] # as above
    if Merged in kinds or len(kinds & _EQUALS) > 1:  # 1, 1.0 and TRUE are one key
        return [_show(cell) for cell in column]
    known = {cell: _show(cell) for cell in {*column}}
    return [known[cell] for cell in column]


def _show_number(value: float) -> str:
    if not value:
        return f"{_NUMBER}0"
    if abs(value) > _MOST:
        return f"{_NUMBER}{value}"
    text = f"{value:.15g}"
    return f"{_NUMBER}{text}" if float(text) == value else _blur(value)


def _blur(value: float) -> str:
    return f"{_INEXACT}{value:.7e}"


def _show(cell: CellValue) -> str:
    """Write a cell as a text that begins with its kind; an empty one is the empty text."""
    value = plain_value(cell)
    match value:
        case None:
            return _NOTHING
        case bool():
            return f"b{value:d}"
        case int() | float():
            return _show_number(value)
        case datetime.datetime():
            return f"d{_round(value):%Y-%m-%d %H:%M:%S}"
        case datetime.date():
            return f"d{value:%Y-%m-%d} 00:00:00"
        case datetime.time():
            seconds = value.hour * 3600 + value.minute * 60 + value.second + round(value.microsecond / 1e6)
            return f"t{seconds}"
        case datetime.timedelta():
            return f"t{round(value.total_seconds())}"
        case _ if value is UNCACHED:  # the workbook that goes back has no formulas
            return _NOTHING
        case ErrorValue():
            return f"s{value if value.text in ERROR_TEXTS else UNKNOWN_ERROR}"
        case _:
            return _show_text(str(value))


def _show_text(value: str) -> str:
    if not value.isprintable():
        value = value.translate(_CONTROLS)
    text = " ".join(value.split())
    return f"s{text}" if text else _NOTHING


def _round(value: datetime.datetime) -> datetime.datetime:
    half = datetime.timedelta(microseconds=500_000)
    return (value + half).replace(microsecond=0) if value.microsecond else value
