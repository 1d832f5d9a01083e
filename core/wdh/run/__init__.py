"""One run, from the request to the report."""

from wdh.run.order import Finished, carry_out, carry_out_together, run
from wdh.run.request import OnRows, RejectLimit, RunRequest, TooManyRejects

__all__ = [
    "Finished",
    "OnRows",
    "RejectLimit",
    "RunRequest",
    "TooManyRejects",
    "carry_out",
    "carry_out_together",
    "run",
]
