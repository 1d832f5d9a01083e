"""Log events keep the contract ``event``: those of real runs as they are printed, and all others by their calls."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.contracts import breaches

from wdh.logs import Log
from wdh_schemas import EVENT, read_contract

CORE = Path(__file__).parents[2] / "core" / "wdh"
OWN = {"event", "level", "timestamp"}
"""The fields that every event has."""


def events_of(ended: Any) -> list[dict[str, Any]]:
    """Read the log of a run; a line that is no JSON is none of it."""
    events = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    for event in events:
        assert breaches(EVENT, event) == [], event
    return events


def logged(workspace: Any, *arguments: str) -> set[str]:
    ended = workspace.job("--log-format", "json", "--log-level", "debug", *arguments)
    assert ended.code == 0, ended.err
    return {event["event"] for event in events_of(ended)}


def test_the_events_of_real_runs_keep_the_contract(workspace: Any) -> None:
    assert logged(workspace, "--max-files", "2", "--execute", "--skip-unchanged") >= {
        "file_passed_over",
        "reader_chosen",
        "step_applied",
        "transaction_committed",
        "warehouse_chosen",
        "workbook_read",
        "workbook_taken",
    }
    assert "run_not_skipped" in logged(workspace, "--execute", "--skip-unchanged")


@pytest.fixture(scope="module")
def calls() -> list[tuple[str, str, set[str]]]:
    """The calls ``log.LEVEL("event", field=…)`` of the core: the event, its level and its fields."""
    return [call for path in sorted(CORE.rglob("*.py")) for call in find_calls(path.read_text(encoding="utf-8"))]


def find_calls(source: str) -> Iterator[tuple[str, str, set[str]]]:
    if "log." not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("log.debug", "log.info", "log.warning"):
            level = ast.unparse(node.func).removeprefix("log.")
            names = (part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant))
            fields = {keyword.arg or "**" for keyword in node.keywords}
            yield from ((str(name), level, fields) for name in names)


def test_the_contract_has_every_event_that_is_logged_with_its_level_and_fields(calls: Any) -> None:
    contract = read_contract(EVENT)["$defs"]
    assert {name for name, _, _ in calls} == contract.keys()
    for name, level, fields in calls:
        told = contract[name]
        assert told["properties"]["level"] == {"const": level}, name
        assert told["properties"].keys() == OWN | fields, name
        assert set(told["required"]) == fields, name


def test_an_event_with_another_field_or_of_another_kind_is_told() -> None:
    """The tests above could not fail else."""
    event = {"event": "workbook_read", "level": "info", "timestamp": "2026-01-01T00:00:00Z"}
    fields = {"file": "x.xlsx", "sheet": "1", "facts": 1, "rejected": 0}
    assert breaches(EVENT, {**event, **fields}) == []
    for wrong in ({"more": 1}, {"facts": "1"}, {"level": "warning"}, {"event": "workbook_red"}):
        assert breaches(EVENT, {**event, **fields, **wrong}) != []


def test_every_level_of_the_log_is_looked_for() -> None:
    assert {name for name in vars(Log) if not name.startswith("_")} == {"debug", "info", "warning"}
