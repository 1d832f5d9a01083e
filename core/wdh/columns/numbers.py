"""Amounts and percentages, exactly as the sheet has them, and whole numbers."""

from __future__ import annotations

import datetime
import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import ClassVar, Final

from msgspec import Struct

from wdh.columns.currencies import AFFIX, USUAL, find_currency, normalise, power_of
from wdh.columns.displays import read_display
from wdh.columns.outcomes import Bad, Outcome, RawValue, Rounded, Shown
from wdh.columns.reasons import Reason, bad, quoted
from wdh.words.characters import narrow, unclear_character
from wdh.words.language import say

NO_NUMBER: Final = frozenset(("-", "—", "无", "暂无", "N/A"))
"""Texts that mean no amount, in compatibility form and capitals."""

_EXACT: Final = Context(prec=50_000, rounding=ROUND_HALF_UP)  # a cell holds 32,767 characters at most
_LARGEST: Final = Decimal("1E+1000")  # keeps arithmetic on a text such as 1E+99999999 small
_NUMBER: Final = re.compile(
    rf"""(?P<open>\()?\ *(?P<sign>[-+−])?\ *(?P<before>{AFFIX})?\ *(?P<late_sign>[-+−])?\ *
    (?P<digits>[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+(?:\.[0-9]*)?
      |(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{{1,4}})?)
    \ *(?P<end_sign>[-+−])?\ *(?P<percent>%)?\ *(?P<after>{AFFIX})?\ *(?P<last_sign>[-+−])?\ *(?P<close>\))?""",
    re.VERBOSE,
)
_SIGNS: Final = ("open", "sign", "late_sign", "end_sign", "last_sign")
_USUAL: Final = re.compile(r"(¥?)((?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?)")
"""Part of what _NUMBER takes, told in a third of the time."""
_DIGITS_AND_MARKS: Final = re.compile(r"[-+(¥ ]*[0-9][0-9.,' ]*%?[ )]*")
_USUAL_CURRENCIES: Final = frozenset(USUAL)
_TIMES = (datetime.date, datetime.time, datetime.timedelta)


