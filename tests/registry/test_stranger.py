"""A stranger's package, as the documents show it, works with no change to wdh."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.distributions import build_wheel, make_environment, write_distribution
from support.workbooks import write_rows

from wdh.context import RunContext
from wdh.facts import Batch
from wdh.registry import load_domain

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "wdh_shops"
HEADER = ["月度", "店号", "店铺名称", "销售额"]
ROWS = [[202411, "0001", "南京路店", 1234.5], [202411, "0002", "淮海路店", 99], [202411, "0001", "南京路店", 3]]


def plain_environment() -> dict[str, str]:
    """The environment without what would lead the new interpreter, or wdh, elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WDH_", "PG", "COV"))}


def test_a_strangers_domain_imports_from_wdh_only() -> None:
    tree = ast.parse((EXAMPLE / "wdh_shops.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [getattr(node, "module", None) for node in imports] == ["wdh"]


def test_a_strangers_first_domain_fits_on_a_page() -> None:
    lines = (EXAMPLE / "wdh_shops.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 30


def test_the_example_turns_rows_into_facts_and_rejects(site: Path) -> None:
    source = (EXAMPLE / "wdh_shops.py").read_text(encoding="utf-8")
    lines = {"wdh.domains": {"shops": "wdh_shops"}}
    write_distribution(site, "wdh-shops", entry_points=lines, modules={"wdh_shops": source})
    hooks = load_domain("shops")
    refs = hooks.provide_refs()
    assert refs is not None
    assert refs["shops"]["table"] == "店铺"
    columns = dict(zip(HEADER, map(list, zip(*ROWS, [202411, None, "无名", 1], strict=True)), strict=True))
    letters = dict(zip(HEADER, "ABCD", strict=True))
    facts = hooks.transform(Batch("a.xlsx", "销售", [2, 3, 4, 5], columns, letters), RunContext("shops"))
    assert facts.columns["店铺代码"] == ["0001", "0002", "0001"]
    assert [reject.cell for reject in facts.rejects] == ["B5"]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a virtual environment into which the wheels of wdh and of the example were installed."""
    folder = tmp_path_factory.mktemp("stranger")
    wheels = [build_wheel(source, folder / "wheels") for source in (ROOT, EXAMPLE)]
    return make_environment(folder / "environment", wheels)


def test_a_strangers_wheel_beside_ours_is_found_and_run_by_the_command(scripts: Path, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "data_sources.yml", tmp_path)
    write_rows(tmp_path / "2024年11月门店销售.xlsx", [HEADER, *ROWS], sheet="销售")
    command = [str(scripts / "wdh-run"), "--domain", "shops", "--config", "data_sources.yml", "--data-dir", "."]
    done = subprocess.run(
        command, cwd=tmp_path, env=plain_environment() | {"PYTHONUTF8": "1"}, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode("utf-8")
    shown = done.stdout.decode("utf-8")
    assert '"店铺"' in shown
    assert '"门店销售"' in shown


def test_the_installed_wheels_are_what_runs_there(scripts: Path, tmp_path: Path) -> None:
    """A checkout that shone through would prove nothing about the wheel."""
    code = "from importlib.util import find_spec\nfor name in ('wdh', 'wdh_shops'): print(find_spec(name).origin)"
    done = subprocess.run(
        [str(scripts / "python"), "-c", code],
        cwd=tmp_path,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    environment = str(scripts.parent)
    assert [line.startswith(environment) for line in done.stdout.splitlines()] == [True, True]


def test_the_examples_own_tests_pass_where_it_is_installed(scripts: Path, tmp_path: Path) -> None:
    """With the laws of wdh.testing and its cases as files, which the package's tests consist of but for three."""
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    for name in ("setup.cfg", "data_sources.yml"):
        shutil.copy(EXAMPLE / name, tmp_path)
    command = [str(scripts / "python"), "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=tmp_path, env=plain_environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "19 passed, 1 skipped" in done.stdout
