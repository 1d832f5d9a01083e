"""The plan: what will happen, complete before anything is touched, and the very object that is applied."""

from wdh.plan.steps import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertPath,
    InsertRows,
    Plan,
    Rows,
    Skip,
    StagedStep,
    Statement,
    Step,
    StepRecorder,
    step_sql,
)

__all__ = [
    "Append",
    "DeleteScope",
    "FillNullOnly",
    "InsertMissing",
    "InsertPath",
    "InsertRows",
    "Plan",
    "Rows",
    "Skip",
    "StagedStep",
    "Statement",
    "Step",
    "StepRecorder",
    "step_sql",
]
