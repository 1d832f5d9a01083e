"""The words with which a domain describes the columns of its sheet: ``month("月度", required=True)``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from wdh.columns.characters import squeeze
from wdh.columns.choices import Boolean, Choice, spellings_of
from wdh.columns.codes import Code
from wdh.columns.days import Day, Month
from wdh.columns.numbers import Integer, Number, amount_limits
from wdh.columns.outcomes import Bad, Kind
from wdh.columns.texts import Text

_YES: Final = ("TRUE", "是", "Y", "YES", "1")
_NO: Final = ("FALSE", "否", "N", "NO", "0")
_SMALLEST_BIGINT: Final = -(2**63)
_LARGEST_BIGINT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the warehouse and where it comes from.

    ``name`` is the database column; ``headers`` are the normalised headers under which a sheet may have it, of
    several present the first with a value wins, row by row. ``is_required``: one of the headers must be there, and
    no cell blank. ``blank`` are texts that count as blank, besides empty and invisible ones.
    """

    name: str
    headers: tuple[str, ...]
    kind: Kind
    is_required: bool = False
    blank: frozenset[str] = frozenset()

    def spell(self, text: str) -> str:
        """Spell a text that no sheet has, such as a setting, as this column's facts are spelt.

        Raises ValueError, with the sentence of a reject, where none of them can be like that.
        """
        spelt = self.kind.read(text, None)
        if isinstance(spelt, str):
            return spelt
        raise ValueError(spelt.sentence if isinstance(spelt, Bad) else "Nothing remains of it.")


def text(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    max_length: int | None = None,
) -> Column:
    """Describe a column of text: trimmed, on one line, otherwise as the sheet shows it.

    Numbers read as the sheet shows them, dates are refused. ``source`` is the header (None: ``name``), ``aliases``
    are further ones. ``max_length`` is in characters, as in ``varchar(n)``.
    """
    return _column(name, source, aliases, kind=Text(max_length), required=required, blank=blank)


def code(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    width: int | None = None,
    upper: bool = False,
    drop: str = "",
    max_length: int | None = None,
) -> Column:
    """Describe a column of codes: text that keeps its leading zeros, read through NFKC.

    A number is the digits that its number format shows (12 as ``0012`` where the format is ``0000``); ``width``
    pads whatever is all digits and shorter. ``upper`` makes capitals, ``drop`` lists characters to remove (a blank
    in it stands for all blanks). Fractions, dates and numbers beyond Excel's 15 digits are refused.
    """
    kind = Code(width=width, is_upper=upper, drop=drop, max_length=max_length)
    return _column(name, source, aliases, kind=kind, required=required, blank=blank)


def month(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
) -> Column:
    """Describe a column of months: 202411, ``24年11月``, ``2024-11``, a date …, each a ``date`` on the first day."""
    return _column(name, source, aliases, kind=Month(), required=required, blank=blank)


def date(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
) -> Column:
    """Describe a column of days: Excel dates, 20241130, ``2024-11-30``, ``2024年11月30日`` …; no time of day."""
    return _column(name, source, aliases, kind=Day(), required=required, blank=blank)


def amount(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    scale: int | None = None,
    precision: int | None = None,
) -> Column:
    """Describe a column of amounts, exactly as the sheet has them; ``-``, ``—``, ``无`` and the like are NULL.

    ``scale`` limits the decimals: a number with more is rounded half up and counted in a note. ``precision``
    limits all digits, as in ``numeric(precision, scale)``. Raises ValueError where the two do not fit.
    """
    if precision is not None and precision <= (scale or 0):
        raise ValueError(f"{name}: precision {precision} leaves no digit before the point at scale {scale}")
    low, high = amount_limits(scale, precision)
    kind = Number(low, high, scale, has_percent=False)
    return _column(name, source, aliases, kind=kind, required=required, blank=blank)


def percent(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    low: float = -1,
    high: float = 10,
    scale: int | None = 6,
) -> Column:
    """Describe a column of rates: 0.0536 or ``5.36%``. Only a % sign divides by 100; beyond low … high is refused."""
    kind = Number(Decimal(repr(low)), Decimal(repr(high)), scale, has_percent=True)
    return _column(name, source, aliases, kind=kind, required=required, blank=blank)


def integer(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    low: int = _SMALLEST_BIGINT,
    high: int = _LARGEST_BIGINT,
) -> Column:
    """Describe a column of whole numbers between ``low`` and ``high`` (default: what a bigint holds)."""
    return _column(name, source, aliases, kind=Integer(low, high), required=required, blank=blank)


def choice(
    name: str,
    *,
    values: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
) -> Column:
    """Describe a column that holds one of ``values``, or a spelling that ``mapping`` turns into one.

    Compared without blanks and in compatibility form. Raises ValueError where nothing is allowed, or where two
    spellings that compare equal stand for different values.
    """
    spellings = spellings_of({**{value: value for value in values}, **(mapping or {})})
    if not spellings:
        raise ValueError(f"{name}: a choice needs values or a mapping")
    return _column(name, source, aliases, kind=Choice(spellings), required=required, blank=blank)


def boolean(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    yes: Sequence[str] = _YES,
    no: Sequence[str] = _NO,
) -> Column:
    """Describe a column of yes and no: TRUE and FALSE, 是 and 否, 1 and 0 … in any case."""
    meanings = {squeeze(word).upper(): False for word in no} | {squeeze(word).upper(): True for word in yes}
    return _column(name, source, aliases, kind=Boolean(meanings), required=required, blank=blank)


def _column(
    name: str,
    source: str | None,
    aliases: Sequence[str],
    *,
    kind: Kind,
    required: bool,
    blank: Iterable[str],
) -> Column:
    if isinstance(aliases, str) or isinstance(blank, str):
        raise TypeError(f"{name}: aliases and blank are lists of texts, not one text")
    headers = tuple(dict.fromkeys((source or name, *aliases)))
    return Column(name, headers, kind, is_required=required, blank=frozenset(blank))
