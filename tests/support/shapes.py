"""Workbooks of the shapes in which people send them, made from a seed, each with the table that it must come to."""

from __future__ import annotations

import csv
import datetime
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import openpyxl

from support import opendocument
from support.old_workbook import write_old_workbook

NOVEMBER: Final = datetime.date(2024, 11, 1)
PLACES: Final = ("Île-de-France", "Köln", "São Paulo")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a sheet, its merged ranges, and the number formats of its columns."""

    rows: Sequence[Sequence[Any]]
    merges: Sequence[str] = ()
    formats: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """A delivery: its path, its sheets, and what they come to.

    ``facts`` are the rows of the table by ``columns``, in any order; a number in them is exact. ``totals`` counts the
    total rows that a run checks, and those that agree; ``told`` is the cell of one that does not. ``encoding`` and
    ``delimiter`` are those of a file in text, and ``said`` the options that `wdh inspect` needs for it.
    """

    file: str
    sheets: Mapping[str, Page]
    columns: tuple[str, ...]
    facts: Sequence[Row]
    totals: tuple[int, int] = (0, 0)
    told: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    said: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """Write the file, as the ending of its name says."""
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[path.suffix](path, self)
        return path


def write_excel(path: Path, shape: Shape) -> None:
    """Write a workbook of Excel."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, page in shape.sheets.items():
        sheet = book.create_sheet(name)
        for row in page.rows:
            sheet.append(list(row))
        for letter, number_format in page.formats.items():
            for cell in sheet[letter]:
                cell.number_format = number_format
        for area in page.merges:
            sheet.merge_cells(area)
    book.save(path)


def write_old(path: Path, shape: Shape) -> None:
    """Write a workbook of Excel 97."""
    ((name, page),) = shape.sheets.items()
    write_old_workbook(path, name, page.rows, merges=page.merges, formats=page.formats)


def write_opendocument(path: Path, shape: Shape) -> None:
    """Write a spreadsheet of LibreOffice, in which nothing is merged or formatted."""
    opendocument.write(path, *(_write_table(name, page) for name, page in shape.sheets.items()))


def _write_table(name: str, page: Page) -> str:
    return opendocument.sheet(*(opendocument.row(*map(_write_cell, row)) for row in page.rows), name=name)


def _write_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    return opendocument.text(value) if isinstance(value, str) else opendocument.number(repr(value))


def write_text(path: Path, shape: Shape) -> None:
    """Write a table in text."""
    (page,) = shape.sheets.values()
    with path.open("w", encoding=shape.encoding, newline="") as file:
        csv.writer(file, delimiter=shape.delimiter).writerows(page.rows)


WRITERS: Final[Mapping[str, Callable[[Path, Shape], None]]] = {
    ".xlsx": write_excel,
    ".xls": write_old,
    ".ods": write_opendocument,
    ".csv": write_text,
}
"""The writer of a file, by the ending of its name. A further kind is a line here, and a shape of such a name."""


class Maker:
    """Makes up values, the same from the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them

    def amount(self) -> Decimal:
        """Make up an amount of money, negative now and then."""
        return Decimal(self._random.randint(-20_000, 900_000)) / 100

    def count(self) -> int:
        """Make up a number of pieces."""
        return self._random.randint(0, 4_000)

    def blank_or(self, make: Callable[[], Any]) -> Any:
        """Make up nothing at all one time in five."""
        return None if self._random.random() < 0.2 else make()


def number(value: Decimal | int | None) -> float | int | None:
    """Give a number as a cell has it."""
    return float(value) if isinstance(value, Decimal) else value


def total(values: Iterable[Any]) -> float | int:
    """Sum up, as a total row does."""
    summed = sum((Decimal(value) for value in values if value is not None), Decimal())
    return float(summed) if summed % 1 else int(summed)


def months(first: int, last: int) -> list[datetime.date]:
    """List months of 2024."""
    return [datetime.date(2024, month, 1) for month in range(first, last + 1)]


def retailer(make: Maker) -> Shape:
    """A chain of shops: a title, codes that are numbers with zeros by format, the month in the file's name alone."""
    facts = [(NOVEMBER, f"{code:04}", f"{code}号店", make.amount()) for code in range(7, 31)]
    lines = [[int(code), name, number(value)] for _, code, name, value in facts]
    rows = [["门店销售月报"], ["店号", "店名", "销售额"], *lines, ["合计", None, total(value for *_, value in facts)]]
    sheets = {"销售": Page(rows, merges=["A1:C1"], formats={"A": "0000"})}
    return Shape("2024年11月门店销售.xlsx", sheets, ("月度", "店号", "店名", "销售额"), facts, (1, 1))


