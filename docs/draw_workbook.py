"""Draws docs/images/red-workbook.png and red-workbook-summary.png: a workbook with 40 faults as it goes back.

Usage: ``python docs/draw_workbook.py``, with LibreOffice and pdftoppm. The workbook is invented; the run is a real one,
without a database.
"""

from __future__ import annotations

import subprocess
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from wdh.command.run import main as wdh_run

IMAGES = Path(__file__).parent / "images"
SHEET = "门店销售"
HEADER = (
    "月度",
    "门店代码",
    "门店名称",
    "城市",
    "类型",
    "开业日期",
    "结算时间",
    "面积",
    "销售额",
    "毛利率",
    "营业",
    "人数",
    "系数",
)
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
      门店代码: {kind: code, width: 4, required: true}
      门店名称: {kind: text, required: true, max_length: 12}
      城市: {kind: choice, values: [北京, 上海, 广州, 深圳], required: true}
      类型: {kind: choice, values: [直营, 加盟]}
      开业日期: date
      结算时间: datetime
      面积: {kind: amount, scale: 1, range: [10, 5000]}
      销售额: {kind: amount, scale: 2, required: true}
      毛利率: percent
      营业: boolean
      人数: integer
      系数: {kind: amount, scale: 4}
    checks:
      unique: [[月度, 门店代码]]
"""
FAULTS: dict[str, dict[int, Any]] = {
    "A": {4: "十三月", 7: 2024.1, 12: None, 20: 189912, 26: True},
    "B": {5: "12\n13", 9: 3.5, 14: -7, 18: None, 23: "①2", 28: 12345678901234567},
    "C": {6: None, 15: "一个非常非常长的门店名称不止十二个字", 21: date(2024, 11, 3), 27: "#N/A"},
    "D": {8: "东京", 16: None, 24: "北 京市"},
    "E": {5: "联营", 19: "直赢"},
    "F": {7: "2024-02-30", 13: "下周", 22: "03/04/2024", 29: 0.5},
    "G": {10: "昨天", 17: "2024-11-30T10:00:00Z", 25: "25:61"},
    "H": {11: 3, 18: 99999, 26: "约120"},
    "I": {6: "一千二百", 12: "1,23", 17: "USD 500", 23: None, 30: "#DIV/0!"},
    "J": {9: "高", 21: "12..5%"},
    "K": {14: "也许"},
    "L": {16: 2.5, 28: "若干"},
}
"""The cells with faults, by column and row."""


def main() -> None:
    """Run over the workbook and draw what goes back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_workbook(folder / "2024年11月门店销售.xlsx")
        (folder / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
        out = folder / "out"
        words = ["--domain", "sales", "--config", str(folder / "data_sources.yml"), "--data-dir", str(folder)]
        result = CliRunner().invoke(wdh_run, [*words, "--report-dir", str(out)])
        if result.exit_code != 3:
            raise SystemExit(result.output)
        draw(next(out.glob("mend-*.xlsx")), folder)


def write_workbook(path: Path) -> None:
    """Write a workbook of 28 rows as people make them, with the faults in it."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = SHEET
    page["A1"] = "2024年11月门店销售明细"
    page["A1"].font = Font(size=16, bold=True)
    page.merge_cells("A1:M1")
    thin = Side("thin", color="FFBFBFBF")
    for row in range(2, 31):
        values = HEADER if row == 2 else make_row(row)
        for column, value in enumerate(values, start=1):
            cell = page.cell(row, column)
            cell.value = FAULTS.get(cell.column_letter, {}).get(row, value)
            cell.border = Border(thin, thin, thin, thin)
            if row == 2:
                cell.font, cell.fill = Font(bold=True, color="FFFFFFFF"), PatternFill("solid", fgColor="FF1F4E78")
                cell.alignment = Alignment(horizontal="center")
    for letter, width in zip("ABCDEFGHIJKLM", (9, 10, 20, 8, 8, 12, 19, 9, 13, 9, 8, 8, 9), strict=True):
        page.column_dimensions[letter].width = width
    for (cell,) in page["I3:I30"]:
        cell.number_format = "#,##0.00"
    for (cell,) in page["F3:F30"]:
        cell.number_format = "yyyy-mm-dd"
    page.freeze_panes = "C3"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 1
    page.sheet_properties.pageSetUpPr.fitToPage = True
    book.save(path)


def make_row(row: int) -> tuple[Any, ...]:
    """Invent a row without faults."""
    city = ("北京", "上海", "广州", "深圳")[row % 4]
    shop = f"{city}{'一二三四五六七'[row % 7]}店"
    opened, closed = date(2015 + row % 9, 1 + row % 12, 1 + row % 28), f"2024-11-30 18:{row:02d}:00"
    kind, trade = ("直营", "加盟")[row % 2], "是" if row % 5 else "否"
    return (
        202411,
        f"{row:04d}",
        shop,
        city,
        kind,
        opened,
        closed,
        80 + row * 3.5,
        row * 12345.67,
        0.2,
        trade,
        row,
        1.05,
    )


def draw(path: Path, folder: Path) -> None:
    """Draw the first pages of the data and of the summary."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    office = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder), str(path)]
    subprocess.run(office, check=True, capture_output=True)  # noqa: S603 - both are ours
    IMAGES.mkdir(exist_ok=True)
    for number, (name, height) in enumerate((("red-workbook", 450), ("red-workbook-summary", 750)), start=1):
        part = ["-x", "60", "-y", "90", "-W", "1090", "-H", str(height)]
        pages = ["-f", str(number), "-l", str(number), "-singlefile", "-r", "110", *part, "-png"]
        command = ["pdftoppm", *pages, str(folder / f"{path.stem}.pdf"), str(IMAGES / name)]
        subprocess.run(command, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
