"""The words with which a domain describes the columns of its sheet: ``month("月度", required=True)``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from wdh.columns.choices import Boolean, Choice, Mapped, spellings_of
from wdh.columns.codes import Code
from wdh.columns.currencies import check_currencies
from wdh.columns.customs import ReadCell, make_custom
from wdh.columns.days import Day, Moment, Month
from wdh.columns.numbers import Integer, Number, amount_limits
from wdh.columns.outcomes import Bad, Kind, Rounded, Shown
from wdh.columns.patterns import check_patterns
from wdh.columns.texts import Text
from wdh.facts import FactValue
from wdh.words.headers import normalise_header
from wdh.words.language import later, say

_YES_AND_NO: Final = {
    **dict.fromkeys(("TRUE", "是", "Y", "YES", "1"), True),
    **dict.fromkeys(("FALSE", "否", "N", "NO", "0"), False),
}
_SMALLEST_BIGINT: Final = -(2**63)
_LARGEST_BIGINT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the warehouse and where it comes from."""

    name: str
    """The database column."""
    headers: tuple[str, ...]
    """The normalised headers under which a sheet may have it.

    Of several present the first with a value wins, row by row.
    """
    kind: Kind
    """How its cells are read."""
    is_required: bool = False
    """One of the headers must be there, and no cell blank."""
    blank: frozenset[str] = frozenset()
    """Texts that count as blank, besides empty and invisible ones."""
    default: FactValue = None
    """The value of a blank cell, and of a column that the sheet lacks; None: there is none."""

    @property
    def sql_type(self) -> str:
        """The PostgreSQL type that holds every value of this column, without NOT NULL."""
        return self.kind.sql_type

    def spell(self, text: str) -> str:
        """Spell a text that no sheet has, such as a setting, as this column's facts are spelt.

        Raises ValueError, with the sentence of a reject, where none of them can be like that.
        """
        spelt = self.kind.read(text, None)
        if isinstance(spelt, str):
            return spelt
        raise ValueError(spelt.sentence if isinstance(spelt, Bad) else say("Nothing remains of it."))


