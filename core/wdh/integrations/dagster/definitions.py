"""All that Dagster is to know of a configuration: assets, a job and a schedule for each domain, and the job of ops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import dagster

from wdh.integrations.dagster.assets import build_assets
from wdh.integrations.dagster.deployment import find_deployment, name_pools, read_domains
from wdh.integrations.dagster.keys import write_name
from wdh.integrations.dagster.ops import build_ops_job

RETRIES: Final = dagster.RetryPolicy(max_retries=3, delay=900)
"""Three more tries, a quarter of an hour apart, of a run that the database refused or lost."""


def build_definitions(
    config: str | Path | None = None,
    *,
    start: str,
    data_dir: str | Path | None = None,
    report_dir: str | Path | None = None,
    domains: Sequence[str] | None = None,
    flags: Sequence[str] = (),
    day: int = 5,
    hour: int = 6,
    time_zone: str = "UTC",
    retries: dagster.RetryPolicy = RETRIES,
) -> dagster.Definitions:
    """Make the definitions of a configuration's ``domains``, None: of all.

    ``start`` is the first month, such as ``2024-01``. On ``day`` of each month at ``hour`` in ``time_zone`` the
    schedules load the month before it; they are off until somebody turns them on. ``data_dir`` and ``report_dir`` are
    what ``--data-dir`` and ``--report-dir`` are, and ``flags`` are further words of ``wdh-run`` for each run. The
    warehouse is named by the variables of wdh and libpq alone, in the environment of the runs. ``retries``
    concern exit codes 4 and 5: after the others a run fails at once.

    Raises SetupError for a configuration, a domain or flags that a run would refuse.
    """
    deployment = find_deployment(config, data_dir=data_dir, report_dir=report_dir, flags=flags)
    found = read_domains(deployment, domains)
    pools = name_pools(found)
    months = dagster.MonthlyPartitionsDefinition(start_date=start, fmt="%Y-%m", timezone=time_zone)
    assets, schedules, jobs = [], [], [build_ops_job(deployment, found, retries=retries)]
    for name, domain in found.items():
        loading = build_assets(deployment, domain, months=months, pool=pools[name], retries=retries)
        job = _make_job(name, loading)
        assets.append(loading)
        jobs.append(job)
        schedules.append(dagster.build_schedule_from_partitioned_job(job, day_of_month=day, hour_of_day=hour))
    return dagster.Definitions(assets=assets, jobs=jobs, schedules=schedules)


def _make_job(name: str, loading: dagster.AssetsDefinition) -> Any:
    # One step needs no process of its own beside that of its run.
    selection, executor = dagster.AssetSelection.assets(loading), dagster.in_process_executor
    return dagster.define_asset_job(f"{write_name(name)}_month", selection=selection, executor_def=executor)
