"""The job of earlier deployments, with the five ops and the run configuration that they had.

Its graph shows the way of the data. All that writes is in ``load_op``, as it is one transaction: the ops before it
tell what is found, read and planned, and what ``backfill_refs_op`` is told to do is done there.
"""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import dagster

from wdh.errors import WdhError
from wdh.integrations.dagster.assets import is_another_try, tell
from wdh.integrations.dagster.deployment import Deployment
from wdh.integrations.dagster.results import (
    describe_facts,
    describe_reference,
    describe_run,
    find_reasons,
    stop,
)
from wdh.integrations.job import run_job
from wdh.run import RunRequest
from wdh.run.task import find_taken
from wdh.settings import Domain
from wdh.words.language import in_english, say

Passed = dict[str, Any]
"""The answer of an op for the next one: names and numbers, and nothing that a cell holds."""

_NAMES: Final = dagster.Field([str], default_value=[])
_PLAN_ONLY: Final = dagster.Field(bool, default_value=True)
_DISCOVER: Final = {
    "domain": dagster.Field(str, description="The domain to run."),
    "max_files": dagster.Field(int, default_value=1, description="How many months at most, the newest first."),
}
_READ: Final = {"sheet": dagster.Field(dagster.Any, is_required=False, description="A name, or a 0-based index.")}
_BACKFILL: Final = {
    "targets": dagster.Field([str], default_value=[], description="Names of references, or all; empty: none."),
    "mode": dagster.Field(
        dagster.Noneable(str), default_value=None, description="How to backfill; null: each reference's own mode."
    ),
    "plan_only": _PLAN_ONLY,
    "chunk_size": dagster.Field(int, default_value=1000, description="Has no effect: a backfill is one statement."),
}
_LOAD: Final = {
    "table": dagster.Field(dagster.Noneable(str), default_value=None, description="That of the configuration."),
    "mode": dagster.Field(str, default_value="delete_insert"),
    "pk": _NAMES,
    "plan_only": _PLAN_ONLY,
    "skip": dagster.Field(bool, default_value=False, description="Leave the fact table alone."),
}


def build_ops_job(
    deployment: Deployment, domains: Mapping[str, Domain], *, retries: dagster.RetryPolicy
) -> dagster.JobDefinition:
    """Make the job ``wdh_job``, whose run configuration is what ``wdh.build_run_config`` gives.

    Its first op fails for a domain that is not one of ``domains``.
    """

    def discover_files_op(context: dagster.OpExecutionContext) -> Passed:
        return _discover(context, deployment, domains)

    def read_excel_op(context: dagster.OpExecutionContext, found: Any) -> Passed:
        return _read(context, deployment, domains[found["domain"]], found, retries)

    def transform_op(context: dagster.OpExecutionContext, read: Any) -> Passed:
        context.add_output_metadata({"facts": read["facts"], "rejected": read["rejected"], "notes": read["notes"]})
        return {**read}

    def backfill_refs_op(context: dagster.OpExecutionContext, facts: Any) -> Passed:
        return _plan_backfill(context, facts)

    def load_op(context: dagster.OpExecutionContext, planned: Any) -> Passed:
        return _load(context, deployment, domains[planned["domain"]], planned, retries)

    discover = dagster.op(config_schema=_DISCOVER)(discover_files_op)
    read = dagster.op(config_schema=_READ)(read_excel_op)
    transform = dagster.op()(transform_op)
    backfill = dagster.op(config_schema=_BACKFILL)(backfill_refs_op)
    load = dagster.op(config_schema=_LOAD)(load_op)

    def wdh_job() -> None:
        load(backfill(transform(read(discover()))))

    return dagster.job(executor_def=dagster.in_process_executor)(wdh_job)


def _discover(context: Any, deployment: Deployment, domains: Mapping[str, Domain]) -> Passed:
    name = context.op_config["domain"]
    if name not in domains:
        raise _refuse(
            say("the domain {domain!r} is not one of {domains}", domain=name, domains=", ".join(domains)),
        )
    request = RunRequest(
        name, deployment.config, deployment.data_dir, max_files=context.op_config["max_files"], environment=os.environ
    )
    try:
        taken = find_taken(request)
    except WdhError as error:
        raise _refuse(error.message) from None
    files = [str(workbook.path) for workbook in taken]
    context.add_output_metadata({"workbooks": [Path(file).name for file in files]})
    return {"domain": name, "files": files}


