"""Draws docs/images/questions-*.svg and .png: where the ten questions of docs/questions.md find their answers.

Usage: ``python docs/draw_questions.py``, with LibreOffice, pdftoppm, Chromium and the extras pictures and test_pages.
The runs are those of the page, into an embedded server of their own in a temporary folder. A yellow number is that of
the question; the tenth is answered by interrupted-writing.svg (draw_interrupts.py).
"""

from __future__ import annotations

import re
import shlex
import tempfile
from pathlib import Path

from openpyxl import Workbook
from screens import Screens, photograph

DOCS = Path(__file__).parent
LANGUAGES = ("en", "zh")
FIRST = {
    r"^ {2}city {2,}|unknown_choice": "3",
    r"2024-11-01 +amount": "4",
    r"total_unchecked": "5",
    r"files +sales.xlsx|文件 +sales.xlsx": "2",
    r"(facts|事实行) +\"public\".\"sales\"": "1",
    r"(warehouse|数据仓库) +\S*(embedded|内置)": "8",
    r"mend-sales.xlsx": "6",
}
AGAIN = {r"(facts|事实行) +\"public\".\"sales\"": "7"}
HISTORY = {r"sales +": "9"}


def main() -> None:
    """Do what the page does, in both languages."""
    page = (DOCS / "questions.md").read_text("utf-8")
    first, again, history = re.findall(r"^```console\n\$ (.*)$", page, re.MULTILINE)
    (configuration,) = re.findall(r"^```yaml\n(.*?)^```$", (DOCS / "mending.md").read_text("utf-8"), re.M | re.S)
    for language in LANGUAGES:
        with tempfile.TemporaryDirectory(prefix="wdh-") as name:
            folder = Path(name)
            (folder / "data_sources.yml").write_text(configuration, encoding="utf-8")
            write_workbook(folder / "sales.xlsx", page)
            screens = Screens(folder, language=language)
            screens.run(["sh", "-c", "wdh ddl sales | wdh psql --quiet -f -"])
            end = "" if language == "en" else f"-{language}"
            screens.draw(f"questions-run{end}", shlex.split(first), height=80, marks=FIRST)
            screens.draw(f"questions-again{end}", shlex.split(again), height=12, marks=AGAIN)
            screens.draw(f"questions-history{end}", shlex.split(history), marks=HISTORY)
            report = folder / "back" / "report.html"
            report.write_text(report.read_text("utf-8").replace(name, "/home/analyst"), encoding="utf-8")
            locale = "en-US" if language == "en" else "zh-CN"
            photograph(report, {f"questions-page{end}": (locale, "light", 1100, 900)})


def write_workbook(path: Path, page: str) -> None:
    """Write the table of the page as a workbook."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "sales"
    sheet.append(["month", "shop", "city", "amount"])
    for line in re.findall(r"^\| (?:2024-11|total).*$", page, re.MULTILINE):
        cells = (cell.strip() for cell in line.strip("|").split("|"))
        sheet.append([int(cell) if re.fullmatch("[1-9][0-9]*", cell) else cell or None for cell in cells])
    book.save(path)


if __name__ == "__main__":
    main()
