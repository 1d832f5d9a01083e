"""Does one command saturate where docs/scale.md says? Many workbooks, read by more processes than there are processors.

Usage: ``python bench/saturation.py [--files 24] [--rows 20000] [--workers 2 4 8 12 24] [--cache PATH]``.
Each workbook is read once before. Then its readers only wait for as long as reading took a processor, and hand over
what was read: so the time of the first process, which joins, is all that this machine needs processors for.
"""

from __future__ import annotations

import argparse
import pickle
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from many_files import take_months
from msgspec import structs
from workbooks import DOMAIN

from wdh.intake import ahead
from wdh.intake.ahead import ReadAhead
from wdh.intake.files import FileIntake, FileJob, collect_file
from wdh.process.crew import Parcel
from wdh.run import RunRequest, carry_out_together
from wdh.run.sheets import list_files, make_intake_job, make_spool
from wdh.run.task import prepare_task


def main() -> None:
    """Measure, and print a table beside the arithmetic."""
    options = _read_options()
    months = take_months(options.cache, options.files, options.rows)
    request = RunRequest(
        DOMAIN, months[0].with_name("data_sources.yml"), months[0].parent, files=tuple(months), max_files=len(months)
    )
    seconds = _read_before(request)
    reading = sum(seconds.values())
    ahead.collect_file = partial(_hand_over, seconds)  # type: ignore[assignment]
    print(f"reading {options.files} workbooks x {options.rows} rows: {reading:.1f} s of a processor\n")
    print("| processes | s | s beyond reading / processes |")
    print("|---|---|---|")
    for workers in options.workers:
        begun = time.perf_counter()
        with ReadAhead(workers, is_asked=True) as readers:
            carry_out_together([replace(request, workers=workers)], open_warehouse=_no_warehouse, reading=readers)
        taken = time.perf_counter() - begun
        print(f"| {workers} | {taken:.1f} | {taken - reading / workers:.1f} |", flush=True)


def _read_before(request: RunRequest) -> Mapping[str, float]:
    """Read each workbook, keep what was read beside it, and give the processor seconds that it took."""
    task, found = prepare_task(request), {}
    with make_spool(task) as spool:
        job = make_intake_job(task, found=None, context=task.circumstances.context, scope=spool.scope_columns)
    for file in list_files(task, job):
        begun = time.process_time()
        intake = collect_file(file)
        found[file.source.path.name] = time.process_time() - begun
        _kept(file.source.path).write_bytes(pickle.dumps(intake))
    return found


def _hand_over(seconds: Mapping[str, float], job: FileJob) -> FileIntake:
    """Wait for as long as reading took, and hand over what was read. In the process of a reader."""
    begun = time.perf_counter()
    intake: FileIntake = pickle.loads(_kept(job.source.path).read_bytes())  # noqa: S301 - this bench wrote it
    text = Parcel.new()
    intake.text.file.seek(0)
    shutil.copyfileobj(intake.text.file, text.file)
    intake.text.file.close()
    time.sleep(max(seconds[job.source.path.name] - (time.perf_counter() - begun), 0))
    return structs.replace(intake, text=text)


def _kept(path: Path) -> Path:
    return path.with_suffix(".read")


def _no_warehouse(*_: Any) -> Any:
    sys.exit("a plan needs no warehouse")


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4, 8, 12, 24])
    parser.add_argument("--cache", type=Path, default=Path(".tox") / "bench-cache")
    options = parser.parse_args()
    options.cache = options.cache.resolve()
    return options


if __name__ == "__main__":
    import saturation  # by its name, so that other processes can import it

    saturation.main()
