"""Draws what people see of a workbook with forty faults of 38 kinds: the terminal, the red workbook, and the page.

Usage: ``python docs/draw_faults.py``, with LibreOffice, pdftoppm, Chromium and the extra test_pages. The workbook is
invented; the run is a real one into an embedded server of its own, in a temporary folder. It draws
docs/images/faults.svg, red-workbook.png, red-workbook-summary.png and page-faults.png.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from screens import IMAGES, Screens, photograph

SHEET = "门店销售"
FILE = "2024年11月门店销售.xlsx"
LAST_ROW: Final = 63
HEADER = (
    "月度",
    "门店代码",
    "门店名称",
    "城市",
    "大区",
    "开业日期",
    "结算时间",
    "面积",
    "期初库存",
    "进货",
    "销售",
    "期末库存",
    "流水号",
    "累计进货",
    "毛利率",
    "营业",
    "人数",
    "备注",
    "备注",
)
WIDTHS = (9, 20, 22, 8, 8, 12, 22, 9, 13, 11, 11, 12, 9, 12, 9, 8, 8, 12, 8)
CONFIGURATION = """
domains:
  sales:
    pattern: '(?P<year>20[0-9][0-9])年(?P<month>[0-9]{1,2})月.*销售'
    sheet: 门店销售
    schema: public
    table: 门店销售
    pk: [月度, 门店代码]
    columns:
      月度: {kind: month, required: true}
      门店代码: {kind: code, width: 4}
      门店名称: {kind: text, required: true, max_length: 12}
      城市: {kind: choice, values: [北京, 上海, 广州, 深圳], required: true}
      大区: text
      开业日期: {kind: date, formats: ['%d/%m/%Y', '%m/%d/%Y']}
      结算时间: datetime
      面积: {kind: amount, scale: 1, range: [10, 5000]}
      期初库存: {kind: amount, scale: 2, currency: [元, ¥], required: true}
      进货: {kind: amount, scale: 2}
      销售: {kind: amount, scale: 2}
      期末库存: {kind: amount, scale: 2}
      流水号: integer
      累计进货: {kind: amount, scale: 2}
      毛利率: percent
      营业: boolean
      人数: integer
      备注: text
    corrections:
      大区: {mapping: {华北: N, 华东: E, 华南: S}}
    checks:
      unique: 流水号
      increasing: {column: 流水号}
      running: {column: 累计进货, plus: 进货}
      sum_equals: {column: 期末库存, plus: [期初库存, 进货], minus: 销售}
      between: {人数: [1, 200]}
    refs:
      shops:
        schema: public
        table: 门店
        key: [门店代码]
        on_key_conflict: reject
        columns: {门店代码: 门店代码, 门店名称: 门店名称}
"""
FAULTS: Mapping[str, Any] = {
    "A4": "十三月",
    "A5": 2024.1,
    "A6": None,
    "A8": 189912,
    "A9": True,
    "B10": "0012\n0013",
    "B11": 3.5,
    "B12": -7,
    "B14": None,
    "B15": "001①",
    "B16": 12345678901234567,
    "B17": 123456789,
    "C18": None,
    "C20": "一个非常非常长的门店名称不止十二个字",
    "C21": date(2024, 11, 3),
    "C22": "#N/A",
    "C23": "北京_x0000_店",
    "D24": "东京",
    "E27": "西部",
    "F28": "2024-02-30",
    "F29": "03/04/2024",
    "G30": "昨天",
    "G32": "2024-11-30T10:00:00Z",
    "H33": 3,
    "I35": "一千二百",
    "I36": "1,23",
    "I38": "USD 500",
    "J39": "=SUM(J3:J8)",
    "K41": 300,
    "L43": 1,
    "M45": 42,
    "M47": 46,
    "N49": 99,
    "J50": 23.5,
    "P51": "也许",
    "Q52": 2.5,
    "Q53": 900,
    "S54": "停业",
}
"""The cells with faults. Beside them, the merged cell K42, and row 57: it has the code of the shop of row 56."""
FORMATS: Mapping[str, str] = {"B17": "0.00E+00", "J50": '0.0"%"'}
JOB = ("wdh-run", "--domain", "sales")


def main() -> None:
    """Run over the workbook and draw what comes of it."""
    with tempfile.TemporaryDirectory(prefix="wdh-") as name:
        folder = Path(name)
        write_workbook(folder / FILE)
        (folder / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
        screens = Screens(folder)
        screens.run(["sh", "-c", "wdh ddl sales | wdh psql --quiet -f -"])
        screens.draw("faults", [*JOB, "--report-dir", "back"], height=200)
        photograph(
            folder / "back" / "report.html", {"page-faults": ("en-US", "light", 1440, 1900)}, marked=("#rejects",)
        )
        draw_red(next(folder.glob("back/mend-*.xlsx")), folder)


def write_workbook(path: Path) -> None:
    """Write a workbook as people make them, with the faults in it."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = SHEET
    page["A1"] = "2024年11月门店销售明细"
    page["A1"].font = Font(size=16, bold=True)
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADER))
    thin = Side("thin", color="FFBFBFBF")
    for row in range(2, LAST_ROW + 1):
        for column, value in enumerate(HEADER if row == 2 else make_row(row), start=1):
            cell = page.cell(row, column)
            cell.value = value
            cell.border = Border(thin, thin, thin, thin)
            if row == 2:
                cell.font, cell.fill = Font(bold=True, color="FFFFFFFF"), PatternFill("solid", fgColor="FF1F4E78")
                cell.alignment = Alignment(horizontal="center")
            elif HEADER[column - 1] == "开业日期":
                cell.number_format = "yyyy-mm-dd"
            elif 9 <= column <= 14 and column != 13:
                cell.number_format = "#,##0.00"
    for place, fault in FAULTS.items():
        page[place].value = fault
    for place, shown in FORMATS.items():
        page[place].number_format = shown
    page.merge_cells("K41:K42")
    for column, width in enumerate(WIDTHS, start=1):
        page.column_dimensions[get_column_letter(column)].width = width
    page.freeze_panes = "C3"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    book.save(path)


def make_row(row: int) -> tuple[Any, ...]:
    """Invent a row without faults."""
    city = ("北京", "上海", "广州", "深圳")[row % 4]
    stock, bought, sold = row * 1000 + 0.5, 100 + row, 90 + row
    total = sum(100 + each for each in range(3, row + 1))
    return (
        202411,
        f"{row:04d}" if row != 57 else "0056",
        f"{city}{'一二三四五六七'[row % 7]}店",
        city,
        ("华北", "华东", "华南")[row % 3],
        date(2015 + row % 9, 1 + row % 12, 1 + row % 28),
        f"2024-11-30 18:{row % 60:02d}:00",
        80 + row * 3.5,
        stock,
        bought,
        sold,
        stock + bought - sold,
        row,
        total,
        0.2,
        "是" if row % 5 else "否",
        row,
        None,
        None,
    )


def draw_red(path: Path, folder: Path) -> None:
    """Draw the first pages of the data and of the summary."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    office = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder), str(path)]
    subprocess.run(office, check=True, capture_output=True)  # noqa: S603 - both are ours
    for number, (name, height) in enumerate((("red-workbook", 450), ("red-workbook-summary", 750)), start=1):
        part = ["-x", "60", "-y", "90", "-W", "1090", "-H", str(height)]
        pages = ["-f", str(number), "-l", str(number), "-singlefile", "-r", "110", *part, "-png"]
        command = ["pdftoppm", *pages, str(folder / f"{path.stem}.pdf"), str(IMAGES / name)]
        subprocess.run(command, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
