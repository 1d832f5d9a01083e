"""Amounts as checks compare and show them: exact, and with one number of decimals in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final

from wdh.facts import FactValue
from wdh.facts.copytext import as_seen
from wdh.words.language import say
from wdh.words.phrases import clip

ZERO: Final = Decimal(0)
EXACT: Final = Context(prec=50_000)
"""A cell holds 32,767 characters at most."""

_NOISE: Final = Decimal(2) ** -50
"""The share of what was added up by which floats may be off: some of their last bits."""

_SHOWN: Final = 60


class Tolerance:
    """How far apart two amounts may be that count as equal: ``most``, and the noise of floats where there are any."""

    def __init__(self, most: Decimal, *, has_floats: bool) -> None:
        self._most = most
        self._noise = _NOISE if has_floats else None

    def allows(self, value: Decimal, expected: Decimal, *, size: Decimal) -> bool:
        """Say whether two amounts are equal; ``size`` is that of all that ``expected`` was made of."""
        if value == expected:
            return True
        difference = EXACT.subtract(value, expected).copy_abs()
        noise = ZERO if self._noise is None else EXACT.multiply(max(size, value.copy_abs()), self._noise)
        return difference <= EXACT.add(self._most, noise)


def amount(value: FactValue) -> Decimal:
    """Give the amount of a value: nothing is none."""
    return value if isinstance(value, Decimal) else ZERO


def balance(plus: Sequence[Decimal], minus: Sequence[Decimal]) -> Decimal:
    """Add up exactly."""
    total = ZERO
    for value in plus:
        total = EXACT.add(total, value)
    for value in minus:
        total = EXACT.subtract(total, value)
    return total


def show_amounts(*values: Decimal) -> list[str]:
    """Show amounts with thousands marked and all with as many decimals as one of them needs."""
    decimals = max(_decimals(value) for value in values)
    return [f"{value:,.{decimals}f}" for value in values]


def show(value: FactValue) -> str:
    """Show any value in a sentence: a number as an amount, a text as it is, all of it short."""
    if isinstance(value, Decimal):
        return show_amounts(value)[0]
    return clip(as_seen(value) or say("blank"), _SHOWN)


def _decimals(value: Decimal) -> int:
    exponent = EXACT.normalize(value).as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
