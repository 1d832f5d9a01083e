"""examples/wdh_stock: a domain that loads by upsert passes its own tests, laws and cases on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.distributions import write_distribution

from wdh.testing.database import Server

EXAMPLE = Path(__file__).parents[2] / "examples" / "wdh_stock"


@pytest.mark.once
def test_its_tests_pass(tmp_path: Path, wdh_server: Server) -> None:
    source = (EXAMPLE / "wdh_stock.py").read_text(encoding="utf-8")
    points = {"wdh.domains": {"stock": "wdh_stock"}}
    write_distribution(
        tmp_path / "site", "wdh-stock", version="1.0.0", entry_points=points, modules={"wdh_stock": source}
    )
    folder = shutil.copytree(EXAMPLE, tmp_path / "wdh_stock")
    (folder / "wdh_stock.py").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site"), "WDH_TEST_DSN": wdh_server.dsn, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "19 passed" in done.stdout, done.stdout
