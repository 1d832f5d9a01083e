"""What a run writes of itself into the ledger, and the hash by which the same input is known again."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from wdh.apply import RunRecord
from wdh.context import RunContext
from wdh.planning import Wishes
from wdh.registry.hooks import Hooks
from wdh.report import Intake, WorkbookTally
from wdh.settings import Domain


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that the plan of a run depends on beside the workbooks themselves.

    ``vetoes`` are those known so far: to tell whether a run is to be done, the operator's own; to record it, all.
    """

    domain: Domain
    wishes: Wishes
    context: RunContext
    vetoes: tuple[str, ...]
    versions: Mapping[str, str]
    reject_limit: str

    def hash_with(self, workbooks: Iterable[tuple[str, str]]) -> str:
        """Hash the circumstances with the workbooks, (name, hash) in their order. Equal hashes mean equal runs."""
        depends = {
            "workbooks": list(workbooks),
            "period": self.context.period,
            "reject_limit": self.reject_limit,
            "domain": asdict(self.domain),
            "wishes": [self.wishes.load_mode, sorted(self.wishes.backfill_refs), self.wishes.backfill_mode],
            "environment": dict(self.context.environment),
            "vetoes": self.vetoes,
            "versions": self.versions,
        }
        text = json.dumps(depends, sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def make_record(circumstances: Circumstances, intake: Intake, *, started: datetime.datetime) -> RunRecord:
    """Say what a run is about to apply. The run id is new and random; ``started`` has a time zone."""
    return RunRecord(
        run_id=str(uuid.uuid4()),
        domain=circumstances.domain.name,
        mode=circumstances.wishes.load_mode,
        input_hash=circumstances.hash_with((tally.path.name, tally.sha256) for tally in intake.workbooks),
        files=[_describe(tally) for tally in intake.workbooks],
        versions=circumstances.versions,
        started_at=started.isoformat(timespec="milliseconds"),
    )


def versions_of(hooks: Hooks) -> Mapping[str, str]:
    """Name the distributions that a run's result depends on, with their versions; a declared domain has none."""
    own = {hooks.plugin.distribution: hooks.plugin.version} if hooks.plugin.group else {}
    return {"wdh": version("wdh"), **own}


def _describe(tally: WorkbookTally) -> dict[str, Any]:
    return {
        "file": tally.file,
        "sheet": tally.sheet,
        "sha256": tally.sha256,
        "facts": tally.facts,
        "totals": tally.totals,
        "rejected": tally.rejected,
    }
