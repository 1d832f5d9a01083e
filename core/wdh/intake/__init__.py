"""Collects workbooks: batches become facts in the spool, states of the references, rejects and tallies."""

from wdh.intake.collecting import (
    STOPPING,
    Collector,
    OpenWorkbook,
    PartialIntake,
)
from wdh.intake.refusing import refuse_blank_scopes

__all__ = [
    "STOPPING",
    "Collector",
    "OpenWorkbook",
    "PartialIntake",
    "refuse_blank_scopes",
]
