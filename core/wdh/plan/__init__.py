"""The plan: what will happen, complete before anything is touched, and the very object that is applied."""

from wdh.plan.recorder import StepRecorder
from wdh.plan.steps import (
    Append,
    Backfill,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertPath,
    InsertRows,
    Plan,
    Rows,
    RowStep,
    Skip,
    StagedStep,
    Stamp,
    Statement,
    Step,
)

__all__ = [
    "Append",
    "Backfill",
    "DeleteScope",
    "FillNullOnly",
    "InsertMissing",
    "InsertPath",
    "InsertRows",
    "Plan",
    "RowStep",
    "Rows",
    "Skip",
    "StagedStep",
    "Stamp",
    "Statement",
    "Step",
    "StepRecorder",
]
