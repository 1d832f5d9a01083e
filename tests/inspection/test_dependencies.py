"""References are proposed where the data have them, and nowhere else."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workbooks import write_rows

from wdh.inspection import Inspection, inspect_sheet

pytestmark = pytest.mark.once

KINDS = {
    "月度": "month",
    "计划代码": "code",
    "计划名称": "text",
    "计划类型": "choice",
    "组合代码": "code",
    "组合名称": "text",
    "客户名称": "text",
    "期末资产规模": "amount",
    "当期收益率": "percent",
    "笔数": "integer",
}
TYPES = ("集合计划", "单一计划", "职业年金")


@dataclass(frozen=True, slots=True)
class Book:
    """A sheet that was made up: its rows by column, and the columns in which a row disagrees with its key."""

    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[str]
    strays: Mapping[str, int]

    def inspect(self) -> Inspection:
        """Write the sheet and inspect it."""
        table = [self.columns, *([row[column] for column in self.columns] for row in self.rows)]
        with tempfile.TemporaryDirectory() as folder:
            return inspect_sheet(write_rows(Path(folder) / "2024年11月.xlsx", table))


@st.composite
def books(draw: st.DrawFn) -> Book:
    random = Random(draw(st.integers(0, 2**32)))  # noqa: S311 - figures of no meaning
    form = draw(st.sampled_from(["{:04}", "P{:03}", "{:02}-A", "Z{}"]))
    plans = [
        {"计划代码": form.format(n), "计划名称": f"第{n}号计划", "计划类型": TYPES[n % len(TYPES)]}
        for n in range(draw(st.integers(5, 12)))
    ]
    portfolios = [
        {**plans[n % len(plans)], "组合代码": f"QT{n:05}", "组合名称": f"第{n}号组合"}
        for n in range(len(plans) * draw(st.integers(2, 3)))
    ]
    rows = [
        {
            **portfolios[n % len(portfolios)],
            "月度": 202411,
            "客户名称": f"客户{random.randrange(9)}",
            "期末资产规模": random.randrange(1, 10**9) / 100,
            "当期收益率": f"{random.randrange(-300, 900) / 100}%",
            "笔数": random.randrange(100),
        }
        for n in range(len(portfolios) * draw(st.integers(5, 9)))
    ]
    columns = draw(st.permutations(list(KINDS)))
    strays = draw(st.dictionaries(st.sampled_from(["计划名称", "组合名称"]), st.integers(0, 49), max_size=2))
    for column, place in strays.items():
        rows[place] = {**rows[place], column: "另一个名称"}
    return Book(rows, columns, strays)


@given(books())
def test_a_sheet_made_of_known_kinds_and_dependencies_gets_exactly_these(book: Book) -> None:
    found = book.inspect()
    assert {one.name: one.kind for one in found.columns} == KINDS
    columns = {reference.key: set(reference.columns) for reference in found.references}
    assert columns == {"计划代码": {"计划名称", "计划类型"}, "组合代码": {"计划代码", "组合名称"}}
    plans, portfolios = found.references
    assert (plans.name, portfolios.name, portfolios.depends_on) == ("计划", "组合", ("计划",))
    assert (portfolios.parents, plans.parents) == ({"计划代码": "计划"}, {})


@given(books())
def test_rows_that_disagree_with_their_key_are_named_by_cell_and_outvoted(book: Book) -> None:
    found = book.inspect()
    picks = {column: pick for reference in found.references for column, pick in reference.columns.items()}
    assert {column for column, pick in picks.items() if pick == "most_frequent"} == set(book.strays)
    exceptions = {one.column: one for reference in found.references for one in reference.exceptions}
    for column, place in book.strays.items():
        letter = found.column(column).letter
        assert exceptions[column].cell == f"{letter}{place + 2}"
        assert (exceptions[column].value, exceptions[column].rows) == ("另一个名称", 1)
        assert exceptions[column].usual != "另一个名称"


def inspect_rows(folder: Path, rows: Sequence[Sequence[Any]]) -> Inspection:
    return inspect_sheet(write_rows(folder / "a.xlsx", rows))


def test_few_rows_and_constant_columns_prove_no_dependency(tmp_path: Path) -> None:
    """That two of two shops have one city may be an accident; that all rows have one currency says nothing."""
    rows = [["店铺代码", "城市", "币种"], ["0001", "北京", "CNY"], ["0001", "北京", "CNY"], ["0002", "上海", "CNY"]]
    assert inspect_rows(tmp_path, rows).references == ()


def test_a_key_that_never_repeats_is_no_reference(tmp_path: Path) -> None:
    rows = [["流水号", "店铺名称"], *([f"A{n:04}", f"店{n % 7}"] for n in range(200))]
    assert inspect_rows(tmp_path, rows).references == ()


def test_too_many_disagreements_are_no_dependency(tmp_path: Path) -> None:
    rows = [["店铺代码", "店铺名称"], *([f"000{n % 5}", "别名" if n % 9 == 0 else f"店{n % 5}"] for n in range(200))]
    assert inspect_rows(tmp_path, rows).references == ()


def test_what_is_nearly_constant_is_no_dependency_though_few_rows_disagree(tmp_path: Path) -> None:
    random = Random(5)  # noqa: S311 - figures of no meaning
    rows = [["店铺代码", "备注"], *([f"000{n % 8}", "补录" if random.random() < 0.01 else "正常"] for n in range(800))]
    assert inspect_rows(tmp_path, rows).references == ()


def test_of_a_code_and_its_name_the_code_is_the_key(tmp_path: Path) -> None:
    rows = [["店铺名称", "城市", "店铺代码"], *([f"店{n % 6}", f"城{n % 6 // 2}", f"000{n % 6}"] for n in range(120))]
    (reference,) = inspect_rows(tmp_path, rows).references
    assert (reference.key, reference.table) == ("店铺代码", "店铺")
    assert set(reference.columns) == {"店铺名称", "城市"}


def test_without_a_code_a_name_is_the_key(tmp_path: Path) -> None:
    rows = [["店铺名称", "城市", "销售额"], *([f"店{n % 6}", f"城{n % 6 // 2}", n + 0.5] for n in range(120))]
    (reference,) = inspect_rows(tmp_path, rows).references
    assert (reference.key, tuple(reference.columns)) == ("店铺名称", ("城市",))


def test_figures_do_not_belong_to_a_key_however_often_they_repeat(tmp_path: Path) -> None:
    rows = [["店铺代码", "销售额"], *([f"000{n % 6}", n % 6 + 0.5] for n in range(120))]
    assert inspect_rows(tmp_path, rows).references == ()


def test_blank_cells_contradict_no_dependency(tmp_path: Path) -> None:
    rows = [["店铺代码", "店铺名称"], *([f"000{n % 6}", f"店{n % 6}" if n % 3 else None] for n in range(120))]
    (reference,) = inspect_rows(tmp_path, rows).references
    assert reference.columns == {"店铺名称": "first"}
