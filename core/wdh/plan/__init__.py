"""The plan and its steps: complete before anything is written, and the very object that is applied."""

from wdh.plan.loading import Append, SpooledStep, Stage, Upsert
from wdh.plan.matching import InsertPath
from wdh.plan.plan import Plan
from wdh.plan.recorder import StepRecorder
from wdh.plan.steps import (
    Backfill,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
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
    "SpooledStep",
    "Stage",
    "StagedStep",
    "Stamp",
    "Statement",
    "Step",
    "StepRecorder",
    "Upsert",
]
