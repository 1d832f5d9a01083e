"""The tables of a domain, under the names of its configuration: described by the domain, created on demand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wdh.domain.loading import declared_columns, read_configuration
from wdh.errors import SetupError
from wdh.registry.hooks import Hooks
from wdh.sql import ledger
from wdh.sql.tables import LINEAGE, create_tables
from wdh.words.language import say


def describe_tables(hooks: Hooks, path: Path) -> tuple[str, ...]:
    """Write the DDL of a domain. Raises SetupError where the domain describes no tables (hook ``provide_tables``)."""
    configuration = read_configuration(path, hooks)
    domain = configuration.domain
    tables = hooks.provide_tables(declared_columns(domain), domain.refs)
    if tables is None:
        raise SetupError(
            say(
                "domain {domain} does not describe its tables; create them by hand, or ask the authors of "
                "{plugin} for the hook provide_tables",
                domain=hooks.domain,
                plugin=hooks.plugin,
            ),
            domain=hooks.domain,
        )
    targets = {"facts": domain.facts} | {reference.name: reference.target for reference in domain.refs}
    added = {"facts": {column: LINEAGE[part] for part, column in domain.lineage.items()}}
    for ref in domain.refs:
        added[ref.name] = {} if ref.created_by_run is None else {ref.created_by_run: LINEAGE["run"]}
    own = {
        targets[name]: replace(table, columns={**table.columns, **added[name]})
        for name, table in tables.items()
        if name in targets
    }
    return create_tables({**own, configuration.ledger: ledger.TABLE})
