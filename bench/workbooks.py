"""The workbooks that are measured: written once, kept by number of rows, kind and seed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from process import children_environment
from rewriting import Kind

from wdh_annuity_performance import demo

SEED = 20241101
DOMAIN = "annuity_performance"
_NAME = "2024年11月年金终稿数据.xlsx"
KINDS: tuple[Kind, ...] = ("plain", "formats")
_REWRITING = Path(__file__).with_name("rewriting.py")
_WRITE = """
import sys
from pathlib import Path
from wdh_annuity_performance.demo import write_performance_workbook
write_performance_workbook(Path(sys.argv[1]), int(sys.argv[2]), seed=int(sys.argv[3]))
"""


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook of ``rows`` facts, all valid, and the data_sources.yml beside it."""

    rows: int
    kind: Kind
    path: Path
    configuration: Path


def take_workbook(cache: Path, rows: int, kind: Kind = KINDS[0]) -> Workbook:
    """Give the workbook of ``rows`` facts, written now if ``cache`` does not have it yet."""
    folder = cache / f"{rows}-rows-{kind}-seed-{SEED}"
    path = folder / _NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        written, unfinished = path.with_suffix(".written"), path.with_suffix(".part")
        # In a process of its own: what writing takes must not count as the peak of the processes measured later.
        for command in (
            ["-c", _WRITE, str(written), str(rows), str(SEED)],
            [str(_REWRITING), kind, str(written), str(unfinished)],
        ):
            subprocess.run([sys.executable, *command], check=True, env=children_environment())
        written.unlink()
        unfinished.replace(path)
    configuration = folder / "data_sources.yml"
    configuration.write_text(demo.write_configuration(DOMAIN), encoding="utf-8")
    return Workbook(rows, kind, path, configuration)
