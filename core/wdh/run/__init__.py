"""One run, from the request to the report."""

from wdh.intake.ahead import AUTO_WORKERS
from wdh.run.audience import Audience, nobody_listens
from wdh.run.order import Finished, carry_out, carry_out_together, run
from wdh.run.request import Beside, RejectLimit, RunRequest, TooManyRejects
from wdh.run.task import OnAudience

__all__ = [
    "AUTO_WORKERS",
    "Audience",
    "Beside",
    "Finished",
    "OnAudience",
    "RejectLimit",
    "RunRequest",
    "TooManyRejects",
    "carry_out",
    "carry_out_together",
    "nobody_listens",
    "run",
]
