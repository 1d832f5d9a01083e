"""Collects workbooks: batches become facts in the spool, states of the references, rejects and tallies."""

from wdh.intake.collecting import (
    STOPPING,
    OpenWorkbook,
    Taken,
    Taking,
    refuse_blank_scopes,
)

__all__ = [
    "STOPPING",
    "OpenWorkbook",
    "Taken",
    "Taking",
    "refuse_blank_scopes",
]
