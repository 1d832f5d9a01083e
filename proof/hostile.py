"""Hostile input ends in a sentence and exit code 2 or 3, in bounded memory and time, with nothing written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from experiment import Finding, Place

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support.hostile import CASES, Case, command, environment, prepare

MEMORY = 1536 << 20
SECONDS = 300
LIMITED = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2); "
LIMITED += "os.execv(sys.argv[2], sys.argv[2:])"


def prove_hostile(place: Place, *, every: int = 1) -> Finding:
    """Run each hostile input with both readers, or each ``every``-th of them, through the command itself."""
    runs = [(case, reader) for case in CASES for reader in case.readers][::every]
    lost = []
    with tempfile.TemporaryDirectory(prefix="wdh-hostile-") as scratch:
        for number, (case, reader) in enumerate(runs):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            faults = run_case(place, case, folder / "数据", reader=reader)
            lost += [f"{case.name} ({reader}): {fault}" for fault in faults]
            shutil.rmtree(folder)
    for loss in lost:
        print(loss, file=sys.stderr)
    losses = len({loss.partition(": ")[0] for loss in lost})
    remark = f"{len(CASES)} inputs, {MEMORY >> 20} MiB of memory and {SECONDS} s at most"
    return Finding("6: bad input harms nothing", "hostile input by both readers", len(runs), len(runs), losses, remark)


def run_case(place: Place, case: Case, folder: Path, *, reader: str) -> Sequence[str]:
    """Run one case; say what went wrong. What is to be refused is run with --execute on tables that it would fill."""
    arguments = [*prepare(case, folder), "--reader", reader, "--log-level", "INFO"]
    if case.code:
        make_tables(place, folder)
        arguments += ["--execute", "--dsn", place.dsn]
    before = contents(place)
    line = [sys.executable, "-c", LIMITED, str(MEMORY), *command(case, folder, arguments)]
    try:
        ended = subprocess.run(line, capture_output=True, timeout=SECONDS, check=False, env=environment())  # noqa: S603
    except subprocess.TimeoutExpired:
        return [f"took over {SECONDS} s"]
    return list(judge(case, ended, written=contents(place) != before))


def judge(case: Case, ended: subprocess.CompletedProcess[bytes], *, written: bool) -> Sequence[str]:
    """Say what is wrong with how a case ended."""
    out, err = ended.stdout.decode(errors="surrogateescape"), ended.stderr.decode(errors="surrogateescape")
    said = out + err
    faults = {
        f"exit code {ended.returncode} and not {case.code}: {err[-300:]!r}": ended.returncode != case.code,
        f"does not say {case.says!r}: {err[-300:]!r}": re.search(case.says, said) is None,
        "traceback": "Traceback" in said,
        "a control character": any(mark in said for mark in "\x1b\x9b\x07"),
        "something was written": written,
    }
    return [fault for fault, is_there in faults.items() if is_there]


def make_tables(place: Place, folder: Path) -> None:
    """Create the domain's tables, empty."""
    from wdh.domain.ddl import describe_tables
    from wdh.registry import load_domain
    from wdh_annuity_performance import demo

    config = folder.with_suffix(".yml")
    config.write_text(demo.write_configuration("annuity_performance"), encoding="utf-8")
    place.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    place.execute(";".join(describe_tables(load_domain("annuity_performance"), config)))


def contents(place: Place) -> dict[str, int]:
    """Count the rows of every table there is."""
    listed = place.rows("SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'")
    return {name: place.rows(f'SELECT count(*) FROM "{schema}"."{name}"')[0][0] for schema, name in listed}
