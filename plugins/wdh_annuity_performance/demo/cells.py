"""Spells values as people type them: the same month, amount, rate, code or name in a dozen spellings.

Every spelling here is one that the domain's description promises to read right. ``None`` in gives a blank cell or
one of the ways of writing that nothing is there.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from random import Random

Plain = str | int | float | datetime.date | None


@dataclass(frozen=True, slots=True)
class Formatted:
    """A number or date that is shown through a number format, as 12 is shown as ``0012``."""

    value: int | float | datetime.date
    number_format: str


Cell = Plain | Formatted

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_NOTHING = (None, None, None, None, "-", "—", "无", "暂无", "N/A", " ")
_ZERO_WIDTH = "\u200b"
_IDEOGRAPHIC_BLANK = "\u3000"


def spell_month(month: datetime.date, random: Random) -> Cell:
    """Spell a month in one of the nine ways in use."""
    year, number = month.year, month.month
    return random.choice(
        (
            year * 100 + number,
            f"{year}{number:02d}",
            f"{year}年{number}月",
            f"{year % 100:02d}年{number:02d}月",
            f"{year}-{number:02d}",
            f"{year}/{number}/1",
            f"{year}.{number:02d}",
            Formatted(month, "yyyy-mm-dd"),
            Formatted(month, 'yyyy"年"m"月"'),
        )
    )


def spell_amount(amount: Decimal | None, random: Random) -> Cell:
    """Spell an amount: nine in ten as a number, the others as text of some kind."""
    dice = random.random()
    if amount is None:
        return random.choice(_NOTHING)
    if dice < 0.9:
        return int(amount) if amount == amount.to_integral_value() else float(amount)
    if amount < 0 and dice < 0.97:
        return f"({-amount:,})"
    if dice < 0.95:
        return f"{amount:,}"
    if dice < 0.97:
        return f"{amount:,}".translate(_WIDE)
    return f"¥{amount:,}" if amount >= 0 else f" {amount} "


def spell_rate(rate: Decimal | None, random: Random) -> Cell:
    """Spell a rate of return: a fraction, or a percentage with its sign."""
    dice = random.random()
    if rate is None:
        return random.choice(_NOTHING)
    if dice < 0.7:
        return float(rate)
    if dice < 0.8:
        return Formatted(float(rate), "0.00%")
    percent = f"{rate * 100:.2f}%"
    return percent if dice < 0.92 else percent.translate(_WIDE)


def spell_code(code: str | None, random: Random) -> Cell:
    """Spell a code: as text, as a number where it is one, wide, or with blanks that do not show."""
    dice = random.random()
    if code is None:
        return random.choice((None, None, "", " ", "(空白)"))
    if dice < 0.75:
        return code
    if code.isdecimal() and dice < 0.9:
        return Formatted(int(code), "0" * len(code)) if code[0] == "0" else random.choice((int(code), float(code)))
    return (f" {code}", f"{code} ", f"{_ZERO_WIDTH}{code}", code.translate(_WIDE), f"{code}{_IDEOGRAPHIC_BLANK}")[
        int(dice * 1000) % 5
    ]


def spell_loose_code(code: str | None, random: Random) -> Cell:
    """Spell a code of those that are compared without case, ``-``, ``_`` and blanks: 计划代码 and company_id."""
    if code is not None and random.random() < 0.06:
        return random.choice(
            (code.lower(), f"{code[:1]}-{code[1:]}", f"{code[:1]}_{code[1:]}", f"{code[:1]} {code[1:]}")
        )
    return spell_code(code, random)


def spell_portfolio_code(code: str | None, random: Random) -> Cell:
    """Spell a 组合代码: one in four has the letter F in front, which is not part of it."""
    if code is not None and random.random() < 0.25:
        return f"F{code}"
    return spell_code(code, random)


def spell_account(account: str | None, random: Random) -> Cell:
    """Spell a 集团企业客户号: the account with a letter C in front, which is not part of it."""
    return spell_code(None if account is None else f"C{account}", random)


def spell_text(text: str | None, random: Random) -> Cell:
    """Spell a name: nearly always as it is, else with blanks around it or a line break for a blank."""
    dice = random.random()
    if text is None:
        return random.choice((None, None, None, "", "(空白)"))
    if dice < 0.94:
        return text
    return (f"{text} ", f"{_IDEOGRAPHIC_BLANK}{text}", f"{text}{_ZERO_WIDTH}", text.replace(" ", "\n"))[
        int(dice * 1000) % 4
    ]


def spell_as_is(text: str | None, _random: Random) -> Cell:
    """Write what comes from a list of choices, which nobody types."""
    return text
