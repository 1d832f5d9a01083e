"""Starting is quick because nothing is imported that is not needed."""

from __future__ import annotations

import subprocess
import sys

import pytest


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
