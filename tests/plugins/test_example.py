"""examples/wdh_watch: its own tests pass, and a run with it does what its page says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.distributions import write_distribution
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.testing.database import Database, Server

pytestmark = pytest.mark.once

EXAMPLE = Path(__file__).parents[2] / "examples" / "wdh_watch"
POINTS = {"wdh.plugins": {"cost_centres": "wdh_watch.cost_centres", "messages": "wdh_watch.messages"}}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on sys.path in which the example is installed."""
    import sys

    folder = tmp_path / "site"
    modules = {f"wdh_watch.{path.stem}": path.read_text(encoding="utf-8") for path in _modules()}
    write_distribution(folder, "wdh-watch", entry_points=POINTS, modules=modules)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    yield folder
    for name in [name for name in sys.modules if name.startswith("wdh_watch")]:
        del sys.modules[name]


def _modules() -> list[Path]:
    return [path for path in (EXAMPLE / "wdh_watch").glob("*.py") if path.stem != "__init__"]


@pytest.mark.usefixtures("site")
def test_its_own_tests_pass(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, postgres_server: Server
) -> None:
    monkeypatch.setenv("WDH_TEST_DSN", postgres_server.dsn)
    shutil.copytree(EXAMPLE / "tests", pytester.path / "tests")
    known = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    result = pytester.runpytest_inprocess("-W", "error", "-W", known, "-p", "no:cacheprovider", "tests")
    result.assert_outcomes(passed=22)


@pytest.mark.usefixtures("site")
def test_a_run_with_it_keeps_a_closed_cost_centre_out(tmp_path: Path, database: Database) -> None:
    shutil.copy(EXAMPLE / "data_sources.yml", tmp_path)
    rows: list[list[Any]] = [["月度", "成本中心", "金额"], [202411, "0100", 12.5], [202411, "0200", 3]]
    write_rows(tmp_path / "2024年11月费用.xlsx", rows, sheet="费用")
    workspace = Workspace(tmp_path, database)
    workspace.create_tables("expenses")
    database.execute('CREATE TABLE "成本中心" ("代码" text, "已关闭" boolean)')
    database.execute("INSERT INTO \"成本中心\" VALUES ('0100', false), ('0200', true)")
    report = workspace.report("expenses", "--execute")
    reason = "cost centres of expenses that take no facts: 0200 (closed)"
    assert report["facts"] == {"loaded": False, "inserted": None, "vetoed": [f"{reason} (wdh-watch 1.2.0)"]}
    assert [each["plugin"] for each in report["plugins_off"]] == ["messages"]
    database.execute('UPDATE "成本中心" SET "已关闭" = false')
    assert workspace.report("expenses", "--execute")["facts"]["inserted"] == 2