class Number(Struct, frozen=True):
    """Numbers between ``low`` and ``high`` with at most ``scale`` decimals; None: as many as there are.

    A float stands for its ``repr`` and never passes through binary arithmetic. ``has_percent`` allows a % sign
    behind a text, or as a literal in a number format, the only thing that divides by 100. ``currencies`` are the
    signs, codes and words that may stand beside a number, in the form in which they are compared; None: the usual
    ones, and a number format with another one makes a note.
    """

    low: Decimal
    high: Decimal
    scale: int | None
    has_percent: bool
    currencies: frozenset[str] | None = None

    is_label: ClassVar[bool] = False

    @property
    def surely_within(self) -> tuple[float, float]:
        """Give floats between which any float is in range, whatever rounding did to the limits."""
        return math.nextafter(float(self.low), math.inf), math.nextafter(float(self.high), -math.inf)

    @property
    def sql_type(self) -> str:
        """As many digits as the limits need at this scale; without limits or scale, as many as there are."""
        most = max(self.low.copy_abs(), self.high.copy_abs())  # abs() would round
        if self.scale is None or most >= _LARGEST:
            return "numeric"
        return f"numeric({max(most.adjusted() + 1, 0) + self.scale or 1},{self.scale})"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a number. A format that shows another one is told in a note, or refused where it has a % sign."""
        if isinstance(cell, str):
            value = self._parse(cell)
            return self._normalise(value, cell, shown=value) if isinstance(value, Decimal) else value
        if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)):
            return _refuse(cell)
        if number_format is None or not math.isfinite(cell):
            return self._read_number(cell)
        return self._read_shown(cell, number_format)

    def _read_number(self, cell: int | float | Decimal) -> Outcome:
        if isinstance(cell, int):
            return self._normalise(Decimal(cell), cell, shown=Decimal(cell))
        if not math.isfinite(cell):
            return bad(Reason.NOT_FINITE)
        if isinstance(cell, Decimal):
            return self._normalise(cell, cell, shown=cell)
        return self._normalise(Decimal(repr(cell).removesuffix(".0")), cell, shown=Decimal(f"{cell:.15g}"))

    def _read_shown(self, cell: int | float | Decimal, number_format: str) -> Outcome:
        display = read_display(number_format, Decimal(str(cell)))
        if display.is_percent and self.has_percent:
            value = Decimal(f"{cell:.15g}" if isinstance(cell, float) else cell).scaleb(-2, _EXACT)
            return self._normalise(value, value, shown=value)
        if display.is_percent or display.has_percent_sign:
            return bad(Reason.PERCENT_SHOWN, value=quoted(cell), format=quoted(number_format))
        currency = None if self._takes(display.currency) else display.currency
        if currency is not None and self.currencies is not None:
            return self._refuse_currency(cell, currency)
        outcome = self._read_number(cell)
        how = currency or (number_format if display.is_other else None)
        is_number = isinstance(outcome, (int, float, Decimal, Rounded)) and how is not None
        return Shown(outcome, how) if is_number else outcome  # type: ignore[arg-type]

    def _takes(self, currency: str | None) -> bool:
        return currency is None or currency in (_USUAL_CURRENCIES if self.currencies is None else self.currencies)

    def _refuse_currency(self, cell: RawValue, currency: str) -> Bad:
        taken = ", ".join(sorted(self.currencies or _USUAL_CURRENCIES))
        return bad(Reason.FOREIGN_CURRENCY, value=quoted(cell), currency=currency, taken=taken)

    def _parse(self, cell: str) -> Decimal | Bad | None:
        text = narrow(cell)
        usual = _USUAL.fullmatch(text)
        if (
            usual is not None
            and (not usual[1] or self._takes(usual[1]))
            and (text == cell or unclear_character(cell) is None)
        ):
            return Decimal(usual[2].replace(",", ""))
        if text.upper() in NO_NUMBER:
            return None
        unclear = unclear_character(cell)
        if unclear is not None:
            return bad(Reason.UNCLEAR_CHARACTER, value=quoted(cell), character=unclear)
        match = _NUMBER.fullmatch(text.upper())
        if match is None:
            digits = _DIGITS_AND_MARKS.fullmatch(text) is not None and ("," in text or "." in text)
            return bad(Reason.AMBIGUOUS_NUMBER if digits else Reason.NOT_A_NUMBER, value=quoted(cell))
        for affix in filter(None, match.group("before", "after")):
            if not self._takes(normalise(affix)):
                currency = find_currency(affix)
                is_foreign = currency is not None and not (self._takes(currency) or power_of(affix))
                return (
                    self._refuse_currency(cell, affix) if is_foreign else bad(Reason.NOT_A_NUMBER, value=quoted(cell))
                )
        value = self._evaluate(match)
        return bad(Reason.NOT_A_NUMBER, value=quoted(cell)) if value is None else value

    def _evaluate(self, match: re.Match[str]) -> Decimal | None:
        signs = [mark for mark in match.group(*_SIGNS) if mark]
        if bool(match["open"]) != bool(match["close"]) or len(signs) > 1 or (match["percent"] and not self.has_percent):
            return None
        power = power_of(match["after"] or "") - (2 if match["percent"] else 0)
        value = Decimal(match["digits"].replace(",", ""))
        value = value.scaleb(power, _EXACT) if power else value
        return value if signs in ([], ["+"]) else value.copy_negate()

    def _normalise(self, value: Decimal, cell: RawValue, *, shown: Decimal) -> Outcome:
        """Hold ``value`` to range and scale; ``shown`` is the same at the 15 digits that Excel can show."""
        if not self.low <= value <= self.high:
            return self._refuse_range(cell)
        if value.is_zero():
            value, shown = value.copy_abs(), shown.copy_abs()
        if self.scale is None or _decimals(value) <= self.scale:
            return cell if type(cell) is int else cell + 0.0 if isinstance(cell, float) else value
        rounded = shown.quantize(Decimal(1).scaleb(-self.scale), context=_EXACT)
        if rounded == shown:
            return float(shown) if isinstance(cell, float) else rounded
        return Rounded(rounded) if self.low <= rounded <= self.high else self._refuse_range(cell)

    def _refuse_range(self, cell: RawValue) -> Bad:
        return bad(Reason.OUT_OF_RANGE, value=quoted(cell), low=f"{self.low:g}", high=f"{self.high:g}")


class Integer(Struct, frozen=True):
    """Whole numbers between ``low`` and ``high``, read as amounts are."""

    low: int
    high: int

    is_label: ClassVar[bool] = False

    @property
    def sql_type(self) -> str:
        """The smaller of the two common types that holds the limits."""
        return "integer" if self.low >= -(2**31) and self.high < 2**31 else "bigint"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a whole number; 12.0 is 12, and decimals are refused."""
        number = Number(Decimal(self.low), Decimal(self.high), None, has_percent=False)
        value = number.read(cell, number_format)
        if isinstance(value, Shown):
            whole = self._normalise(value.value, cell)
            return Shown(whole, value.how) if isinstance(whole, int) else whole
        return self._normalise(value, cell)

    def _normalise(self, value: Outcome, cell: RawValue) -> Outcome:
        if isinstance(value, (float, Decimal)):
            return int(value) if value == int(value) else bad(Reason.NOT_AN_INTEGER, value=quoted(cell))
        return value


def _refuse(cell: RawValue) -> Bad:
    if isinstance(cell, _TIMES):
        return bad(Reason.DATE_INSTEAD, value=cell, expected=say("a number"))
    return bad(Reason.BOOLEAN_INSTEAD, value=cell, expected=say("a number"))


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def amount_limits(scale: int | None, precision: int | None) -> tuple[Decimal, Decimal]:
    """Give the least and the greatest number of ``precision`` digits, ``scale`` of them decimals."""
    if precision is None:
        return -_LARGEST, _LARGEST
    step = Decimal(1).scaleb(-(scale or 0))
    high = _EXACT.subtract(Decimal(1).scaleb(precision - (scale or 0)), step)
    return high.copy_negate(), high
