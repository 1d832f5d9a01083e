"""`wdh inspect`: what a workbook holds, and a configuration to go on with."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.workbooks import write_rows

from wdh.command.main import main as tool_command

ROWS: list[list[Any]] = [
    ["门店销售月报"],
    ["月度", "店铺代码", "店铺名称", "销售额"],
    *([202411, f"{n % 9:04}", f"店{n % 9}", n + 0.25] for n in range(90)),
    [202411, "0001", "店1", "约三千"],
    ["合计", None, None, 4005],
]


def inspect(*arguments: str) -> Any:
    return CliRunner().invoke(tool_command, ["inspect", *arguments])


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "2024年11月门店销售.xlsx", ROWS, sheet="销售")


def test_inspect_shows_columns_evidence_rejects_scope_references_and_yaml(workbook: Path) -> None:
    shown = inspect(str(workbook))
    assert shown.exit_code == 0, shown.stderr
    for expected in (
        "2024年11月门店销售.xlsx, sheet 销售, header in row 2",
        "92 rows: 90 facts, 1 total, 1 rejected; 0 hidden, 0 blank besides",
        "all but 1 of 91 cells read as amount; up to 2 decimals",
        "D93   销售额  约三千",
        "月度, 店铺代码: 9 scopes in 90 rows",
        "店铺: table 店铺, key 店铺代码",
        "each of 9 店铺代码 has one 店铺名称, in 90 rows",
    ):
        assert expected in shown.stdout, shown.stdout


def test_the_yaml_it_ends_with_runs_as_it_is_without_any_package(workbook: Path) -> None:
    from wdh.command.run import main as job_command

    shown = inspect(str(workbook)).stdout
    config = workbook.parent / "data_sources.yml"
    config.write_text(shown.partition("data_sources.yml\n")[2], encoding="utf-8")
    places = ["--domain", "new_domain", "--config", str(config), "--data-dir", str(workbook.parent)]
    ended = CliRunner().invoke(job_command, [*places, "--max-rejects", "1", "--output", "json"])
    assert ended.exit_code == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["workbooks"][0]["facts"] == 90
    assert '"店铺"' in str(report)


@pytest.mark.whole
def test_the_yaml_of_a_sample_workbook_loads_it_whole_and_a_second_time_changes_nothing(
    tmp_path: Path, database: Any
) -> None:
    from wdh.command.run import main as job_command
    from wdh_annuity_performance import demo

    demo.write_demo("annuity_performance", tmp_path, 20241101)
    (path,) = tmp_path.rglob("*24年9月*.xlsx")
    config = tmp_path / "data_sources.yml"
    shown = inspect(str(path)).stdout
    assert "R154 机构代码: Z0042 has G12 in 1 row, and G07 in most" in shown
    assert shown.count(" in most") == 5
    config.write_text(shown.partition("data_sources.yml\n")[2], encoding="utf-8")
    ddl = CliRunner().invoke(tool_command, ["ddl", "new_domain", "--config", str(config)])
    assert ddl.exit_code == 0, ddl.stderr
    database.execute(ddl.stdout)
    job = ["--domain", "new_domain", "--config", str(config), "--file", str(path), "--dsn", database.dsn, "--execute"]
    for inserted in (f"{4 + 12 + 60 + 222 + 125} inserted", "0 inserted"):
        ended = CliRunner().invoke(job_command, job)
        assert ended.exit_code == 0, ended.stderr
        assert f"References: {inserted}, 0 filled. Facts: " in ended.stdout
    assert database.rows('SELECT count(*) FROM "规模明细"') == [(3000,)]
    joined = '"组合" LEFT JOIN "计划" p USING ("计划代码")'
    orphans = f'SELECT count(*) FROM {joined} WHERE "计划代码" IS NOT NULL AND p.id IS NULL'
    assert database.rows(orphans) == [(0,)]


def test_inspect_writes_json_for_programs(workbook: Path) -> None:
    document = json.loads(inspect(str(workbook), "--sheet", "0", "--output", "json").stdout)
    assert (document["wdh_inspection"], document["sheet"], document["facts"]) == (1, "销售", 90)


def test_the_commands_it_suggests_name_the_sheet_that_was_looked_at(tmp_path: Path) -> None:
    """Without --sheet, each would be about the first one."""
    path = write_rows(tmp_path / "a b.xlsx", ROWS, sheet="月 'A'")
    shown = inspect(str(path)).stdout
    asked = shlex.join(["--from", str(path), "--sheet", "月 'A'"])
    assert f"wdh new NAME {asked}" in shown
    written = CliRunner().invoke(tool_command, ["new", "shops", *shlex.split(asked), "--directory", str(tmp_path)])
    again = shlex.join([str(path), "--sheet", "月 'A'"])
    assert f"wdh inspect {again}" in written.stdout


def test_a_sheet_that_is_called_by_a_number_is_found_by_it(tmp_path: Path) -> None:
    """The suggested command names it, and a number on the command line is an index."""
    path = write_rows(tmp_path / "a.xlsx", ROWS, sheet="2024")
    assert "sheet 2024, header in row 2" in inspect(str(path), "--sheet", "2024").stdout
    assert "there is no visible sheet number 2023" in inspect(str(path), "--sheet", "2023").stderr


def test_either_reader_can_be_asked_for_and_finds_the_same(workbook: Path) -> None:
    fast, slow = (inspect(str(workbook), "--reader", reader).stdout for reader in ("fast", "openpyxl"))
    assert fast == slow
    wrong = inspect(str(workbook), "--reader", "xlrd")
    assert (wrong.exit_code, "xlrd" in wrong.stderr) == (2, True)


def test_a_delivery_that_lacks_a_header_of_the_proposal_is_refused(workbook: Path) -> None:
    """A renamed header would be NULL in every row."""
    from wdh.command.run import main as job_command

    config = workbook.parent / "data_sources.yml"
    config.write_text(inspect(str(workbook)).stdout.partition("data_sources.yml\n")[2], encoding="utf-8")
    renamed = [["月度", "店铺代码", "店铺名称", "销售额(元)"], *ROWS[2:40]]
    write_rows(workbook, renamed, sheet="销售")
    ended = CliRunner().invoke(
        job_command, ["--domain", "new_domain", "--config", str(config), "--file", str(workbook)]
    )
    assert (ended.exit_code, "lacks the required column 销售额 (near: 销售额(元))" in ended.stderr) == (3, True)


def test_inspect_says_what_is_wrong_with_a_workbook(tmp_path: Path, workbook: Path) -> None:
    missing = inspect(str(tmp_path / "nowhere.xlsx"))
    assert (missing.exit_code, "nowhere.xlsx" in missing.stderr) == (3, True)
    sheet = inspect(str(workbook), "--sheet", "售")
    assert (sheet.exit_code, "there is no sheet 售" in sheet.stderr) == (3, True)


def test_a_value_of_the_workbook_does_not_colour_the_terminal(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.xlsx", [["名\u202e", "值"], ["\u202e甲", "乙"]])
    shown = inspect(str(path))
    assert shown.exit_code == 0
    assert "\u202e" not in shown.stdout
