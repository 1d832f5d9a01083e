"""From a sheet's rows to facts of the warehouse: the rules that every annuity domain has."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress
from typing import Any, Final

from wdh import Batch, Column, Columns, Facts, Note, Reject, RunContext, bilingual
from wdh_annuity.columns import (
    ACCOUNT_NAME as ACCOUNT_NAME_COLUMN,
)
from wdh_annuity.columns import (
    MONTH,
    MONTH_PART,
    PLAN_CODE,
    YEAR_PART,
    make_columns,
    make_split_columns,
)
from wdh_annuity.companies import Companies
from wdh_annuity.filling import (
    ACCOUNT_NAME,
    COMPANY,
    CUSTOMER,
    OFFICE,
    Filling,
    drop_placeholders,
    fill_account_names,
    fill_companies,
    fill_customers,
    fill_offices,
    fill_plans,
    fill_portfolios,
    fill_product_lines,
    replace_values,
)
from wdh_annuity.names import Clean, make_cleaning
from wdh_annuity.notes import Remark, make_notes
from wdh_annuity.rates import note_large_rates
from wdh_annuity.settings import Rules, make_rules

PLAN: Final = PLAN_CODE.name
NO_PLAN_CODE: Final = "no_plan_code"
NO_COMPANY: Final = "no_company"
_NO_PLAN_CODE: Final = (
    "计划代码 is blank, and there is no default code for this 计划类型: fill in the code.",
    "计划代码 为空，而此 计划类型 没有默认代码：请填写代码。",
)
_NO_COMPANY: Final = (
    "The row has no company_id, no mapping knows one, and 客户名称 is blank: fill in one of them.",
    "此行没有 company_id，没有映射给出，客户名称 又为空：请填写其中之一。",
)
_REFUSED_COMPANY: Final = (
    (
        "The row has no company_id, and no mapping knows one: fill it in, or add the company to company_ids in "
        "data_sources.yml, whose unknown_company is reject."
    ),
    (
        "此行没有 company_id，也没有映射给出：请填写，或把该公司加入 data_sources.yml 的 company_ids"
        "（其中 unknown_company 为 reject）。"
    ),
)
_NULL_IN_SCOPE: Final = (
    (
        "Nobody knows the row's company, so company_id would be NULL, and it is part of pk, where NULL cannot be "
        "replaced: in data_sources.yml, make pk [月度, 业务类型, 计划类型], or give an id as unknown_company."
    ),
    (
        "此行的公司未知，company_id 将是 NULL，而它是 pk 的一部分，NULL 无法按范围替换：请在 data_sources.yml "
        "中把 pk 设为 [月度, 业务类型, 计划类型]，或用 unknown_company 给出编号。"
    ),
)
_FUND_PREFIX: Final = re.compile(r"\AF(?=[0-9A-Z]+\Z)")

_OFTEN_ABSENT: Final = frozenset((COMPANY, "产品线代码", OFFICE, ACCOUNT_NAME))

Values = dict[str, Sequence[Any]]
Refuse = Callable[[str | None], str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The sheet of one domain: its ``columns`` beside the month, and those ``needed`` in any sheet.

    ``adapt`` does what only this domain does to the clean values; columns ``often_absent`` are not missed. Large values
    of ``rates`` are told. ``optional`` columns are read where the settings name them.
    """

    columns: tuple[Column, ...]
    needed: tuple[str, ...] = (PLAN,)
    adapt: Callable[[Values], Values] = dict
    often_absent: frozenset[str] = frozenset()
    rates: tuple[Column, ...] = ()
    optional: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Transform:
    """Reads a sheet under the rules of a run. Made once for them, used for every batch."""

    form: Form
    rules: Rules
    clean: Clean
    companies: Companies
    whole: Columns
    split: Columns

    def read(self, batch: Batch) -> Facts:
        """Turn a batch into facts; see :func:`read_facts`."""
        columns = self.split if _has_split_month(batch) else self.whole
        columns.require(batch, self.form.needed)
        facts = columns.clean(batch)
        values = _drop_fund_prefixes(self.form.adapt(_join_months(dict(facts.columns))))
        values, remarks = self._fill(values, batch)
        kept, rejects = _judge(batch, facts, values=values, refuse=self._refuse_company)
        places = _places(batch, facts)
        remarks += [
            note_large_rates(batch, places, column, values=values[column.name])
            for column in self.form.rates
            if column.name in values
        ]
        return replace(
            facts,
            row_numbers=list(compress(facts.row_numbers, kept)),
            columns={name: list(compress(column, kept)) for name, column in values.items()},
            rejects=tuple(sorted((*facts.rejects, *rejects), key=lambda reject: reject.row)),
            notes=(*_told(facts.notes, self.form), *make_notes(remarks, kept=kept)),
        )

    def _fill(self, values: Values, batch: Batch) -> tuple[Values, list[Remark]]:
        """Complete clean values: what is corrected, then the customer, then all that follows from other columns."""
        filled: list[Filling] = []

        def take(filling: Filling) -> None:
            values[filling.column] = filling.values
            filled.append(filling)

        for filling in (*replace_values(values, self.rules), *drop_placeholders(values)):
            take(filling)
        typed = values[CUSTOMER]
        if not any(header in batch.columns for header in ACCOUNT_NAME_COLUMN.headers):
            take(fill_account_names(values))
        take(fill_customers(values, self.rules, self.clean))
        take(fill_plans(values, self.rules))
        take(fill_portfolios(values, self.rules))
        take(fill_product_lines(values, self.rules))
        take(fill_offices(values, self.rules))
        take(fill_companies(values, self.companies, typed=typed, sheet_wins=self.rules.companies.sheet_wins))
        return values, [remark for filling in filled for remark in filling.remarks]

    def _refuse_company(self, name: str | None) -> str | None:
        """Say why a row without a company is refused; None: it is not."""
        if not self.companies.may_be_null(name):
            return bilingual(*(_REFUSED_COMPANY if self.companies.unknown == "reject" else _NO_COMPANY))
        return bilingual(*_NULL_IN_SCOPE) if COMPANY in self.rules.scope else None


