"""The sample workbooks: real files, the same each time, with the peculiarities that real deliveries have."""

from __future__ import annotations

import datetime
import io
import itertools
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from support.deliveries import domain, find, names
from support.thoroughness import examples

from wdh_annuity_performance import demo
from wdh_annuity_performance.demo.book import make_book
from wdh_annuity_performance.demo.cells import (
    Formatted,
    spell_account,
    spell_amount,
    spell_code,
    spell_loose_code,
    spell_month,
    spell_portfolio_code,
    spell_rate,
    spell_text,
)
from wdh_annuity_performance.demo.layouts import TITLED
from wdh_annuity_performance.demo.lines import performance_lines
from wdh_annuity_performance.demo.workbook import SheetRow, _mark_blanks

pytestmark = pytest.mark.once

ROWS = 700
Values = dict[str, list[Any]]


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The four deliveries, written once: enough rows for every peculiarity to occur."""
    return demo.write_workbooks(tmp_path_factory.mktemp("demo"), rows=ROWS)


@pytest.fixture(scope="module")
def sheets(workbooks: tuple[Path, ...]) -> tuple[Worksheet, ...]:
    """Their sheets of facts, as openpyxl reads them in full."""
    return tuple(load_workbook(path)[demo.FACTS_SHEET] for path in workbooks)


def columns(sheet: Worksheet, *, header_row: int) -> Values:
    """The cells below the header, by the header as it is written."""
    rows = list(sheet.iter_rows(min_row=header_row, values_only=True))
    return {str(header): [row[index] for row in rows[1:]] for index, header in enumerate(rows[0])}


def texts(values: list[Any]) -> list[str]:
    """Those of the cells that are text."""
    return [value for value in values if isinstance(value, str)]


def test_the_same_seed_writes_the_same_bytes(workbooks: tuple[Path, ...], tmp_path: Path) -> None:
    """Not only the same cells: the files can be compared by their hash."""
    again = demo.write_workbooks(tmp_path, rows=ROWS)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in workbooks]


def test_another_seed_writes_other_cells(workbooks: tuple[Path, ...], tmp_path: Path) -> None:
    """The seed is really used."""
    other = demo.write_workbooks(tmp_path, rows=ROWS, seed=1)
    assert all(mine.read_bytes() != theirs.read_bytes() for mine, theirs in zip(other, workbooks, strict=True))


def test_the_clock_is_not_in_the_files(workbooks: tuple[Path, ...]) -> None:
    """Created and modified are a fixed moment, which is how the bytes can be equal on another day."""
    for path in workbooks:
        properties = load_workbook(path).properties
        assert properties.created == properties.modified == datetime.datetime(2024, 12, 9, 10, 9)  # noqa: DTZ001


def test_a_cell_of_one_blank_is_marked_as_excel_marks_it(workbooks: tuple[Path, ...]) -> None:
    """Without the mark, readers differ in whether there is a blank."""
    for path in workbooks:
        with zipfile.ZipFile(path) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml")
        assert b'<t xml:space="preserve"> </t>' in sheet
        assert b"<t> </t>" not in sheet


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_cell_that_is_cut_in_two_while_copying_is_marked_too(cut: int) -> None:
    """Sheets are copied in pieces of a mebibyte, wherever that cuts."""
    before = b"x" * (2**20 - cut)
    copied = b"".join(_mark_blanks(io.BytesIO(before + b"<t> </t>" + before)))
    assert copied == before + b'<t xml:space="preserve"> </t>' + before


def test_each_workbook_has_the_facts_and_another_domains_sheet(workbooks: tuple[Path, ...]) -> None:
    """规模明细 and 收入明细, the latter with its own columns."""
    for path in workbooks:
        book = load_workbook(path)
        assert book.sheetnames == ["规模明细", "收入明细"]
        header = [cell.value for cell in book["收入明细"][1]]
        assert header == [
            "月度",
            "业务类型",
            "计划类型",
            "计划代码",
            "计划名称",
            "组合类型",
            "组合代码",
            "组合名称",
            "客户名称",
            "固费",
            "浮费",
            "回补",
            "税",
            "机构代码",
            "机构名称",
            "产品线代码",
            "年金账户名",
        ]


def test_discovery_takes_the_corrected_october(workbooks: tuple[Path, ...]) -> None:
    """The demonstration's own configuration finds one workbook for each month, in V2 where there is one."""
    root = workbooks[0].parents[3]
    pattern = re.search("pattern: '(.+)'", demo.write_configuration("annuity"))
    assert pattern is not None
    findings = find(root, domain(pattern[1]), max_files=3)
    assert [(book.year, book.month, book.version) for book in findings.taken] == [
        (2024, 9, 1),
        (2024, 10, 2),
        (2024, 11, 0),
    ]
    assert names(findings, root) == [path.relative_to(root).as_posix() for path in (*workbooks[:1], *workbooks[2:])]