def _read(context: Any, deployment: Deployment, domain: Domain, found: Passed, retries: dagster.RetryPolicy) -> Passed:
    sheet = context.op_config.get("sheet", domain.sheet)
    # build_run_config says 0 of a domain that names several sheets, as it has nothing to say of it.
    is_own = sheet == domain.sheet or (domain.sheets and sheet == 0)
    chosen = [word for file in found["files"] for word in ("--file", file)]
    chosen += [] if is_own else ["--sheet", str(sheet)]
    report = _run(context, deployment, domain, [*chosen, "--plan-only"], retries=retries)
    workbooks = report["workbooks"]
    context.add_output_metadata(
        {"data_rows": sum(each["data_rows"] for each in workbooks), "sheets": [each["sheet"] for each in workbooks]}
    )
    return {
        **found,
        "chosen": chosen,
        "facts": sum(each["facts"] for each in workbooks),
        "rejected": sum(each["rejected"] for each in workbooks),
        "notes": [note["code"] for note in report["notes"]],
        "candidates": {each.name: describe_reference(report, each.name)["candidates"] for each in domain.refs},
    }


def _plan_backfill(context: Any, facts: Passed) -> Passed:
    config = context.op_config
    targets = [*facts["candidates"]] if "all" in config["targets"] else config["targets"]
    wanted = {name: facts["candidates"].get(name, 0) for name in targets}
    context.add_output_metadata({"candidates": wanted, "plan_only": config["plan_only"]})
    return {**facts, "targets": [] if config["plan_only"] else targets, "backfill_mode": config["mode"]}


def _load(
    context: Any, deployment: Deployment, domain: Domain, planned: Passed, retries: dagster.RetryPolicy
) -> Passed:
    """Do all that writes, in one transaction; return early where nothing is to be written."""
    config = context.op_config
    if config["table"] not in (None, domain.facts.table):
        raise _refuse(
            say(
                "load_op has the table {table!r}, and the domain {domain} loads into {own!r}: build the run "
                "configuration where the configuration of wdh is found. Nothing was touched.",
                table=config["table"],
                domain=domain.name,
                own=domain.facts.table,
            )
        )
    loads_facts = not (config["plan_only"] or config["skip"])
    if not loads_facts and not planned["targets"]:
        why = (
            say("only planned") if config["plan_only"] else say("the facts are skipped, and no reference is asked for")
        )
        return _skip(context, why)
    words = [*planned["chosen"], "--execute", "--mode", config["mode"]]
    words += ["--pk", ",".join(config["pk"])] if tuple(config["pk"]) not in ((), domain.pk) else []
    words += [] if loads_facts else ["--skip-facts"]
    words += ["--backfill-refs", ",".join(planned["targets"]) or "none"]
    words += [] if planned["backfill_mode"] is None else ["--backfill-mode", planned["backfill_mode"]]
    words += ["--skip-unchanged"] if is_another_try(context) else []
    report = _run(context, deployment, domain, words, retries=retries)
    if report["unchanged_since"] is not None:
        return _skip(context, say("the run {run} has loaded this very input", run=report["unchanged_since"]))
    about = describe_run(report, deployment.find_report_dir(domain.name))
    context.add_output_metadata({**about, **(describe_facts(report) if report["facts"]["loaded"] else {})})
    return {"run_id": report["run_id"], "loaded": report["facts"]["loaded"]}


def _run(
    context: Any, deployment: Deployment, domain: Domain, words: list[str], *, retries: dagster.RetryPolicy
) -> Mapping[str, Any]:
    """Run ``wdh-run``; give its report. Raises as stop() where it failed."""
    ended = run_job([*deployment.words(domain.name), *words], environment=os.environ, on_line=partial(tell, context))
    if ended.code != 0 or ended.report is None:
        stop(context, ended, deployment.find_report_dir(domain.name), retries=retries)
    for reason in find_reasons(ended.report):
        context.log.info("nothing to do for %s", reason)
    return ended.report


def _skip(context: Any, why: str) -> Passed:
    context.log.info("nothing was written: %s", in_english(why))
    context.add_output_metadata({"skipped": in_english(why)})
    return {"run_id": None, "loaded": False}


def _refuse(message: str) -> dagster.Failure:
    return dagster.Failure(in_english(message))
