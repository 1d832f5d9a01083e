"""docs/mending.md: the commands are run one after the other, and what they print is what the page shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from support.red_books import mend
from support.scripts import DOCS
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.testing.database import Database

PAGE = (DOCS / "mending.md").read_text(encoding="utf-8")
CONSOLES = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(CONFIGURATION,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if "2024-11 |" in line]


def test_the_commands_print_what_the_page_shows(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    cells = [[*row[:3], int(row[3]) if row[3].isdecimal() else row[3]] for row in ROWS]
    write_rows(tmp_path / "sales.xlsx", [["month", "shop", "city", "amount"], *cells], sheet="sales")
    workspace = Workspace(tmp_path, database)
    workspace.create_tables("sales")
    first, second, third = CONSOLES
    run(workspace, first)
    mend(tmp_path / "back" / "mend-sales.xlsx", "sales", {(3, "city"): "Shanghai", (4, "amount"): 30})
    run(workspace, second)
    run(workspace, third)
    assert database.rows("select sum(amount), count(*) from sales") == [(100, 4)]


def run(workspace: Workspace, console: str) -> None:
    command, *lines = console.splitlines()
    words = shlex.split(command.removeprefix("$ wdh-run ").partition(";")[0])
    ended = workspace.job(words[1], *words[2:], environment={"COLUMNS": "400"})
    printed = [*ended.out.splitlines(), f"exit code {ended.code}"]
    assert [line for line in lines if line not in printed] == [], ended.out
