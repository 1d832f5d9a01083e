"""A package that only one test sees, over a table of three rows, run as an operator runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.distributions import write_distribution
from support.sabotages import Sabotage
from support.sabotages.sabotage import HEAD
from support.workspaces import Ended, Workspace

CONFIG = r"""
domains:
  shops: {pattern: 'shops\.csv$', schema: public, table: sales, pk: [a]}
"""
ROWS = "a,b\nx,1\ny,2\nz,3\n"


class NoDatabase:
    """The address of a server that is not there: a plan needs none."""

    dsn = "postgresql://127.0.0.1:1/nowhere"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with packages that only one test sees."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield folder
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


def install(site: Path, name: str, group: str, sabotage: Sabotage) -> None:
    """Install the distribution ``wdh-NAME`` 1.2.0 with the entry point NAME, and a rival where there is one."""
    module = f"wdh_{name}"
    points = {f"wdh.{group}": {name: sabotage.value or module}}
    modules = {module: HEAD + sabotage.source}
    written = write_distribution(site, f"wdh-{name}", entry_points=sabotage.entry_points or points, modules=modules)
    if sabotage.requires:
        with (written / "METADATA").open("a", encoding="utf-8") as metadata:
            metadata.write(f"Requires-Dist: {sabotage.requires}\n")
    if sabotage.rival:
        write_distribution(site, f"other-{name}", entry_points=points, modules={})


def run(sabotage: Sabotage, folder: Path, request: pytest.FixtureRequest, *more: str) -> Ended:
    """Run the command over a table of three rows."""
    (folder / "shops.csv").write_text(ROWS, encoding="utf-8")
    plugins = f"plugins:\n  gate: {sabotage.settings}\n" if sabotage.settings else ""
    (folder / "data_sources.yml").write_text(CONFIG + plugins, encoding="utf-8")
    database: Any = NoDatabase()
    if sabotage.executes:
        database = request.getfixturevalue("database")
        database.execute("CREATE TABLE sales (a text, b varchar(3))")
    workspace = Workspace(folder, database)
    if sabotage.tool:
        return workspace.tool(*sabotage.tool, "--config", str(workspace.config))
    return workspace.job("shops", "--output", "json", "--log-format", "json", *sabotage.run, *more)