def test_the_second_delivery_of_october_mends_two_columns_of_every_hundredth_line(
    sheets: tuple[Worksheet, ...],
) -> None:
    """V2 is V1 but for the corrected cells and the totals they go into."""
    _, first, second, _ = (columns(sheet, header_row=1) if sheet.max_row else {} for sheet in sheets)
    changed = {header for header in first if first[header] != second[header]}
    assert changed == {"期末资产规模", "投资收益"}
    lines = [row.line for row in demo.delivery_rows(demo.DELIVERIES[1], rows=ROWS)]
    mended = [row.line for row in demo.delivery_rows(demo.DELIVERIES[2], rows=ROWS)]
    differing = [(old, new) for old, new in zip(lines, mended, strict=True) if old != new]
    assert len(differing) == ROWS // 100
    assert all(new["期末资产规模"] - old["期末资产规模"] == 1000 for old, new in differing)  # type: ignore[index,operator]


def test_the_first_month_has_titles_merged_cells_hidden_blank_and_total_rows(sheets: tuple[Worksheet, ...]) -> None:
    """Everything that is not a plain line in a plain row, at least once, in the delivery of September."""
    sheet = sheets[0]
    assert sheet["A1"].value == "示例养老保险公司年金规模明细表（单位：元）"
    header = [cell.value for cell in sheet[2]]
    assert {"月度 ", "期初\n资产规模", "流失（含待遇支付）", "机构"} <= set(header)
    assert "机构名称" not in header
    merged = {str(area) for area in sheet.merged_cells.ranges}
    assert "A1:W1" in merged
    assert len(merged) == 1 + 2 * (ROWS // TITLED.merged_every)
    assert sum(row.hidden for row in sheet.row_dimensions.values()) == ROWS // 97
    first = [sheet.cell(row, 1).value for row in range(3, sheet.max_row + 1)]
    assert first.count("小计") == ROWS // 500
    assert first[-1] == "合计"
    assert sum(value is None for value in first) == ROWS // 211 + 1


def test_the_second_month_has_no_company_id_an_empty_header_and_a_repeated_one(sheets: tuple[Worksheet, ...]) -> None:
    """The common road: clients are known by name only."""
    header = [cell.value for cell in sheets[1][1]]
    assert not {"company_id", "公司代码"} & set(header)
    assert header.count("备注") == 2
    assert header.count(None) == 1
    assert header.index("月度") == 4


def test_the_third_month_has_year_and_month_apart_and_accounts_with_a_c(sheets: tuple[Worksheet, ...]) -> None:
    """年 and 月, 集团企业客户号, 公司代码, blanks and tabs inside headers, two titles."""
    cells = columns(sheets[3], header_row=3)
    assert {"年", "月", "集团企业客户号", "公司代码", "供　款", "流失\t(含待遇支付)"} <= set(cells)
    assert "月度" not in cells
    assert {*cells["月"]} - {None, " "} == {11, "11"}
    accounts = texts(cells["集团企业客户号"])
    assert sum(account.startswith("C") for account in accounts) > ROWS * 0.7


@pytest.mark.parametrize(
    ("header", "quirk"),
    [
        ("月度 ", lambda value: value == 202409),
        ("月度 ", lambda value: value == "202409"),
        ("月度 ", lambda value: value == "2024年9月"),
        ("月度 ", lambda value: value == "24年09月"),
        ("月度 ", lambda value: value == "2024-09"),
        ("月度 ", lambda value: value == "2024/9/1"),
        ("月度 ", lambda value: value == "2024.09"),
        ("月度 ", lambda value: isinstance(value, datetime.datetime)),
        ("计划代码", lambda value: value is None),
        ("计划代码", lambda value: value == "(空白)"),
        ("计划代码", lambda value: isinstance(value, int) and value < 1000),
        ("计划代码", lambda value: isinstance(value, str) and re.fullmatch(r"0\d{3}", value)),
        ("计划代码", lambda value: isinstance(value, str) and re.search("[a-z_-]", value)),
        ("计划代码", lambda value: isinstance(value, str) and "\uff10" in value),
        ("组合代码", lambda value: isinstance(value, str) and value.startswith("F")),
        ("组合代码", lambda value: isinstance(value, str) and value.startswith("\u200b")),
        ("组合代码", lambda value: value is None),
        ("期末\n资产规模", lambda value: isinstance(value, float)),
        ("期末\n资产规模", lambda value: isinstance(value, str) and re.fullmatch(r"[\d,]+\.\d+", value)),
        ("期末\n资产规模", lambda value: isinstance(value, str) and "，" in value),
        ("期末\n资产规模", lambda value: isinstance(value, str) and value.startswith("¥")),
        ("期末\n资产规模", lambda value: isinstance(value, float) and value > 1e9),
        ("投资收益", lambda value: isinstance(value, str) and re.fullmatch(r"\([\d,.]+\)", value)),
        ("投资收益", lambda value: isinstance(value, str) and value in "-—无暂无N/A"),
        ("当期收益率", lambda value: isinstance(value, str) and re.fullmatch(r"-?\d\.\d\d%", value)),
        ("当期收益率", lambda value: isinstance(value, str) and value.endswith("％")),
        ("计划名称", lambda value: isinstance(value, str) and "\n" in value),
        ("客户名称", lambda value: isinstance(value, str) and value.startswith("\u3000")),
        ("客户名称", lambda value: isinstance(value, str) and "（" in value),
        ("company_id", lambda value: isinstance(value, int)),
        ("company_id", lambda value: value is None),
        ("产品线代码", lambda value: value is None),
    ],
)
def test_each_spelling_occurs(sheets: tuple[Worksheet, ...], header: str, quirk: Callable[[Any], bool]) -> None:
    """The peculiarities that the domain's description lists are in the demonstration, or it would prove little."""
    assert any(quirk(value) for value in columns(sheets[0], header_row=2)[header])


def test_numbers_stand_for_codes_through_their_format(sheets: tuple[Worksheet, ...]) -> None:
    """A 12 that is shown as 0012 is written as such."""
    shown = {
        (type(cell.value), cell.number_format)
        for row in sheets[0].iter_rows(min_row=3)
        for cell in row
        if cell.number_format != "General"
    }
    assert {(int, "0000"), (int, "00000"), (int, "0" * 12), (float, "0.00%")} <= shown
    assert any(kind is datetime.datetime and number_format == "yyyy-mm-dd" for kind, number_format in shown)


def test_the_three_blank_codes_that_have_a_default_occur() -> None:
    """计划代码 of 单一计划 and 集合计划, 组合代码 of all kinds; and a portfolio under a plan without a code."""
    lines = [row.line for row in demo.delivery_rows(demo.DELIVERIES[0], rows=ROWS) if row.line is not None]
    assert {line["计划类型"] for line in lines if line["计划代码"] is None} == {"单一计划", "集合计划"}
    assert {line["计划类型"] for line in lines if line["组合代码"] is None} == {"单一计划", "集合计划", "职业年金"}
    assert any(line["组合代码"] is not None and line["计划代码"] is None for line in lines)


def test_nothing_comes_between_the_rows_of_a_merged_cell() -> None:
    """However often blank and total rows come; and the lines under it say what its first line says."""
    layout = replace(TITLED, merged_every=7, blank_every=2, subtotal_every=3, titles=())
    random = Random(1)  # noqa: S311 - sample data
    book = make_book(plans=20, portfolios=40, seed=1)
    lines = performance_lines(book, datetime.date(2024, 9, 1), rows=100, random=random)
    rows = list(layout.arrange(lines, random))
    starts = [index for index, row in enumerate(rows) if row.areas]
    assert len(starts) == 100 // 7
    for start in starts:
        covered = [row.line for row in rows[start : start + 3]]
        assert len({(line["机构代码"], line["机构名称"]) for line in covered if line is not None}) == 1
        assert None not in covered
        assert all(row.cells[17:19] == (None, None) for row in rows[start + 1 : start + 3])


def test_months_add_plans_and_portfolios() -> None:
    """Each month brings references that the month before did not have."""
    seen = []
    for delivery in (demo.DELIVERIES[0], *demo.DELIVERIES[2:]):
        lines = [row.line for row in demo.delivery_rows(delivery, rows=ROWS) if row.line is not None]
        assert len(lines) == ROWS
        assert {line["月度"] for line in lines} == {delivery.month}
        seen.append({line["组合代码"] for line in lines})
    assert seen[0] < seen[1] < seen[2]
    assert len(seen[2]) == 160 + 2


def test_every_name_is_made_up() -> None:
    """Each bears the word for example; no two clients share a number, no two portfolios a code."""
    book = make_book(plans=300, portfolios=900, seed=1)
    plans = {portfolio.plan for portfolio in book.portfolios}
    clients = {client for plan in plans for client in plan.clients}
    named = [thing.name for thing in (*book.portfolios, *plans, *clients, *(plan.branch for plan in plans))]
    assert all("示例" in name for name in named if name is not None)
    assert len({client.company_id for client in clients}) == len(clients)
    codes = [portfolio.code for portfolio in book.portfolios if portfolio.code is not None]
    assert len(set(codes)) == len(codes) == 901
    assert max(len(name) for name in named if name is not None) < 100


AMOUNT = st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents).scaleb(-2))
DICE = st.integers(0, 2**32).map(Random)


