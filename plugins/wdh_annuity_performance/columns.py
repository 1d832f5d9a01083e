"""What the sheet 规模明细 holds, in the vocabulary of wdh."""

from __future__ import annotations

from functools import partial
from typing import Final

from wdh import Column, Columns, SetupError, amount, choice, code, month, percent, text
from wdh_annuity_performance.references import BLANK

MONTH: Final = "月度"
ACCOUNT: Final = "年金账户号"
GROUP_ACCOUNT: Final = "集团企业客户号"
YEAR_PART: Final = "年"
MONTH_PART: Final = "月"

_NAME: Final = 255  # characters of most texts in the warehouse
_ID: Final = 50

_text = partial(text, blank=BLANK, max_length=_NAME)
_code = partial(code, blank=BLANK)
_amount = partial(amount, scale=4, precision=20)
_identifier = partial(_code, upper=True, drop="-_ ")

PLAN_CODE: Final = _identifier("计划代码", max_length=_NAME)
ACCOUNT_CODE: Final = _code(ACCOUNT, max_length=_ID)
COMPANY_ID: Final = _identifier("company_id", aliases=["公司代码"], max_length=_ID)

_REST: Final = (
    _text("业务类型"),
    _text("计划类型"),
    PLAN_CODE,
    _text("计划名称"),
    _text("组合类型"),
    _code("组合代码", max_length=_NAME),
    _text("组合名称"),
    _text("客户名称"),
    _amount("期初资产规模"),
    _amount("期末资产规模"),
    _amount("供款"),
    _amount("流失_含待遇支付", source="流失(含待遇支付)"),
    _amount("流失"),
    _amount("待遇支付"),
    _amount("投资收益"),
    percent("当期收益率", low=-1, high=10, scale=6),
    _code("机构代码", max_length=_NAME),
    _text("机构名称", aliases=["机构"]),
    _code("产品线代码", max_length=_NAME),
    ACCOUNT_CODE,
    _code(GROUP_ACCOUNT, max_length=_ID + 1),
    _text("年金账户名"),
    COMPANY_ID,
)
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


def make_columns(total_words: tuple[str, ...]) -> Columns:
    """Describe the sheet as it usually is: with 月度."""
    return Columns(month(MONTH, required=True, blank=BLANK), *_REST, totals=total_words)


def make_split_columns(total_words: tuple[str, ...]) -> Columns:
    """Describe the sheet that has 年 and 月 instead of 月度; they arrive as ``2024`` and ``09``."""
    return Columns(
        choice(YEAR_PART, mapping=_YEARS, required=True, blank=BLANK),
        choice(MONTH_PART, mapping=_MONTHS, required=True, blank=BLANK),
        *_REST,
        totals=total_words,
    )


def spell(column: Column, value: str) -> str:
    """Spell a setting of the domain as the facts of ``column`` are spelt.

    Raises SetupError where no fact could be spelt so.
    """
    try:
        return column.spell(value)
    except ValueError as error:
        raise SetupError(
            f"The settings of annuity_performance give {value!r} for {column.name}, which no row can have. {error} "
            "Correct it in data_sources.yml.",
            column=column.name,
            value=value,
        ) from error
