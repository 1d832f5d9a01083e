"""The domain annuity_income: monthly 收入明细 of the pension business, and the five tables of references behind them.

This module is the entry point: it answers the hooks, and leaves the work to the modules beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wdh import Batch, Facts, RunContext, Table, hooks


@hooks.provide_refs
def provide_refs() -> Mapping[str, Any]:
    """Give the default references: plans, portfolios, product lines, organizations and customers."""
    from wdh_annuity_income.references import REFERENCES

    return REFERENCES


@hooks.provide_settings
def provide_settings() -> Mapping[str, Any]:
    """Give the contracts of companies, names, codes, offices, product lines and total words, with their defaults."""
    from wdh_annuity.settings import CONTRACTS_WITHOUT_ACCOUNTS

    return CONTRACTS_WITHOUT_ACCOUNTS


@hooks.provide_tables
def provide_tables() -> Mapping[str, Table]:
    """Describe the fact table and the five reference tables."""
    from wdh_annuity_income.tables import TABLES

    return TABLES


@hooks.transform
def transform(batch: Batch, context: RunContext) -> Facts:
    """Turn a batch of 收入明细 into facts."""
    from wdh_annuity.facts import read_facts
    from wdh_annuity_income.facts import FORM

    return read_facts(batch, context, FORM)
