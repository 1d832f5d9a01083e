"""Workbooks that were changed at random, read by both readers: the same facts, the same rejects, or both refuse.

Usage: ``python proof/fuzz.py [--workbooks N] [--seed S] [--found FOLDER]``, or ``--number N`` for one of them alone.
Each workbook is made of a seed and its number. A run of it is planned by both readers, in a process that has so much
memory and time and no more; every third one in small pieces, and some with a helper, as a large sheet is; every
two-hundredth by the command, too. What differs is kept in FOLDER, as it is and as small as it can be.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

from experiment import Finding, Place
from recipes import Recipe, make_recipe, minimise
from two_readers import DOMAIN, READERS, Outcome, configured_once, find_faults, read_by
from watched import Ended, watch
from workbook_seeds import CONFIGURATION, seed_names

from wdh.workbook import apart
from wdh.workbook.survey import surveying

SEED = 20241101
WORKBOOKS = 20_000
MEMORY = 1 << 30
SECONDS = 30
"""Of a processor for each workbook, however many others want it, too."""
PATIENCE = 300
"""Seconds by the clock after which a process hangs."""
PIECE = 700
PIECES_EVERY = 3
HELPER_EVERY = 75
COMMAND_EVERY = 200
MOST_KEPT = 50
FOUND = Path(__file__).parents[1] / "build" / "fuzz"

_COMMAND = (sys.executable, "-c", "from wdh.command.run import main; main()")


@dataclass(frozen=True, slots=True)
class Job:
    """One workbook to be tried. Its number says in which way, too."""

    number: int
    recipe: Recipe

    @contextlib.contextmanager
    def way(self) -> Iterator[None]:
        """Have sheets read in small pieces, or by a helper, where this one is to be."""
        with contextlib.ExitStack() as stack:
            if self.number % PIECES_EVERY == 0 and not self.recipe.is_large:
                stack.enter_context(mock.patch.object(surveying, "_PIECE", PIECE))
            if self.number % HELPER_EVERY == 0:
                stack.enter_context(mock.patch.object(apart, "WORTH_IT_FROM", 0))
            yield


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a workbook: ``seconds`` of a processor, and the most bytes so far, in KiB.

    ``reader`` read it where the fast one was asked for; empty: it was refused by both.
    """

    faults: tuple[str, ...]
    reader: str = ""
    seconds: float = 0.0
    peak: int = 0


