"""A plugin for every domain: facts of months that are closed are not loaded; their references still are.

This module is the entry point: it answers the hooks, and leaves the work to the modules beside it. Without a block
``plugins: {period_lock: …}`` in data_sources.yml it does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wdh import FactRows, Note, WarehouseReader, hooks


@hooks.provide_settings
def provide_settings(domain: str | None) -> Mapping[str, Any] | None:
    """Give the contract of the plugin's own block."""
    if domain is not None:
        return None
    from wdh_period_lock.settings import CONTRACTS

    return CONTRACTS


@hooks.skip_facts
def skip_facts(
    domain: str, facts: FactRows, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None
) -> str | Note | None:
    """Veto facts of months that are closed, naming the months."""
    if settings is None:
        return None
    from wdh_period_lock.lock import judge_facts

    return judge_facts(domain, facts, warehouse=warehouse, settings=settings)
