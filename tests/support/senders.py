"""Sheets of the shapes that senders give them, each with the number of facts in it and of rows that must be refused."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

DAY: Final = datetime.datetime(2024, 11, 1)  # noqa: DTZ001 - as sheets have them
MONTH_ROWS: Final = [[202411, f"{n:04}", f"店{n}", n + 0.25] for n in range(1, 9)]
HEADER: Final = ["月度", "店号", "店名", "销售额"]


@dataclass(frozen=True, slots=True)
class Sender:
    """A workbook as somebody sends it: how it is filled, the facts that it holds, and its rows that are at fault.

    ``holds`` are values of a column of the fact table, in the order of the rows.
    """

    fill: Callable[[openpyxl.Workbook], None]
    facts: int
    rejects: int = 0
    holds: tuple[str, Sequence[Any]] | None = None

    def write(self, path: Path) -> Path:
        """Write the workbook."""
        book = openpyxl.Workbook()
        self.fill(book)
        book.save(path)
        return path


def rows(
    lines: Iterable[Sequence[Any]],
    *,
    sheet: str = "明细",
    formats: dict[str, str] | None = None,
    merges: Sequence[str] = (),
) -> Callable[[openpyxl.Workbook], None]:
    """Fill the first sheet with rows; ``formats`` are number formats by column, ``merges`` merged ranges."""

    def fill(book: openpyxl.Workbook) -> None:
        page = book.worksheets[0]
        page.title = sheet
        _append(page, lines)
        for letter, number_format in (formats or {}).items():
            for cell in page[letter]:
                cell.number_format = number_format
        for area in merges:
            page.merge_cells(area)

    return fill


def _append(page: Worksheet, lines: Iterable[Sequence[Any]]) -> None:
    for number, line in enumerate(lines, 1):
        for column, value in enumerate(line, 1):
            if value is not None:
                cell = page.cell(number, column, value)
                if isinstance(value, str) and not value.startswith(("=", "#")):
                    cell.data_type = "s"


def _hidden_first(book: openpyxl.Workbook) -> None:
    old = book.worksheets[0]
    old.title = "旧数据"
    _append(old, [HEADER, *([202310, f"9{n:03}", f"旧{n}", n] for n in range(3))])
    page = book.create_sheet("本月")
    _append(page, [HEADER, *MONTH_ROWS])
    old.sheet_state = "hidden"
    book.active = 1


def _cover_first(book: openpyxl.Workbook) -> None:
    cover = book.worksheets[0]
    cover.title = "封面"
    cover["B3"] = "二〇二四年十一月报表"
    _append(book.create_sheet("Data 数据'%"), [HEADER, *MONTH_ROWS])


def _hidden_rows_and_columns(book: openpyxl.Workbook) -> None:
    rows([HEADER, *MONTH_ROWS])(book)
    page = book.worksheets[0]
    page.row_dimensions[4].hidden = True
    page.column_dimensions["C"].hidden = True
    page.auto_filter.ref = "A1:D9"


def _totals(word: str) -> list[list[Any]]:
    return [HEADER, *MONTH_ROWS, [word, None, None, sum(row[3] for row in MONTH_ROWS)]]


ENGLISH: Final = ["Month", "Store Code", "Store Name", "Net Sales"]
ENGLISH_ROWS: Final = [["2024-11", f"S{n:03}", f"Store No. {n}", n * 10.5] for n in range(1, 9)]
LONG: Final = "本项目情况说明" * 30
KEYWORDS: Final = ["select", "user", "order", "group", "table", "from", "where", "primary"]
HOSTILE: Final = ["a'b", 'c"d', "%s", "100%", "%(x)s", "e\\f", "{g}", "h;--", "i:j", "k,l", "$m", "x#2", "id", "ctid"]

SENDERS: Final[dict[str, Sender]] = {
    "plain Chinese": Sender(rows([HEADER, *MONTH_ROWS]), 8, holds=("店号", [row[1] for row in MONTH_ROWS])),
    "plain English": Sender(rows([ENGLISH, *ENGLISH_ROWS], sheet="Sheet1"), 8),
    "one row": Sender(rows([HEADER, MONTH_ROWS[0]]), 1),
    "one column": Sender(rows([["名称"], *([f"甲{n}"] for n in range(9))]), 9),
    "one column of numbers": Sender(rows([["数量"], *([n * 3] for n in range(9))]), 9),
    "one cell": Sender(rows([["名称"], ["甲"]]), 1),
    "numbers as text": Sender(
        rows([["店号", "销售额", "数量"], *([f"{n:04}", f"{n},{n}00.50", str(n)] for n in range(1, 9))]),
        8,
        holds=("店号", [f"{n:04}" for n in range(1, 9)]),
    ),
    "codes with zeros by format": Sender(
        rows([["店号", "店名"], *([n, f"店{n}"] for n in (12, 345, 6789))], formats={"A": "0000"}),
        3,
        holds=("店号", ["0012", "0345", "6789"]),
    ),
    "codes of which some lost their zeros": Sender(
        rows([["店号", "店名"], ["0012", "甲"], [345, "乙"], ["0006", "丙"]]),
        3,
        holds=("店号", ["0012", "0345", "0006"]),
    ),
    "long codes as text": Sender(rows([["账号", "户名"], *([f"6222{n:015}", f"户{n}"] for n in range(9))]), 9),
    "dates in many spellings": Sender(
        rows(
            [
                ["日期", "单号"],
                *([day, f"A{n}"] for n, day in enumerate(["2024-11-30", "2024/11/3", "2024年11月4日", 20241105, DAY])),
            ]
        ),
        5,
    ),
    "dates with a midnight": Sender(
        rows([["日期", "单号"], ["2024-11-30 00:00:00", "A1"], ["2024-11-29 00:00", "A2"]]), 2
    ),
    "dates that no kind reads": Sender(rows([["日期", "单号"], *([f"{n}-Nov-24", f"A{n}"] for n in range(1, 9))]), 8),
    "months in many spellings": Sender(
        rows(
            [
                ["月度", "店号"],
                *([m, f"A{n}"] for n, m in enumerate([202411, "2024年11月", "24年11月", "2024-11", DAY])),
            ]
        ),
        5,
    ),
    "timestamps": Sender(
        rows([["订单号", "下单时间"], *([f"A{n}", DAY + datetime.timedelta(hours=13 * n)] for n in range(20))]), 20
    ),
    "timestamps as text": Sender(
        rows([["订单号", "下单时间"], *([f"A{n}", f"2024-11-{n + 1:02} 10:2{n % 10}:33.5"] for n in range(20))]), 20
    ),
    "times of day": Sender(rows([["单号", "时刻"], *([f"A{n}", datetime.time(9, n)] for n in range(5))]), 0, rejects=5),
    "title over all columns": Sender(
        rows([["门店销售月报"], HEADER, *MONTH_ROWS], merges=["A1:D1"]), 8, holds=("店号", [r[1] for r in MONTH_ROWS])
    ),
    "title and unit": Sender(rows([["门店销售月报", None, None, "单位：元"], [], HEADER, *MONTH_ROWS]), 8),
    "a form above": Sender(
        rows([["填报单位", "北京分公司"], ["填报人", "甲"], ["填报日期", DAY], [], HEADER, *MONTH_ROWS]), 8
    ),
    "header in row 23": Sender(rows([*([f"说明第{n}行，请勿修改"] for n in range(22)), HEADER, *MONTH_ROWS]), 8),
    "header in row 60": Sender(rows([*([f"说明第{n}行，请勿修改"] for n in range(59)), HEADER, *MONTH_ROWS]), 8),
    "years as headers": Sender(
        rows([["地区", 2019, 2020, 2021, 2022], ["北京", 1.5, 2, 3, 4], ["上海", 1, 2, 3, 4], ["天津", 1, 2, 3, 4]]), 12
    ),
    "years below a title": Sender(
        rows([["分地区销售"], ["地区", *range(2015, 2025)], *([c, *range(10)] for c in "甲乙丙丁")]), 40
    ),
    "months as headers": Sender(
        rows([["科目", *(DAY.replace(month=m) for m in range(1, 13))], *([s, *range(12)] for s in ("收入", "成本"))]),
        24,
    ),
    "days as headers": Sender(rows([["姓名", *range(1, 31)], *([f"员工{n}", *([8] * 30)] for n in range(5))]), 5),
    "two merged header rows": Sender(
        rows(
            [
                ["代码", "名称", "地址", None],
                [None, None, "省", "市"],
                ["0001", "甲", "京", "北京"],
                ["0002", "乙", "沪", "上海"],
            ],
            merges=["A1:A2", "B1:B2", "C1:D1"],
        ),
        2,
        holds=("地址_市", ["北京", "上海"]),
    ),
    "groups above the header": Sender(
        rows(
            [
                ["基本情况", None, "金额", None],
                ["代码", "名称", "收入", "成本"],
                *([f"0{n}", f"甲{n}", n, n] for n in range(5)),
            ],
            merges=["A1:B1", "C1:D1"],
        ),
        5,
    ),
    **{
        f"a total called {word}": Sender(rows(_totals(word)), 8)
        for word in ("合计", "总计", "合　计：", "汇总", "共计", "Total", "Grand Total", "TOTAL:")
    },
    "subtotals of groups": Sender(
        rows(
            [
                ["名称", "代码", "金额"],
                *(["甲", "0001", 100.5], ["甲", "0001", 7.25], ["甲 汇总", None, 107.75]),
                *(["乙", "0002", 1], ["乙 汇总", None, 1], ["总计", None, 108.75]),
            ]
        ),
        3,
    ),
    "remarks that end with a total word": Sender(
        rows([[*HEADER, "备注"], *([*row, "含补缴合计"] for row in MONTH_ROWS)]), 8
    ),
    "blanks in a key": Sender(
        rows([HEADER, *([*row[:1], None if n == 3 else row[1], *row[2:]] for n, row in enumerate(MONTH_ROWS))]), 8
    ),
    "a month that is blank once": Sender(rows([["月度", "代码", "金额"], ["202411", "0001", 5], [None, "0002", 6]]), 2),
    "blanks in every column": Sender(
        rows([["代码", "名称"], ["0001", None], ["0002", "乙"], ["0003", "丙"], [None, "丁"]]), 4
    ),
    "figures alone": Sender(rows([["收入", "成本"], [1.5, 2.5], [3.5, 4.5], [3.5, 4.5]]), 3),
    "a hidden first sheet": Sender(_hidden_first, 8),
    "a cover first": Sender(_cover_first, 8),
    "hidden rows and columns": Sender(_hidden_rows_and_columns, 8),
    "two currencies": Sender(
        rows([["币种", "单号", "金额"], ["CNY", "A1", "¥1,000.00"], ["USD", "A2", "$ 200.00"], ["CNY", "A3", "¥3.00"]]),
        3,
    ),
    "rates": Sender(rows([["店号", "完成率"], *([f"{n:04}", n / 10] for n in range(9))], formats={"B": "0.00%"}), 9),
    "rates as text": Sender(rows([["店号", "完成率"], *([f"{n:04}", f"{n}.5%"] for n in range(9))]), 9),
    "booleans": Sender(
        rows([["店号", "是否直营", "营业", "flag"], *([f"{n:04}", "是", n % 2 == 0, "Y"] for n in range(9))]), 9
    ),
    "empty columns": Sender(
        rows([["店号", "备用1", "店名", "备用2", None], *([f"{n:04}", None, f"店{n}", None, None] for n in range(9))]),
        9,
    ),
    "columns without header": Sender(
        rows([["店号", None, "店名"], *([f"{n:04}", "x", f"店{n}"] for n in range(9))]), 9
    ),
    "repeated headers": Sender(
        rows([["店号", "金额", "金额", "店号"], *([f"{n:04}", n, n * 2, f"{n:04}"] for n in range(9))]), 9
    ),
    "a header that is repeated in the body": Sender(rows([HEADER, *MONTH_ROWS, HEADER, *MONTH_ROWS]), 16),
    "300 columns": Sender(
        rows([["店号", *(f"指标{n}" for n in range(299))], *([f"{m:04}", *range(299)] for m in range(5))]), 5
    ),
    "300 columns of text": Sender(
        rows([["店号", *(f"说明{n}" for n in range(299))], *([f"{m:04}", *["无甚可说"] * 299] for m in range(5))]), 5
    ),
    "long texts": Sender(rows([["编号", "说明"], *([f"A{n}", LONG * n] for n in range(1, 9))]), 8),
    "long texts alone": Sender(rows([["说明"], *([f"{n}{LONG * 20}"] for n in range(1, 9))]), 8),
    "line breaks and blanks": Sender(
        rows([["店\n号", " 店　名 "], *([f" {n:04} ", f"店\n{n}\u00a0"] for n in range(9))]), 9
    ),
    "emoji": Sender(rows([["编号", "心情 😀"], *([f"A{n}", "👍🏽 很好"] for n in range(9))], sheet="表📊"), 9),
    "words of SQL": Sender(
        rows([KEYWORDS, *([f"{word}{n}" for word in KEYWORDS] for n in range(5))], sheet="order"), 5
    ),
    "hostile headers": Sender(
        rows([HOSTILE, *([f"值{n}{m}" for m in range(len(HOSTILE))] for n in range(5))], sheet="a%s'b\"c"), 5
    ),
    "headers that are one when cut": Sender(
        rows([["编号", *("很" * 30 + c for c in "甲乙丙")], *([f"A{n}", n, n, n] for n in range(5))]), 5
    ),
    "error cells": Sender(
        rows([["店号", "额"], ["0001", 1.5], ["0002", "#REF!"], ["0003", "#N/A"], ["0004", 2.5]]), 2, rejects=2
    ),
    "formulas without values": Sender(
        rows([["店号", "额"], *([f"{n:04}", n if n else "=1+1"] for n in range(5))]), 4, rejects=1
    ),
    "a bad cell in a hundred": Sender(
        rows([["店号", "额"], *([f"{n:04}", "约三千" if n == 50 else n + 0.5] for n in range(100))]), 99, rejects=1
    ),
    "a footnote": Sender(rows([HEADER, *MONTH_ROWS, [], ["注：本表未经审计"]]), 8, rejects=1),
    "a footnote below a total": Sender(rows([*_totals("合计"), ["制表人：甲"], ["复核人：乙"]]), 8, rejects=2),
    "a footnote below texts": Sender(
        rows([["名称", "城市", "电话"], *([f"店{n}", "北京", f"010-{n}"] for n in range(8)), ["注：以实际为准"]]),
        8,
        rejects=1,
    ),
    "two header rows that are not merged": Sender(
        rows(
            [
                ["代码", "名称", "地址", None],
                [None, None, "省", "市"],
                *([f"0{n}", f"甲{n}", "京", "北京"] for n in range(8)),
            ]
        ),
        8,
        holds=("地址_市", ["北京"] * 8),
    ),
    "blank rows between": Sender(rows([HEADER, *(line for row in MONTH_ROWS for line in (row, []))]), 8),
    "numbers too large": Sender(rows([["编号", "数"], *([f"A{n}", 10**14 * n] for n in range(1, 9))]), 8),
    "many decimals": Sender(rows([["编号", "权重"], *([f"A{n}", 1 / n] for n in range(1, 9))]), 8),
    "brackets and dashes": Sender(
        rows([["编号", "金额"], ["A1", "(1,234.50)"], ["A2", "-"], ["A3", "—"], ["A4", 7]]), 4
    ),
    "pivot blanks": Sender(rows([["编号", "城市"], ["A1", "(空白)"], ["A2", "北京"], ["A3", "(blank)"]]), 3),
    "row numbers": Sender(rows([["序号", "姓名", "部门"], *([n, f"员工{n}", "财务"] for n in range(1, 9))]), 8),
    "few values": Sender(rows([["编号", "类型"], *([f"A{n}", "直营" if n % 3 else "加盟"] for n in range(40))]), 40),
    "merged labels": Sender(
        rows(
            [["大区", "店号", "额"], *(["华东" if n in (0, 4) else None, f"{n:04}", n] for n in range(8))],
            merges=["A2:A5", "A6:A9"],
        ),
        8,
        holds=("大区", ["华东"] * 8),
    ),
    "dates beside words": Sender(
        rows([["编号", "到期"], *([f"A{n}", DAY if n % 2 else "长期"] for n in range(10))]), 5, rejects=5
    ),
}
