"""From the requests to the reports: runs are planned, applied in one transaction, and told of."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply import Applied, DoesNotFit
from wdh.apply.applying import Warehouse, apply_at
from wdh.apply.history import RecordedRun, recall_runs
from wdh.apply.outcomes import compare_forecasts
from wdh.domain.loading import pointing_at_settings
from wdh.intake.ahead import ReadAhead, read_ahead
from wdh.process.cycles import unsearched
from wdh.report import Report
from wdh.report.withholding import withhold_report
from wdh.run.audience import Audience, nobody_listens
from wdh.run.makers import blame_maker
from wdh.run.planning import Ready, prepare_run, without_values
from wdh.run.request import OnPlan, OnRows, OpenWarehouse, RunRequest
from wdh.run.sheets import open_taken
from wdh.run.task import OnAudience, Task
from wdh.sql.driver import Cursor


class Finished(Struct, frozen=True):
    """A run that is over: its report, and the plugins that are to hear of it."""

    report: Report
    audience: Audience


def run(
    request: RunRequest,
    *,
    open_warehouse: OpenWarehouse,
    on_rows: OnRows = lambda *_: None,
    on_plan: OnPlan = lambda _: None,
) -> Report:
    """Do one run, of which no plugin is told. Otherwise as :func:`carry_out`."""
    return carry_out(request, open_warehouse=open_warehouse, on_rows=on_rows, on_plan=on_plan).report


def carry_out(
    request: RunRequest,
    *,
    open_warehouse: OpenWarehouse,
    on_rows: OnRows = lambda *_: None,
    on_plan: OnPlan = lambda _: None,
) -> Finished:
    """Do one run, otherwise as :func:`carry_out_together`."""
    (finished,) = carry_out_together([request], open_warehouse=open_warehouse, on_rows=on_rows, on_plan=on_plan)
    return finished


def carry_out_together(
    requests: Sequence[RunRequest],
    *,
    open_warehouse: OpenWarehouse,
    on_rows: OnRows = lambda *_: None,
    on_plan: OnPlan = lambda _: None,
    on_audience: OnAudience = nobody_listens,
    reading: ReadAhead | None = None,
    before_apply: Callable[[], None] = lambda: None,
) -> tuple[Finished, ...]:
    """Plan all runs, then apply them in one transaction. They are of different domains of one configuration.

    ``open_warehouse`` is called only to execute; ``on_rows`` is called as rows are read. ``on_plan`` sees each plan as
    it will be applied, while its facts can be read: once the runs are over, they are gone. ``on_audience`` is given the
    plugins of each run, once they and their settings are known, to tell them if a run fails. ``reading`` reads
    workbooks ahead, for these runs and perhaps for others; None: as the first request says, for these alone.
    ``before_apply`` is called once all are planned. Raises what the stages raise (wdh.errors), and TooManyRejects; the
    fact ``domain`` of an error says which of the domains it is about.
    """
    with unsearched(), ExitStack() as spools:
        own = spools.enter_context(read_ahead(requests[0].workers)) if reading is None else reading
        ready = [
            prepare_run(
                request,
                spools,
                open_warehouse=open_warehouse,
                on_rows=on_rows,
                on_plan=on_plan,
                on_audience=on_audience,
                reading=own,
            )
            for request in requests
        ]
        before_apply()
        return _apply_runs(ready, open_warehouse=open_warehouse)


def _apply_runs(ready: Sequence[Ready], *, open_warehouse: OpenWarehouse) -> tuple[Finished, ...]:
    tasks = [one.task for one in ready]
    first = tasks[0].request
    with first.depots.naming(), pointing_at_settings(first.config, domain=first.domain), without_values(*tasks):
        try:
            reports = _apply(ready, open_warehouse=open_warehouse)
        except DoesNotFit as error:
            for task in tasks:
                if _is_about(error, task):
                    with closing(open_taken(task)) as sheets:
                        blame_maker(error, error.rejects, hooks=task.hooks, sheets=(sheet for _, sheet in sheets))
            error.intake = next(one.report.intake for one in ready if _is_about(error, one.task))
            raise
    return tuple(_conclude(one, report) for one, report in zip(ready, reports, strict=True))


def _is_about(error: DoesNotFit, task: Task) -> bool:
    return bool(error.facts.get("domain", task.request.domain) == task.request.domain)


def _conclude(ready: Ready, report: Report) -> Finished:
    task = ready.task
    report = replace(report, seconds=time.perf_counter() - ready.stages.started, stages=ready.stages.stages)
    told = _compare(withhold_report(report) if task.withholds else report)
    return Finished(told, task.audience)


def _compare(report: Report) -> Report:
    """Say what others changed between the forecast and the locks, where there were both."""
    if report.forecast is None or report.foreseen is None:
        return report
    return replace(report, plan=report.plan.remarking(*compare_forecasts(report.foreseen, report.forecast)))


def _apply(ready: Sequence[Ready], *, open_warehouse: OpenWarehouse) -> Sequence[Report]:
    """Apply the parts of all runs that have one; give the reports of all."""
    parts = [one.part for one in ready if one.part is not None]
    if not parts and len(ready) == 1:
        return [ready[0].report]
    if not parts:
        from wdh.apply.together import note_shared

        plans = note_shared([one.report.plan for one in ready])
        return [replace(one.report, plan=plan) for one, plan in zip(ready, plans, strict=True)]
    request, warehouse = ready[0].task.request, open_warehouse()
    histories: dict[str, tuple[RecordedRun, ...] | None] = {}
    applied = apply_at(
        warehouse,
        parts,
        lock_timeout=request.lock_timeout,
        lock_tries=request.lock_tries,
        statement_timeout=request.statement_timeout,
        afterwards=lambda cursor: histories.update(_recall(ready, cursor)),
    )
    for one in ready:
        one.stages.end("apply")
    outcomes = iter(applied)
    reports = [one.report if one.part is None else _add_outcome(one, next(outcomes), warehouse) for one in ready]
    return [replace(report, history=histories.get(report.domain)) for report in reports]


def _recall(ready: Sequence[Ready], cursor: Cursor) -> Mapping[str, tuple[RecordedRun, ...] | None]:
    """Read the latest runs of each domain whose report is to have them."""
    return {
        one.report.domain: recall_runs(cursor, one.part.ledger.target, domain=one.report.domain)
        for one in ready
        if one.task.request.recalls and one.part is not None and one.part.ledger is not None
    }


def _add_outcome(ready: Ready, applied: Applied, warehouse: Warehouse) -> Report:
    report, task = ready.report, ready.task
    return replace(
        report,
        approval=task.request.approved,
        plan=applied.plan,
        outcomes=applied.outcomes,
        forecast=applied.forecast,
        foreseen=report.forecast,
        database=warehouse.described,
        run_id=task.run_id if applied.is_recorded else None,
        judged=applied.judged,
    )
