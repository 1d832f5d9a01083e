"""docs/questions.md: the run is done, and what the page answers with is what is printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from support.scripts import DOCS
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.testing.database import Database

PAGE = (DOCS / "questions.md").read_text(encoding="utf-8")
(CONFIGURATION,) = re.findall(
    r"^```yaml\n(.*?)^```$", (DOCS / "mending.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
ANSWERS = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
CONSOLES = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith(("| 2024-11", "| total"))]


def test_each_question_is_answered_by_what_is_printed(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    cells = [
        [int(cell) if cell in ("10", "20", "40", "50", "100") else cell or None for cell in map(str.strip, row)]
        for row in ROWS
    ]
    write_rows(tmp_path / "sales.xlsx", [["month", "shop", "city", "amount"], *cells], sheet="sales")
    workspace = Workspace(tmp_path, database)
    workspace.create_tables("sales")
    first, again, history = CONSOLES
    assert len(re.findall("^## ", PAGE, re.MULTILINE)) == 10
    words = shlex.split(first.removeprefix("$ wdh-run "))
    ended = workspace.job(words[1], *words[2:], environment={"COLUMNS": "400"})
    assert ended.code == 20
    printed = [*ended.out.splitlines(), *ended.err.splitlines()]
    assert ANSWERS
    assert [line for answer in ANSWERS for line in answer.splitlines() if line not in printed] == [], ended.out
    words = shlex.split(again.splitlines()[0].removeprefix("$ wdh-run "))
    printed = workspace.job(words[1], *words[2:], environment={"COLUMNS": "400"}).out.splitlines()
    assert [line for line in again.splitlines()[1:] if line not in printed] == []
    assert history.splitlines()[1] in workspace.tool("history").out
