"""``wdh history show`` says what a run did, and the command that it prints brings back what the run replaced."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.ways_back import Tally, play_history
from support.workbooks import write_rows
from support.workspaces import Ended, Workspace

from wdh.command.history_page import describe_run
from wdh.command.history_show import _find, _references
from wdh.report.blocks import Result
from wdh.report.terminal import report_text

SALES = """
domains:
  sales:
    pattern: 'sales (?P<year>\\d{4})-(?P<month>\\d{2})'
    sheet: 明细
    table: 销售
    pk: [月度, 店铺]
    lineage: {run: run_id, file: source_file, row: source_row}
    columns:
      月度: {kind: month, required: true}
      店铺: {kind: code, width: 4, required: true}
      金额: {kind: amount, scale: 2}
    refs:
      shops: {table: 店铺, key: [店铺], created_by_run: by_run}
    guards: {shrink: "off"}
"""
HEADER = ["月度", "店铺", "金额"]
Row = tuple[str, int, float]


class Sales:
    """A declared domain, whose deliveries are written one by one, and a database."""

    def __init__(self, folder: Path, database: Any) -> None:
        self.workspace = Workspace(folder, database)
        self.database = database
        self.workspace.config.write_text(SALES, encoding="utf-8")
        self.workspace.create_tables("sales")

    def deliver(self, name: str, *rows: Row) -> Path:
        path = self.workspace.folder / f"sales 2024-11 {name}.xlsx"
        write_rows(path, [HEADER, *rows], sheet="明细")
        return path

    def load(self, path: Path, *arguments: str) -> str:
        """Load a workbook; give the id of the run."""
        ended = self.workspace.job("sales", "--execute", "--output", "json", "--file", str(path), *arguments)
        run_id: str = ended.report["run_id"]
        return run_id

    def show(self, run_id: str, *arguments: str) -> Ended:
        places = ["--config", str(self.workspace.config), "--data-dir", str(self.workspace.folder)]
        return self.workspace.tool("history", "show", run_id, *places, *arguments)

    def document(self, run_id: str) -> dict[str, Any]:
        ended = self.show(run_id, "--output", "json")
        assert ended.code == 0, ended.err
        document: dict[str, Any] = json.loads(ended.out)
        return document

    def obey(self, command: str) -> None:
        """Do what a command of the way back forecasts."""
        words = shlex.split(command)
        assert words[:4] == ["wdh-run", "--forecast", "--domain", "sales"]
        words.remove("--forecast")
        ended = self.workspace.job("sales", "--execute", *words[3:])
        assert ended.code == 0, ended.err

    def facts(self) -> list[Any]:
        return self.database.rows('SELECT "月度"::text, "店铺", "金额" FROM "销售" ORDER BY 1, 2, 3')


@pytest.fixture
def sales(tmp_path: Path, database: Any) -> Sales:
    return Sales(tmp_path, database)


NOVEMBER = [("2024-11", shop, 10.5 * shop) for shop in range(1, 6)]


def test_a_run_is_shown_with_files_counts_periods_and_who_ran_it(sales: Sales) -> None:
    path = sales.deliver("a", *NOVEMBER, ("2024-12", 1, -0.1))
    run_id = sales.load(path)
    shown = sales.show(run_id[:8])
    assert shown.code == 0, shown.err
    assert f"Run {run_id}" in shown.out
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert "domain: sales, delete_insert" in lines
    assert f"{path.name}, sheet 明细: 6 facts, 0 rejected rows" in lines
    assert "table step rows forecast" in lines
    assert '"public"."销售" insert 6 6' in lines
    assert "2024-11-01 5 金额 157.5" in lines
    assert "2024-12-01 1 金额 -0.1" in lines
    assert any(line.startswith("by: ") and " on " in line for line in lines)
    assert "it replaced no facts" in shown.out
    found = sales.document(run_id)["run"]
    assert found["os_user"]
    assert found["host"]
    assert found["seconds"] > 0
    assert found["periods"]["column"] == "月度"


def test_text_fits_80_columns_but_for_what_is_to_be_copied(sales: Sales) -> None:
    first, second = sales.deliver("a", *NOVEMBER), sales.deliver("b", ("2024-11", 2, 7))
    sales.load(first)
    run_id = sales.load(second)
    found = _find(run_id, config=sales.workspace.config, data_dir=sales.workspace.folder, dsn=sales.database.dsn)
    page = describe_run(found.run, back=found.back, again=found.again, references=_references(found))
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in report_text(Result({}, page), 80)]
    assert [line.split()[0] for line in lines if len(line) > 80] in ([], ["wdh-run"])


def test_the_printed_command_brings_back_the_replaced_facts(sales: Sales) -> None:
    """A mended workbook of one row replaced another's row; the file has moved since."""
    first = sales.deliver("a", *NOVEMBER)
    second = sales.deliver("b", ("2024-11", 2, 7))
    first_id = sales.load(first)
    before = sales.facts()
    run_id = sales.load(second)
    moved = sales.workspace.folder / "archive" / "an old one.xlsx"
    moved.parent.mkdir()
    shutil.move(first, moved)
    document = sales.document(run_id)
    ((delivery),) = document["way_back"]["deliveries"]
    assert (delivery["run_id"], delivery["file"], delivery["path"]) == (first_id, first.name, str(moved))
    assert document["way_back"]["why_not"] is None
    shown = sales.show(run_id)
    assert delivery["command"] in shown.out.splitlines()
    assert f"came from {first.name}, by run {first_id}" in shown.out
    sales.obey(delivery["command"])
    assert sales.facts() == before


