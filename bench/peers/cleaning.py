"""How a person cleans such a sheet by hand: value by value, with the rules that come to mind.

Left out, all of it in the peers' favour: no reject and no cell is ever named (what is not understood raises or
becomes NULL), number formats are not read (a code shown as 0012 through its format arrives as 12, so that some
references are invented), merged cells keep NULL below their first row, company ids are not keyed, texts are not
measured against the columns of the warehouse, amounts become floats.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

FACTS, PLANS, PORTFOLIOS = "规模明细", "年金计划", "组合计划"
AMOUNTS = ("期初资产规模", "期末资产规模", "供款", "流失_含待遇支付", "流失", "待遇支付", "投资收益")
CODES = ("机构代码", "产品线代码", "年金账户号")
TEXTS = ("业务类型", "计划类型", "计划名称", "组合类型", "组合名称", "客户名称", "机构名称", "年金账户名")
NOTHING = {"", "-", "—", "无", "暂无", "N/A", "(空白)"}
COLUMNS = (
    *("月度", "业务类型", "计划类型", "计划代码", "计划名称", "组合类型", "组合代码", "组合名称", "客户名称"),
    *AMOUNTS,
    *("当期收益率", "机构代码", "机构名称", "产品线代码", "年金账户号", "年金账户名", "company_id"),
)
KEY = ("月度", "计划代码", "company_id")
DEFAULT_PLANS = {"集合计划": "AN001", "单一计划": "AN002"}
QUALIFICATIONS = ("企年受托", "企年投资", "职年受托", "职年投资")
_INVISIBLE = "\u200b\u3000 \t\r\n"


def clean_header(header: Any) -> str:
    """Give the column of the warehouse for a header."""
    name = re.sub(r"\s", "", str(header or "")).replace("（", "(").replace("）", ")")
    return {"流失(含待遇支付)": "流失_含待遇支付"}.get(name, name)


def is_nothing(value: Any) -> bool:
    """Say whether a cell counts as empty; NaN is what pandas makes of one."""
    return value is None or value != value or (isinstance(value, str) and value.strip(_INVISIBLE) in NOTHING)


def clean_text(value: Any) -> str | None:
    """Trim a text, and put it on one line."""
    return None if is_nothing(value) else re.sub(r"\s+", " ", str(value)).strip(_INVISIBLE)


def clean_code(value: Any) -> str | None:
    """Make a code a text."""
    if is_nothing(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip(_INVISIBLE) or None


def clean_identifier(value: Any) -> str | None:
    """Make a plan's or company's code a text without ``-``, ``_`` and blanks, in capitals."""
    code = clean_code(value)
    return None if code is None else re.sub("[-_ ]", "", code).upper()


def clean_amount(value: Any) -> float | None:
    """Make an amount a float."""
    if isinstance(value, (int, float)) and value == value:
        return float(value)
    if is_nothing(value):
        return None
    text = unicodedata.normalize("NFKC", value).strip().lstrip("¥").replace(",", "")
    return -float(text[1:-1].lstrip("¥")) if text.startswith("(") else float(text)


def clean_rate(value: Any) -> float | None:
    """Make a rate a fraction."""
    if isinstance(value, (int, float)) and value == value:
        return float(value)
    if is_nothing(value):
        return None
    text = unicodedata.normalize("NFKC", value).strip()
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def clean_month(value: Any) -> datetime.date:
    """Make a month a date: its first day."""
    if isinstance(value, datetime.datetime):
        return datetime.date(value.year, value.month, 1)
    text = str(int(value)) if isinstance(value, (int, float)) else value.strip()
    found = re.match(r"(\d{4}|\d{2})\D?(\d{1,2})", text)
    year = int(found[1])
    return datetime.date(year if year > 99 else 2000 + year, int(found[2]), 1)


CLEANERS = {
    "月度": clean_month,
    "计划代码": clean_identifier,
    "company_id": clean_identifier,
    "组合代码": lambda value: re.sub(r"^F(?=[0-9A-Z]+$)", "", clean_code(value) or "") or None,
    "当期收益率": clean_rate,
    **dict.fromkeys(AMOUNTS, clean_amount),
    **dict.fromkeys(CODES, clean_code),
    **dict.fromkeys(TEXTS, clean_text),
}


def clean_row(raw: dict[str, Any]) -> dict[str, Any] | None:
    """Clean one row; None for blank rows and totals, which have no customer."""
    if is_nothing(raw.get("客户名称")) or is_nothing(raw.get("月度")):
        return None
    row = {column: CLEANERS[column](raw.get(column)) for column in COLUMNS}
    row["计划代码"] = row["计划代码"] or DEFAULT_PLANS.get(row["计划类型"], "AN002")
    row["company_id"] = row["company_id"] or "IN_" + hashlib.md5(row["客户名称"].encode()).hexdigest()[:16].upper()  # noqa: S324
    return row


def derive(facts: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Derive plans and portfolios with plain dictionaries. Customers are the first seen, not the most frequent."""
    plans: dict[str, dict[str, Any]] = {}
    portfolios: dict[str, dict[str, Any]] = {}
    largest: dict[str, float] = {}
    for row in facts:
        plan = plans.setdefault(row["计划代码"], {"年金计划号": row["计划代码"], "kinds": set()})
        plan["kinds"].add(row["业务类型"])
        for column, source in (("计划全称", "计划名称"), ("计划类型",) * 2, ("客户名称",) * 2, ("company_id",) * 2):
            plan[column] = plan.get(column) or row[source]
        if (row["期末资产规模"] or 0) >= largest.get(row["计划代码"], 0):
            largest[row["计划代码"]] = row["期末资产规模"] or 0
            plan["主拓代码"] = row["机构代码"]
        plan["备注"] = f"{row['月度']:%y%m}_新建"
        if row["组合代码"] is not None:
            portfolio = portfolios.setdefault(row["组合代码"], {"组合代码": row["组合代码"]})
            for column, source in (("年金计划号", "计划代码"), ("组合名称",) * 2, ("组合类型",) * 2):
                portfolio[column] = portfolio.get(column) or row[source]
            portfolio["备注"] = plan["备注"]
    for plan in plans.values():
        kinds = plan.pop("kinds")
        plan["管理资格"] = "+".join(kind for kind in QUALIFICATIONS if kind in kinds)
    return list(plans.values()), list(portfolios.values())
