"""Fills blank cells of a fact, by the settings of the domain."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from wdh_annuity.companies import Companies
from wdh_annuity.settings import Rules

Values = Mapping[str, Sequence[Any]]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Filling:
    """A column after its blanks were filled; ``filled`` has what was written, by the row's index."""

    column: str
    values: Sequence[str | None]
    filled: Mapping[int, str]


def fill_plans(values: Values, rules: Rules) -> Filling:
    """Fill 计划代码 by 计划类型."""
    return _fill("计划代码", values, keys=values["计划类型"], find=dict(rules.plan_codes).get)


def fill_portfolios(values: Values, rules: Rules) -> Filling:
    """Fill 组合代码 by 业务类型, and where that says nothing, by 计划类型."""
    # 职年受托 and 职年投资 are told by their 业务类型 whatever kind of plan they run, so it is asked first.
    by_business, by_plan_type = dict(rules.portfolios_by_business), dict(rules.portfolios_by_plan_type)
    keys = list(zip(values["业务类型"], values["计划类型"], strict=True))
    return _fill("组合代码", values, keys=keys, find=lambda key: by_business.get(key[0]) or by_plan_type.get(key[1]))


def fill_product_lines(values: Values, rules: Rules) -> Filling:
    """Fill 产品线代码 by 业务类型."""
    return _fill("产品线代码", values, keys=values["业务类型"], find=dict(rules.product_lines).get)


def fill_companies(values: Values, companies: Companies) -> Filling:
    """Fill company_id by what the settings know, else by a temporary id made of 客户名称."""
    plans = values["计划代码"]
    accounts = values.get("年金账户号", [None] * len(plans))
    keys = list(zip(plans, accounts, values["客户名称"], strict=True))
    return _fill("company_id", values, keys=keys, find=lambda key: companies.find(*key))


def _fill(column: str, values: Values, *, keys: Sequence[Key], find: Callable[[Key], str | None]) -> Filling:
    present = values[column]
    if None not in present:
        return Filling(column, present, {})
    blank = [index for index, value in enumerate(present) if value is None]
    found = {key: find(key) for key in {keys[index] for index in blank}}
    filled = {index: text for index in blank if (text := found[keys[index]]) is not None}
    return Filling(column, [filled.get(i) if value is None else value for i, value in enumerate(present)], filled)
