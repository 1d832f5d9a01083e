"""What a run writes of itself into the ledger, and the hash by which the same input is known again."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from wdh.apply import RunRecord
from wdh.context import RunContext
from wdh.planning import Wishes
from wdh.registry.hooks import Hooks
from wdh.report import Intake, WorkbookTally
from wdh.settings import Domain


def make_record(
    domain: Domain, intake: Intake, *, wishes: Wishes, hooks: Hooks, context: RunContext, started: datetime.datetime
) -> RunRecord:
    """Say what a run is about to apply. The run id is new and random; ``started`` has a time zone."""
    hashes = (tally.sha256 for tally in intake.workbooks)
    return RunRecord(
        run_id=str(uuid.uuid4()),
        domain=domain.name,
        mode=wishes.load_mode,
        input_hash=hash_input(domain, hashes, wishes=wishes, hooks=hooks, context=context),
        files=[_describe(tally) for tally in intake.workbooks],
        versions=versions_of(hooks),
        started_at=started.isoformat(timespec="milliseconds"),
    )


def versions_of(hooks: Hooks) -> Mapping[str, str]:
    """Name the distributions that a run's result depends on, with their versions."""
    return {"wdh": version("wdh"), hooks.plugin.distribution: hooks.plugin.version}


def hash_input(domain: Domain, hashes: Iterable[str], *, wishes: Wishes, hooks: Hooks, context: RunContext) -> str:
    """Hash all that a run's plan depends on: workbooks, configuration, wishes, environment, versions.

    ``hashes`` are those of the workbooks, in their order. Equal hashes mean equal plans.
    """
    depends = {
        "workbooks": list(hashes),
        "domain": asdict(domain),
        "wishes": [wishes.load_mode, sorted(wishes.backfill_refs), wishes.backfill_mode],
        "environment": dict(context.environment),
        "versions": versions_of(hooks),
    }
    text = json.dumps(depends, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _describe(tally: WorkbookTally) -> dict[str, Any]:
    return {
        "file": tally.file,
        "sheet": tally.sheet,
        "sha256": tally.sha256,
        "facts": tally.facts,
        "totals": tally.totals,
        "rejected": tally.rejected,
    }
