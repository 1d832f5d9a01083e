"""Draws docs/images/page-*.png: report.html of a real run of `wdh demo`'s workbooks in four forms.

Usage: ``python docs/draw_page.py WORKSPACE``, where WORKSPACE is what ``wdh demo`` wrote, with the extra test_pages and
Chromium. The run finds another warehouse than the demonstration left: facts and references are missing, blanks are
there, and one workbook has cells that cannot be read. Its server is an embedded one of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from openpyxl import load_workbook
from screens import photograph

FORMS = {
    "page-light": ("en-US", "light", 1440, 1180),
    "page-dark-zh": ("zh-CN", "dark", 1440, 1180),
    "page-narrow": ("en-US", "dark", 360, 1400),
    "page-narrow-zh": ("zh-CN", "light", 360, 1400),
}
DOMAIN = "annuity_performance"
OTHERS_AT_WORK = """
DELETE FROM 规模明细 WHERE ctid IN (SELECT ctid FROM 规模明细 WHERE 月度 = '2024-11-01' LIMIT 120);
UPDATE 年金计划 SET 客户名称 = NULL WHERE ctid IN (SELECT ctid FROM 年金计划 ORDER BY 年金计划号 LIMIT 3);
DELETE FROM 组合计划 WHERE ctid IN (SELECT ctid FROM 组合计划 ORDER BY 组合代码 LIMIT 12);
"""


def main() -> None:
    """Load three months, spoil one of them, load it again, and draw the page of that run."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        shutil.copytree(sys.argv[1], workspace)
        photograph(make_report(workspace), FORMS)


def make_report(workspace: Path) -> Path:
    """Run the jobs in a workspace; give the page of the last one."""
    ddl = _call(workspace, "wdh", "ddl", DOMAIN)
    _call(workspace, "wdh", "psql", "--quiet", "-c", ddl)
    for month in ("2024-09", "2024-10", "2024-11"):
        _call(workspace, "wdh-run", "--domain", DOMAIN, "--period", month, "--execute")
    _call(workspace, "wdh", "psql", "--quiet", "-c", OTHERS_AT_WORK)
    spoil(next(workspace.rglob("2024年11月*.xlsx")))
    given = ("--backfill-mode", "insert_and_fill", "--max-rejects", "9", "--execute", "--report-dir", "report")
    _call(workspace, "wdh-run", "--domain", DOMAIN, "--period", "2024-10..2024-11", *given)
    report = workspace / "report" / "report.html"
    page = report.read_text(encoding="utf-8").replace(str(workspace), "/home/analyst")
    report.write_text(page, encoding="utf-8")
    return report


def spoil(path: Path) -> None:
    """Write what no amount, no month and no date can be into some cells of a workbook."""
    book = load_workbook(path)
    cells = {cell.value: cell for row in book["规模明细"].iter_rows(max_row=10) for cell in row}
    for header, row, value in (("期末资产规模", 20, "待补"), ("期末资产规模", 31, "1.234,5"), ("月", 40, 13)):
        cells[header].offset(row=row).value = value
    book.save(path)


def _call(folder: Path, *command: str) -> str:
    environment = {**os.environ, "WDH_EMBEDDED_DIR": str(folder / "warehouse")}
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=folder, capture_output=True, encoding="utf-8", check=False, env=environment
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
