"""``wdh schema`` prints each contract whole, and what the commands print for programs keeps theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from support.contracts import breaches

from wdh.command.main import main
from wdh.command.schema import WHAT
from wdh_schemas import NAMES


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments, env={"COLUMNS": "200"})


def document(ended: Any, *, code: int = 0) -> Any:
    assert ended.code == code, ended.err
    return json.loads(ended.out)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_printed_with_all_that_it_refers_to(name: str) -> None:
    printed = json.loads(run("schema", name).stdout)
    Draft202012Validator.check_schema(printed)
    validator = Draft202012Validator(printed)
    list(validator.iter_errors([{}]))  # a $ref that leads nowhere would raise
    assert list(validator.iter_errors("a text")) != []


def test_the_printed_schema_of_data_sources_judges_columns_too() -> None:
    """Columns have a contract of their own, which the printed one holds."""
    validator = Draft202012Validator(json.loads(run("schema", "data_sources").stdout))
    entry = {"pattern": "x", "table": "销售", "pk": ["月度"], "columns": {"月度": "month"}}
    assert list(validator.iter_errors({"domains": {"sales": entry}})) == []
    entry["columns"] = {"月度": "mnth"}
    assert list(validator.iter_errors({"domains": {"sales": entry}})) != []


def test_without_a_name_every_schema_is_listed() -> None:
    listed = run("schema").stdout.splitlines()
    assert [line.split()[0] for line in listed[1:]] == list(NAMES)
    assert WHAT.keys() == set(NAMES)


def test_a_name_that_is_none_is_refused_with_those_that_are() -> None:
    ended = run("schema", "events")
    assert ended.exit_code == 2
    assert "'events' is not one of 'report', 'event'" in ended.stderr


def test_what_is_listed_recorded_and_shown_keeps_its_contract(workspace: Any, tmp_path: Path) -> None:
    config = ("--config", str(workspace.config))
    assert breaches("domains", document(workspace.tool("domains", *config, "--output", "json"))) == []
    assert workspace.job("--execute").code == workspace.job("--execute").code == 0
    runs = document(workspace.tool("history", *config, "--output", "json"))
    assert len(runs) == 2
    assert breaches("history", runs) == []
    places = (*config, "--data-dir", str(workspace.folder), "--output", "json")
    shown = document(workspace.tool("history", "show", runs[0]["run_id"], *places))
    assert len(shown["way_back"]["deliveries"]) == 1
    assert breaches("history_show", shown) == []
    plan = tmp_path / "plan.json"
    assert workspace.job("--plan-out", str(plan)).code == 0
    assert breaches("approval", json.loads(plan.read_text(encoding="utf-8"))) == []
    assert breaches("plan_show", document(workspace.tool("plan", "show", str(plan), "--output", "json"))) == []
    plan.write_text("{}", encoding="utf-8")
    broken = document(workspace.tool("plan", "show", str(plan), "--output", "json"), code=3)
    assert broken["approval"] is None
    assert breaches("plan_show", broken) == []


def test_what_an_inspection_prints_keeps_its_contract(bare_workspace: Any, tmp_path: Path) -> None:
    book = next(bare_workspace.folder.rglob("2024年11月*.xlsx"))
    assert breaches("inspect", document(bare_workspace.tool("inspect", str(book), "--output", "json"))) == []
    table = tmp_path / "2024年11月.csv"
    table.write_text("月度;店号;店铺;金额\n" + "202411;0001;甲;12,5\n" * 20 + "202411;0001;乙;x\n", encoding="utf-8")
    found = document(bare_workspace.tool("inspect", str(table), "--output", "json"))
    assert found["text"] is not None
    assert breaches("inspect", found) == []
