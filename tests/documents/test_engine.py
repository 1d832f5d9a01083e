"""Every situation that docs/engine.md tells of is held by the test that its line names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.situations import all_situations

ROOT = Path(__file__).parents[2]
HEAD = "| situation | what wdh does | what it says | test |"


def lines() -> list[tuple[str, str]]:
    """Give the situation and the named test of each line."""
    text = (ROOT / "docs/engine.md").read_text(encoding="utf-8").split("## Situations")[1]
    found = []
    for line in text.splitlines():
        if line.startswith("| ") and line != HEAD:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert len(cells) == 4, line
            found.append((cells[0], cells[3].strip("`")))
    return found


@pytest.mark.parametrize(("situation", "test"), lines())
def test_the_test_of_a_situation_is_there(situation: str, test: str) -> None:
    kind, _, name = test.partition(": ")
    if kind.startswith("situations/"):
        assert name in {known.name for known in all_situations()[kind.removeprefix("situations/")]}, situation
    else:
        file, _, function = test.partition("::")
        assert f"def {function}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), situation


def test_every_kind_of_situation_has_lines() -> None:
    assert {test.partition(": ")[0] for _, test in lines()} >= {f"situations/{kind}" for kind in all_situations()}
