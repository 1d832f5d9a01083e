"""The tables of a domain, under the names of its configuration: described by the domain, created on demand."""

from __future__ import annotations

from pathlib import Path

from wdh.domain.loading import declared_columns, read_configuration
from wdh.errors import SetupError
from wdh.registry.hooks import Hooks
from wdh.sql import ledger
from wdh.sql.tables import create_tables


def describe_tables(hooks: Hooks, path: Path) -> tuple[str, ...]:
    """Write the DDL of a domain. Raises SetupError where the domain describes no tables (hook ``provide_tables``)."""
    configuration = read_configuration(path, hooks)
    domain = configuration.domain
    tables = hooks.provide_tables(declared_columns(domain), domain.refs)
    if tables is None:
        raise SetupError(
            f"domain {hooks.domain} does not describe its tables; create them by hand, or ask the authors of "
            f"{hooks.plugin} for the hook provide_tables",
            domain=hooks.domain,
        )
    targets = {"facts": domain.facts} | {reference.name: reference.target for reference in domain.refs}
    own = {targets[name]: table for name, table in tables.items() if name in targets}
    return create_tables({**own, configuration.ledger: ledger.TABLE})
