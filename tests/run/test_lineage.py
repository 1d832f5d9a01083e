"""Each fact says from which run, file, sheet and row it came, and is known again all the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.helpers import record_helpers
from support.workbooks import write_rows
from support.workspaces import Ended, Workspace

from wdh.intake import files as running
from wdh.process.helper import Helper
from wdh.workbook import apart, open_sheets

SALES = """
domains:
  sales:
    pattern: 'sales (?P<year>\\d{4})-(?P<month>\\d{2})'
    sheet: 明细
    table: 销售
    pk: [月度]
    columns:
      月度: {kind: month, required: true}
      店铺: {kind: code, width: 4}
      名称: text
      金额: {kind: amount, scale: 2}
    refs:
      shops:
        table: 店铺
        key: [店铺]
        updatable: [名称]
        columns: {店铺: 店铺, 名称: 名称}
"""
LINEAGE = "    lineage: {run: run_id, file: 源文件, sheet: source_sheet, row: source_row}\n"
CREATED_BY = "        created_by_run: by_run\n"
HEADER = ["月度", "店铺", "名称", "金额"]


class Sales:
    """A declared domain with workbooks of several months, and a database."""

    def __init__(self, folder: Path, database: Any) -> None:
        self.workspace = Workspace(folder, database)
        self.database = database
        self.configure(LINEAGE, CREATED_BY)

    def configure(self, *more: str) -> None:
        text = SALES
        if CREATED_BY in more:
            text += CREATED_BY
        text = text.replace(
            "    columns:\n", "".join(part for part in more if part != CREATED_BY) + "    columns:\n", 1
        )
        self.workspace.config.write_text(text, encoding="utf-8")

    def write(self, month: int, rows: int) -> Mapping[str, tuple[str, int]]:
        """Write a workbook with a title, gaps and a total row. Give file and row of each fact, by its name."""
        name = f"sales 2024-{month:02}.xlsx"
        lines: list[list[Any]] = [["Sales, and what they came to"], HEADER]
        places = {}
        for number in range(rows):
            if number % 7 == 3:
                lines.append([None] * 4)
            lines.append([f"2024-{month:02}", number % 40, f"{month}/{number}\t\\N", number / 4])
            places[f"{month}/{number}\t\\N"] = (name, len(lines))
        lines.append(["合计", None, None, sum(number / 4 for number in range(rows))])
        write_rows(self.workspace.folder / name, lines, sheet="明细")
        return places

    def run(self, *arguments: str) -> Ended:
        return self.workspace.job("sales", "--execute", "--output", "json", *arguments)


@pytest.fixture
def sales(tmp_path: Path, database: Any) -> Sales:
    return Sales(tmp_path, database)


@pytest.fixture
def helpers(monkeypatch: pytest.MonkeyPatch) -> list[Helper]:
    """Let a helper take the lower rows of any sheet, in small batches."""
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=16))
    return record_helpers(monkeypatch)


@pytest.mark.parametrize("is_shared", [True, False], ids=["two processes", "one"])
def test_every_fact_has_the_row_of_its_cells_over_files_and_batches(
    sales: Sales, helpers: list[Helper], is_shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_shared:
        monkeypatch.setattr(apart, "WORTH_IT_FROM", 1 << 40)
    expected: dict[str, tuple[str, int]] = {}
    for month, rows in ((9, 1_000), (10, 5), (11, 400)):
        expected.update(sales.write(month, rows))
    sales.workspace.create_tables("sales")
    run_id = sales.run("--max-files", "3").report["run_id"]
    found = sales.database.rows('SELECT "名称", "源文件", source_row, source_sheet, run_id::text FROM "销售"')
    assert len(found) == 1_405
    assert {name: (file, row) for name, file, row, *_ in found} == expected
    assert {(sheet, run) for *_, sheet, run in found} == {("明细", run_id)}
    assert bool(helpers) is is_shared
    assert sales.database.rows('SELECT DISTINCT by_run::text, count(*) FROM "店铺" GROUP BY 1') == [(run_id, 40)]


def test_hashes_are_those_of_a_run_without_lineage(sales: Sales) -> None:
    sales.write(11, 30)
    hashes = []
    for more in ((), (LINEAGE, CREATED_BY), (LINEAGE.replace("run: run_id, ", ""),)):
        sales.configure(*more)
        sales.database.execute('DROP TABLE IF EXISTS "销售", "店铺"')
        sales.workspace.create_tables("sales")
        for _ in range(2):
            assert sales.run().report["run_id"]
        hashes.append(sales.database.rows("SELECT facts_hash, plan_hash FROM wdh_runs ORDER BY committed_at DESC"))
    assert len({pair for pairs in hashes for pair in pairs}) == 1


def test_an_append_of_the_same_facts_by_another_run_is_recognised(sales: Sales) -> None:
    sales.write(11, 30)
    sales.workspace.create_tables("sales")
    sales.run("--mode", "append")
    report = sales.run("--mode", "append").report
    assert "appended these very facts" in report["steps"][-1]["reason"]
    assert sales.database.rows('SELECT count(*), count(DISTINCT run_id) FROM "销售"') == [(30, 1)]


def test_a_reference_keeps_the_run_that_inserted_it(sales: Sales) -> None:
    sales.write(10, 20)
    sales.workspace.create_tables("sales")
    sales.database.execute("""INSERT INTO "店铺" VALUES (DEFAULT, '0001', NULL, NULL)""")
    first = sales.run().report["run_id"]
    sales.write(11, 30)
    second = sales.run("--backfill-mode", "insert_and_fill").report["run_id"]
    assert first != second
    found = dict(sales.database.rows('SELECT "店铺", by_run::text FROM "店铺"'))
    assert found["0001"] is None, "a row that was there is not claimed, though its name was filled"
    assert {code for code, run in found.items() if run == first} == {f"{n:04}" for n in range(20)} - {"0001"}
    assert {code for code, run in found.items() if run == second} == {f"{n:04}" for n in range(20, 30)}
    assert sales.database.rows("""SELECT "名称" FROM "店铺" WHERE "店铺" = '0001'""") != [(None,)]


def test_columns_may_be_text_and_not_null(sales: Sales) -> None:
    sales.write(11, 30)
    sales.workspace.create_tables("sales")
    sales.database.execute(
        'ALTER TABLE "销售" ALTER run_id TYPE text, ALTER run_id SET NOT NULL, ALTER source_row TYPE bigint, '
        'ALTER source_row SET NOT NULL, ALTER "源文件" TYPE varchar(40), ALTER "源文件" SET NOT NULL;'
        'ALTER TABLE "店铺" ALTER by_run TYPE varchar(36), ALTER by_run SET NOT NULL'
    )
    run_id = sales.run().report["run_id"]
    assert sales.database.rows('SELECT DISTINCT run_id, "源文件" FROM "销售"') == [(run_id, "sales 2024-11.xlsx")]
    assert sales.database.rows('SELECT DISTINCT by_run FROM "店铺"') == [(run_id,)]


def test_columns_that_the_tables_lack_are_named_with_the_statement_that_adds_them(sales: Sales) -> None:
    sales.write(11, 30)
    sales.configure()
    sales.workspace.create_tables("sales")
    sales.configure(LINEAGE, CREATED_BY)
    ended = sales.run()
    assert ended.code == 2
    said = " ".join(ended.err.split())
    facts = 'ALTER TABLE "销售" ADD COLUMN "run_id" uuid, ADD COLUMN "源文件" text, ADD COLUMN "source_sheet" text, '
    facts += 'ADD COLUMN "source_row" integer'
    shops = 'ALTER TABLE "店铺" ADD COLUMN "by_run" uuid'
    assert f"which lineage in data_sources.yml names ({facts})" in said
    assert f"which created_by_run of refs.shops in data_sources.yml names ({shops})" in said
    sales.database.execute(f"{facts}; {shops}")
    assert sales.run().code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("ALTER run_id TYPE varchar(20)", 'column "run_id", which lineage in data_sources.yml names for the run'),
        ("ALTER source_row TYPE smallint", 'column "source_row", which lineage'),
        ('ALTER "源文件" TYPE varchar(9)', 'column "源文件", which lineage in data_sources.yml names for the file'),
        ('ALTER "源文件" TYPE date USING NULL', "names for the file, is date; make it text"),
    ],
)
def test_a_column_that_cannot_hold_it_is_told_before_anything_is_written(sales: Sales, change: str, said: str) -> None:
    sales.write(11, 30)
    sales.workspace.create_tables("sales")
    sales.database.execute(f'ALTER TABLE "销售" {change}')
    ended = sales.run()
    assert ended.code == 2
    assert said in " ".join(ended.err.split())
    assert sales.database.rows('SELECT count(*) FROM "店铺"') == [(0,)]


@pytest.mark.parametrize(
    ("lineage", "said"),
    [
        ("{run: 金额}", "the column 金额 has another value already"),
        ("{run: a, file: a}", "the column a has another value already"),
        ("{row: ctid}", "is a column that every table of PostgreSQL has already"),
        ("{roww: a}", "did you mean row?"),
        ("{}", "lineage"),
    ],
)
def test_a_lineage_that_cannot_be_is_a_fault_of_the_configuration(sales: Sales, lineage: str, said: str) -> None:
    sales.write(11, 3)
    sales.configure(f"    lineage: {lineage}\n")
    ended = sales.run()
    assert ended.code == 2
    assert said in " ".join(ended.err.split())


def test_a_reference_column_with_a_value_of_its_own_is_refused(sales: Sales) -> None:
    sales.write(11, 3)
    sales.configure(CREATED_BY)
    config = sales.workspace.config
    config.write_text(config.read_text(encoding="utf-8").replace("by_run: by_run", "by_run: 名称"), encoding="utf-8")
    assert "the column 名称 has another value already" in " ".join(sales.run().err.split())


def test_a_fact_that_the_server_refuses_is_still_found(sales: Sales) -> None:
    """The line alone is sent again to find it, and must be whole."""
    places = sales.write(11, 30)
    sales.workspace.create_tables("sales")
    sales.database.execute('ALTER TABLE "销售" ALTER run_id SET NOT NULL; ALTER TABLE "销售" ADD CHECK ("金额" <> 4)')
    ended = sales.run()
    assert ended.code == 4
    file, row = places["11/16\t\\N"]
    assert f"{file}, sheet 明细, row {row}" in " ".join(ended.err.split())
