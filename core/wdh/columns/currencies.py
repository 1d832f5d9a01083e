"""Signs, codes and words of currencies beside an amount, and the units that multiply it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from wdh.words.characters import squeeze
from wdh.words.language import say

USUAL: Final = ("¥", "CN¥", "CNY", "RMB", "元", "人民币")
"""The currencies that an amount takes where its column names none."""

_SIGNS: Final = "$¢£¥֏؋߾߿৲৳৻૱௹฿៛\u20a0-\u20a7\u20a9-\u20cf꠸"
"""Unicode's currency signs in compatibility form, as a class of characters; ₨ and ﷼ are words there."""

_CODES: Final = (
    "AED|AUD|BRL|CAD|CHF|CLP|CNH|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|KZT|MOP|MXN|MYR|NOK|NZD|PEN|"
    "PHP|PKR|PLN|QAR|RMB|RON|RS|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR"
)
_WORDS: Final = (
    "人民币|美元|欧元|英镑|港元|港币|日元|澳元|加元|新元|新加坡元|韩元|新台币|台币|澳门元|瑞士法郎|瑞郎|卢布|泰铢|"
    "元|圆|ریال"
)
_CURRENCY: Final = re.compile(rf"[A-Z]{{0,3}}[{_SIGNS}]|(?<![A-Z])(?:{_CODES})(?![A-Z])|{_WORDS}")
_UNIT: Final = re.compile(r"[十百千]?[万亿]|[十百千]")
_POWERS: Final = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}
AFFIX: Final = r"[^\s0-9.,+−()%\-]{1,12}"
"""The pattern of a currency beside a number, both in compatibility form and capitals."""


def check_currencies(spellings: Iterable[str]) -> frozenset[str]:
    """Give spellings in the form in which they are compared. Raises ValueError where one could not stand in a cell."""
    for spelling in spellings:
        if re.fullmatch(AFFIX, normalise(spelling)) is None:
            raise ValueError(
                say(
                    "the currency {spelling!r} cannot stand beside a number: write a sign, code or word, like USD",
                    spelling=spelling,
                )
            )
    return frozenset(map(normalise, spellings))


def normalise(spelling: str) -> str:
    """Bring a spelling to the form in which it is compared: without blanks, in compatibility form and capitals."""
    return squeeze(spelling).upper()


def find_currency(literal: str) -> str | None:
    """Find the currency in what stands around a number; None: none is known in it."""
    found = _CURRENCY.search(normalise(literal))
    return None if found is None else found[0]


def power_of(spelling: str) -> int:
    """Give the power of ten that a spelling such as 万元 multiplies by; 0: it is no unit, or a currency alone."""
    found = _UNIT.match(spelling)
    return 0 if found is None else sum(_POWERS[char] for char in found[0])
