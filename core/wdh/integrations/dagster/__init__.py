"""wdh in Dagster: assets by month, with checks, pools and retries, and the job of earlier deployments.

    from wdh.integrations.dagster import build_definitions

    defs = build_definitions("data_sources.yml", start="2024-01", report_dir="reports")

Each run is the command ``wdh-run`` in a process of its own. The extra ``dagster`` installs what this needs.
"""

from wdh.integrations.dagster.definitions import RETRIES, build_definitions

__all__ = ["RETRIES", "build_definitions"]
