"""Applying a plan to the warehouse: one transaction, all of it or nothing."""

from wdh.apply.transaction import DEFAULT_LOCK_TIMEOUT, Applied, StepOutcome, apply_plan, run_step, settle

__all__ = ["DEFAULT_LOCK_TIMEOUT", "Applied", "StepOutcome", "apply_plan", "run_step", "settle"]