def show(cell: Any) -> str | None:
    """Read a spelled cell with eyes only: widths made equal, invisible and outer blanks gone, formats applied."""
    if isinstance(cell, Formatted):
        return f"{cell.value:0{len(cell.number_format)}d}"
    if cell is None or isinstance(cell, int):
        return None if cell is None else str(cell)
    text = repr(cell).removesuffix(".0") if isinstance(cell, float) else cell
    return unicodedata.normalize("NFKC", text.replace("\u200b", "")).strip() or None


@settings(max_examples=examples(200))
@given(amount=AMOUNT, random=DICE)
def test_every_spelling_of_an_amount_says_the_amount(amount: Decimal, random: Random) -> None:
    """Exactly: no cent is lost in any of them."""
    shown = show(spell_amount(amount, random)) or ""
    bare = shown.replace(",", "").removeprefix("¥")
    assert Decimal(f"-{bare[1:-1]}" if bare.startswith("(") else bare) == amount


@settings(max_examples=examples(100))
@given(rate=st.integers(-9999, 99999).map(lambda number: Decimal(number).scaleb(-4)), random=DICE)
def test_every_spelling_of_a_rate_says_the_rate(rate: Decimal, random: Random) -> None:
    """A percent sign divides by 100, and nothing else does."""
    cell = spell_rate(rate, random)
    shown = str(cell.value) if isinstance(cell, Formatted) else show(cell) or ""
    assert (Decimal(shown[:-1]) / 100 if shown.endswith("%") else Decimal(shown)) == rate


