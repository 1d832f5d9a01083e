"""Draws docs/images/interrupted-*.svg: Ctrl-C in a run of 500,000 rows, while it reads and while it writes.

Usage: ``python docs/draw_interrupts.py [WORKBOOK]``. The workbook of 500,000 rows is written in three minutes, or is
the one that an earlier run of this script wrote. The runs are real ones on a terminal of 80 columns, into an embedded
server of their own in a temporary folder; the table is as before after each, or the script ends with exit code 1.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from screens import Screens

from wdh_annuity_performance.demo import write_performance_workbook

ROWS = 500_000
BOOK = Path("demo/数据采集/202411/2024年11月年金终稿数据.xlsx")
JOB = ["wdh-run", "--domain", "annuity_performance", "--data-dir", "demo", "--period", "2024-11", "--execute"]
COUNT = ["wdh", "psql", "-At", "-c", 'SELECT count(*) FROM "规模明细"']


def main() -> None:
    """Load a small month, put the large one in its place, and stop two runs over it."""
    with tempfile.TemporaryDirectory(prefix="wdh-") as folder:
        place = Path(folder)
        screens = Screens(place)
        screens.run(["wdh", "demo", "--directory", "demo"])
        before = screens.run(COUNT)
        if len(sys.argv) > 1 and Path(sys.argv[1]).exists():
            shutil.copy(sys.argv[1], place / BOOK)
        else:
            write_performance_workbook(place / BOOK, ROWS, seed=1)
            if len(sys.argv) > 1:
                shutil.copy(place / BOOK, sys.argv[1])
        (place / "data_sources.yml").write_bytes((place / "demo" / "data_sources.yml").read_bytes())
        for stage in ("reading", "writing"):
            shown = screens.interrupt(f"interrupted-{stage}", JOB, during=rf"^{stage} .* [2-9][0-9]% ")
            if (after := screens.run(COUNT)) != before:
                raise SystemExit(f"{stage}: {before!r} facts before, and {after!r} after\n{shown}")


if __name__ == "__main__":
    main()
