"""After each step of any sequence the tables hold, row by row, what a model in plain Python says."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

from borrowed import Tally, play
from experiment import Finding, Place


def prove_model(place: Place, *, sequences: int) -> Finding:
    """Play random sequences of runs, edits by others, constraints, configurations and faults."""
    tally, losses = Tally(), 0
    with tempfile.TemporaryDirectory(prefix="wdh-model-") as folder:
        try:
            play(place.dsn, Path(folder), sequences=sequences, tally=tally)
        except Exception:  # whatever it is, it is a promise broken, and the smallest sequence is told with it
            traceback.print_exc(file=sys.stderr)
            losses = 1
    remark = f"{tally.runs:,} runs: {tally.written:,} wrote, {tally.refused:,} were refused, others only planned"
    experiment = "random sequences of runs, edits, constraints, configurations and faults against a model"
    return Finding("1-4, 6, 7: the tables are the model's", experiment, tally.sequences, tally.faults, losses, remark)
