"""A domain of shops with its package, a delivery and a warehouse; plans of it are approved and applied."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from textwrap import dedent
from typing import Any

from psycopg2.extensions import make_dsn

from support.distributions import write_distribution
from support.workbooks import write_rows
from support.workspaces import Ended, Workspace
from wdh.testing.database import Database

KEY = "a key of more than thirty-two bytes, for tests"
MONTH = datetime.date(2024, 11, 1)
SOURCE = """
from wdh import Facts, hookimpl

@hookimpl
def transform(batch):
    names = ("月", "店", "名", "额")
    return Facts.from_rows(
        row.fact({name: row[name].date() if name == "月" else row[name] for name in names}) for row in batch.rows()
    )
"""
CONFIG = """
domains:
  shops:
    pattern: 销售
    sheet: 销售
    schema: public
    table: 销售
    pk: [月, 店]
    refs:
      shops:
        {schema: public, table: 店铺, key: [店], updatable: [名], mode: insert_and_fill, columns: {店: 店, 名: 名}}
"""
TABLES = """
DROP SCHEMA IF EXISTS public CASCADE;
CREATE SCHEMA public;
CREATE TABLE 店铺 (店 text PRIMARY KEY, 名 text, 区 text);
CREATE TABLE 销售 (月 date, 店 text NOT NULL, 名 text, 额 numeric(12,2));
CREATE TABLE 目标 (店 text, 月 date);
INSERT INTO 店铺 VALUES ('S1', NULL, '北'), ('S2', '旧名', '南'), ('S9', '别处', '西');
INSERT INTO 销售 VALUES ('2024-11-01', 'S1', '一', 10), ('2024-11-01', 'S1', '一', 20), ('2024-11-01', 'S9', '九', 5),
                       ('2024-10-01', 'S1', '一', 7);
"""
TRAFFIC = ("销售", "店铺", "目标", "wdh_runs")


@dataclass(frozen=True, slots=True)
class Booth:
    """Where a plan is made, approved and applied. ``site`` has the package of the domain."""

    workspace: Workspace
    site: Path
    random: Random

    @property
    def database(self) -> Database:
        return self.workspace.database

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    @property
    def plan(self) -> Path:
        """The file of the plan."""
        return self.site.parent / "plan.json"

    @property
    def document(self) -> dict[str, Any]:
        """What is in it."""
        document: dict[str, Any] = json.loads(self.plan.read_text(encoding="utf-8"))
        return document

    def deliver(self, *, name: str = "销售.xlsx", more: int = 0) -> None:
        """Write the workbook; ``more`` is added to one amount."""
        rows = [["月", "店", "名", "额"], *([MONTH, f"S{shop}", f"店{shop}", 100 * shop] for shop in (1, 2, 3, 4))]
        rows[2][3] = 200 + more
        write_rows(self.folder / name, rows, sheet="销售")

    def install(self, *, version: str = "1.2.0", source: str = SOURCE) -> None:
        """Install the package of the domain, instead of the version that is there."""
        for old in self.site.glob("wdh_shops-*.dist-info"):
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
        write_distribution(
            self.site,
            "wdh-shops",
            version=version,
            entry_points={"wdh.domains": {"shops": "wdh_shops"}},
            modules={"wdh_shops": dedent(source)},
        )

    def configure(self, old: str, new: str) -> None:
        """Write something else into the configuration."""
        text = self.workspace.config.read_text(encoding="utf-8")
        assert old in text
        self.workspace.config.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run ``wdh-run`` as if in a new process."""
        self.forget()
        return self.workspace.job("shops", *arguments, environment={"SIGN": KEY, **(environment or {})})

    def write_plan(self, *arguments: str) -> None:
        """Write the plan down; it must succeed."""
        ended = self.run("--plan-out", str(self.plan), *arguments)
        assert ended.code == 0, ended.err + ended.out

    def apply(self, *arguments: str) -> Ended:
        """Apply the plan that was approved."""
        return self.run("--approved", str(self.plan), *arguments)

    def contents(self) -> dict[str, list[str]]:
        """Give all rows of all tables; a ledger that is not there has none."""
        return {table: self._rows(table) for table in TRAFFIC}

    def _rows(self, table: str) -> list[str]:
        if self.database.rows("SELECT to_regclass(%s)", (table,)) == [(None,)]:
            return []
        return sorted(str(row[0]) for row in self.database.rows(f'SELECT t::text FROM "{table}" t'))

    def dsn_of(self, role: str) -> str:
        """Give the address by which the rights are those of ``role``."""
        return str(make_dsn(**{**self.database.parameters, "options": f"-c role={role}"}))

    def forget(self) -> None:
        """Forget what was imported from the site, and what Python compiled of it."""
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(str(self.site)):
                del sys.modules[name]
        for compiled in self.site.rglob("*.pyc"):
            compiled.unlink()


@contextmanager
def open_booth(folder: Path, database: Database, *, seed: int = 0) -> Iterator[Booth]:
    """Make everything anew in an empty folder and a database; the package can be imported for the time."""
    site, data = folder / "site", folder / "data"
    site.mkdir(parents=True)
    data.mkdir()
    booth = Booth(Workspace(data, database), site, Random(seed))  # noqa: S311 - the cases of a test, not a secret
    booth.workspace.config.write_text(CONFIG, encoding="utf-8")
    booth.install()
    booth.deliver()
    database.execute(TABLES)
    sys.path.insert(0, str(site))
    try:
        yield booth
    finally:
        booth.forget()
        sys.path.remove(str(site))
