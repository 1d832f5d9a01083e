"""A new package passes its own tox, unchanged, right after it is written, and every step that is printed works."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
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


def clean_environment(wheels: Path, **more: str) -> dict[str, str]:
    """The environment without what belongs to this run of the tests, and with the folder of wdh's wheel for pip."""
    own = ("PYTHON", "WDH_", "PG", "COV", "TOX", "VIRTUAL_ENV", "PYTEST")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    links = " ".join(filter(None, (kept.get("PIP_FIND_LINKS"), str(wheels))))
    return {**kept, "PIP_FIND_LINKS": links, "PYTHONUTF8": "1", **more}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of wdh."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("new") / "wheels").parent


@pytest.mark.parametrize("source", ["sales.xlsx", None])
def test_tox_is_green_in_a_new_package_that_nobody_edited(wheels: Path, tmp_path: Path, source: str | None) -> None:
    (wheel,) = wheels.iterdir()
    scripts = make_environment(tmp_path / "environment", [wheel])
    arguments = []
    if source is not None:
        write_rows(tmp_path / source, ROWS, sheet="销售")
        arguments = ["--from", source, "--sheet", "销售"]
    environment = clean_environment(wheels, WDH_EMBEDDED_DIR=str(tmp_path / "embedded"))
    written = run([str(scripts / "wdh"), "new", "shops", *arguments], tmp_path, environment)
    folder = tmp_path / "wdh-shops"
    report = run([sys.executable, "-m", "tox", "-e", ENVIRONMENT], folder, environment)
    assert "congratulations" in report
    assert "skipped" not in report
    try_steps(written, folder, environment)


def try_steps(written: str, folder: Path, environment: dict[str, str]) -> None:
    """Take the steps that were printed, in the environment that tox made; the last one, tox, was taken."""
    steps = [line.strip() for line in written.splitlines() if line.startswith("  ")]
    steps = steps[steps.index("cd wdh-shops") + 1 :]
    assert [step.split()[:2] for step in steps] == [
        ["python", "-m"],
        ["wdh", "check"],
        ["wdh", "ddl"],
        ["wdh-run", "--domain"],
        ["python", "-m"],
    ]
    scripts = folder / ".tox" / ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
    commands = [shlex.split(step) for step in steps[:-1]]
    shown = [run([str(scripts / program), *words], folder, environment) for program, *words in commands]
    assert "no faults" in shown[1]
    assert shown[2].count("CREATE TABLE IF NOT EXISTS") == 3, "facts, shops, and the ledger"
    assert "plan only, nothing was touched" in shown[3]


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
