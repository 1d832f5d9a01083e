"""From a sheet's rows to facts of the warehouse: the rules that every annuity domain has."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress
from typing import Any, Final

from wdh import Batch, Column, Columns, Facts, Note, Reject, RunContext
from wdh_annuity.columns import (
    COMPANY_ID,
    MONTH,
    MONTH_PART,
    PLAN_CODE,
    YEAR_PART,
    make_columns,
    make_split_columns,
)
from wdh_annuity.companies import Companies
from wdh_annuity.filling import fill_companies, fill_plans, fill_portfolios, fill_product_lines
from wdh_annuity.notes import make_notes
from wdh_annuity.settings import Rules, make_rules

PLAN: Final = PLAN_CODE.name
COMPANY: Final = COMPANY_ID.name
CUSTOMER: Final = "客户名称"
NO_PLAN_CODE: Final = "no_plan_code"
NO_COMPANY: Final = "no_company"
_SENTENCES: Final = {
    NO_PLAN_CODE: "计划代码 is blank, and there is no default code for this 计划类型: fill in the code.",
    NO_COMPANY: "The row has no company_id, no mapping knows one, and 客户名称 is blank: fill in one of them.",
}
_FUND_PREFIX: Final = re.compile(r"\AF(?=[0-9A-Z]+\Z)")

_OFTEN_ABSENT: Final = frozenset((COMPANY, "产品线代码"))

Values = dict[str, Sequence[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The sheet of one domain: its ``columns`` beside the month, and those ``needed`` in any sheet.

    ``adapt`` does what only this domain does to the clean values; columns ``often_absent`` are not missed.
    """

    columns: tuple[Column, ...]
    needed: tuple[str, ...] = (PLAN,)
    adapt: Callable[[Values], Values] = dict
    often_absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Transform:
    """Reads a sheet under the rules of a run. Made once for them, used for every batch."""

    form: Form
    rules: Rules
    companies: Companies
    whole: Columns
    split: Columns

    def read(self, batch: Batch) -> Facts:
        """Turn a batch into facts; see :func:`read_facts`."""
        columns = self.split if _has_split_month(batch) else self.whole
        columns.require(batch, self.form.needed)
        facts = columns.clean(batch)
        values = _drop_fund_prefixes(self.form.adapt(_join_months(dict(facts.columns))))
        plans = fill_plans(values, self.rules)
        values |= {PLAN: plans.values}
        others = (
            fill_portfolios(values, self.rules),
            fill_product_lines(values, self.rules),
            fill_companies(values, self.companies),
        )
        values |= {filling.column: filling.values for filling in others}
        kept, rejects = _judge(batch, facts, values=values)
        return replace(
            facts,
            row_numbers=list(compress(facts.row_numbers, kept)),
            columns={name: list(compress(column, kept)) for name, column in values.items()},
            rejects=tuple(sorted((*facts.rejects, *rejects), key=lambda reject: reject.row)),
            notes=(*_told(facts.notes, self.form), *make_notes(values, (plans, *others), kept=kept)),
        )


def read_facts(batch: Batch, context: RunContext, form: Form) -> Facts:
    """Turn a batch of the sheet that ``form`` describes into facts, by the rules of the domain.

    A row whose 计划代码 stays blank, or whose company nobody knows, is refused. Raises DataError where a column is
    missing, SetupError where a setting of the domain cannot be.
    """
    return _prepare(form, make_rules(context)).read(batch)


@lru_cache(maxsize=4)
def _prepare(form: Form, rules: Rules) -> Transform:
    # Kept between batches for what the columns remember; equal rules give equal facts, so nobody can tell.
    whole, split = (make(form.columns, rules.total_words) for make in (make_columns, make_split_columns))
    return Transform(form, rules, Companies.of(rules), whole, split)


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


def _judge(batch: Batch, facts: Facts, *, values: Values) -> tuple[bytearray, list[Reject]]:
    """Refuse the rows that still lack a plan or a company: a mask of the rows that are kept, and the rejects."""
    kept = bytearray(b"\1") * len(facts)
    rejects = []
    for column, header, reason in ((PLAN, PLAN, NO_PLAN_CODE), (COMPANY, CUSTOMER, NO_COMPANY)):
        lacking = [index for index, value in enumerate(values[column]) if value is None]
        places = {number: place for place, number in enumerate(batch.row_numbers)} if lacking else {}
        known = header if header in batch.columns else None
        for index in lacking:
            kept[index] = 0
            rejects.append(batch.reject(places[facts.row_numbers[index]], known, reason, _SENTENCES[reason]))
    return kept, rejects