@settings(max_examples=examples(200))
@given(code=st.from_regex(r"[A-E0-9][0-9]{3,8}", fullmatch=True), random=DICE)
def test_every_spelling_of_a_code_says_the_code(code: str, random: Random) -> None:
    """With its leading zeros, whatever stands around it."""
    assert show(spell_code(code, random)) == code
    loose = show(spell_loose_code(code, random)) or ""
    assert re.sub("[-_ ]", "", loose).upper() == code
    assert (show(spell_portfolio_code(code, random)) or "").removeprefix("F") == code
    assert show(spell_account(code, random)) == f"C{code}"


@settings(max_examples=examples(100))
@given(month=st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)), random=DICE)
def test_every_spelling_of_a_month_says_the_month(month: datetime.date, random: Random) -> None:
    """Nine ways of writing one month."""
    first = month.replace(day=1)
    cell = spell_month(first, random)
    if isinstance(cell, Formatted):
        assert cell.value == first
        return
    year, number = re.match(r"(20\d\d|\d\d)\D?(\d{1,2})", str(cell)).groups()  # type: ignore[union-attr]
    assert (int(year) % 100, int(number)) == (month.year % 100, month.month)


@settings(max_examples=examples(100))
@given(text=st.sampled_from(["青禾示例 企业年金计划", "（控股）示例"]), random=DICE)
def test_every_spelling_of_a_name_says_the_name(text: str, random: Random) -> None:
    """Only what cannot be seen, and line breaks for blanks, are added."""
    cell = spell_text(text, random)
    assert isinstance(cell, str)
    assert cell.replace("\n", " ").strip(" \u3000\u200b") == text


