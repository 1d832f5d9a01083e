"""What the experiments share with the tests: the machine of the model test, the faults, the situations, the types."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.every_type import FORMS, LIMITED, base_types, try_type
from support.model.machine import Tally
from support.model.play import play
from support.model.strikes import FAULTS, Fault, Strike, Striking
from support.situations import Situation, all_situations, try_situation

__all__ = (
    "FAULTS",
    "FORMS",
    "LIMITED",
    "Fault",
    "Situation",
    "Strike",
    "Striking",
    "Tally",
    "all_situations",
    "base_types",
    "play",
    "try_situation",
    "try_type",
)
