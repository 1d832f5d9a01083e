"""A stranger's domain of shops, written for one test, with a workbook and a warehouse: run as an operator runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from support.distributions import write_distribution
from support.workbooks import write_rows
from support.workspaces import Ended, Workspace

from wdh.testing.database import Database

ROOT = Path(__file__).parents[2]
HEAD = "from wdh import Facts, Target, hookimpl\n"
TRANSFORM = """
@hookimpl
def transform(batch):
    return Facts.from_rows(row.fact({"店": row["店"], "额": row["额"]}) for row in batch.rows())
"""
CONFIG = "domains:\n  shops: {pattern: 销售, sheet: 销售, schema: public, table: 销售, pk: [店]}\n"


@dataclass(frozen=True, slots=True)
class Shop:
    """A domain ``shops`` whose source a test writes, its workbook, and its database with the table 销售."""

    site: Path
    workspace: Workspace

    @property
    def database(self) -> Database:
        return self.workspace.database

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    def install(self, source: str, *, name: str = "shops", group: str = "wdh.domains", **modules: str) -> None:
        """Install ``wdh-NAME`` 1.2.0 with an entry NAME of the group, or write its modules anew."""
        every = {f"wdh_{name}": HEAD + dedent(source), **modules}
        if (self.site / f"wdh_{name}-1.2.0.dist-info").exists():
            for module, text in every.items():
                (self.site / f"{module.replace('.', '/')}.py").write_text(dedent(text), encoding="utf-8")
        else:
            points = {group: {name: f"wdh_{name}"}}
            write_distribution(self.site, f"wdh-{name}", entry_points=points, modules=every)

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run ``wdh-run`` as if in a new process: nothing of the site is imported yet."""
        forget(self.site)
        return self.workspace.job("shops", "--output", "json", *arguments, environment=environment)

    def spawn(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run ``wdh-run`` in a process of its own."""
        places = ["--config", str(self.workspace.config), "--data-dir", str(self.folder)]
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("WDH_", "PG"))}
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from wdh.command.run import main; main()",
                "--domain",
                "shops",
                "--output",
                "json",
                *places,
                *arguments,
            ],
            env=variables
            | {"PYTHONPATH": str(self.site), "WDH_DATABASE__URI": self.database.dsn, "PYTHONUTF8": "1"}
            | dict(environment or {}),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def facts(self) -> list[tuple[Any, ...]]:
        return self.database.rows('SELECT 店, 额 FROM "销售" ORDER BY 1, 2')


def forget(site: Path) -> None:
    """Forget what was imported from a folder, and what Python compiled of it."""
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(site.parent)):
            del sys.modules[name]
    for compiled in site.parent.rglob("*.pyc"):
        compiled.unlink()  # a source that changes within a second and keeps its size would be taken for the same


@pytest.fixture
def shop(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    site, folder = tmp_path / "site", tmp_path / "data"
    site.mkdir()
    folder.mkdir()
    monkeypatch.syspath_prepend(str(site))
    (folder / "data_sources.yml").write_text(CONFIG, encoding="utf-8")
    write_rows(folder / "销售.xlsx", [["店", "额"], ["A", 1], ["B", 2]], sheet="销售")
    database.execute('CREATE TABLE "销售" (店 text, 额 numeric)')
    yield Shop(site, Workspace(folder, database))
    forget(site)
