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
        [sys.executable, "-X", "importtime", "-c", "from wdh.command.job import main; main()", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in imported
    assert imported.isdisjoint(heavy)
