"""Offices, months, rates and corrections as deliveries really have them."""

from __future__ import annotations

import datetime

import pytest
from support.performance import note_cases, read_rows

from wdh import SetupError
from wdh.facts.cells import CellValue


@pytest.mark.parametrize(
    ("name", "code"),
    [("总部", "G00"), ("上海", "G02"), ("广州", "G04"), ("济南", "G21"), ("内 蒙古", "G31"), ("北分", "G37")],
)
@pytest.mark.parametrize("blank", [None, "null", "NULL", "(空白)"])
def test_an_office_code_follows_the_name(name: str, code: str, blank: CellValue) -> None:
    """Where the sheet brings none; there is nothing to tell."""
    facts = read_rows({"机构代码": blank, "机构名称": name})
    assert (facts.columns["机构代码"], facts.notes) == ([code], ())


@pytest.mark.parametrize("name", [None, "火星", "null"])
def test_an_unknown_office_is_the_default_and_is_told(name: CellValue) -> None:
    facts = read_rows({"机构代码": None, "机构名称": name})
    assert facts.columns["机构代码"] == ["G00"]
    assert note_cases(facts, "default_office") == {name or "(空白)": 1}


def test_a_sheet_that_brings_office_codes_keeps_them() -> None:
    facts = read_rows({"机构代码": "G99", "机构名称": "上海"})
    assert (facts.columns["机构代码"], facts.notes) == (["G99"], ())


def test_a_sheet_without_office_codes_gets_them_all() -> None:
    facts = read_rows({"机构名称": "上海"}, without=["机构代码"])
    assert (facts.columns["机构代码"], facts.notes) == (["G02"], ())


def test_offices_are_data() -> None:
    """Names, codes and the default; without one the code stays NULL, which is told."""
    rows: list[dict[str, CellValue]] = [{"机构代码": None, "机构名称": name} for name in ("火星", "上海")]
    settings = {"offices": {"by_name": {"火星": "M1"}, "default": "X"}}
    assert read_rows(*rows, settings=settings).columns["机构代码"] == ["M1", "X"]
    facts = read_rows(*rows, settings={"offices": {"by_name": {"火星": "M1"}, "default": None}})
    assert facts.columns["机构代码"] == ["M1", None]
    assert note_cases(facts, "no_office") == {"上海": 1}


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("2024年11", 11),
        ("24年11", 11),
        ("24.12", 12),
        (24.12, 12),
        ("24-11-15", 11),
        (20241115, 11),
        ("20241115", 11),
        ("２４．１２", 12),
    ],
)
def test_further_spellings_of_a_month(cell: CellValue, month: int) -> None:
    facts = read_rows({"月度": cell})
    assert (facts.columns["月度"], facts.rejects) == ([datetime.date(2024, month, 1)], ())


@pytest.mark.parametrize("cell", [24.1, 24.13, "24-13-01", 20241301, "24.1.2"])
def test_what_could_be_two_months_or_is_none_is_refused(cell: CellValue) -> None:
    """24.1 typed into a cell was 24.10 or 24.1."""
    assert [reject.column for reject in read_rows({"月度": cell}).rejects] == ["月度"]


def test_the_plan_code_may_have_another_header() -> None:
    facts = read_rows({"计划号": "z-1"}, without=["计划代码"])
    assert facts.columns["计划代码"] == ["Z1"]
    (reject,) = read_rows({"计划号": None, "计划类型": None}, without=["计划代码"]).rejects
    assert (reject.column, reject.reason) == ("计划号", "no_plan_code")
    assert reject.cell is not None


def test_typing_errors_are_replaced_and_told() -> None:
    """The two that are known, and those that a company adds, in any column of text."""
    facts = read_rows({"计划代码": "1p0290"}, {"计划代码": "1P0807"}, {"计划代码": "P0290"})
    assert facts.columns["计划代码"] == ["P0290", "P0807", "P0290"]
    assert note_cases(facts, "replaced_value") == {"1P0290 → P0290": 1, "1P0807 → P0807": 1}
    own = read_rows({"业务类型": "企年受拖"}, settings={"replace": {"业务类型": {"企年受拖": "企年受托"}}})
    assert own.columns["业务类型"] == ["企年受托"]


@pytest.mark.parametrize("column", ["计划", "月度", "供款"])
def test_values_are_replaced_in_columns_of_text_only(column: str) -> None:
    with pytest.raises(SetupError, match=f"replace names '{column}'"):
        read_rows({}, settings={"replace": {column: {"a": "b"}}})


@pytest.mark.parametrize(
    ("cell", "told"),
    [(5.36, "5.36"), ("5.36", "5.36"), (1.0, None), (0.5, None), ("536%", None), ("５３６％", None), (None, None)],
)
def test_a_bare_rate_above_1_is_told_with_its_cell(cell: CellValue, told: str | None) -> None:
    """It is loaded as it stands; a percent sign says what is meant."""
    facts = read_rows({}, {"当期收益率": cell})
    assert facts.rejects == ()
    assert note_cases(facts, "rate_above_1") == ({} if told is None else {f"Q3 {told}": 1})


def test_the_cell_of_a_large_rate_is_right_below_a_refused_row() -> None:
    facts = read_rows({"供款": "x"}, {"当期收益率": 5.36})
    assert note_cases(facts, "rate_above_1") == {"Q3 5.36": 1}


def test_the_yearly_rate_is_read_where_the_table_has_it() -> None:
    """optional_columns says so; it may be blank, and a large one is told as well."""
    rows: list[dict[str, CellValue]] = [{"年化收益率": 5.5}, {"年化收益率": None, "期末资产规模": 0}]
    assert "年化收益率" not in read_rows(*rows).columns
    facts = read_rows(*rows, settings={"optional_columns": ["年化收益率"]})
    assert facts.columns["年化收益率"] == [5.5, None]
    assert list(note_cases(facts, "rate_above_1").values()) == [1]
    absent = read_rows({}, settings={"optional_columns": ["年化收益率"]})
    assert (absent.columns["年化收益率"], absent.notes) == ([None], ())
