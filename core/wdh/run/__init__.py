"""One run, from the request to the report."""

from wdh.run.order import (
    Finished,
    OnRows,
    RejectLimit,
    RunRequest,
    TooManyRejects,
    carry_out,
    run,
)

__all__ = [
    "Finished",
    "OnRows",
    "RejectLimit",
    "RunRequest",
    "TooManyRejects",
    "carry_out",
    "run",
]
