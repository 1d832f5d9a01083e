"""Finds the kind that a header hints at.

A hint decides only between kinds that all cells allow, and is named in the evidence.
"""

from __future__ import annotations

import re
from typing import Final

_HINTS: Final = {
    "code": r"(?:代码|编码|编号|代号|码|号)$|(?:^|[^a-z])(?:code|id|no|nr)$|(?<=[a-z])(?-i:Code|Id|ID|No)$",
    "month": r"月度|月份|期间|账期|年月|month|period",
    "date": r"日期|日$|date",
    "percent": r"(?<!汇)率$|(?:比例|占比|百分比|比重)$|%|percent|pct|(?:^|[^a-z])(?:rate|ratio)$",
    "amount": r"额|资产|规模|收入|费|款|成本|利润|价|收益|amount|revenue|sales|price|cost|balance",
    "boolean": r"^是否|^有无|^(?:is|has)[_ ]|flag$",
    "choice": r"类型|状态|类别|性质|种类|方式|等级|级别|(?:^|[^a-z])(?:type|status|category|kind|class)$",
    "name": r"名称|姓名|名$|name",
    "row number": r"^(?:序号|行号|编号|no|nr|#)\.?$",
    "part of a month": r"^(?:年|年度|月|year|month)$",
}
_PATTERNS: Final = {hint: re.compile(pattern, re.IGNORECASE) for hint, pattern in _HINTS.items()}
_STEM: Final = re.compile(
    r"(?:名称|全称|简称|姓名|名|代码|编码|编号|代号|号码|码|号|类型|状态|类别)$"
    r"|[_ -]?(?:code|name|id|no|type|status)$",
    re.IGNORECASE,
)


def hints_at(header: str, hint: str) -> bool:
    """Say whether a header hints at a kind (or at ``name``, a text that names something)."""
    return _PATTERNS[hint].search(header) is not None


def hinted_word(header: str, hint: str) -> str:
    """Give the part of a header that hints at a kind; empty where none does."""
    found = _PATTERNS[hint].search(header)
    return "" if found is None else found[0].strip("_- ")


def stem_of(header: str) -> str:
    """Take from a header what says code, name or type: 计划代码 and 计划名称 are both about 计划."""
    stem = _STEM.sub("", header)
    return stem if stem.strip("_- ") else header


def are_akin(one: str, other: str) -> bool:
    """Say whether two headers are about the same thing."""
    return stem_of(one).casefold() == stem_of(other).casefold()
