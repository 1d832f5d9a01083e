"""Starting is quick because nothing is imported that is not needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wdh_annuity_performance import demo


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        pytest.param(["--help"], {"psycopg2", "openpyxl", "jsonschema", "ruamel", "structlog", "rich"}, id="help"),
        pytest.param(
            ["--version"], {"psycopg2", "openpyxl", "jsonschema", "ruamel", "structlog", "rich"}, id="version"
        ),
    ],
)
def test_what_needs_no_workbook_and_no_database_imports_nothing_for_them(arguments: list[str], heavy: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from wdh.command.run import main; main()", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in imported
    assert imported.isdisjoint(heavy)


def test_a_plan_imports_nothing_that_only_odd_workbooks_and_faulty_configurations_need(tmp_path: Path) -> None:
    demo.write_performance_workbook(tmp_path / "2024年11月年金终稿数据.xlsx", 200, seed=1)
    (tmp_path / "data_sources.yml").write_text(demo.write_configuration("annuity_performance"), encoding="utf-8")
    program = """
import sys
from wdh.command.run import main
main(["--domain", "annuity_performance", "--reader", "fast"], standalone_mode=False)
"""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program],
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=tmp_path,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "python_calamine_plus" in imported
    assert imported.isdisjoint({"psycopg2", "openpyxl", "jsonschema", "structlog", "rich"})


def test_a_run_without_an_event_of_its_level_does_not_import_what_writes_events() -> None:
    program = """
import sys
from wdh.logs import Log, configure_logs
configure_logs(level="WARNING", form="console")
Log().info("workbook_read")
assert "structlog" not in sys.modules
Log().warning("plugin_failed", hook="run_finished")
assert "structlog" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert "plugin_failed" in done.stderr
    assert "hook=run_finished" in done.stderr
