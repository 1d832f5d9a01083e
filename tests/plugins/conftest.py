"""A warehouse and the demonstration's workbooks, and distributions with plugins that only one test sees."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.distributions import write_distribution
from support.workspaces import Workspace

from wdh.testing.database import Database
from wdh_annuity_performance import demo

ROWS = 160
DOMAIN = "annuity_performance"
Installer = Callable[..., None]


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of both domains, with the demonstration's configuration."""
    folder = tmp_path_factory.mktemp("locked")
    demo.write_workbooks(folder, rows=ROWS)
    text = demo.with_income(demo.write_configuration(DOMAIN)).replace("min_rows: 100", "min_rows: 1")
    (folder / "data_sources.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def bare_workspace(tmp_path: Path, deliveries: Path, database: Database) -> Workspace:
    """A workspace whose database is still empty."""
    folder = tmp_path / "workspace"
    shutil.copytree(deliveries, folder)
    return Workspace(folder, database)


@pytest.fixture
def workspace(bare_workspace: Workspace) -> Workspace:
    """A workspace with the tables of both domains."""
    bare_workspace.create_tables(DOMAIN, "annuity_income")
    return bare_workspace


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installer]:
    """Install a distribution ``wdh-NAME`` 1.2.0 with one plugin NAME for every domain, whose source is given."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def install_plugin(name: str, source: str) -> None:
        module = f"wdh_{name}"
        points = {"wdh.plugins": {name: module}}
        write_distribution(site, f"wdh-{name}", entry_points=points, modules={module: source})

    yield install_plugin
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(site)):
            del sys.modules[name]
