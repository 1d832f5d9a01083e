"""Fills blank cells of a fact, and corrects others, by the settings of the domain."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from wdh import SetupError, bilingual, squeeze
from wdh_annuity.columns import COMPANY_ID
from wdh_annuity.companies import SINGLE_PLAN, Companies, Hints, is_temporary
from wdh_annuity.names import NO_CODES, NO_NAMES, Clean, is_nothing, name_from_plan
from wdh_annuity.notes import BLANK_CASE, Remark
from wdh_annuity.settings import Rules

CUSTOMER: Final = "客户名称"
ACCOUNT_NAME: Final = "年金账户名"
COMPANY: Final = COMPANY_ID.name
OFFICE: Final = "机构代码"

Values = Mapping[str, Sequence[Any]]
Texts = Sequence[str | None]
Key = TypeVar("Key", bound=Hashable)

_PLAN_CODE: Final = (
    "计划代码 was blank in these rows; they got the default code of their 计划类型.",
    "这些行的 计划代码 为空，已按其 计划类型 填入默认代码。",
)
_PORTFOLIO: Final = (
    "组合代码 was blank in these rows; they got the default code of their 业务类型 or 计划类型.",
    "这些行的 组合代码 为空，已按其 业务类型 或 计划类型 填入默认代码。",
)
_NO_PRODUCT_LINE: Final = (
    "产品线代码 is blank in these rows, and stays NULL: product_lines in data_sources.yml has none for their 业务类型.",
    "这些行的 产品线代码 为空，保持 NULL：data_sources.yml 的 product_lines 中没有它们的 业务类型。",
)
_OFFICE: Final = (
    "机构代码 is blank in these rows, and offices in data_sources.yml lacks their 机构名称: they got its default.",
    "这些行的 机构代码 为空，data_sources.yml 的 offices 中又没有它们的 机构名称：已填入默认代码。",
)
_NO_OFFICE: Final = (
    "机构代码 is blank in these rows, and stays NULL: offices in data_sources.yml has none for their 机构名称.",
    "这些行的 机构代码 为空，保持 NULL：data_sources.yml 的 offices 中没有它们的 机构名称。",
)
_REPLACED: Final = (
    "These values are typing errors by replace in data_sources.yml; they were corrected.",
    "这些值按 data_sources.yml 的 replace 属于录入错误，已更正。",
)
_FROM_PLAN: Final = (
    "客户名称 was blank in these rows of single plans; it was taken from 计划名称.",
    "这些单一计划的行 客户名称 为空，已取自 计划名称。",
)
_CLEANED: Final = (
    "客户名称 was cleaned in these rows; customer_names in data_sources.yml says how.",
    "这些行的 客户名称 已清洗，方法见 data_sources.yml 的 customer_names。",
)
_TEMPORARY: Final = (
    (
        "No company_id is known for these customers, so they got temporary ones; "
        "company_ids in data_sources.yml can give them their own."
    ),
    "这些客户没有已知的 company_id，因此给了临时编号；可在 data_sources.yml 的 company_ids 中给出正式编号。",
)
_FIXED: Final = (
    "No company_id is known for these customers; they got the one that unknown_company gives.",
    "这些客户没有已知的 company_id，已填入 unknown_company 给出的编号。",
)
_NULL: Final = (
    "No company_id is known for the rows of these plans; it stays NULL.",
    "这些计划的行没有已知的 company_id，保持 NULL。",
)
_CORRECTED: Final = (
    "company_ids in data_sources.yml has another company_id for these rows than the sheet; it was taken.",
    "data_sources.yml 的 company_ids 给这些行的 company_id 与工作表不同，已采用前者。",
)
_SHARED_PLAN: Final = (
    (
        "company_ids.by_plan in data_sources.yml has these plans, and was not asked: their rows are no 单一计划, and "
        "several companies may own them."
    ),
    "data_sources.yml 的 company_ids.by_plan 中有这些计划，但没有查用：这些行不是单一计划，可能属于几家公司。",
)


@dataclass(frozen=True, slots=True)
class Filling:
    """A column after it was filled or corrected, and what the operator should know of it."""

    column: str
    values: Texts
    remarks: tuple[Remark, ...] = ()


def replace_values(values: Values, rules: Rules) -> Iterator[Filling]:
    """Correct the typing errors that the settings name. Raises SetupError for a column that is none of text."""
    for column, wrong in rules.replaced:
        present = values.get(column)
        if present is None or any(type(value) is not str for value in present if value is not None):
            raise SetupError(
                bilingual(
                    "replace names {column!r}, which is no column of text or codes. Correct it in data_sources.yml.",
                    "replace 中的 {column!r} 不是文本或代码列。请在 data_sources.yml 中更正。",
                    column=column,
                ),
                setting=f"replace.{column}",
            )
        right = dict(wrong)
        cases = {index: f"{value} → {right[value]}" for index, value in enumerate(present) if value in right}
        replaced = [right.get(value, value) if value else value for value in present] if cases else present
        yield Filling(column, replaced, (Remark("replaced_value", _REPLACED, cases),))


def drop_placeholders(values: Values) -> Iterator[Filling]:
    """Take texts such as null and 无, which stand for nothing, for blanks."""
    for column, words in ((CUSTOMER, NO_NAMES), (ACCOUNT_NAME, NO_NAMES), (OFFICE, NO_CODES), (COMPANY, NO_CODES)):
        nothing = {text for text in set(values[column]) if text is not None and is_nothing(text, words)}
        if nothing:
            yield Filling(column, [None if text in nothing else text for text in values[column]])


def fill_account_names(values: Values) -> Filling:
    """Let 年金账户名 be 客户名称 as typed."""
    return Filling(ACCOUNT_NAME, values[CUSTOMER])


def fill_customers(values: Values, rules: Rules, clean: Clean) -> Filling:
    """Take 客户名称 from 计划名称 where it is blank, by 计划类型, and clean it."""
    endings = dict(rules.names.from_plans)
    keys = list(zip(values["计划类型"], values["计划名称"], strict=True))
    named, filled = _fill(values[CUSTOMER], keys=keys, find=lambda key: name_from_plan(key[1], endings.get(key[0])))
    cleaned = {name: clean(name) for name in set(named) if name is not None}
    changed = {
        index: f"{name} → {cleaned[name]}"
        for index, name in enumerate(named)
        if name is not None and index not in filled and cleaned[name] != name
    }
    taken = {index: cleaned[name] for index, name in filled.items()}
    remarks = Remark("customer_from_plan", _FROM_PLAN, taken), Remark("cleaned_customer", _CLEANED, changed)
    return Filling(CUSTOMER, [name if name is None else cleaned[name] for name in named], remarks)


def fill_plans(values: Values, rules: Rules) -> Filling:
    """Fill 计划代码 by 计划类型."""
    column = "计划代码"
    full, filled = _fill(values[column], keys=values["计划类型"], find=dict(rules.plan_codes).get)
    return Filling(column, full, (Remark("default_plan_code", _PLAN_CODE, filled),))


def fill_portfolios(values: Values, rules: Rules) -> Filling:
    """Fill 组合代码 by 业务类型, and where that says nothing, by 计划类型."""
    # 职年受托 and 职年投资 are told by their 业务类型 whatever kind of plan they run, so it is asked first.
    by_business, by_plan_type = dict(rules.portfolios_by_business), dict(rules.portfolios_by_plan_type)
    keys = list(zip(values["业务类型"], values["计划类型"], strict=True))
    full, filled = _fill(
        values["组合代码"], keys=keys, find=lambda key: by_business.get(key[0]) or by_plan_type.get(key[1])
    )
    return Filling("组合代码", full, (Remark("default_portfolio_code", _PORTFOLIO, filled),))


def fill_product_lines(values: Values, rules: Rules) -> Filling:
    """Fill 产品线代码 by 业务类型."""
    business = values["业务类型"]
    full, _ = _fill(values["产品线代码"], keys=business, find=dict(rules.product_lines).get)
    blank = _cases_of(business, (index for index, line in enumerate(full) if line is None))
    return Filling("产品线代码", full, (Remark("no_product_line", _NO_PRODUCT_LINE, blank),))


def fill_offices(values: Values, rules: Rules) -> Filling:
    """Fill 机构代码 by 机构名称, else by the default."""
    known = {squeeze(name): code for name, code in rules.offices}
    names, default = values["机构名称"], rules.default_office
    full, filled = _fill(values[OFFICE], keys=names, find=lambda name: known.get(squeeze(name or "")) or default)
    strange = (index for index in filled if squeeze(names[index] or "") not in known)
    blank = (index for index, code in enumerate(full) if code is None)
    remarks = (
        Remark("default_office", _OFFICE, _cases_of(names, strange)),
        Remark("no_office", _NO_OFFICE, _cases_of(names, blank)),
    )
    return Filling(OFFICE, full, remarks)


def fill_companies(values: Values, companies: Companies, *, typed: Texts, sheet_wins: bool) -> Filling:
    """Find company_id by what the settings know; at the end of their chain ``companies`` decides.

    ``typed`` is 客户名称 before cleaning. Unless ``sheet_wins``, what the settings know corrects the sheet, too.
    """
    present = values[COMPANY]
    asked = [index for index, company in enumerate(present) if company is None or not sheet_wins]
    if not asked:
        return Filling(COMPANY, present)
    accounts = values.get("年金账户号", [None] * len(present))
    columns = (values["计划类型"], values["计划代码"], accounts, typed, values[CUSTOMER], values[ACCOUNT_NAME])
    every = list(map(Hints._make, zip(*columns, strict=True)))
    rows = {index: every[index] for index in asked}
    known = {row: companies.find(row) for row in set(rows.values())}
    full = list(present)
    for index, row in rows.items():
        full[index] = known[row] or present[index]
    ended = [index for index in asked if full[index] is None]
    ends = {name: companies.end(name) for name in {rows[index].name for index in ended}}
    for index in ended:
        full[index] = ends[rows[index].name]
    return Filling(COMPANY, full, tuple(_tell_companies(present, full, rows=rows, ended=ended, companies=companies)))


def _tell_companies(
    present: Texts, full: Texts, *, rows: Mapping[int, Hints], ended: Sequence[int], companies: Companies
) -> Iterator[Remark]:
    """Tell what the sheet did not say; ``ended`` are the rows whose company nobody knows."""
    made = {index: company for index in ended if (company := full[index]) is not None}
    names = {index: row.name or BLANK_CASE for index, row in rows.items()}
    temporary = {index: names[index] for index, company in made.items() if is_temporary(company)}
    yield Remark("temporary_company_id", _TEMPORARY, temporary)
    yield Remark("fixed_company_id", _FIXED, {index: names[index] for index in made if index not in temporary})
    yield Remark("no_company_id", _NULL, {i: rows[i].plan or BLANK_CASE for i in ended if i not in made})
    changed = {i: f"{old} → {full[i]}" for i in rows if (old := present[i]) is not None and old != full[i]}
    yield Remark("corrected_company_id", _CORRECTED, changed)
    shared = {i: row.plan for i, row in rows.items() if row.plan in companies.by_plan and row.plan_type != SINGLE_PLAN}
    yield Remark("shared_plan", _SHARED_PLAN, {i: plan for i, plan in shared.items() if plan is not None})


def _cases_of(labels: Texts, rows: Iterable[int]) -> dict[int, str]:
    return {index: labels[index] or BLANK_CASE for index in rows}


def _fill(present: Texts, *, keys: Sequence[Key], find: Callable[[Key], str | None]) -> tuple[Texts, dict[int, str]]:
    """Fill the blanks of a column: the column, and what was written, by the row's index."""
    if None not in present:
        return present, {}
    blank = [index for index, value in enumerate(present) if value is None]
    found = {key: find(key) for key in {keys[index] for index in blank}}
    filled = {index: text for index in blank if (text := found[keys[index]]) is not None}
    return [filled.get(i) if value is None else value for i, value in enumerate(present)], filled