def payroll(make: Maker) -> Shape:
    """A payroll in English: days, blank cells, a sheet of notes before it."""
    facts = []
    for place in range(1, 31):
        hired = datetime.date(2010 + place % 12, 1 + place % 12, 1 + place % 28)
        pay = abs(make.amount()) + 1
        facts.append((NOVEMBER, f"E{place:03}", f"Name {place}", hired, pay, make.blank_or(make.amount)))
    lines = [
        [code, name, datetime.datetime.combine(hired, datetime.time()), number(pay), number(bonus)]
        for _, code, name, hired, pay, bonus in facts
    ]
    header = ["Employee ID", "Name", "Hire Date", "Base Pay", "Bonus"]
    ends = ["Total", None, None, total(fact[4] for fact in facts), total(fact[5] for fact in facts)]
    sheets = {"Read me": Page([["Confidential"]]), "Payroll": Page([header, *lines, ends])}
    columns = ("month", "EmployeeID", "Name", "HireDate", "BasePay", "Bonus")
    return Shape("Payroll 2024-11.xlsx", sheets, columns, facts, (1, 1))


def inventory(make: Maker) -> Shape:
    """Three warehouses, a sheet for each, with months across, and a sheet that sums them up."""
    across = months(7, 12)
    facts: list[Row] = []
    sheets: dict[str, Page] = {}
    for sheet in ("仓库A", "仓库B", "仓库C"):
        rows: list[list[Any]] = [["库存表"], ["货号", "品名", *(f"{day:%Y}年{day.month}月" for day in across)]]
        sums = [0] * len(across)
        for place in range(1, 13):
            counts = [make.blank_or(make.count) for _ in across]
            rows.append([f"A{place:03}", f"品{place}", *counts])
            sums = [one + (other or 0) for one, other in zip(sums, counts, strict=True)]
            facts += [
                (sheet, f"A{place:03}", f"品{place}", month, count)
                for month, count in zip(across, counts, strict=True)
                if count is not None
            ]
        sheets[sheet] = Page([*rows, ["合计", None, *sums]])
    sheets["汇总"] = Page([*rows[:2], ["A001", "品1", *[9] * len(across)]])
    return Shape("库存2024.xlsx", sheets, ("仓库", "货号", "品名", "月度", "数值"), facts, (3, 3))


def stock_taking(make: Maker) -> Shape:
    """An old workbook, a header of two rows: names over one column are merged down, and those of groups across."""
    facts = [
        (NOVEMBER, f"S{place:02}", make.count(), make.amount(), make.count(), make.amount()) for place in range(1, 21)
    ]
    header = [["店铺编码", "期初", None, "期末", None], [None, "数量", "金额", "数量", "金额"]]
    lines = [[fact[1], *map(number, fact[2:])] for fact in facts]
    ends = ["合计", *(total(fact[place] for fact in facts) for place in range(2, 6))]
    page = Page([["库存盘点"], *header, *lines, ends], merges=["A2:A3", "B2:C2", "D2:E2"])
    columns = ("月度", "店铺编码", "期初_数量", "期初_金额", "期末_数量", "期末_金额")
    return Shape("盘点24年11月.xls", {"盘点": page}, columns, facts, (1, 1))


def regions(make: Maker) -> Shape:
    """A spreadsheet of LibreOffice: groups with a total each, and a total of all, which is wrong."""
    facts: list[Row] = []
    rows: list[list[Any]] = [["月份", "地区", "城市编码", "收入"]]
    for place, region in enumerate(("华东", "华北", "西南")):
        group = [(NOVEMBER, region, f"C{place}{city}", make.amount()) for city in range(6)]
        facts += group
        rows += [["2024年11月", *fact[1:3], number(fact[3])] for fact in group]
        rows.append([f"{region}小计", None, None, total(fact[3] for fact in group)])
    rows.append(["总计", None, None, total([*(fact[3] for fact in facts), Decimal(1)])])
    return Shape(
        "地区收入.ods", {"收入": Page(rows)}, ("月份", "地区", "城市编码", "收入"), facts, (4, 3), f"D{len(rows)}"
    )


def sheets_of_months(make: Maker) -> Shape:
    """A sheet for each month, which only its name says."""
    facts: list[Row] = []
    sheets = {}
    for day in months(9, 12):
        group = [(day, f"K{place:03}", make.amount()) for place in range(15)]
        facts += group
        lines = [[code, number(value)] for _, code, value in group]
        sheets[f"{day:%Y}年{day.month}月"] = Page([["客户编号", "回款"], *lines])
    return Shape("回款.xlsx", sheets, ("月度", "客户编号", "回款"), facts)


