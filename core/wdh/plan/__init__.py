"""The plan and its steps: complete before anything is written, and the very object that is applied."""

from wdh.plan.plan import Plan
from wdh.plan.recorder import StepRecorder
from wdh.plan.steps import (
    Append,
    Backfill,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertPath,
    InsertRows,
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
