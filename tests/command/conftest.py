"""A workspace as `wdh demo` writes it, smaller, and the command as a user runs it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wdh.command.main import main as tool_command
from wdh.command.run import main as job_command
from wdh_annuity_performance import demo

ROWS = 300


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a configuration and three months of workbooks, and a database with the tables they need."""

    folder: Path
    database: Any

    @property
    def config(self) -> Path:
        return self.folder / "data_sources.yml"

    def job(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run ``wdh-run`` for annuity_performance on this workspace's database."""
        places = ["--config", str(self.config), "--data-dir", str(self.folder)]
        return self.run(job_command, "--domain", "annuity_performance", *places, *arguments, environment=environment)

    def tool(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run ``wdh``."""
        return self.run(tool_command, *arguments, environment=environment)

    def run(self, command: Any, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        variables = {"WDH_DATABASE__URI": self.database.dsn, "COLUMNS": "200"} | dict(environment or {})
        result = CliRunner().invoke(command, arguments, env=variables)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change the text of the configuration; it must come out different."""
        before = self.config.read_text(encoding="utf-8")
        after = change(before)
        assert after != before
        self.config.write_text(after, encoding="utf-8")

    def without_refs(self) -> None:
        """Take the refs block out of the configuration."""
        self.rewrite(lambda text: re.sub(r"\n    refs:\n(      .*\n)+", "\n", text))

    def create_tables(self) -> None:
        """Create the domain's tables under the names of the configuration."""
        ddl = self.tool("ddl", "annuity_performance", "--config", str(self.config))
        assert ddl.code == 0, ddl.err
        self.database.execute(ddl.out)

    def contents(self, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the tables but what differs from run to run: identities and times."""
        found = {}
        for table in tables or ("规模明细", "年金计划", "组合计划"):
            rows = self.database.rows(f"SELECT to_jsonb(t) FROM {table} t")
            volatile = ("created_at", "updated_at", "annuity_performance_id", "annuity_plans_id", "portfolio_plans_id")
            found[table] = sorted(
                (tuple((name, row[name]) for name in sorted(row) if name not in volatile) for (row,) in rows), key=repr
            )
        return found


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deliveries")
    demo.write_workbooks(folder, rows=ROWS)
    return folder


@pytest.fixture
def bare_workspace(tmp_path: Path, deliveries: Path, database: Any) -> Workspace:
    """A workspace whose database is still empty."""
    folder = tmp_path / "数据 采集"
    shutil.copytree(deliveries, folder)
    workspace = Workspace(folder, database)
    workspace.config.write_text(demo.write_configuration("annuity_performance"), encoding="utf-8")
    return workspace


@pytest.fixture
def workspace(bare_workspace: Workspace) -> Workspace:
    """A workspace with its tables."""
    bare_workspace.create_tables()
    return bare_workspace