def main() -> None:
    """Try the workbooks, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workbooks", type=int, default=WORKBOOKS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--number", type=int, help="try this one alone, and keep it")
    parser.add_argument("--found", type=Path, default=FOUND, help="where what differs is kept")
    options = parser.parse_args()
    if options.number is not None:
        sys.exit(tell_one(make_job(options.seed, options.number), options.found))
    found = fuzz(workbooks=options.workbooks, seed=options.seed, folder=options.found)
    print(found)
    sys.exit(bool(found.losses))


def prove_alike(_: Place, *, workbooks: int, seed: int) -> Finding:
    """Try so many workbooks; no server is needed."""
    return fuzz(workbooks=workbooks, seed=seed, folder=FOUND)


def fuzz(*, workbooks: int, seed: int, folder: Path) -> Finding:
    """Try workbooks from number 0 on; keep in ``folder`` those in which something must not be."""
    jobs = (make_job(seed, number) for number in range(workbooks))
    done: list[Tried] = []
    lost = 0
    for job, tried in _try_all(jobs):
        done.append(tried)
        if tried.faults:
            lost += 1
            if lost <= MOST_KEPT:
                _keep(job, tried, folder / f"{seed}-{job.number}")
    alike = Counter(tried.reader for tried in done if not tried.faults)
    remark = (
        f"{alike['fast'] + alike['openpyxl']:,} read alike, {alike['fast']:,} of them by the fast reader; "
        f"{alike['']:,} refused alike; {lost} differences; {-(-workbooks // COMMAND_EVERY):,} by the command, "
        f"too; the slowest took {max(tried.seconds for tried in done):.1f} s, the most memory was "
        f"{max(tried.peak for tried in done) >> 10} MiB"
    )
    experiment = "workbooks changed at random, by both readers"
    return Finding("6: bad input harms nothing", experiment, workbooks, workbooks, lost, remark)


def make_job(seed: int, number: int) -> Job:
    """Say how a workbook is tried."""
    return Job(number, make_recipe(seed, number))


def _try_all(jobs: Iterator[Job]) -> Iterator[tuple[Job, Tried]]:
    with tempfile.TemporaryDirectory(prefix="wdh-fuzz-") as scratch:
        config = Path(scratch) / "data_sources.yml"
        config.write_text(CONFIGURATION, encoding="utf-8")
        with configured_once():
            # What a run loads is loaded before there are other processes.
            try_workbook(Job(1, Recipe(seed_names()[0], ())), Path(scratch) / "sales202411.xlsx", config)

            def work(job: Job) -> Tried:
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                _, most = resource.getrlimit(resource.RLIMIT_CPU)
                resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + SECONDS, most))
                folder = Path(scratch) / str(os.getpid())
                folder.mkdir(exist_ok=True)
                return try_workbook(job, folder / "sales202411.xlsx", config)

            for job, ended in watch(work, jobs, seconds=PATIENCE):
                yield job, Tried((ended.how,)) if isinstance(ended, Ended) else ended


def try_workbook(job: Job, workbook: Path, config: Path) -> Tried:
    """Make a workbook and read it by both readers, and say what must not be."""
    workbook.write_bytes(job.recipe.make())
    start = time.process_time()
    with job.way():
        exact, fast = (read_by(reader, workbook, config) for reader in READERS)
    seconds = time.process_time() - start
    faults = find_faults(exact, fast)
    if job.number % COMMAND_EVERY == 0:
        faults += _command_faults(workbook, config, exact)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Tried(tuple(faults), fast.reader, seconds, peak)


def _command_faults(workbook: Path, config: Path, outcome: Outcome) -> Iterator[str]:
    """Run the command with each reader, and say where it ends otherwise than the run within this process."""
    words = ["--domain", DOMAIN, "--config", config, "--file", workbook, "--max-rejects", "100%", "--output", "json"]
    documents = []
    for reader in READERS:
        line = [*_COMMAND, *map(str, words), "--reader", reader]
        ended = subprocess.run(line, capture_output=True, check=False, cwd=workbook.parent)  # noqa: S603
        said = (ended.stdout + ended.stderr).decode(errors="replace")
        if ended.returncode != outcome.code or "Traceback" in said:
            yield f"the command with --reader {reader}: exit code {ended.returncode} and not {outcome.code}: {said}"
        documents.append(_read_document(ended.stdout))
    if outcome.code == 0 and documents[0] != documents[1]:
        yield f"the reports of the command differ: {documents[0]!r:.2000}, {documents[1]!r:.2000}"


def _read_document(text: bytes) -> object:
    """Give a report without the time that it took, and without what says which reader it was."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    for timed in (document, *document.get("steps", ())):
        timed.pop("seconds", None)
    document.pop("stages", None)
    for workbook in document.get("workbooks", ()):
        workbook.pop("reader", None)
    notes = document.get("notes", ())
    return {**document, "notes": [note for note in notes if note.get("code") != "read_by_openpyxl"]}


def _keep(job: Job, tried: Tried, place: Path) -> None:
    """Keep a workbook in which something must not be, as it is and as small as it can be, and how to make it again."""
    least = minimise(job.recipe, lambda recipe: bool(_try_one(replace(job, recipe=recipe)).faults))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.with_suffix(".xlsx").write_bytes(job.recipe.make())
    place.with_suffix(".least.xlsx").write_bytes(least.make())
    again = "python proof/fuzz.py --seed {} --number {}".format(*place.name.split("-"))
    text = "\n".join((again, f"made by  {job.recipe}", f"least by {least}", *tried.faults))
    place.with_suffix(".txt").write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    print(f"{place}: {least}: {tried.faults[0]:.300}", file=sys.stderr, flush=True)


def _try_one(job: Job) -> Tried:
    ((_, tried),) = _try_all(iter((job,)))
    return tried


def tell_one(job: Job, folder: Path) -> int:
    """Try one workbook, keep it, and print what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{job.number}.xlsx"
    kept.write_bytes(job.recipe.make())
    tried = _try_one(job)
    print(f"{kept}: {job.recipe}", *(tried.faults or ("both readers do the same",)), tried, sep="\n")
    return bool(tried.faults)


if __name__ == "__main__":
    main()
