"""Collects workbooks: batches become facts in the spool, states of the references, rejects and tallies."""

from wdh.intake.blank_keys import refuse_blank_scopes
from wdh.intake.collecting import (
    STOPPING,
    Collector,
    OpenWorkbook,
    PartialIntake,
)

__all__ = [
    "STOPPING",
    "Collector",
    "OpenWorkbook",
    "PartialIntake",
    "refuse_blank_scopes",
]
