"""Where the time of a run goes: the stages of one workbook, one more each time, in a process of their own.

Usage: ``python stages.py DEPTH WORKBOOK CONFIGURATION [DSN]`` with a DEPTH of read, clean, derive, spool or apply;
prints seconds by name as JSON. All but apply are sums: clean is reading and cleaning.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path

_STARTED = time.perf_counter()

from wdh.applying import Warehouse  # noqa: E402 - the imports are part of what is measured
from wdh.context import RunContext  # noqa: E402
from wdh.domains import read_configuration  # noqa: E402
from wdh.plan import Append, DeleteScope  # noqa: E402
from wdh.references import Derivation  # noqa: E402
from wdh.registry import load_domain  # noqa: E402
from wdh.run import RunRequest, run  # noqa: E402
from wdh.spool import Spool  # noqa: E402
from wdh.workbook import open_sheet  # noqa: E402

DOMAIN = "annuity_performance"
DEPTHS = ("read", "clean", "derive", "spool")
"""The stages before the database, in order."""


def pass_stages(depth: int, workbook: Path, configuration: Path) -> dict[str, float]:
    """Take a workbook through the first ``depth`` + 1 of DEPTHS."""
    hooks = load_domain(DOMAIN)
    domain = read_configuration(configuration, hooks).domain
    context = RunContext(domain.name, domain.settings)
    derivations = [Derivation(reference) for reference in domain.refs]
    begun = time.perf_counter()
    with ExitStack() as stack:
        spool = stack.enter_context(Spool(domain.pk))
        sheet = stack.enter_context(open_sheet(workbook, sheet=domain.sheet, required_columns=domain.required_columns))
        opened = time.perf_counter()
        for batch in sheet.batches():
            if depth < DEPTHS.index("clean"):
                continue
            facts = hooks.transform(batch, context)
            for derivation in derivations if depth >= DEPTHS.index("derive") else ():
                derivation.absorb(facts, workbook=0)
            if depth >= DEPTHS.index("spool"):
                spool.append(facts, file=sheet.file, sheet=sheet.sheet)
        for derivation in derivations if depth >= DEPTHS.index("derive") else ():
            derivation.candidates()
        ended = time.perf_counter()
    return {"start": begun - _STARTED, "open": opened - begun, DEPTHS[depth]: ended - begun}


def apply(workbook: Path, configuration: Path, dsn: str) -> dict[str, float]:
    """Run the whole job inside this process, and give what its steps say they took."""
    from wdh.warehouse import connect, find_address

    address = find_address(dsn, {})
    request = RunRequest(DOMAIN, configuration, workbook.parent, execute=True, file=workbook)
    begun = time.perf_counter()
    report = run(request, open_warehouse=lambda: Warehouse(address.described, lambda: connect(address)))
    found = {"backfill": 0.0, "delete": 0.0, "COPY": 0.0}
    for outcome in report.outcomes or ():
        step = outcome.step
        name = "COPY" if isinstance(step, Append) else "delete" if isinstance(step, DeleteScope) else "backfill"
        found[name] += outcome.seconds
    return {"start": begun - _STARTED, "all": time.perf_counter() - begun, **found}


def main() -> None:
    """Measure one depth."""
    depth, workbook, configuration = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if depth == "apply":
        found = apply(workbook, configuration, sys.argv[4])
    else:
        found = pass_stages(DEPTHS.index(depth), workbook, configuration)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