def figures_of_months(make: Maker) -> Shape:
    """Several columns below each month, in a header of two rows without any merged cell."""
    across = months(10, 12)
    header = [
        ["网点代码", *(text for day in across for text in (f"{day:%Y}年{day.month}月", None))],
        [None, *["笔数", "手续费"] * len(across)],
    ]
    facts: list[Row] = []
    rows: list[list[Any]] = []
    for place in range(1, 16):
        cells = [(make.count(), make.blank_or(make.amount)) for _ in across]
        rows.append([f"W{place:03}", *(number(value) for pair in cells for value in pair)])
        facts += [(f"W{place:03}", day, *pair) for day, pair in zip(across, cells, strict=True)]
    return Shape("手续费.xlsx", {"网点": Page([*header, *rows])}, ("网点代码", "月度", "笔数", "手续费"), facts)


def form(make: Maker) -> Shape:
    """The month and the department in cells above the table, and who made it, which is nobody's business."""
    facts = [("财务部", NOVEMBER, f"F{place:03}", make.amount()) for place in range(12)]
    rows = [
        ["费用报销明细"],
        ["部门：", "财务部", None, "期间：", "2024年11月"],
        ["制表人：", "甲"],
        [],
        ["单据编号", "金额"],
        *([code, number(value)] for *_, code, value in facts),
        ["合计", total(fact[3] for fact in facts)],
    ]
    return Shape("报销.xlsx", {"明细": Page(rows)}, ("部门", "期间", "单据编号", "金额"), facts, (1, 1))


def folders(make: Maker) -> Shape:
    """The month in the name of the folder alone."""
    facts = [(NOVEMBER, f"G{place:03}", make.count()) for place in range(12)]
    rows = [["工号", "加班小时"], *([code, hours] for _, code, hours in facts)]
    return Shape("202411/考勤.xlsx", {"考勤": Page(rows)}, ("月度", "工号", "加班小时"), facts)


def english_months(make: Maker) -> Shape:
    """A table in text, in an old encoding with semicolons: months in English across, a column and a row that sum up."""
    across = months(1, 6)
    facts: list[Row] = []
    rows: list[list[Any]] = [["Region", "Cost Center", *(f"{day:%b %Y}" for day in across), "Total"]]
    sums = [Decimal()] * len(across)
    for place in range(10):
        cells = [make.amount() for _ in across]
        rows.append([PLACES[place % 3], f"CC{place:02}", *map(number, cells), total(cells)])
        sums = [one + other for one, other in zip(sums, cells, strict=True)]
        facts += [(PLACES[place % 3], f"CC{place:02}", *pair) for pair in zip(across, cells, strict=True)]
    rows.append(["Grand Total", None, *map(number, sums), total(sums)])
    columns = ("Region", "CostCenter", "month", "value")
    sheets = {"budget": Page(rows)}
    said = ("--encoding", "windows-1252")
    return Shape("budget.csv", sheets, columns, facts, (1, 1), encoding="cp1252", delimiter=";", said=said)


def years(make: Maker) -> Shape:
    """Years across, which are numbers."""
    facts: list[Row] = []
    rows: list[list[Any]] = [["分年度产量"], ["产品代码", *range(2019, 2025)]]
    for place in range(12):
        counts = [make.blank_or(make.count) for _ in range(6)]
        rows.append([f"P{place:03}", *counts])
        facts += [(f"P{place:03}", 2019 + year, count) for year, count in enumerate(counts) if count is not None]
    return Shape("产量.xlsx", {"产量": Page(rows)}, ("产品代码", "年", "数值"), facts)


def printed(make: Maker) -> Shape:
    """A printed list in text: the header again on each page, with a sum of the page, and blank rows."""
    header = ["日期", "流水号", "金额"]
    facts: list[Row] = []
    rows: list[list[Any]] = []
    for page in range(3):
        group = [(NOVEMBER, datetime.date(2024, 11, 1 + n + 9 * page), f"L{page}{n}", make.amount()) for n in range(8)]
        facts += group
        rows += [header, *([str(day), code, number(value)] for _, day, code, value in group)]
        rows += [["本页合计", None, total(fact[3] for fact in group)], []]
    rows.append(["总计", None, total(fact[3] for fact in facts)])
    columns = ("月度", "日期", "流水号", "金额")
    return Shape("流水202411.csv", {"流水": Page(rows)}, columns, facts, (4, 4))


SHAPES: Final[Sequence[Callable[[Maker], Shape]]] = (
    retailer,
    payroll,
    inventory,
    stock_taking,
    regions,
    sheets_of_months,
    figures_of_months,
    form,
    folders,
    english_months,
    years,
    printed,
)
"""All of them. One more is a function that gives a Shape, and its line here."""
