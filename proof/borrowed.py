"""What the experiments share with the tests: models, faults, approvals, ways back, situations, types, lines."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.approvals import CASES as APPROVALS
from support.approvals import try_case as try_approval
from support.every_type import FORMS, LIMITED, base_types, try_type
from support.forecasts import Situation as Foreseeable
from support.forecasts import find_surprise, situations
from support.killing import BETWEEN, INSIDE, SENT, kill_at
from support.lines import line_to
from support.model.machine import Tally
from support.model.play import play
from support.model.strikes import FAULTS, Fault, Strike, Striking
from support.situations import Situation, all_situations, try_situation
from support.ways_back import Tally as BackTally
from support.ways_back import play_history

__all__ = (
    "APPROVALS",
    "BETWEEN",
    "FAULTS",
    "FORMS",
    "INSIDE",
    "LIMITED",
    "SENT",
    "BackTally",
    "Fault",
    "Foreseeable",
    "Situation",
    "Strike",
    "Striking",
    "Tally",
    "all_situations",
    "base_types",
    "find_surprise",
    "kill_at",
    "line_to",
    "play",
    "play_history",
    "situations",
    "try_approval",
    "try_situation",
    "try_type",
)
