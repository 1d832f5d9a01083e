"""From a workbook to a table, by what `wdh inspect` prints and nothing else: every cell is that of the generator."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.shapes import SHAPES, Maker, Shape
from support.workspaces import Workspace

from wdh.sql.identifiers import quote_ident
from wdh.testing.database import Database

SEED = 20241101


def find_command(page: str, name: str) -> list[str]:
    """Give the arguments of a command that the page says to type."""
    line = next(line.strip() for line in page.splitlines() if line.strip().startswith(f"{name} "))
    return shlex.split(line)[1:]


def exact(value: Any) -> Any:
    """Let 12, 12.0 and 12.00 be one number."""
    return value.normalize() + 0 if isinstance(value, Decimal) else Decimal(value) if type(value) is int else value


@pytest.mark.parametrize("make", SHAPES, ids=lambda make: make.__name__)
def test_what_inspect_prints_loads_every_cell_as_it_stands(
    tmp_path: Path, database: Database, make: Callable[[Maker], Shape]
) -> None:
    """Nobody edits the configuration, nor the command; an encoding that cannot be found is asked for."""
    shape = make(Maker(SEED))
    path = shape.write(tmp_path)
    workspace = Workspace(tmp_path, database)
    refused = workspace.tool("inspect", str(path)).err if shape.said else ""
    assert all(word in refused for word in shape.said if word.startswith("--"))
    page = workspace.tool("inspect", str(path), *shape.said).out
    workspace.config.write_text(page.partition("data_sources.yml\n")[2], encoding="utf-8")
    database.execute(workspace.tool("ddl", "new_domain", "--config", str(workspace.config)).out)
    command = find_command(page, "wdh-run")
    assert command[:2] == ["--domain", "new_domain"]
    report = workspace.job("new_domain", *command[2:], "--execute", "--output", "json").report
    (table,) = [step["target"] for step in report["steps"] if step["operation"] == "INSERT"]
    names = ", ".join(map(quote_ident, shape.columns))
    found = [tuple(map(exact, row)) for row in database.rows(f"SELECT {names} FROM {table}")]
    expected = [tuple(map(exact, row)) for row in shape.facts]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    checked = [(each["totals_checked"], each["totals_agreed"]) for each in report["workbooks"]]
    assert tuple(map(sum, zip(*checked, strict=True))) == shape.totals
    told = [case for note in report["notes"] if note["code"] == "total_differs" for case in note["cases"]]
    assert [shape.told in case for case in told] == [True] * (shape.told is not None)
