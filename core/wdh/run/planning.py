"""One run until its plan is made: what it reads, in order, and what is then to be applied."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply import Ledger, Part
from wdh.apply.applying import Warehouse
from wdh.apply.foreseeing import forecast_at
from wdh.apply.guards import Watch, judge_plan
from wdh.apply.recording import describe_periods
from wdh.context import RunContext
from wdh.discovery import describe_place
from wdh.domain.loading import pointing_at_settings
from wdh.errors import SetupError, WdhError, about_domain
from wdh.facts import Note
from wdh.facts.spool import FactRows
from wdh.intake.ahead import ReadAhead
from wdh.intake.tally import Intake, merge_notes, rejected_rows
from wdh.intake.unfit_candidates import PICK_REFUSED
from wdh.logs import Log, withholding
from wdh.plan.planning import make_plan
from wdh.registry import conduct
from wdh.registry.hooks import Veto
from wdh.report import Report
from wdh.report.report import StageClock
from wdh.report.withholding import withhold_error, withhold_fault, withhold_intake
from wdh.run.approving import Planned, approve, describe_plan, make_check
from wdh.run.checking import make_watch, record_columns
from wdh.run.delivery import Delivery, complete_delivery
from wdh.run.makers import blame_maker
from wdh.run.readings import NotingReader, Reading, TableRead
from wdh.run.record import collect_readings, make_record
from wdh.run.request import Beside, OnPlan, OnRows, OpenWarehouse, RunRequest, TooManyRejects, stopping_reason
from wdh.run.sheets import collect_sheets, find_held_rows, make_spool, open_taken
from wdh.run.task import OnAudience, Task, prepare_task
from wdh.run.unchanged import find_unchanged
from wdh.settings import Domain
from wdh.sql.driver import Connection
from wdh.words.language import later, say
from wdh.words.spelling import did_you_mean

if TYPE_CHECKING:
    from wdh.computing import Found
    from wdh.run.mended import Holding

log = Log()

_NOT_ASKED = later(
    "This plan has no database, so no from_table was asked, and these settings have only what the configuration itself "
    "says. Add --forecast, or --execute, to ask the tables."
)


class Ready(Struct, frozen=True):
    """A run whose plan is made: its report so far, and what is to be applied. ``part`` None: nothing is."""

    task: Task
    report: Report
    part: Part | None
    stages: StageClock


def prepare_run(
    request: RunRequest,
    spools: ExitStack,
    *,
    open_warehouse: OpenWarehouse,
    on_rows: OnRows,
    on_plan: OnPlan,
    on_audience: OnAudience,
    reading: ReadAhead,
) -> Ready:
    """Do all of a run that comes before anything is applied. Its facts are kept as long as ``spools`` is open.

    ``reading`` reads workbooks ahead.
    """
    stages, clock = StageClock(), datetime.datetime.now().astimezone()
    with (
        request.depots.naming(),
        about_domain(request.domain),
        pointing_at_settings(request.config, domain=request.domain),
    ):
        task = prepare_task(request, on_audience)
        with without_values(task):
            if (unchanged := find_unchanged(task, open_warehouse, is_fetched=False)) is not None:
                return Ready(task, unchanged, None, stages)
            request.depots.fetch(workbook.path for workbook in task.found.taken)
            task, delivery = complete_delivery(task, open_warehouse)
            report, part = _prepare(
                task,
                spools,
                delivery=delivery,
                open_warehouse=open_warehouse,
                on_rows=on_rows,
                on_plan=on_plan,
                clock=clock,
                stages=stages,
                reading=reading,
            )
    return Ready(task, report, part, stages)


@contextmanager
def without_values(*tasks: Task) -> Iterator[None]:
    """If one of the runs says so, let nothing out of the block, by error or log, that may repeat what a cell holds."""
    if not any(task.withholds for task in tasks):
        yield
        return
    try:
        with withholding():
            yield
    except WdhError as error:
        withhold_error(error)
        if isinstance(error, TooManyRejects):
            error.intake = withhold_intake(error.intake)
        raise
    except Exception as error:
        raise withhold_fault(error) from None


def _prepare(
    task: Task,
    spools: ExitStack,
    *,
    delivery: Delivery | None,
    open_warehouse: OpenWarehouse,
    on_rows: OnRows,
    on_plan: OnPlan,
    clock: datetime.datetime,
    stages: StageClock,
    reading: ReadAhead,
) -> tuple[Report, Part | None]:
    request = task.request
    if (unchanged := find_unchanged(task, open_warehouse, is_fetched=True)) is not None:
        return unchanged, None
    looking = _reading(open_warehouse, request)
    found, context = _ask_warehouse(task, looking)
    stages.end("prepare")
    holding = None if delivery is None else find_held_rows(task, delivery)
    collect = partial(collect_sheets, task, found=found, context=context, reading=reading)
    intake, facts = _collect_intake(task, spools, collect, on_rows=on_rows, context=context, holding=holding)
    stages.end("read")
    reader = _reading(open_warehouse, request)
    with reader:
        verdicts = task.hooks.skip_facts(
            context,
            facts,
            reader if request.execute or request.writes_plan else None,
            blocks=task.configuration.plugins,
        )
    report = _plan(task, intake, facts=facts, verdicts=verdicts)
    if holding is not None:
        report = replace(report, plan=holding.explain(report.plan))
    on_plan(report.plan)
    watch = make_watch(task.domain, intake, accept=request.accept, today=clock.date())
    report = replace(report, judged=judge_plan(report.plan, watch))
    stages.end("plan")
    if request.writes_plan:
        approval = approve(_describe_plan(task, report), open_warehouse(), request)
        report = replace(report, approval=approval)
    if task.forecasts or request.writes_plan:
        report = _forecast(report, open_warehouse(), task, watch=watch)
        stages.end("forecast")
    remarks = (*task.found.remarks, *conduct.remarks())
    report = replace(report, plan=report.plan.remarking(*remarks))  # no package is called from here on
    if not request.execute:
        return report, None
    asked = (*looking.readings, *reader.readings)
    ledger = _make_ledger(task, report, asked=asked, clock=clock, holding=holding)
    ledger = replace(ledger, record=record_columns(ledger.record, report.plan, watch))
    check = None if request.approved is None else make_check(request.approved, _describe_plan(task, report))
    if delivery is not None and request.wishes.load_mode == "append":
        from wdh.run.mended import make_chain_check

        check = make_chain_check(delivery, check)
    reads = tuple(reading.target for reading in asked if isinstance(reading, TableRead))
    return report, Part(report.plan, ledger, watch, check, reads, task.changes)


def _forecast(report: Report, warehouse: Warehouse, task: Task, *, watch: Watch) -> Report:
    """Show what the plan would do. It is the plan of before that is applied: another look is taken under the locks."""
    request = task.request
    foreseen = forecast_at(
        warehouse,
        report.plan,
        statement_timeout=request.statement_timeout,
        watch=watch,
        ledger=task.configuration.ledger,
        recalls=request.recalls and not request.execute,
        changes=None if request.execute else task.changes,
    )
    plan = report.plan if request.execute else foreseen.plan
    return replace(
        report,
        plan=plan,
        database=warehouse.described,
        forecast=foreseen.forecast,
        judged=foreseen.judged,
        history=foreseen.history,
    )


def _make_ledger(
    task: Task, report: Report, *, asked: Sequence[Reading], clock: datetime.datetime, holding: Holding | None
) -> Ledger:
    # With all vetoes: a run that a plugin kept from loading must never be taken for one that loaded.
    circumstances = replace(task.circumstances, vetoes=report.vetoes)
    readings = [*collect_readings(task.hooks, task.installation), *asked]
    request = task.request
    request = task.request
    record = make_record(
        circumstances,
        report.intake,
        readings,
        run_id=task.run_id,
        started=clock,
        facts=report.plan.facts,
        holding=holding,
        places={each.path: describe_place(each, request.data_dir, request.depots.show) for each in task.found.taken},
    )
    approved = request.approved
    return Ledger(task.configuration.ledger, replace(record, approval=None if approved is None else approved.id))


def _describe_plan(task: Task, report: Report) -> Planned:
    return describe_plan(task.request, task.configuration, report, hooks=task.hooks, withholds=task.withholds)


def _ask_warehouse(task: Task, reader: NotingReader) -> tuple[Found | None, RunContext]:
    """Read the tables in which columns are looked up, and those of mappings, in a transaction that ends here.

    The context has the mappings complete. Where nobody is to be asked, nothing was looked up (None), and it is as it
    was.
    """
    domain, context = task.domain, task.circumstances.context
    if not task.asks or not (domain.tables or any(computed.lookup for computed in domain.computed)):
        return None, context
    from wdh.computing import look_up

    with reader:
        if domain.tables:
            from wdh.computing.lookups import complete_mappings

            context = dataclasses.replace(context, settings=complete_mappings(domain, reader))
        return look_up(domain, reader), context


def _collect_intake(
    task: Task,
    spools: ExitStack,
    collect: Callable[..., Intake],
    *,
    on_rows: OnRows,
    context: RunContext,
    holding: Holding | None,
) -> tuple[Intake, FactRows]:
    """Collect the workbooks, check their facts, and collect them again without those that the checks refuse.

    ``collect`` is collect_sheets() of this run. The facts are without those that are loaded already.
    """
    with ExitStack() as held:
        spool = held.enter_context(make_spool(task))
        intake = collect(spool, on_rows)
        checked = None
        if task.domain.checks or task.hooks.checks_facts or (holding is not None and holding.refuses):
            from wdh.run.checking import Told, check_intake, show_facts

            told = Told(context, task.configuration.plugins)
            shown = show_facts(spool.facts(), intake)
            more = () if holding is None else holding.find_rejects(shown)
            checked = check_intake(task.hooks, task.domain, shown, intake, told=told, more=more)
            _stop_at_rejects(task, checked.intake)
            intake = checked.intake
            if checked.refused:
                held.close()
                spool = held.enter_context(make_spool(task))
                intake = checked.complete(collect(spool, lambda *_: None, checked=checked))
        if holding is not None:
            holding.check_same(intake)
            if loaded := holding.find_held(spool.facts()):
                held.close()
                spool = held.enter_context(make_spool(task))
                collect(spool, lambda *_: None, checked=checked, held=loaded)
            intake = holding.complete(intake)
        spools.enter_context(held.pop_all())
    _stop_at_rejects(task, intake)
    return _tell_unasked(task, intake), spool.facts()


def _stop_at_rejects(task: Task, intake: Intake) -> None:
    if stopping_reason(intake) or task.request.reject_limit.exceeded(
        rejected_rows(intake), data_rows=sum(tally.data_rows for tally in intake.workbooks)
    ):
        error = TooManyRejects(_tell_unasked(task, intake))
        made = (reject for reject in intake.rejects if reject.reason == PICK_REFUSED)
        with closing(open_taken(task)) as sheets:
            blame_maker(error, made, hooks=task.hooks, sheets=(sheet for _, sheet in sheets))
        if not task.withholds:
            error.beside = _find_beside(task, intake)
        raise error


def _find_beside(task: Task, intake: Intake) -> Beside | None:
    """Show the first reject where it stands. Reading again may fail, which is no reason to tell of another error."""
    from wdh.run.makers import find_beside

    with suppress(WdhError), closing(open_taken(task)) as sheets:
        return find_beside(intake.rejects[0], (sheet for _, sheet in sheets))
    return None


def _tell_unasked(task: Task, intake: Intake) -> Intake:
    """Note the mappings that a plan without a database took as the configuration alone has them."""
    if task.asks or not task.domain.tables:
        return intake
    rows = sum(tally.data_rows for tally in intake.workbooks)
    cases = {".".join(table.path): rows for table in task.domain.tables}
    return replace(intake, notes=(*intake.notes, Note("table_not_asked", say(_NOT_ASKED), cases)))


def _reading(open_warehouse: OpenWarehouse, request: RunRequest) -> NotingReader:
    def connect() -> AbstractContextManager[Connection]:
        warehouse = open_warehouse()
        log.info("warehouse_asked", database=warehouse.described)
        return warehouse.connect()

    return NotingReader(connect, lock_timeout=request.lock_timeout, statement_timeout=request.statement_timeout)


def _plan(task: Task, intake: Intake, *, facts: FactRows, verdicts: Sequence[Veto | Note]) -> Report:
    _check_period(task.domain, facts)
    refused = (verdict for verdict in verdicts if isinstance(verdict, Veto))
    vetoes = tuple(each.reason + ("" if each.plugin == "wdh" else f" ({each.plugin})") for each in refused)
    notes = (verdict for verdict in verdicts if isinstance(verdict, Note))
    plan = make_plan(
        task.domain,
        intake.candidates,
        facts=facts,
        wishes=task.request.wishes,
        vetoes=vetoes,
        load_facts=task.hooks.load_facts,
        run_id=task.run_id,
    )
    intake = replace(intake, notes=merge_notes((*intake.notes, *notes)))
    loaded = plan.facts if any(step.reference is None for step in plan.writes) else None
    passed = tuple(found for found in task.found.considered if not found.taken)
    return Report(
        task.request.domain,
        intake,
        plan,
        skip_facts=bool(vetoes),
        vetoes=vetoes,
        plugins_off=task.circumstances.off,
        passed_over=passed,
        data_dir=task.request.data_dir,
        periods=None if loaded is None else describe_periods(loaded),
    )


def _check_period(domain: Domain, facts: FactRows) -> None:
    """Raise SetupError where ``period`` names a column by whose dates no fact can be told."""
    if domain.period is None or not facts.count or facts.period_column is not None:
        return
    if domain.period in facts.columns:
        why = say("has something else than dates in it, or blanks")
    else:
        why = say("is no column of the facts{near}", near=did_you_mean(domain.period, facts.columns))
    raise SetupError(
        say(
            "period: {period} of the domain {domain} {why}. Name the fact column whose dates tell "
            "periods apart; the facts have {columns}. Nothing was touched.",
            period=domain.period,
            domain=domain.name,
            why=why,
            columns=", ".join(facts.columns),
        ),
        domain=domain.name,
        column=domain.period,
    )