def test_the_faulty_workbook_is_bad_in_just_the_cells_it_names(tmp_path: Path) -> None:
    """Each fault is in its cell, under its header, and a formula has no stored result; the rest is the valid sheet."""
    faults = demo.write_faulty_workbook(tmp_path / "faulty.xlsx")
    sheet = load_workbook(tmp_path / "faulty.xlsx")["规模明细"]
    header = {cell.column_letter: cell.value for cell in sheet[1]}
    for fault in faults:
        assert sheet[fault.cell].value == fault.value
        assert header[fault.cell[0]] == fault.header
    assert load_workbook(tmp_path / "faulty.xlsx", data_only=True)["规模明细"]["M13"].value is None
    assert {sheet[fault.cell].data_type for fault in faults} == {"n", "e", "s", "f"}
    assert len({fault.row for fault in faults}) == len(faults) == 6
    assert sheet.max_row == 1 + 40 + 2


def test_a_large_workbook_has_the_rows_and_columns_asked_for(tmp_path: Path) -> None:
    """23 columns, so many lines, plans and portfolios; no bad cell unless asked."""
    path = tmp_path / "large.xlsx"
    assert demo.write_performance_workbook(path, 1200, plans=200, portfolios=600) == ()
    rows = list(load_workbook(path)["规模明细"].iter_rows(values_only=True))
    assert {len(row) for row in rows} == {23}
    assert len(rows) == 1 + 1200 + 2
    assert not {"#REF!", "#N/A", "abc", 202413} & {value for row in rows for value in row}


def test_bad_cells_of_a_large_workbook_are_as_many_as_asked_and_spread(tmp_path: Path) -> None:
    """Their names are returned; the file has these bad cells and no others."""
    path = tmp_path / "large.xlsx"
    bad = demo.write_performance_workbook(path, 1200, plans=20, portfolios=60, bad_cells=30)
    sheet = load_workbook(path)["规模明细"]
    found = {
        cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value in ("#REF!", "#N/A", "abc", 202413)
    }
    assert found == set(bad)
    assert len(bad) == 30
    numbers = [int(name[1:]) for name in bad]
    assert max(later - earlier for earlier, later in itertools.pairwise(numbers)) <= 41


def test_rows_are_made_as_they_are_written() -> None:
    """However many are asked for, the first is there at once: nothing is collected."""
    rows: Iterator[SheetRow] = demo.delivery_rows(demo.DELIVERIES[0], rows=10**12)
    assert [next(rows).line is None for _ in range(3)] == [True, True, False]


def test_nothing_heavy_is_imported_until_a_workbook_is_written() -> None:
    """Asking for help must stay quick."""
    code = "import sys, wdh_annuity_performance.demo; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_demonstration_is_written_with_its_configuration(tmp_path: Path) -> None:
    """The text names the domain it was asked for, its tables and keys, and can be read as YAML."""
    from ruamel.yaml import YAML

    text = demo.write_demo("pensions", tmp_path, 7)
    assert len(list(tmp_path.rglob("*.xlsx"))) == 4
    entry = YAML(typ="safe").load(text)["domains"]["pensions"]
    assert entry["pk"] == ["月度", "业务类型", "计划类型"]
    assert entry["refs"]["plans"] == {
        "schema": "public",
        "table": "年金计划",
        "key": ["年金计划号"],
        "updatable": ["计划全称", "计划类型", "客户名称", "company_id"],
    }
    assert entry["refs"]["portfolios"]["updatable"] == ["组合名称", "组合类型", "运作开始日"]
