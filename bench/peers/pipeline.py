"""The dlt pipeline of both dlt contestants: references merged by their key, facts by their delete scope."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import cleaning
from psycopg2.extensions import parse_dsn

SETTINGS = {
    "SCHEMA__NAMING": "direct",  # the default naming makes underscores of Chinese names
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
}


def address(dsn: str) -> str:
    """Write a connection string as the URL that dlt wants."""
    parts = parse_dsn(dsn)
    host = quote(parts["host"], safe="")
    return f"postgresql://{parts['user']}:{parts.get('password', 'x')}@{host}:{parts['port']}/{parts['dbname']}"


def merge(tables: Mapping[str, Any], dsn: str) -> None:
    """Load plans, portfolios and facts with ``write_disposition="merge"``. Raises where a load job failed."""
    os.environ.update(SETTINGS)
    import dlt  # reads the environment

    keys = {
        cleaning.PLANS: {"primary_key": "年金计划号"},
        cleaning.PORTFOLIOS: {"primary_key": "组合代码"},
        cleaning.FACTS: {"merge_key": list(cleaning.KEY)},
    }
    resources = [
        dlt.resource(
            [rows] if not isinstance(rows, list) else rows, name=table, write_disposition="merge", **keys[table]
        )
        for table, rows in tables.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        destination = dlt.destinations.postgres(address(dsn))
        pipeline = dlt.pipeline("bench", destination=destination, dataset_name="peer", pipelines_dir=folder)
        pipeline.run(resources).raise_on_failed_jobs()
