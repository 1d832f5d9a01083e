"""A package that is wrong is told by one sentence: distribution, entry point, hook, what happened, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.distributions import write_distribution
from support.sabotages import DOMAINS, PLUGINS, Sabotage
from support.sabotages.sabotage import HEAD, TRANSFORM
from support.workspaces import Ended, Workspace

pytestmark = pytest.mark.once

CONFIG = 'domains: {{shops: {{pattern: "shops\\.csv$", table: sales, schema: public, pk: [a]}}}}\n{plugins}'
ROWS = "a,b\nx,1\ny,2\nz,3\n"


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
    module = f"wdh_{name}"
    points: Any = {f"wdh.{group}": {name: sabotage.points or module}}
    modules = {module: HEAD + sabotage.source}
    written = write_distribution(
        site, f"wdh-{name}", entry_points=sabotage.points_text or points, modules=modules
    )
    if sabotage.requires:
        with (written / "METADATA").open("a", encoding="utf-8") as metadata:
            metadata.write(f"Requires-Dist: {sabotage.requires}\n")
    if sabotage.rival:
        write_distribution(site, f"other-{name}", entry_points=points, modules={})


def run(sabotage: Sabotage, folder: Path, request: pytest.FixtureRequest) -> Ended:
    (folder / "shops.csv").write_text(ROWS, encoding="utf-8")
    plugins = f"plugins: {{gate: {sabotage.settings}}}\n" if sabotage.settings else ""
    (folder / "data_sources.yml").write_text(CONFIG.format(plugins=plugins), encoding="utf-8")
    database: Any = None
    if sabotage.executes:
        database = request.getfixturevalue("database")
        database.execute("CREATE TABLE sales (a text, b text)")
    workspace = Workspace(folder, database or NoDatabase())
    if sabotage.tool:
        return workspace.tool(*sabotage.tool, "--config", str(workspace.config))
    return workspace.job("shops", "--output", "json", "--log-format", "json", *sabotage.run)


class NoDatabase:
    """The address of a server that is not there: a plan needs none."""

    dsn = "postgresql://127.0.0.1:1/nowhere"


def show(ended: Ended) -> str:
    return ended.err


@pytest.mark.parametrize("sabotage", DOMAINS, ids=lambda each: each.wrong)
def test_a_domain_that_is_wrong(
    sabotage: Sabotage, site: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    install(site, "shops", "domains", sabotage)
    ended = run(sabotage, tmp_path, request)
    print("@@", sabotage.wrong, "|", ended.code, "|", ended.err)


@pytest.mark.parametrize("sabotage", PLUGINS, ids=lambda each: each.wrong)
def test_a_plugin_that_is_wrong(
    sabotage: Sabotage, site: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    install(site, "gate", "plugins", sabotage)
    install(site, "shops", "domains", Sabotage("", TRANSFORM, ""))
    ended = run(sabotage, tmp_path, request)
    print("@@", sabotage.wrong, "|", ended.code, "|", ended.err)
