"""A new package passes its own tox, unchanged, right after it is written, and every step that is printed works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.distributions import build_wheel, make_environment
from support.workbooks import write_rows

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[2]
ENVIRONMENT = f"py{sys.version_info.major}{sys.version_info.minor}"
ROWS: list[list[Any]] = [
    ["门店销售月报"],
    ["月度", "店号", "店铺名称", "城市", "业态", "销售额", "毛利率", "退货"],
    *(
        [f"2024年{n % 12 + 1}月", f"{n % 9:04}", f"店{n % 9}", f"城{n % 9 // 3}", "直营", n + 0.25, f"{n % 40}.5%", "-"]
        for n in range(180)
    ),
    ["合计", None, None, None, None, 16155],
]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without what belongs to this run of the tests, and without a place where pip would find wdh."""
    own = ("PYTHON", "WDH_", "PG", "COV", "TOX", "VIRTUAL_ENV", "PYTEST")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**kept, "PYTHONUTF8": "1", **more}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of wdh."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("new") / "wheels")


KINDS = {
    "domain": [],
    "domain from a workbook": ["--from", "sales.xlsx", "--sheet", "销售"],
    "plugin": ["--plugin"],
}
STEPS = {
    "domain": ["wdh check", "wdh ddl", "wdh-run --domain"],
    "domain from a workbook": ["wdh check", "wdh ddl", "wdh-run --domain"],
    "plugin": ["wdh domains"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_tox_is_green_in_a_new_package_that_nobody_edited(wheel: Path, tmp_path: Path, kind: str) -> None:
    """Its tests pass, and mypy --strict and pyright find nothing; wdh comes from its wheel, as no index has it."""
    scripts = make_environment(tmp_path / "environment", [wheel])
    write_rows(tmp_path / "sales.xlsx", ROWS, sheet="销售")
    environment = clean_environment(WDH_EMBEDDED_DIR=str(tmp_path / "embedded"))
    written = run([str(scripts / "wdh"), "new", "shops", *KINDS[kind]], tmp_path, environment)
    folder = tmp_path / "wdh-shops"
    steps = [shlex.split(line) for line in written.splitlines() if line.startswith("  ")]
    steps = steps[steps.index(["cd", str(folder.relative_to(tmp_path))]) + 1 :]
    (*others, last) = steps
    assert last == ["tox"]
    assert contents(folder / ".wheels" / wheel.name) == contents(wheel)
    report = run([sys.executable, "-m", "tox", "-e", f"{ENVIRONMENT},types"], folder, environment)
    assert "congratulations" in report
    assert "skipped" not in report
    assert "Success: no issues found" in report, "mypy"
    assert "0 errors, 0 warnings" in report, "pyright"
    assert [" ".join(step[:2]) for step in others] == ["python -m", *STEPS[kind], "python -m"]
    try_steps(others[:-1], folder, environment)


def contents(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, but for the order in which they are recorded."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return {
        name: b"".join(sorted(text.splitlines())) if name.endswith("RECORD") else text for name, text in files.items()
    }


def try_steps(steps: list[list[str]], folder: Path, environment: dict[str, str]) -> None:
    """Take the steps that were printed, in the environment that tox made; tox itself is installed already."""
    scripts = folder / ".tox" / ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
    shown = [run([str(scripts / program), *words], folder, environment) for program, *words in steps]
    if len(shown) == 2:
        assert re.search(r"(?m)^plugin +shops +wdh-shops 0.1.0 ", shown[1])
        return
    assert "no faults" in shown[1]
    assert shown[2].count("CREATE TABLE IF NOT EXISTS") == 3, "facts, shops, and the ledger"
    assert "plan only, nothing was touched" in shown[3]


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=1_800)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
