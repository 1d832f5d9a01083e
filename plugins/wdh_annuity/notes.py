"""Notes for the operator about facts that were completed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from wdh import Note
from wdh_annuity.companies import is_temporary
from wdh_annuity.filling import Filling

_DEFAULTS: Final = {
    "计划代码": ("default_plan_code", "计划代码 was blank in these rows; they got the default code of their 计划类型."),
    "组合代码": (
        "default_portfolio_code",
        "组合代码 was blank in these rows; they got the default code of their 业务类型 or 计划类型.",
    ),
}
_TEMPORARY: Final = (
    "No company_id is known for these customers, so they got temporary ones; "
    "company_ids in data_sources.yml can give them their own."
)
_NO_PRODUCT_LINE: Final = (
    "产品线代码 is blank in these rows, and stays NULL: product_lines in data_sources.yml has none for their 业务类型."
)
_BLANK: Final = "(空白)"


def make_notes(
    values: Mapping[str, Sequence[Any]], fillings: Iterable[Filling], *, kept: Sequence[int]
) -> tuple[Note, ...]:
    """Count what was filled in, and what could not be, in the rows that ``kept`` marks as facts."""
    notes = [_count_defaults(filling, kept) for filling in fillings if filling.column in _DEFAULTS]
    for filling in fillings:
        if filling.column == "company_id":
            rows = (index for index, company in filling.filled.items() if is_temporary(company))
            notes.append(_count("temporary_company_id", _TEMPORARY, rows, labels=values["客户名称"], kept=kept))
        if filling.column == "产品线代码":
            blank = (index for index, line in enumerate(filling.values) if line is None)
            notes.append(_count("no_product_line", _NO_PRODUCT_LINE, blank, labels=values["业务类型"], kept=kept))
    return tuple(note for note in notes if note.cases)


def _count_defaults(filling: Filling, kept: Sequence[int]) -> Note:
    code, sentence = _DEFAULTS[filling.column]
    return _count(code, sentence, filling.filled, labels=filling.filled, kept=kept)


def _count(
    code: str,
    sentence: str,
    rows: Iterable[int],
    *,
    labels: Mapping[int, str] | Sequence[str | None],
    kept: Sequence[int],
) -> Note:
    return Note(code, sentence, dict(Counter(labels[index] or _BLANK for index in rows if kept[index])))
