"""The example of orders keeps what its own tests ask of it, by columns and by data frame."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.distributions import write_distribution

pytest.importorskip("polars", reason="the example is tried where the extra test_frames is installed")
pytest.importorskip("nanoarrow", reason="the example is tried where the extra test_frames is installed")

EXAMPLE = Path(__file__).parents[2] / "examples" / "wdh_orders"


def run_tests(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Install the package of the example beside a copy of the rest, and run tests of it."""
    shutil.copytree(EXAMPLE, folder / "orders", ignore=shutil.ignore_patterns("wdh_orders", "__pycache__"))
    sources = {path.stem: path.read_text(encoding="utf-8") for path in (EXAMPLE / "wdh_orders").glob("*.py")}
    modules = {f"wdh_orders.{name}": text for name, text in sources.items() if name != "__init__"}
    points = {"wdh.domains": {"orders": "wdh_orders.by_columns", "orders_by_frame": "wdh_orders.by_frame"}}
    write_distribution(folder / "site", "wdh-orders", version="1.0.0", entry_points=points, modules=modules)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names],
        cwd=folder / "orders",
        env={**os.environ, "PYTHONPATH": str(folder / "site")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.once
def test_both_domains_give_the_same_and_what_their_cases_say(tmp_path: Path) -> None:
    done = run_tests(tmp_path, "tests/test_orders.py", "tests/cases")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 passed" in done.stdout


@pytest.mark.whole
def test_both_domains_keep_the_laws(tmp_path: Path) -> None:
    done = run_tests(tmp_path, "tests/test_conformance.py")
    assert done.returncode == 0, done.stdout + done.stderr
