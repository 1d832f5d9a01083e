"""A domain that data_sources.yml declares, its workbooks, its warehouse, and the commands as a user runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.workbooks import write_rows
from support.workspaces import Ended, Workspace

from wdh.testing.database import Database

CONFIGURATION = """
domains:
  pay:
    pattern: '(?P<year>\\d{{4}})-(?P<month>\\d\\d) pay'
    sheet: pay
    table: pay
    pk: {pk}
{more}    columns:
      month: {{kind: month, required: true}}
      store: {{kind: code, width: 4, required: true}}
      day: date
      name: text
      Net Pay: {{kind: amount, scale: 2}}
      bonus: {{kind: amount, scale: 2, default: 0}}
"""
HEADER = ("month", "store", "day", "name", "Net Pay", "bonus")


@dataclass(frozen=True, slots=True)
class Payroll:
    """The folder and its database."""

    workspace: Workspace

    def configure(self, *more: str, pk: str = "[month]") -> None:
        """Write the configuration, with ``more`` lines for the domain, and create its tables."""
        lines = "".join(f"    {line}\n" for line in more)
        self.workspace.config.write_text(CONFIGURATION.format(pk=pk, more=lines), encoding="utf-8")

    def create(self) -> None:
        """Create the table as ``wdh ddl`` says."""
        self.workspace.create_tables("pay")

    def write(self, rows: Sequence[Sequence[Any]], *, header: Sequence[str] = HEADER) -> None:
        """Write the workbook."""
        write_rows(self.workspace.folder / "2024-11 pay.xlsx", [header, *rows], sheet="pay")

    def run(self, *arguments: str) -> Ended:
        """Run wdh-run --execute."""
        return self.workspace.job("pay", "--execute", *arguments)

    def load(self, rows: Sequence[Sequence[Any]], *arguments: str, header: Sequence[str] = HEADER) -> Ended:
        """Write the workbook and load it."""
        self.write(rows, header=header)
        return self.run(*arguments)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse."""
        return self.workspace.database.rows(question)


@pytest.fixture
def payroll(tmp_path: Path, database: Database) -> Payroll:
    made = Payroll(Workspace(tmp_path, database))
    made.configure()
    made.create()
    return made
