"""The domain annuity_performance: monthly 规模明细 of the pension business, and the plans and portfolios behind them.

This module is the entry point: it answers the hooks, and leaves the work to the modules beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wdh import Batch, Facts, RunContext, Table, hooks


@hooks.provide_refs
def provide_refs() -> Mapping[str, Any]:
    """Give the default references: plans and portfolios, and three more that a configuration may enable."""
    from wdh_annuity_performance.references import REFERENCES

    return REFERENCES


@hooks.provide_settings
def provide_settings() -> Mapping[str, Any]:
    """Give the contracts of companies, names, codes, offices, product lines and total words, with their defaults."""
    from wdh_annuity_performance.settings import CONTRACTS

    return CONTRACTS


@hooks.provide_tables
def provide_tables() -> Mapping[str, Table]:
    """Describe the fact table and the reference tables, those that a configuration may enable included."""
    from wdh_annuity_performance.tables import TABLES

    return TABLES


@hooks.transform
def transform(batch: Batch, context: RunContext) -> Facts:
    """Turn a batch of 规模明细 into facts."""
    from wdh_annuity.facts import read_facts
    from wdh_annuity_performance.facts import FORM

    return read_facts(batch, context, FORM)


@hooks.write_demo
def write_demo(domain: str, folder: Path, seed: int) -> str:
    """Write the demonstration's workbooks and give its data_sources.yml."""
    from wdh_annuity_performance import demo

    return demo.write_demo(domain, folder, seed)