def read_facts(batch: Batch, context: RunContext, form: Form) -> Facts:
    """Turn a batch of the sheet that ``form`` describes into facts, by the rules of the domain.

    A row whose 计划代码 stays blank, or whose company nobody knows, is refused. Raises DataError where a column is
    missing, SetupError where a setting of the domain cannot be.
    """
    return _prepare(form, make_rules(context)).read(batch)


@lru_cache(maxsize=4)
def _prepare(form: Form, rules: Rules) -> Transform:
    # Kept between batches for what the columns remember; equal rules give equal facts, so nobody can tell.
    columns = (*form.columns, *(column for column in form.optional if column.name in rules.optional_columns))
    whole, split = (make(columns, rules.total_words) for make in (make_columns, make_split_columns))
    clean = make_cleaning(rules.names)
    return Transform(form, rules, clean, Companies.of(rules, clean), whole, split)


def _told(notes: Iterable[Note], form: Form) -> Iterator[Note]:
    """Pass the notes on, but that columns are absent which many good workbooks lack."""
    for note in notes:
        cases = {case: rows for case, rows in note.cases.items() if case not in _OFTEN_ABSENT | form.often_absent}
        if cases:
            yield replace(note, cases=cases)


def _has_split_month(batch: Batch) -> bool:
    return MONTH not in batch.columns and YEAR_PART in batch.columns and MONTH_PART in batch.columns


def _join_months(values: Values) -> Values:
    if YEAR_PART not in values:
        return values
    parts = list(zip(values.pop(YEAR_PART), values.pop(MONTH_PART), strict=True))
    months = {part: datetime.date(int(part[0]), int(part[1]), 1) for part in set(parts)}
    return {MONTH: [months[part] for part in parts], **values}


def _drop_fund_prefixes(values: Values) -> Values:
    """Drop the F of a 组合代码 such as F123."""
    portfolios = values["组合代码"]
    stripped = {portfolio: _FUND_PREFIX.sub("", portfolio) for portfolio in set(portfolios) if portfolio is not None}
    return values | {"组合代码": [stripped.get(portfolio) for portfolio in portfolios]}


def _places(batch: Batch, facts: Facts) -> list[int]:
    """Give the place in the batch of each fact."""
    if len(facts) == len(batch):
        return list(range(len(batch)))
    places = {number: place for place, number in enumerate(batch.row_numbers)}
    return [places[number] for number in facts.row_numbers]


def _judge(batch: Batch, facts: Facts, *, values: Values, refuse: Refuse) -> tuple[bytearray, list[Reject]]:
    """Refuse the rows that still lack a plan or a company: a mask of the rows that are kept, and the rejects."""
    kept = bytearray(b"\1") * len(facts)
    rejects = []
    places = _places(batch, facts)
    plan_header = next((header for header in PLAN_CODE.headers if header in batch.columns), None)
    for index in _lacking(values[PLAN]):
        kept[index] = 0
        rejects.append(batch.reject(places[index], plan_header, NO_PLAN_CODE, bilingual(*_NO_PLAN_CODE)))
    name_header = CUSTOMER if CUSTOMER in batch.columns else None
    for index in _lacking(values[COMPANY]):
        why = refuse(values[CUSTOMER][index])
        if why is not None:
            kept[index] = 0
            rejects.append(batch.reject(places[index], name_header, NO_COMPANY, why))
    return kept, rejects


def _lacking(column: Sequence[Any]) -> list[int]:
    return [index for index, value in enumerate(column) if value is None]
