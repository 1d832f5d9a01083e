"""The columns that every sheet of the annuity business has, in the vocabulary of wdh."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from wdh import Column, Columns, SetupError, bilingual, choice, code, month, text
from wdh_annuity.references import BLANK

MONTH: Final = "月度"
YEAR_PART: Final = "年"
MONTH_PART: Final = "月"
NAME_LENGTH: Final = 255  # characters of most texts in the warehouse
ID_LENGTH: Final = 50

named = partial(text, blank=BLANK, max_length=NAME_LENGTH)
coded = partial(code, blank=BLANK)
_identifier = partial(coded, upper=True, drop="-_ ")

BUSINESS: Final = named("业务类型")
PLAN_TYPE: Final = named("计划类型")
PLAN_CODE: Final = _identifier("计划代码", aliases=["计划号"], max_length=NAME_LENGTH)
ACCOUNT_CODE: Final = coded("年金账户号", max_length=ID_LENGTH)
COMPANY_ID: Final = _identifier("company_id", aliases=["公司代码"], max_length=ID_LENGTH)
ACCOUNT_NAME: Final = named("年金账户名")

PLAN: Final = (
    PLAN_CODE,
    named("计划名称"),
    named("组合类型"),
    coded("组合代码", max_length=NAME_LENGTH),
    named("组合名称"),
    named("客户名称"),
)
"""The plan of a row, its portfolio, and whose it is."""

BRANCH: Final = (
    coded("机构代码", max_length=NAME_LENGTH),
    named("机构名称", aliases=["机构"]),
    coded("产品线代码", max_length=NAME_LENGTH),
)
"""The columns about the unit that serves a row's customer, and its products."""

_FURTHER_MONTHS: Final = ("%Y年%m", "%y年%m", "%y.%m", "%y-%m-%d", "%Y%m%d")
"""Spellings of a month beside the usual ones: 2024年11, 24.12, 24-11-15, 20241115."""

_YEARS: Final = {
    spelling: str(year)
    for year in range(2000, 2100)
    for spelling in (f"{year}", f"{year}年", f"{year % 100:02}", f"{year % 100:02}年")
}
_MONTHS: Final = {
    spelling: f"{number:02}"
    for number in range(1, 13)
    for spelling in (f"{number}", f"{number:02}", f"{number}月", f"{number:02}月")
}


def make_columns(rest: Sequence[Column], total_words: tuple[str, ...]) -> Columns:
    """Describe a sheet as it usually is: with 月度."""
    return Columns(month(MONTH, required=True, blank=BLANK, formats=_FURTHER_MONTHS), *rest, totals=total_words)


def make_split_columns(rest: Sequence[Column], total_words: tuple[str, ...]) -> Columns:
    """Describe the sheet that has 年 and 月 instead of 月度; they arrive as ``2024`` and ``09``."""
    return Columns(
        choice(YEAR_PART, mapping=_YEARS, required=True, blank=BLANK),
        choice(MONTH_PART, mapping=_MONTHS, required=True, blank=BLANK),
        *rest,
        totals=total_words,
    )


def spell(column: Column, value: str, *, domain: str) -> str:
    """Spell a setting of ``domain`` as the facts of ``column`` are spelt.

    Raises SetupError where no fact could be spelt so.
    """
    try:
        return column.spell(value)
    except ValueError as error:
        raise SetupError(
            bilingual(
                "The settings of {domain} give {value!r} for {column}, which no row can have. {error} "
                "Correct it in data_sources.yml, or in the file or table that it names.",
                "{domain} 的设置给 {column} 的值是 {value!r}，而任何一行都不可能有这个值。{error} "
                "请在 data_sources.yml 或其指定的文件、表中更正。",
                domain=domain,
                value=value,
                column=column.name,
                error=error,
            ),
            column=column.name,
            value=value,
        ) from error
