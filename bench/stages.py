"""Where the time of a run goes: the stages of one workbook, alone in one process, or as a run divides them.

Usage: ``python stages.py alone WORKBOOK CONFIGURATION`` or ``python stages.py run WORKBOOK CONFIGURATION DSN``;
prints seconds by name as JSON. Alone, each stage of each batch is timed, so that they add up; in the run, a helper may
take half of the rows in beside this process.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STARTED = time.perf_counter()

from wdh.apply.applying import Warehouse  # noqa: E402 - the imports are part of what is measured
from wdh.context import RunContext  # noqa: E402
from wdh.domain.loading import load_hooks, read_configuration  # noqa: E402
from wdh.facts.spool import Spool  # noqa: E402
from wdh.plan import Append, DeleteScope, Plan  # noqa: E402
from wdh.references import Derivation  # noqa: E402
from wdh.run import RunRequest, run  # noqa: E402
from wdh.workbook import apart, open_sheet  # noqa: E402

DOMAIN = "annuity_performance"


class Watch:
    """Adds up what stages take."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done within."""
        begun = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - begun


def pass_stages(workbook: Path, configuration: Path) -> dict[str, float]:
    """Take a workbook in as a run does, in this process alone."""
    watch = Watch()
    hooks = load_hooks(DOMAIN, configuration)
    domain = read_configuration(configuration, hooks).domain
    context = RunContext(domain.name, domain.settings)
    derivations = [Derivation(reference) for reference in domain.refs]
    watch.seconds["start: imports, configuration"] = time.perf_counter() - _STARTED
    apart.WORTH_IT_FROM = sys.maxsize
    gc.disable()  # as a run does
    with Spool(domain.pk) as spool:
        with watch.stage("open: guard, hash, look over the XML, header"):
            opened = open_sheet(workbook, sheet=domain.sheet, required_columns=domain.required_columns)
        with opened:
            batches = opened.batches()
            while True:
                with watch.stage("read"):
                    batch = next(batches, None)
                if batch is None:
                    break
                with watch.stage("clean"):
                    facts = hooks.transform(batch, context, None)
                with watch.stage("derive"):
                    for derivation in derivations:
                        derivation.absorb(facts, workbook=0)
                with watch.stage("spool"):
                    spool.append(facts, file=opened.file, sheet=opened.sheet)
        with watch.stage("derive"):
            for derivation in derivations:
                derivation.candidates()
    return dict(watch.seconds)


def run_whole(workbook: Path, configuration: Path, dsn: str) -> dict[str, float]:
    """Run the whole job, and give what its parts took by the clock."""
    from wdh.warehouse import connect, find_address

    address = find_address(dsn, {})
    request = RunRequest(DOMAIN, configuration, workbook.parent, execute=True, files=(workbook,))
    begun, planned = time.perf_counter(), 0.0

    def on_plan(_: Plan) -> None:
        nonlocal planned
        planned = time.perf_counter()

    report = run(
        request, open_warehouse=lambda: Warehouse(address.described, lambda: connect(address)), on_plan=on_plan
    )
    ended = time.perf_counter()
    found = {"backfill": 0.0, "delete": 0.0, "COPY": 0.0}
    for outcome in report.outcomes or ():
        step = outcome.step
        name = "COPY" if isinstance(step, Append) else "delete" if isinstance(step, DeleteScope) else "backfill"
        found[name] += outcome.seconds
    return {
        "start: imports": begun - _STARTED,
        "to the complete plan, by two processes": planned - begun,
        **found,
        "connect, check, lock, ledger, commit": ended - planned - sum(found.values()),
    }


def main() -> None:
    """Measure one way."""
    way, workbook, configuration = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    found = pass_stages(workbook, configuration) if way == "alone" else run_whole(workbook, configuration, sys.argv[4])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
