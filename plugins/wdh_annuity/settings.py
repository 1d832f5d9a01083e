"""The settings of an annuity domain in data_sources.yml, and their defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from wdh import RunContext
from wdh_annuity.defaults import LEGAL_FORMS, OFFICES, STATUS_WORDS

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


def _companies(title: str, source: str) -> dict[str, Any]:
    description = (
        f"{source} To company_id. A text names a YAML or CSV file beside data_sources.yml that holds them; from_table "
        "names a table that has more."
    )
    return _table(title, description, default={}, mapping_file="company_id")


def _list(title: str, description: str, default: Sequence[str]) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "type": "array",
        "items": _TEXT,
        "uniqueItems": True,
        "default": [*default],
    }


CONTRACTS: Final[Mapping[str, Any]] = {
    "company_ids": {
        "title": "Known company ids",
        "description": (
            "Where the sheet has no company_id, these are asked in turn; where none knows the row, unknown_company "
            "decides."
        ),
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "by_plan": _companies("By plan", "From 计划代码, asked for rows of a single plan (计划类型 单一计划)."),
            "by_account": _companies("By account", "From 年金账户号."),
            "by_name": _companies(
                "By name", "From 客户名称, as typed or cleaned; compared without blanks, in compatibility form."
            ),
            "by_account_name": _companies("By account name", "From 年金账户名; compared as names are."),
            "sheet_wins": {
                "title": "Sheet wins",
                "description": "Whether the sheet's own company_id stands. false: what they know corrects it.",
                "type": "boolean",
                "default": True,
            },
        },
        "default": {},
        "derives": {"company_id": "IN_*"},
        "examples": [{"by_plan": {"Z0003": "600001001"}, "by_name": "companies.csv"}],
    },
    "unknown_company": {
        "title": "Unknown company",
        "description": (
            "The company_id of a row whose company nobody knows: temporary (IN_ and a hash of the customer's name; a "
            "row without a name is rejected), null, an id that all such rows get, or reject. Absent: temporary where "
            "there is a name, null where there is none."
        ),
        "type": ["string", "null"],
        "minLength": 1,
        "leaves_null": "company_id",
        "not": {"enum": ["null", "NULL", "Null"]},
        "$comment": "write null without quotes",
        "examples": ["temporary", None, "600866980", "reject"],
    },
    "customer_names": {
        "title": "Customer names",
        "description": "How 客户名称 is filled and cleaned. What was changed is counted and listed in a note.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "from_plans": _table(
                "Names from plans",
                "From 计划类型 to the ending of 计划名称 before which the name stands that a row without one gets.",
                default={"单一计划": "企业年金计划"},
            ),
            "clean": {
                "title": "Clean",
                "description": (
                    "Whether names are cleaned: half width with full-width brackets, no blanks, without what is listed "
                    "here, and without a bracket group at either end. false: as typed."
                ),
                "type": "boolean",
                "default": True,
            },
            "removed": _list("Removed", "Texts removed anywhere in a name.", [*'「」『』"', "及下属子企业"]),
            "endings": _list(
                "Endings",
                "Texts removed at the end of a name, - for any dash; so are a dash with digits or a Latin word.",
                ["(团托)", "-养老", "-福利"],
            ),
            "status_words": _list(
                "Status words",
                "Words removed at either end of a name where a dash or brackets set them off.",
                STATUS_WORDS,
            ),
            "kept_brackets": _list(
                "Kept brackets",
                "A bracket group at the end of a name stays if it has one of these: the legal forms.",
                LEGAL_FORMS,
            ),
        },
        "default": {},
        "examples": [{"clean": False}, {"from_plans": {"单一计划": "企业年金计划"}}],
    },
    "replace": {
        "title": "Replaced values",
        "description": "Typing errors by fact column: from the wrong value of a text or code to the right one.",
        "type": "object",
        "additionalProperties": _table("Values", "From the wrong value to the right one."),
        "default": {"计划代码": {"1P0290": "P0290", "1P0807": "P0807"}},
        "examples": [{"计划代码": {"1P0290": "P0290"}}],
    },
    "offices": {
        "title": "Offices",
        "description": "The 机构代码 of a row that has none, or the text null.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "by_name": _table("By name", "From 机构名称 to 机构代码.", default=OFFICES),
            "default": {
                "title": "Default",
                "description": "The 机构代码 where 机构名称 is blank or not among them. null: it stays NULL.",
                "type": ["string", "null"],
                "minLength": 1,
                "default": "G00",
            },
        },
        "default": {},
        "examples": [{"by_name": {"北京": "G01"}, "default": "G00"}],
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
class NameRules:
    """How customer names are filled from plans, and cleaned."""

    from_plans: Codes
    is_cleaned: bool
    removed: tuple[str, ...]
    endings: tuple[str, ...]
    status_words: tuple[str, ...]
    kept_brackets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompanyRules:
    """The sources of company ids. ``unknown`` stands where nobody knows one; "" is the usual rule."""

    by_plan: Codes
    by_account: Codes
    by_name: Codes
    by_account_name: Codes
    sheet_wins: bool
    unknown: str | None
    salt: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of a run, hashable: whatever was made for them can be kept. A mapping is a tuple of its items.

    ``scope`` are the columns by which a delivery replaces facts; a fact has a value in each of them.
    """

    domain: str
    companies: CompanyRules
    names: NameRules
    replaced: tuple[tuple[str, Codes], ...]
    offices: Codes
    default_office: str | None
    plan_codes: Codes
    portfolios_by_business: Codes
    portfolios_by_plan_type: Codes
    product_lines: Codes
    total_words: tuple[str, ...]
    optional_columns: tuple[str, ...]
    scope: tuple[str, ...]


