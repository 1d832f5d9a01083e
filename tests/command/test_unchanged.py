"""`--skip-unchanged` does nothing exactly where the latest committed run of the domain had just the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from wdh.command.run import main as job_command
from wdh.run.record import OWN_PLACES, hash_named
from wdh.warehouse.address import HOME_VARIABLE

AGAIN = ("--execute", "--skip-unchanged")


def ran(workspace: Any, *arguments: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
    ended = workspace.job(*arguments, "--output", "json", environment=environment)
    assert ended.code == 0, ended.err
    document: dict[str, Any] = json.loads(ended.out)
    return document


def test_nothing_is_read_or_written_and_the_report_names_the_run(workspace: Any) -> None:
    first = ran(workspace, *AGAIN)
    assert first["unchanged_since"] is None
    # One row stays: autovacuum would take a table without any for one that was emptied, whenever it comes by.
    workspace.database.execute('DELETE FROM "规模明细" f WHERE f.ctid < (SELECT max(g.ctid) FROM "规模明细" g)')
    again = ran(workspace, *AGAIN)
    assert (again["unchanged_since"], again["executed"], again["workbooks"]) == (first["run_id"], False, [])
    assert workspace.database.rows('SELECT count(*) FROM "规模明细"') == [(1,)]
    assert "Nothing was read or written" in (text := workspace.job(*AGAIN).out)
    assert first["run_id"] in text
    assert workspace.database.rows("SELECT count(*) FROM wdh_runs") == [(1,)]


@pytest.mark.parametrize(
    "change",
    ["a cell", "the mode", "the scope", "a default of the domain", "the environment", "a veto", "the workbooks"],
)
def test_whatever_the_plan_depends_on_is_a_reason_to_run(workspace: Any, change: str) -> None:
    assert ran(workspace, *AGAIN)["executed"]
    arguments, environment = list(AGAIN), {}
    if change == "a cell":
        from openpyxl import load_workbook

        path = next(workspace.folder.rglob("2024年11月*.xlsx"))
        book = load_workbook(path)
        book["规模明细"].cell(40, 10).value = 12.5
        book.save(path)
    elif change == "a default of the domain":
        workspace.rewrite(lambda text: text.replace("    pk:", "    product_lines: {企年投资: PL999}\n    pk:", 1))
    else:
        arguments += {
            "the mode": ["--mode", "append"],
            "the scope": ["--pk", "月度"],
            "a veto": ["--skip-facts"],
            "the workbooks": ["--max-files", "2"],
        }.get(change, [])
        environment = {"WDH_ALIAS_SALT": "other"} if change == "the environment" else {}
    assert ran(workspace, *arguments, environment=environment)["executed"]


def test_another_name_month_or_limit_of_rejects_is_a_reason_to_run(workspace: Any) -> None:
    path = next(workspace.folder.rglob("2024年11月*.xlsx"))
    assert ran(workspace, "--file", str(path), *AGAIN)["executed"]
    assert ran(workspace, "--file", str(path), *AGAIN)["unchanged_since"]
    assert ran(workspace, "--file", str(path), "--max-rejects", "1", *AGAIN)["executed"]
    renamed = path.rename(path.with_name("2024年12月年金终稿数据.xlsx"))
    assert ran(workspace, "--file", str(renamed), "--max-rejects", "1", *AGAIN)["executed"]


def test_a_run_in_between_is_a_reason_to_run_again(workspace: Any) -> None:
    """A correction came and was loaded; loading the first delivery again is then a change."""
    assert ran(workspace, *AGAIN)["executed"]
    assert ran(workspace, *AGAIN, "--skip-facts")["executed"]
    assert ran(workspace, *AGAIN)["executed"]


def test_without_execute_and_without_a_ledger_it_changes_nothing(workspace: Any) -> None:
    assert ran(workspace, "--skip-unchanged")["steps"]
    workspace.database.execute("DROP TABLE IF EXISTS wdh_runs")
    assert ran(workspace, *AGAIN)["executed"]


def test_places_of_wdhs_own_are_no_input_whatever_lies_there(workspace: Any, tmp_path: Path) -> None:
    """The embedded server's data and the reports change with every run; each workbook is hashed by itself."""
    places = {}
    for name in ("WDH_DATA_BASE_DIR", "WDH_EMBEDDED_DIR", "WDH_REPORT_DIR"):
        (tmp_path / name).mkdir()
        places[name] = str(tmp_path / name)
    assert ran(workspace, *AGAIN, environment=places)["executed"]
    for name in places:
        (tmp_path / name / "new").write_text("changed")
    assert ran(workspace, *AGAIN, environment=places)["unchanged_since"]


def test_every_option_that_is_a_path_names_a_place_of_wdhs_own() -> None:
    """A new option of the kind must not be taken for an input of domains."""
    found = {option.envvar for option in job_command.params if isinstance(option.type, click.Path)}
    assert {*found, HOME_VARIABLE} == OWN_PLACES


@pytest.mark.parametrize("text", ["/", ".", "..", "./", "../..", "//", " ", ""])
def test_a_setting_that_is_a_separator_names_no_folder(tmp_path: Path, text: str) -> None:
    """A whole disk would be read, and every run be another one."""
    (tmp_path / "lookup.csv").write_text("x")
    assert [name for name, _ in hash_named({"separator": text, "lookup": "lookup.csv"}, tmp_path)] == ["lookup.csv"]