def text(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    max_length: int | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Column:
    """Describe a column of text: trimmed, on one line, otherwise as the sheet shows it.

    Numbers read as the sheet shows them, dates are refused. ``source`` is the header (None: ``name``), ``aliases``
    are further ones. ``max_length`` is in characters, as in ``varchar(n)``. ``mapping`` turns some values into
    others, compared without blanks and in compatibility form; any other value stays. ``default`` stands for blanks.
    """
    kind = _mapped(Text(max_length), mapping, name=name)
    return _column(name, source, aliases, kind=kind, required=required, blank=blank, default=default)


def code(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    width: int | None = None,
    upper: bool = False,
    drop: str = "",
    max_length: int | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Column:
    """Describe a column of codes: text that keeps its leading zeros, read through NFKC.

    A number is the digits that its number format shows (12 as ``0012`` where the format is ``0000``); ``width``
    pads whatever is all digits and shorter. ``upper`` makes capitals, ``drop`` lists characters to remove (a blank
    in it stands for all blanks). Fractions, dates and numbers beyond Excel's 15 digits are refused. ``mapping`` is
    that of :func:`text`, asked with the code as it was spelt.
    """
    kind = _mapped(Code(width=width, is_upper=upper, drop=drop, max_length=max_length), mapping, name=name)
    return _column(name, source, aliases, kind=kind, required=required, blank=blank, default=default)


def month(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    formats: Sequence[str] = (),
) -> Column:
    """Describe a column of months: 202411, ``24年11月``, ``2024-11``, a date …, each a ``date`` on the first day.

    ``formats`` are further spellings in the directives of strptime, with English names: ``%b-%Y``. Where two of them
    read a text differently, it is refused. Raises ValueError for a format that says no month.
    """
    kind = Month(_formats(name, formats, parts=("Yy", "mbB")))
    return _column(name, source, aliases, kind=kind, required=required, blank=blank, default=default)


def date(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    formats: Sequence[str] = (),
) -> Column:
    """Describe a column of days: Excel dates, 20241130, ``2024-11-30``, ``2024年11月30日`` …; midnight at most.

    A time of day other than midnight is refused. ``formats`` are as for :func:`month`, and say the day, too.
    """
    kind = Day(_formats(name, formats, parts=("Yy", "mbB", "d")))
    return _column(name, source, aliases, kind=kind, required=required, blank=blank, default=default)


def datetime(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    formats: Sequence[str] = (),
) -> Column:
    """Describe a column of moments: Excel dates with a time, ``2024-11-30 13:05:06.123`` …; a day is its midnight.

    They are local: a text with a time zone or an offset is refused. ``formats`` are as for :func:`date`.
    """
    kind = Moment(_formats(name, formats, parts=("Yy", "mbB", "d")))
    return _column(name, source, aliases, kind=kind, required=required, blank=blank, default=default)


def amount(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    scale: int | None = None,
    precision: int | None = None,
    low: float | None = None,
    high: float | None = None,
    currency: Sequence[str] = (),
) -> Column:
    """Describe a column of amounts, exactly as the sheet has them; ``-``, ``—``, ``无`` and the like are blank.

    ``currency`` lists the signs, codes and words that may stand beside an amount (empty: ``¥``, CNY, RMB, 元, 人民币);
    one with a unit, such as 万元, multiplies. Another one is refused. A number whose format shows something else is
    taken as it is stored, with a note; with a literal percent sign it is refused, and so is a currency not listed.
    ``scale`` limits the decimals: a number with more is rounded half up and counted in a note. ``precision``
    limits all digits, as in ``numeric(precision, scale)``; what is beyond ``low`` … ``high`` is refused. Raises
    ValueError where these do not fit together.
    """
    if precision is not None and precision <= (scale or 0):
        raise ValueError(
            say(
                "{name}: precision {precision} leaves no digit before the point at scale {scale}",
                name=name,
                precision=precision,
                scale=scale,
            )
        )
    least, most = amount_limits(scale, precision)
    least = least if low is None else max(least, Decimal(repr(low)))
    most = most if high is None else min(most, Decimal(repr(high)))
    kind = _number(name, least, most, scale=scale, has_percent=False, currency=currency)
    return _column(name, source, aliases, kind=kind, required=required, blank=blank, default=default)


def percent(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    low: float = -1,
    high: float = 10,
    scale: int | None = 6,
) -> Column:
    """Describe a column of rates: 0.0536 or ``5.36%``. Only a % sign divides by 100; beyond low … high is refused.

    A percent sign as a literal of a number format (``0.00"%"``) divides, too: what the sheet shows is the rate.
    """
    kind = _number(name, Decimal(repr(low)), Decimal(repr(high)), scale=scale, has_percent=True)
    return _column(name, source, aliases, kind=kind, required=required, blank=blank, default=default)


def integer(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    low: int = _SMALLEST_BIGINT,
    high: int = _LARGEST_BIGINT,
) -> Column:
    """Describe a column of whole numbers between ``low`` and ``high``, and what a bigint holds."""
    low, high = max(low, _SMALLEST_BIGINT), min(high, _LARGEST_BIGINT)
    if low > high:
        raise ValueError(say("{name}: nothing is between {low} and {high}", name=name, low=low, high=high))
    return _column(name, source, aliases, kind=Integer(low, high), required=required, blank=blank, default=default)


def choice(
    name: str,
    *,
    values: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
) -> Column:
    """Describe a column that holds one of ``values``, or a spelling that ``mapping`` turns into one.

    Compared without blanks and in compatibility form. Raises ValueError where nothing is allowed, or where two
    spellings that compare equal stand for different values.
    """
    spellings = spellings_of([*((value, value) for value in values), *(mapping or {}).items()])
    if not spellings:
        raise ValueError(say("{name}: a choice needs values or a mapping", name=name))
    return _column(name, source, aliases, kind=Choice(spellings), required=required, blank=blank, default=default)


def boolean(
    name: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
    mapping: Mapping[str, bool] = MappingProxyType(_YES_AND_NO),
) -> Column:
    """Describe a column of yes and no: TRUE and FALSE, 是 and 否, 1 and 0 …, or the words of ``mapping``, in any case.

    Raises ValueError where two words that compare equal mean different things.
    """
    meanings = spellings_of((word.upper(), meaning) for word, meaning in mapping.items())
    return _column(name, source, aliases, kind=Boolean(meanings), required=required, blank=blank, default=default)


def custom(
    name: str,
    read: ReadCell,
    sql_type: str,
    *,
    source: str | None = None,
    aliases: Sequence[str] = (),
    required: bool = False,
    blank: Iterable[str] = (),
    default: FactValue = None,
) -> Column:
    """Describe a column of a kind of your own: ``read`` turns the value of a cell into that of a fact, or a Refusal.

    ``read`` is given texts without blanks around them, numbers, booleans, dates, times and durations, and the
    ``number_format`` of a numeric cell (None: General) where it has an argument of this name. Blank cells are NULL, and
    errors of Excel, formulas without a result and damaged cells are refused without it. Its answer depends on nothing
    else, as it is remembered; it is None (NULL), a str, int, float, bool, Decimal, date or datetime. An exception that
    it raises is a fault of the package.

    ``sql_type`` is the type in PostgreSQL that holds every answer, for ``wdh ddl``; where it is no number, the column
    names things: a merged cell stands for its range, and total words are looked for. Raises TypeError and ValueError
    where these cannot be. ``wdh.testing.KindConformance`` has the laws of a kind.
    """
    kind = make_custom(name, read, sql_type)
    return _column(name, source, aliases, kind=kind, required=required, blank=blank, default=default)


def _formats(name: str, formats: Sequence[str], *, parts: Sequence[str]) -> tuple[str, ...]:
    if isinstance(formats, str):
        raise TypeError(say("{name}: formats is a list of texts, not one text", name=name))
    try:
        return check_patterns(formats, parts=parts)
    except ValueError as error:
        raise ValueError(say("{name}: {error}", name=name, error=error)) from error


def _number(
    name: str, low: Decimal, high: Decimal, *, scale: int | None, has_percent: bool, currency: Sequence[str] = ()
) -> Number:
    if isinstance(currency, str):
        raise TypeError(say("{name}: currency is a list of texts, not one text", name=name))
    if low > high:
        raise ValueError(say("{name}: nothing is between {low:g} and {high:g}", name=name, low=low, high=high))
    try:
        currencies = check_currencies(currency) or None
    except ValueError as error:
        raise ValueError(say("{name}: {error}", name=name, error=error)) from error
    return Number(low, high, scale, has_percent=has_percent, currencies=currencies)


def _column(
    name: str,
    source: str | None,
    aliases: Sequence[str],
    *,
    kind: Kind,
    required: bool,
    blank: Iterable[str],
    default: FactValue,
) -> Column:
    if isinstance(aliases, str) or isinstance(blank, str):
        raise TypeError(say("{name}: aliases and blank are lists of texts, not one text", name=name))
    if required and default is not None:
        raise ValueError(say("{name}: a column that must not be blank has no use for a default", name=name))
    headers = tuple(dict.fromkeys(map(normalise_header, (source or name, *aliases))))
    value = None if default is None else _read_default(name, default, kind=kind)
    return Column(name, headers, kind, is_required=required, blank=frozenset(blank), default=value)


_NO_DEFAULT: Final = later("{name}: the default {value!r} cannot stand in this column. {reason}")
_NO_SPELLING: Final = later("{name}: the spelling {value!r} cannot stand in this column. {reason}")
_NO_VALUE: Final = later("{name}: the value {value!r} cannot stand in this column. {reason}")


def _read_default(name: str, default: FactValue, *, kind: Kind, fault: str = _NO_DEFAULT) -> FactValue:
    """Read a default as a cell of the column would be, so that it cannot be what no cell could."""
    value = None if default is None else kind.read(default, None)
    if value is None or isinstance(value, (Bad, Rounded, Shown)):
        reason = value.sentence if isinstance(value, Bad) else say("Nothing remains of it, or less than was written.")
        raise ValueError(say(fault, name=name, value=default, reason=reason))
    return value


def _mapped(kind: Kind, mapping: Mapping[str, str] | None, *, name: str) -> Kind:
    """Put a mapping over a kind; its spellings are read as cells are, which may be padded, or lose characters."""
    if not mapping:
        return kind
    read = [
        (_read_default(name, spelling, kind=kind, fault=_NO_SPELLING), value) for spelling, value in mapping.items()
    ]
    values = ((str(key), _read_default(name, value, kind=kind, fault=_NO_VALUE)) for key, value in read)
    return Mapped(kind, spellings_of(values))
