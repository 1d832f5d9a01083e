"""What the experiments share with the tests: the machine of the model test, its faults, and silent lines."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.lines import line_to
from support.model.machine import Tally
from support.model.play import play
from support.model.strikes import FAULTS, Fault, Strike, Striking

__all__ = ("FAULTS", "Fault", "Strike", "Striking", "Tally", "line_to", "play")
