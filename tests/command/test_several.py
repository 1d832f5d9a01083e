"""Several domains or months by one command: each by itself, told together, with the worst exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wdh.command.run import main
from wdh.command.summary import worst

SHOPS = """
  shops:
    pattern: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月店铺'
    sheet: 0
    table: 店铺销售
    pk: [月度]
    columns: {月度: {kind: month, required: true}, 销售额: {kind: amount, scale: 2}}
"""
MONTHS = ["annuity_performance 2024-09", "annuity_performance 2024-10", "annuity_performance 2024-11"]


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.fixture
def two(workspace: Any) -> Any:
    """A second domain in the configuration, whose workbooks and table are not there."""
    workspace.rewrite(lambda text: text.replace("domains:\n", "domains:" + SHOPS, 1))
    return workspace


def test_each_month_is_a_run_of_its_own(workspace: Any) -> None:
    ended = workspace.job("--max-files", "3", "--commit", "each", "--execute")
    assert ended.code == 0, ended.err
    assert [line for line in lines(ended.out) if line.startswith("annuity_performance 2024")] == [
        f"{month} committed 300 {references} 0" for month, references in zip(MONTHS, counted(workspace), strict=True)
    ]
    assert workspace.database.rows("SELECT count(*) FROM wdh_runs") == [(3,)]


def counted(workspace: Any) -> list[int]:
    """The references that each run inserted, by its row in the ledger."""
    rows = workspace.database.rows("SELECT counts FROM wdh_runs ORDER BY committed_at")
    return [sum(count["rows"] for count in counts if count["operation"] == "INSERT_MISSING") for (counts,) in rows]


def test_a_fault_in_one_month_leaves_the_earlier_ones_in_and_the_later_ones_alone(workspace: Any) -> None:
    (october,) = workspace.folder.rglob("V2/*10月*.xlsx")
    october.write_bytes(b"no workbook")
    arguments = ["--max-files", "3", "--commit", "each", "--execute"]
    ended = workspace.job(*arguments)
    assert ended.code == 3
    assert "annuity_performance 2024-10 ended with exit code 3." in ended.err
    table = lines(ended.out)
    assert f"{MONTHS[1]} failed 3" in table
    assert f"{MONTHS[2]} not begun" in table
    ended = workspace.job(*arguments, "--keep-going")
    assert ended.code == 3
    assert any("2 of 3 runs are done" in line for line in lines(ended.out))
    months = workspace.database.rows('SELECT DISTINCT "月度"::text FROM "规模明细" ORDER BY 1')
    assert months == [("2024-09-01",), ("2024-11-01",)]


def test_all_domains_of_the_configuration_run_in_its_order(two: Any) -> None:
    ended = run_all(two, "--keep-going")
    assert ended.code == 2
    table = [line for line in lines(ended.out) if line.startswith(("shops ", "annuity"))]
    assert table == ["shops failed 2", "annuity_performance planned 300 0"]
    assert run_all(two, "--domains", "annuity_performance").code == 0


def run_all(workspace: Any, *arguments: str) -> Any:
    chosen = [] if "--domains" in arguments else ["--domains", "all"]
    places = ["--config", str(workspace.config), "--data-dir", str(workspace.folder)]
    return workspace.run(main, *places, *chosen, *arguments)


def test_each_report_goes_into_a_folder_of_its_own(workspace: Any, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    ended = workspace.job("--max-files", "2", "--commit", "each", "--report-dir", str(reports), "--output", "json")
    assert ended.code == 0, ended.err
    assert sorted(path.name for path in reports.iterdir()) == [month.replace(" ", "-") for month in MONTHS[1:]]
    documents = [json.loads(line) for line in ended.out.splitlines()]
    assert [document["domain"] for document in documents] == ["annuity_performance"] * 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--domains", "all", "--plan-out", "plan.json"], "--plan-out is about one run, and these are several"),
        (["--domains", "all", "--file", "one.xlsx"], "--file is about one run, and these are several"),
        ([], "name the domain to run"),
    ],
)
def test_what_is_about_one_run_is_refused_for_several(two: Any, arguments: list[str], told: str) -> None:
    ended = two.run(main, "--config", str(two.config), "--data-dir", str(two.folder), *arguments)
    assert ended.code == 2
    assert told in ended.err


def test_the_worst_exit_code_is_that_of_the_command() -> None:
    assert worst([0, 10, 0]) == 10
    assert worst([10, 3, 2, 0]) == 2
    assert worst([4, 1, 5]) == 1
    assert worst([0, 130, 1]) == 130
    assert worst([]) == 0
