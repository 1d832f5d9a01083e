"""The settings of an annuity domain in data_sources.yml, and their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from wdh import RunContext

SALT_VARIABLE: Final = "WDH_ALIAS_SALT"
_DEFAULT_SALT: Final = "wdh"

_TEXT: Final = {"type": "string", "minLength": 1}


def _table(title: str, description: str, **more: object) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "type": "object",
        "additionalProperties": _TEXT,
        **more,
    }


CONTRACTS: Final[Mapping[str, Any]] = {
    "company_ids": {
        "title": "Known company ids",
        "description": "Where the sheet has no company_id, these are asked in turn; after them comes a temporary id.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "by_plan": _table("By plan", "From 计划代码 to company_id.", default={}),
            "by_account": _table("By account", "From 年金账户号 to company_id.", default={}),
            "by_name": _table(
                "By name", "From 客户名称 to company_id; compared without blanks, in compatibility form.", default={}
            ),
        },
        "default": {},
        "derives": {"company_id": "IN_*"},
        "examples": [{"by_plan": {"Z0003": "600001001"}, "by_name": {"青禾示例集团": "600001002"}}],
    },
    "default_plan_codes": _table(
        "Plan codes for blank ones",
        "From 计划类型 to the 计划代码 of a row that has none; a row of any other 计划类型 is rejected.",
        default={"集合计划": "AN001", "单一计划": "AN002"},
    ),
    "default_portfolio_codes": {
        "title": "Portfolio codes for blank ones",
        "description": "The 组合代码 of a row that has none: by 业务类型, else by 计划类型, else NULL.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "by_business": _table("By business", "From 业务类型 to 组合代码.", default={}),
            "by_plan_type": _table("By plan type", "From 计划类型 to 组合代码.", default={}),
        },
        "default": {
            "by_business": {"职年受托": "QTAN003", "职年投资": "QTAN003"},
            "by_plan_type": {"集合计划": "QTAN001", "单一计划": "QTAN002"},
        },
    },
    "product_lines": _table(
        "Product lines",
        "From 业务类型 to the 产品线代码 of a row that has none.",
        default={
            "企年投资": "PL201",
            "企年受托": "PL202",
            "职年投资": "PL203",
            "职年受托": "PL204",
            "自有险资": "PL205",
            "直投": "PL206",
            "三方": "PL207",
            "团养": "PL208",
            "企康": "PL209",
            "企业年金": "PL210",
            "职业年金": "PL211",
            "其他": "PL301",
        },
    ),
    "total_words": {
        "title": "Total words",
        "description": "A row whose first label is or ends with one of these, and that has no code, is a total.",
        "type": "array",
        # Something must remain of it to be compared, or every row would be a total.
        "items": {"type": "string", "pattern": r"[^\s:：\u200b-\u200f\u2060\ufeff]"},
        "uniqueItems": True,
        "default": ["合计", "总计", "小计", "汇总", "累计", "共计", "总和", "Total", "Grand Total", "Subtotal"],
    },
}

_COMPANY_IDS: Final = CONTRACTS["company_ids"]
_TABLES: Final = {name: table for name, table in _COMPANY_IDS["properties"].items() if name != "by_account"}
CONTRACTS_WITHOUT_ACCOUNTS: Final[Mapping[str, Any]] = {
    **CONTRACTS,
    "company_ids": {**_COMPANY_IDS, "properties": _TABLES},
}
"""The same for a sheet that has no 年金账户号, so that by_account would say nothing."""

Codes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of a run, hashable: whatever was made for them can be kept. A mapping is a tuple of its items."""

    domain: str
    by_plan: Codes
    by_account: Codes
    by_name: Codes
    plan_codes: Codes
    portfolios_by_business: Codes
    portfolios_by_plan_type: Codes
    product_lines: Codes
    total_words: tuple[str, ...]
    salt: str


def make_rules(context: RunContext) -> Rules:
    """Read the settings and the salt of a run; a key that is absent has its default."""
    settings = {key: context.settings.get(key, contract["default"]) for key, contract in CONTRACTS.items()}
    companies, portfolios = settings["company_ids"], settings["default_portfolio_codes"]
    return Rules(
        domain=context.domain,
        by_plan=_items(companies, "by_plan"),
        by_account=_items(companies, "by_account"),
        by_name=_items(companies, "by_name"),
        plan_codes=tuple(settings["default_plan_codes"].items()),
        portfolios_by_business=_items(portfolios, "by_business"),
        portfolios_by_plan_type=_items(portfolios, "by_plan_type"),
        product_lines=tuple(settings["product_lines"].items()),
        total_words=tuple(settings["total_words"]),
        salt=context.environment.get(SALT_VARIABLE) or _DEFAULT_SALT,
    )


def _items(table: Mapping[str, Mapping[str, str]], key: str) -> Codes:
    return tuple(table.get(key, MappingProxyType({})).items())
