"""A domain as assets of Dagster: its references and its facts, by month, loaded together by one run."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import dagster

from wdh.integrations.dagster.deployment import Deployment
from wdh.integrations.dagster.keys import FACTS, write_name, write_reference
from wdh.integrations.dagster.results import (
    CHECKS,
    describe_facts,
    describe_reference,
    describe_run,
    find_reasons,
    is_written,
    judge_checks,
    judge_failure,
    stop,
)
from wdh.integrations.job import Ended, Line, run_job
from wdh.settings import Domain, Reference
from wdh.sql.identifiers import Target
from wdh.words.language import say

_CONFIG: Final = {
    "accept": dagster.Field([str], default_value=[], description="Guards that may say no, this once."),
    "max_rejects": dagster.Field(
        str, is_required=False, description="Go on without the rejected rows, up to this many: 5, or 1%."
    ),
}


def build_assets(
    deployment: Deployment,
    domain: Domain,
    *,
    months: dagster.PartitionsDefinition[str],
    pool: str,
    retries: dagster.RetryPolicy,
) -> dagster.AssetsDefinition:
    """Make the assets of a domain: ``[domain, REF]`` for each reference and ``[domain, "facts"]``, with their checks.

    A run of a month is one run of ``wdh-run --execute --period MONTH``, and so one transaction, which waits for its
    place in ``pool``. References that the month names no key of, and facts that were vetoed, are not materialized.
    References may be selected alone, and then the facts are left alone; facts are selected with all references.
    """
    references = {reference.name: _key(domain, reference) for reference in domain.refs}
    facts = _key(domain, None)
    specs = [
        dagster.AssetSpec(
            references[reference.name],
            deps=[references[name] for name in reference.depends_on],
            skippable=True,
            description=f"The reference {reference.name} of the domain {domain.name}, backfilled from its facts.",
            metadata=_describe_table(reference.target),
            kinds={"postgres"},
        )
        for reference in domain.refs
    ]
    specs.append(
        dagster.AssetSpec(
            facts,
            deps=list(references.values()),
            skippable=True,
            description=domain.description or f"The facts of the domain {domain.name}.",
            metadata=_describe_table(domain.facts),
            kinds={"postgres", "excel"},
        )
    )

    def load(context: dagster.AssetExecutionContext) -> Iterator[Any]:
        yield from _load(context, deployment, domain, retries)

    return dagster.multi_asset(
        name=f"load_{write_name(domain.name)}",
        specs=specs,
        check_specs=[dagster.AssetCheckSpec(name, asset=facts) for name in CHECKS],
        group_name=write_name(domain.name),
        partitions_def=months,
        backfill_policy=dagster.BackfillPolicy.multi_run(max_partitions_per_run=1),
        can_subset=True,
        config_schema=_CONFIG,
        pool=pool,
    )(load)


def tell(context: Any, line: Line) -> None:
    """Put a line of a run's log into Dagster's."""
    context.log.log(line.level, "%s", line.text)


def is_another_try(context: Any) -> bool:
    """Say whether an earlier try may have done all already, as is possible after a connection that was lost."""
    return bool(context.retry_number) or context.run.parent_run_id is not None


def _key(domain: Domain, reference: Reference | None) -> dagster.AssetKey:
    last = FACTS if reference is None else write_reference(reference.name)
    return dagster.AssetKey([write_name(domain.name), last])


def _describe_table(target: Target) -> Mapping[str, Any]:
    """Name the table as it is, whatever its script, which a key of Dagster cannot."""
    name = target.table if target.schema is None else f"{target.schema}.{target.table}"
    return {"dagster/table_name": name}


def _load(context: Any, deployment: Deployment, domain: Domain, retries: dagster.RetryPolicy) -> Iterator[Any]:
    month, wishes = context.partition_key, context.op_execution_context.op_config
    words = [*deployment.words(domain.name, period=month), "--execute"]
    words += _select(context, domain)
    words += ["--skip-unchanged"] if is_another_try(context) else []
    words += [word for guard in wishes["accept"] for word in ("--accept", guard)]
    words += ["--max-rejects", wishes["max_rejects"]] if "max_rejects" in wishes else []
    ended = run_job(words, environment=os.environ, on_line=partial(tell, context))
    folder = deployment.find_report_dir(domain.name, period=month)
    facts = _key(domain, None)
    if ended.code != 0 or ended.report is None:
        yield from judge_failure(ended.report, facts)
        stop(context, ended, folder, retries=retries)
    for reason in find_reasons(ended.report):
        context.log.info("nothing to do for %s", reason)
    about = describe_run(ended.report, folder)
    if ended.report["unchanged_since"] is not None:
        # An earlier try has loaded it: it is in the warehouse, by that run.
        version = dagster.DataVersion(ended.report["unchanged_since"])
        for each in (*domain.refs, None):
            if _key(domain, each) in context.selected_asset_keys:
                yield dagster.MaterializeResult(asset_key=_key(domain, each), metadata=about, data_version=version)
    else:
        yield from _tell_loaded(ended, domain, about)


def _select(context: Any, domain: Domain) -> list[str]:
    selected = context.selected_asset_keys
    chosen = [reference.name for reference in domain.refs if _key(domain, reference) in selected]
    if len(chosen) == len(domain.refs) and _key(domain, None) in selected:
        return []
    if _key(domain, None) in selected or not chosen:
        raise dagster.Failure(
            say(
                "the facts of {domain} are loaded with all their references, and judged as they are loaded; select "
                "all assets of the domain, or references alone. Nothing was touched.",
                domain=domain.name,
            )
        )
    return ["--skip-facts", "--backfill-refs", ",".join(chosen)]


def _tell_loaded(ended: Ended, domain: Domain, about: Mapping[str, Any]) -> Iterator[Any]:
    report = ended.report or {}
    version = dagster.DataVersion(report["run_id"]) if report["run_id"] is not None else None
    for reference in domain.refs:
        if is_written(report, reference.name):
            metadata = {**describe_reference(report, reference.name), **about}
            key = _key(domain, reference)
            yield dagster.MaterializeResult(asset_key=key, metadata=metadata, data_version=version)
    if report["facts"]["loaded"]:
        metadata = {**describe_facts(report), **about}
        facts = _key(domain, None)
        yield dagster.MaterializeResult(asset_key=facts, metadata=metadata, data_version=version)
        yield from judge_checks(report, facts)
