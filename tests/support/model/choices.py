"""What may happen next, as Hypothesis strategies: deliveries, configurations, edits by others, faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st

from .expectation import Delivery, Ref, Sources
from .rows import BAD, CELLS, NOVEMBER, OCTOBER, SheetRow, Sheets
from .strikes import FAULTS, Strike
from .tables import CHECKS, NOT_NULL, UNIQUE_FORMS, UNIQUE_KEYS, Constraint

_GOOD = {column: [cell for cell in cells if cell[1] is not BAD] for column, cells in CELLS.items()}
_TOTALS: Final[tuple[dict[str, Any], ...]] = (
    {"计划代码": "合计", "金额": 99},
    {"月度": "总 计：", "金额": 5},
    {"组合名称": "京 合计"},
)

MONTHS: Final = (BAD, OCTOBER, NOVEMBER)
WORKBOOKS: Final = (*[(MONTHS,)] * 4, *[((OCTOBER,), (NOVEMBER,))] * 3, (MONTHS, (NOVEMBER,)))
"""The months that the workbooks of a delivery have facts of; only in the last form they can contradict each other."""

OTHERS = st.sampled_from(
    [SheetRow("total", tuple(written.get(column) for column in CELLS), {}) for written in _TOTALS]
    + [SheetRow("blank", (None,) * len(CELLS), {})]
)
MODES = ("insert_missing", "fill_null_only", "insert_and_fill")
FILLABLE = {"plans": ("全称", "客户", "主拓", "资格", "备注"), "portfolios": ("名称", "计划号")}


@st.composite
def rows(draw: st.DrawFn, months: Sequence[object]) -> SheetRow:
    """Draw a row of a sheet: mostly a fact, sometimes with a bad cell, a total, or blank."""
    kind = draw(st.sampled_from(["good"] * 5 + ["any", "other"]))
    return draw(OTHERS) if kind == "other" else draw(facts(months, with_bad=kind == "any"))


@st.composite
def facts(draw: st.DrawFn, months: Sequence[object], *, with_bad: bool) -> SheetRow:
    """Draw a row with a cell in each column, of one of the ``months``."""
    known = {**(CELLS if with_bad else _GOOD), "月度": [cell for cell in CELLS["月度"] if cell[1] in months]}
    cells = {column: draw(st.sampled_from(known[column])) for column in CELLS}
    meaning = {column: meaning for column, (_, meaning) in cells.items()}
    return SheetRow("fact", tuple(written for written, _ in cells.values()), meaning)


@st.composite
def workbooks(draw: st.DrawFn) -> Sheets:
    """Draw one or two workbooks; each has a fact or a reject at least, as an empty one is refused."""
    each = draw(st.sampled_from(WORKBOOKS))
    return tuple(
        (draw(facts(months[-2:], with_bad=False)), *draw(st.lists(rows(months), max_size=5))) for months in each
    )


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """Draw workbooks, and what is asked for."""
    return Delivery(
        draw(workbooks()),
        execute=draw(st.sampled_from([True, True, True, False])),
        append=draw(st.sampled_from([False, False, True])),
        skip_facts=draw(st.sampled_from([False, False, False, True])),
        limit=draw(st.sampled_from([9, 9, 9, 1, 0])),
        refs=draw(
            st.sampled_from([("all",), ("all",), ("plans",), ("portfolios",), ("plans", "portfolios"), ("none",)])
        ),
        mode=draw(st.sampled_from([None, *MODES])),
        pk=draw(st.sampled_from([(), (), ("月度",)])),
        reader=draw(st.sampled_from(["auto", "openpyxl"])),
    )


_schemas = st.sampled_from([None, "public", "public", "别库"])


@st.composite
def references(draw: st.DrawFn, name: str) -> Ref:
    """Draw what data_sources.yml may say of a reference."""
    keys = [("计划号",)] if name == "plans" else [("组合号",), ("组合号",), ("组合号", "计划号")]
    key = draw(st.sampled_from(keys))
    fillable = [column for column in FILLABLE[name] if column not in key]
    updatable = tuple(draw(st.lists(st.sampled_from(fillable), min_size=1, unique=True)))
    conflict = draw(st.sampled_from([*["report"] * 5, "reject"]))
    return Ref(draw(_schemas), key, updatable, draw(st.sampled_from(MODES)), conflict)


@st.composite
def sources(draw: st.DrawFn) -> Sources:
    """Draw what data_sources.yml may say."""
    return Sources({name: draw(references(name)) for name in FILLABLE}, draw(_schemas))


FIRST_SOURCES = Sources(
    {
        "plans": Ref("public", ("计划号",), FILLABLE["plans"], "insert_missing", "report"),
        "portfolios": Ref("public", ("组合号",), FILLABLE["portfolios"], "insert_missing", "report"),
    },
    "public",
)


@st.composite
def constraints(draw: st.DrawFn, table: str) -> Constraint:
    """Draw what a DBA may lay on a table."""
    unique = [Constraint("unique", columns, form) for columns in UNIQUE_KEYS.get(table, ()) for form in UNIQUE_FORMS]
    if unique and draw(st.integers(0, 2)):
        return draw(st.sampled_from(unique))
    others = [Constraint("not null", (column,)) for column in NOT_NULL[table]]
    return draw(st.sampled_from([*others, Constraint("check", (CHECKS[table][0],))]))


strikes = st.builds(Strike, st.sampled_from(FAULTS), st.integers(1, 60), st.booleans())
