"""The program has a helper ready, which shares workbooks that are not worth the start of another one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.sales import HEADER, Sales
from support.workbooks import write_sheets

PROGRAM = """
import os, sys
from pathlib import Path
from wdh.command.run import main
from wdh.intake import sharing
from wdh.process import helper
helper.count_processors = lambda: int(os.environ["PROCESSORS"])
collect = sharing._collect_apart
def tell(*words):
    Path(os.environ["TOLD"], str(os.getpid())).touch()
    yield from collect(*words)
sharing._collect_apart = tell
main()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Sales:
    """A workbook of 12,000 rows, some of which are odd, above and below the cut."""
    made = Sales(tmp_path_factory.mktemp("sales") / "sales")
    rows: list[list[Any]] = [
        ["2024-01", number % 40, f"店{number % 40}", "长" * 20, number / 4] for number in range(12_000)
    ]
    for place in (7, 5_990, 6_010, 11_000):
        rows[place][4] = "viel"
    rows[9_000:9_000] = [[None] * 5, HEADER, ["合计", "合计", None, None, 1.0]]
    write_sheets(made.folder / "2024年01月_sales.xlsx", {"明细": [HEADER, *rows]})
    return made


def plan(sales: Sales, told: Path, *words: str, processors: int = 2) -> Any:
    """Plan by the program; give its report without what a clock decides, and how many helpers took rows."""
    told.mkdir()
    command = [sys.executable, "-c", PROGRAM, "--domain", "sales", "--config", str(sales.config), "--output", "json"]
    command += ["--data-dir", str(sales.folder), "--max-rejects", "10", "--dsn", "host=127.0.0.1 port=1", *words]
    environment = {**os.environ, "TOLD": str(told), "PROCESSORS": str(processors)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    del report["seconds"], report["stages"]
    return report, len([*told.iterdir()])


def test_a_workbook_of_a_usual_size_is_shared(sales: Sales, tmp_path: Path) -> None:
    alone, helpers = plan(sales, tmp_path / "alone", "--workers", "1")
    assert helpers == 0
    assert len(alone["rejects"]) == 4
    assert plan(sales, tmp_path / "auto") == (alone, 1)
    assert plan(sales, tmp_path / "three", "--workers", "3") == (alone, 1)
    assert plan(sales, tmp_path / "one", processors=1) == (alone, 0)
