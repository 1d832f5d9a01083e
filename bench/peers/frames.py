"""The sheet as pandas reads it, cleaned column by column, and the references derived by groupby.

What is left out is in cleaning.py.
"""

from __future__ import annotations

import hashlib

import cleaning
import pandas as pd


def read_facts(workbook: str) -> pd.DataFrame:
    """Read and clean the facts."""
    raw = pd.read_excel(workbook, sheet_name=cleaning.FACTS, keep_default_na=False, na_values=[""], dtype=object)
    raw.columns = [cleaning.clean_header(header) for header in raw.columns]
    nothing = raw["客户名称"].map(cleaning.is_nothing) | raw["月度"].map(cleaning.is_nothing)
    raw = raw[~nothing]
    facts = pd.DataFrame(
        {column: pd.Series([cleaning.CLEANERS[column](value) for value in raw[column]]) for column in cleaning.COLUMNS}
    )
    facts["计划代码"] = facts["计划代码"].fillna(facts["计划类型"].map(cleaning.DEFAULT_PLANS)).fillna("AN002")
    names = facts["客户名称"].map(lambda name: "IN_" + hashlib.md5(name.encode()).hexdigest()[:16].upper())  # noqa: S324
    facts["company_id"] = facts["company_id"].fillna(names)
    return facts


def derive_plans(facts: pd.DataFrame) -> pd.DataFrame:
    """Derive the plans: the first value of each column, the office of the largest fact."""
    grouped = facts.groupby("计划代码", sort=False)
    plans = grouped.agg(
        计划全称=("计划名称", "first"),
        计划类型=("计划类型", "first"),
        客户名称=("客户名称", "first"),
        company_id=("company_id", "first"),
    )
    largest = facts.sort_values("期末资产规模").drop_duplicates("计划代码", keep="last").set_index("计划代码")
    plans["主拓代码"] = largest["机构代码"]
    plans["管理资格"] = grouped["业务类型"].agg(
        lambda kinds: "+".join(kind for kind in cleaning.QUALIFICATIONS if kind in set(kinds))
    )
    plans["备注"] = "2411_新建"
    return plans.rename_axis("年金计划号")


def derive_portfolios(facts: pd.DataFrame) -> pd.DataFrame:
    """Derive the portfolios: the first value of each column."""
    portfolios = facts.groupby("组合代码", sort=False).agg(
        年金计划号=("计划代码", "first"), 组合名称=("组合名称", "first"), 组合类型=("组合类型", "first")
    )
    portfolios["备注"] = "2411_新建"
    return portfolios