USUAL: Final = ""
"""The usual rule for an unknown company: a temporary id where there is a name, NULL where there is none."""


def make_rules(context: RunContext) -> Rules:
    """Read the settings and the salt of a run; a key that is absent has its default."""
    settings = {key: context.settings.get(key, contract.get("default")) for key, contract in CONTRACTS.items()}
    portfolios, offices = settings["default_portfolio_codes"], settings["offices"]
    return Rules(
        domain=context.domain,
        companies=_make_company_rules(context),
        names=_make_name_rules(settings["customer_names"]),
        replaced=tuple((column, tuple(values.items())) for column, values in settings["replace"].items()),
        offices=tuple(_part("offices", offices, "by_name").items()),
        default_office=_part("offices", offices, "default"),
        plan_codes=tuple(settings["default_plan_codes"].items()),
        portfolios_by_business=_items(portfolios, "by_business"),
        portfolios_by_plan_type=_items(portfolios, "by_plan_type"),
        product_lines=tuple(settings["product_lines"].items()),
        total_words=tuple(settings["total_words"]),
        optional_columns=tuple(context.settings.get("optional_columns", ())),
        scope=context.pk,
    )


def _make_company_rules(context: RunContext) -> CompanyRules:
    companies = context.settings.get("company_ids", {})
    return CompanyRules(
        by_plan=_items(companies, "by_plan"),
        by_account=_items(companies, "by_account"),
        by_name=_items(companies, "by_name"),
        by_account_name=_items(companies, "by_account_name"),
        sheet_wins=_part("company_ids", companies, "sheet_wins"),
        unknown=context.settings.get("unknown_company", USUAL),
        salt=context.environment.get(SALT_VARIABLE) or _DEFAULT_SALT,
    )


def _make_name_rules(names: Mapping[str, Any]) -> NameRules:
    return NameRules(
        from_plans=tuple(_part("customer_names", names, "from_plans").items()),
        is_cleaned=_part("customer_names", names, "clean"),
        removed=tuple(_part("customer_names", names, "removed")),
        endings=tuple(_part("customer_names", names, "endings")),
        status_words=tuple(_part("customer_names", names, "status_words")),
        kept_brackets=tuple(_part("customer_names", names, "kept_brackets")),
    )


def _part(key: str, block: Mapping[str, Any], name: str) -> Any:
    return block.get(name, CONTRACTS[key]["properties"][name]["default"])


def _items(table: Mapping[str, Mapping[str, str]], key: str) -> Codes:
    return tuple(table.get(key, MappingProxyType({})).items())
