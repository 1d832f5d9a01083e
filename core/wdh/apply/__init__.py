"""Applies a plan to the warehouse: one transaction, all of it or nothing."""

from wdh.apply.catalogue import read_tables
from wdh.apply.fit.misfits import DoesNotFit
from wdh.apply.ledger import Ledger, RunRecord
from wdh.apply.look import look_at
from wdh.apply.outcomes import Applied, StepOutcome
from wdh.apply.preparation import DEFAULT_LOCK_TIMEOUT, prepare
from wdh.apply.refusals.refused import Refused
from wdh.apply.steps import run_step
from wdh.apply.transaction import Check, Part, apply_parts, apply_plan
from wdh.apply.verification import verify

__all__ = [
    "DEFAULT_LOCK_TIMEOUT",
    "Applied",
    "Check",
    "DoesNotFit",
    "Ledger",
    "Part",
    "Refused",
    "RunRecord",
    "StepOutcome",
    "apply_parts",
    "apply_plan",
    "look_at",
    "prepare",
    "read_tables",
    "run_step",
    "verify",
]
