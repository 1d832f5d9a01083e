"""Whatever happens in whatever order, the warehouse holds what plain Python says it must."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.model import derivation, expectation
from support.model.machine import Tally
from support.model.play import play
from support.model.rows import Row
from support.thoroughness import examples

pytestmark = pytest.mark.once

SEQUENCES = examples(30)


def test_after_every_step_of_a_random_sequence_the_tables_equal_the_model(database: Any, tmp_path: Path) -> None:
    """Runs, edits by others, constraints, configurations and faults; runs that write and runs that are refused."""
    tally = Tally()
    play(database.dsn, tmp_path, sequences=SEQUENCES, tally=tally)
    assert tally.sequences >= SEQUENCES
    assert min(tally.written, tally.refused, tally.faults) > 0


def forget_to_fill(*_: Any, **__: Any) -> bool:
    """Believe that a backfill leaves every gap."""
    return False


def find_no_other(row: Row, *_: Any) -> tuple[object, ...]:
    """Believe that no two rows have the same key."""
    return (id(row),)


def take_the_first(facts: Any) -> Any:
    """Believe that the first customer is taken, however often others occur."""
    return derivation._first(facts, "客户")


BELIEFS: dict[str, tuple[Any, str, Any]] = {
    "gaps stay": (expectation, "_fill", forget_to_fill),
    "keys never meet": (expectation, "_key", find_no_other),
    "the first customer": (derivation.RULES["plans"], "客户", take_the_first),
}


@pytest.mark.whole
@pytest.mark.parametrize("belief", BELIEFS)
def test_the_machine_sees_where_warehouse_and_model_differ(
    belief: str, database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model with a wrong belief stands for a job with a fault: the two cannot both be right."""
    place, name, wrong = BELIEFS[belief]
    change: Callable[..., None] = monkeypatch.setitem if isinstance(place, dict) else monkeypatch.setattr
    change(place, name, wrong)
    with pytest.raises(AssertionError):
        play(database.dsn, tmp_path, sequences=100, tally=Tally(), shrink=False, derandomize=True)
