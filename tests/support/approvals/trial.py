"""One case tried: the plan is applied exactly or refused with the difference, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from support.approvals.booth import Booth, open_booth
from support.approvals.cases import SIGNED, Case
from support.workspaces import Ended
from wdh.testing.database import Database

_REFUSED = (2, 3)
_TARGETS = ("销售", "店铺", "目标")

Tables = Mapping[str, list[str]]


def try_case(case: Case, database: Database, folder: Path, *, seed: int) -> list[str]:
    """Give what is wrong with how the case ended; nothing: it ended as it must. ``folder`` is empty."""
    with open_booth(folder / "tried", database, seed=seed) as booth:
        document = _prepare(booth, case)
        faults: list[str] = []
        written: Tables | None = None
        for use in range(case.uses):
            before = booth.contents()
            ended = booth.apply("--output", "json", *case.applied)
            after = booth.contents()
            faults += _judge(case, use, ended, is_same=before == after)
            if ended.code == 0:
                written = after
                faults += _find_traces(booth, document, ended, after)
    if written is not None and _targets(written) != _targets(_execute(case, database, folder / "plain", seed=seed)):
        faults.append(f"something else was applied: {written}")
    return [f"{case.name}: {fault}" for fault in faults]


def _prepare(booth: Booth, case: Case) -> Mapping[str, Any]:
    """Write the plan down and let happen what happens; give the document as it was written."""
    case.before(booth)
    ended = booth.run("--plan-out", str(booth.plan), *case.made, environment=dict(case.environment))
    assert ended.code == 0, ended.err + ended.out
    document = booth.document
    case.happens(booth)
    return document


def _execute(case: Case, database: Database, folder: Path, *, seed: int) -> Tables:
    """Do the same without an approval."""
    with open_booth(folder, database, seed=seed) as booth:
        _prepare(booth, case)
        text = booth.workspace.config.read_text(encoding="utf-8").replace("approvals: required\n", "")
        booth.workspace.config.write_text(text, encoding="utf-8")
        ended = booth.run("--execute", *(option for option in case.made if option not in SIGNED))
        assert ended.code == 0, ended.err
        return booth.contents()


def _judge(case: Case, use: int, ended: Ended, *, is_same: bool) -> Iterator[str]:
    may_pass = use == 0 and case.says in (None, "")
    must_pass = use == 0 and case.says is None
    said = "was used" if use else case.says or ""
    if ended.code == 0 and not may_pass:
        yield f"use {use + 1} was applied"
    elif ended.code not in (0, *_REFUSED):
        yield f"exit {ended.code}: {ended.err}"
    elif ended.code and not is_same:
        yield "it was refused, and something was written"
    elif ended.code and must_pass:
        yield f"it was refused: {ended.err}"
    elif ended.code and said not in ended.err:
        yield f"it does not say {said!r}: {ended.err}"


def _find_traces(booth: Booth, document: Mapping[str, Any], ended: Ended, after: Tables) -> Iterator[str]:
    """The report and the ledger must name the approval; what was applied must be what was written down."""
    now = booth.document
    if ended.report["approval"] != now["id"] or not any(now["id"] in row for row in after["wdh_runs"]):
        yield "the approval is not in the report and the ledger"
    free = {"id", "made_at"} if "signature" not in document else set()
    if any(document.get(name) != now.get(name) for name in {*document, *now} - free):
        yield f"an edited document was applied: {json.dumps(now, ensure_ascii=False)[:500]}"


def _targets(tables: Tables) -> Tables:
    return {name: tables[name] for name in _TARGETS}
