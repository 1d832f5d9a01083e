"""What the experiments share with the tests: the machine of the model test, the faults it strikes with, every type."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.every_type import FORMS, LIMITED, base_types, try_type
from support.model.machine import Tally
from support.model.play import play
from support.model.strikes import FAULTS, Fault, Strike, Striking

__all__ = (
    "FAULTS",
    "FORMS",
    "LIMITED",
    "Fault",
    "Strike",
    "Striking",
    "Tally",
    "base_types",
    "play",
    "try_type",
)