def test_a_file_that_is_gone_or_another_is_said_and_no_command_printed(sales: Sales) -> None:
    first = sales.deliver("a", *NOVEMBER)
    sales.load(first)
    run_id = sales.load(sales.deliver("b", ("2024-11", 2, 7)))
    sales.deliver("a", ("2024-11", 3, 99))
    ((delivery),) = sales.document(run_id)["way_back"]["deliveries"]
    assert (delivery["path"], delivery["command"]) == (None, None)
    shown = sales.show(run_id).out
    assert "No file of this hash lies below the data directory." in shown
    assert "wdh-run" not in shown


def why_not(sales: Sales, run_id: str) -> str:
    said = sales.document(run_id)["way_back"]["why_not"]
    assert f"as they were: {said}." in sales.show(run_id).out
    assert "wdh-run" not in sales.show(run_id).out
    return str(said)


def test_where_there_is_no_way_back_a_sentence_says_why(sales: Sales) -> None:
    first, second = sales.deliver("a", *NOVEMBER), sales.deliver("b", ("2024-11", 2, 7))
    both = sales.deliver("c", *[(month, shop, 1) for month, shop, _ in NOVEMBER[:2]])
    first_id = sales.load(first)
    assert "it replaced no facts" in why_not(sales, first_id)
    second_id = sales.load(second)
    third_id = sales.load(both)
    assert f"run {third_id} changed these facts since; go back from that run first" in why_not(sales, second_id)
    appended = sales.load(sales.deliver("d", ("2024-11", 9, 9)), "--mode", "append")
    assert "appended its facts and replaced none" in why_not(sales, appended)
    assert f"run {appended} changed these facts since" in why_not(sales, third_id)
    fourth = sales.load(both)
    assert sales.document(fourth)["way_back"]["why_not"].startswith(f"run {appended} had a part in these facts")


def test_a_delivery_with_facts_that_were_renewed_since_is_not_advised(sales: Sales) -> None:
    first = sales.deliver("a", *NOVEMBER)
    sales.load(first)
    renewed = sales.load(sales.deliver("b", ("2024-11", 5, 7)))
    run_id = sales.load(sales.deliver("c", ("2024-11", 1, 7)))
    assert f"which run {renewed} brought anew since" in why_not(sales, run_id)


def test_a_file_that_may_be_read_otherwise_now_is_doubted(sales: Sales) -> None:
    sales.load(sales.deliver("a", *NOVEMBER))
    run_id = sales.load(sales.deliver("b", ("2024-11", 2, 7)))
    assert "may give other facts" not in sales.show(run_id).out
    text = sales.workspace.config.read_text(encoding="utf-8")
    sales.workspace.config.write_text(text.replace("scale: 2", "scale: 1"), encoding="utf-8")
    said = "may give other facts than it did: sales is not configured, or installed, as it was for that run. Compare"
    assert said in sales.show(run_id).out


def test_facts_of_new_scopes_are_said_to_stay(sales: Sales) -> None:
    sales.load(sales.deliver("a", *NOVEMBER))
    run_id = sales.load(sales.deliver("b", ("2024-11", 1, 7), ("2024-11", 99, 1), ("2024-11", 98, 1)))
    assert sales.document(run_id)["way_back"]["new_scopes"] == 2
    assert "2 scopes had no facts of an earlier run, and will keep those of this one." in sales.show(run_id).out


def test_references_that_nothing_refers_to_any_more_are_listed(sales: Sales) -> None:
    first = sales.deliver("a", *NOVEMBER)
    sales.load(first)
    run_id = sales.load(sales.deliver("b", ("2024-11", 2, 7), ("2024-11", 77, 1), ("2024-11", 78, 1)))
    assert "without a fact" not in sales.show(run_id).out
    sales.database.execute("""DELETE FROM "销售" WHERE "店铺" IN ('0077', '0078', '0001')""")
    (found,) = sales.document(run_id)["unreferenced"]
    assert (found["rows"], found["keys"]) == (2, [["0077"], ["0078"]])
    assert 'shops, 2 rows of "店铺": 0077; 0078' in sales.show(run_id).out


def test_a_run_that_is_not_there_and_an_id_of_several_are_told(sales: Sales) -> None:
    path = sales.deliver("a", *NOVEMBER)
    ids = [sales.load(path), sales.load(path)]
    sales.database.execute("UPDATE wdh_runs SET run_id = overlay(run_id::text PLACING 'abcdef' FROM 1)::uuid;")
    several, none = sales.show("ABC"), sales.show("zz")
    assert (several.code, "the ids of several runs begin so" in several.err) == (2, True)
    assert (none.code, "no run in" in none.err) == (2, True)
    crowd = sales.show(ids[0], "secret=Geheim")
    assert (crowd.code, "Geheim" in crowd.err) == (2, False)


def test_without_a_configuration_of_the_domain_the_rest_is_shown(sales: Sales) -> None:
    sales.load(sales.deliver("a", *NOVEMBER))
    run_id = sales.load(sales.deliver("b", ("2024-11", 2, 7)))
    text = sales.workspace.config.read_text(encoding="utf-8")
    sales.workspace.config.write_text(text.replace("  sales:", "  others:"), encoding="utf-8")
    shown = sales.show(run_id)
    assert shown.code == 0, shown.err
    assert "not known, as" in shown.out
    assert "--forecast" in shown.out


@pytest.mark.parametrize("seed", [44, 7], ids=["several sheets", "two domains of one table"])
def test_ways_back_over_random_histories_lead_back_as_they_say(tmp_path: Path, database: Any, seed: int) -> None:
    """Each way is taken as printed. The proof has many more, of all kinds of shops."""
    tally = Tally()
    play_history(database, tmp_path, seed=seed, loads=3, tally=tally)
    assert (tally.losses, tally.taken) == ([], 2)
