"""A domain that upserts or stages its facts: what report, ledger, history, guards and approvals tell of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from support.workbooks import write_rows

from .conftest import Shop

TRANSFORM = """
from wdh import Columns, amount, date, text
SALES = Columns(date("日"), text("店"), amount("额", scale=2), text("注"))

@hookimpl
def transform(batch):
    return SALES.clean(batch)

@hookimpl
def load_facts(facts, target, steps):
"""
UPSERT = 'steps.upsert(target, facts, key=("店",), update=() if steps.mode == "append" else None)'
CONFIG = "domains:\n  shops: {pattern: 销售, sheet: 销售, schema: public, table: 销售, pk: [店], period: 日}\n"
MERGE = (
    'sql = f"UPDATE {target.sql} t SET 额 = s.额 FROM {stage.sql} s WHERE s.店 = t.店"',
    'steps.statement(target, sql, purpose="set")',
)
HEADER = ("日", "店", "额", "注")
FIRST = [("2024-10-01", "A", 100, "x"), ("2024-10-01", "B", 20, None)]
SECOND = [("2024-10-01", "A", 100, "x"), ("2024-11-01", "B", 25, None), ("2024-11-01", "C", 5, "z")]


@pytest.fixture
def upserts(shop: Shop) -> Shop:
    """A shop whose package upserts, and whose table has the facts of FIRST, loaded by its first run."""
    (shop.folder / "data_sources.yml").write_text(CONFIG, encoding="utf-8")
    shop.database.execute(
        'DROP TABLE "销售"; CREATE TABLE "销售" (日 date, 店 text PRIMARY KEY, 额 numeric(9,2), 注 text)'
    )
    install(shop, UPSERT)
    write(shop, FIRST)
    shop.run("--execute")
    return shop


def install(shop: Shop, *lines: str) -> None:
    shop.install(TRANSFORM + "".join(f"    {line}\n" for line in (*lines, "return True")))


def write(shop: Shop, rows: Sequence[Sequence[Any]], *, header: Sequence[str] = HEADER) -> None:
    write_rows(shop.folder / "销售.xlsx", [header, *rows], sheet="销售")


def table(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.database.rows('SELECT 日::text, 店, 额::int, 注 FROM "销售" ORDER BY 店')


def test_the_report_tells_rows_inserted_and_updated_as_they_were_forecast(upserts: Shop) -> None:
    write(upserts, SECOND)
    planned, foreseen = upserts.run().report, upserts.run("--forecast").report
    executed = upserts.run("--execute").report
    (step,) = executed["steps"]
    assert (step["operation"], step["key"], step["update"]) == ("UPSERT", ["店"], ["日", "额", "注"])
    assert (step["planned"], step["rows"], step["inserted"], step["updated"]) == (3, 2, 1, 1)
    assert step["path"] == 'on conflict "销售_pkey"'
    assert executed["facts"] == {"loaded": True, "inserted": 1, "updated": 1, "vetoed": []}
    assert planned["facts"] == {"loaded": False, "inserted": None, "updated": None, "vetoed": []}
    assert (planned["steps"][0]["rows"], planned["steps"][0]["updated"]) == (None, None)
    assert foreseen["forecast"] == executed["forecast"]
    facts = executed["forecast"]["facts"]
    assert (facts["key"], facts["deleted"], facts["inserted"], facts["updated"]) == (["店"], 0, 1, 1)
    assert executed["forecast"]["changes"] == 2
    moved = [
        [period[name] for name in ("period", "before", "inserted", "updated", "moved", "after")]
        for period in facts["periods"]
    ]
    assert moved == [["2024-10-01", 2, 0, 0, -1, 1], ["2024-11-01", 0, 1, 1, 1, 2]]
    assert [period["amounts"]["额"]["after"] for period in facts["periods"]] == ["100.00", "30.00"]
    assert table(upserts) == [("2024-10-01", "A", 100, "x"), ("2024-11-01", "B", 25, None), ("2024-11-01", "C", 5, "z")]


def test_every_form_of_the_report_shows_an_upsert(upserts: Shop) -> None:
    write(upserts, SECOND)
    text = upserts.workspace.job("shops").out
    assert "by 店: updates 日, 额, 注 where they differ, and inserts what is missing" in text
    assert 'UPDATE "销售" d' in text or 'UPDATE "public"."销售" d' in text
    markdown = upserts.workspace.job("shops", "--output", "markdown", "--forecast").out
    assert "| updated |" in markdown
    ended = upserts.workspace.job("shops", "--execute")
    assert "Facts: 0 deleted, 1 inserted, 1 updated." in ended.out
    (header,) = [line.split() for line in ended.out.splitlines() if line.split()[:2] == ["table", "step"]]
    assert header == ["table", "step", "rows", "deleted", "inserted", "updated", "what"]
    withheld = upserts.run("--withhold-values", "--forecast").report
    assert [withheld["forecast"]["facts"][name] for name in ("inserted", "updated")] == [0, 0]


def test_the_ledger_tells_both_and_history_that_no_delivery_brings_back_what_was(upserts: Shop) -> None:
    write(upserts, SECOND)
    run_id = upserts.run("--execute", "--forecast").report["run_id"]
    ((counts, facts_table, scope),) = upserts.database.rows(
        "SELECT counts, facts_table, periods->'scope' FROM wdh_runs WHERE run_id = %s", (run_id,)
    )
    expected = {"operation": "UPSERT", "table": '"public"."销售"', "rows": 2, "inserted": 1, "updated": 1}
    assert (counts, facts_table, scope) == ([expected], '"public"."销售"', ["店"])
    places = ["--config", str(upserts.workspace.config), "--dsn", upserts.database.dsn]
    shown = upserts.workspace.tool("history", "show", run_id, *places)
    assert shown.code == 0, shown.err
    assert "it changed facts where they stood (upsert), and the ledger does not keep what they were" in shown.out
    lines = [line.split() for line in shown.out.splitlines()]
    assert ['"public"."销售"', "upsert:", "inserted", "1", "1"] in lines
    assert ['"public"."销售"', "upsert:", "updated", "1", "1"] in lines


def test_a_run_behind_an_upsert_is_not_said_to_have_a_way_back_over_it(upserts: Shop) -> None:
    install(upserts, "steps.delete_scope(target, facts)", "steps.append(target, facts)")
    write(upserts, SECOND)
    run_id = upserts.run("--execute").report["run_id"]
    places = ["--config", str(upserts.workspace.config), "--dsn", upserts.database.dsn]
    shown = upserts.workspace.tool("history", "show", run_id, *places).out
    assert "had a part in these facts, and it added facts by their key (upsert)" in shown


def test_a_run_behind_statements_of_the_domains_own_is_not_said_to_have_a_way_back_over_them(upserts: Shop) -> None:
    replaced = ("steps.delete_scope(target, facts)", "steps.append(target, facts)")
    install(upserts, *replaced)
    upserts.run("--execute")
    install(upserts, "stage = steps.stage(facts)", *MERGE)
    own = upserts.run("--execute").report["run_id"]
    install(upserts, *replaced)
    run_id = upserts.run("--execute").report["run_id"]
    places = ["--config", str(upserts.workspace.config), "--dsn", upserts.database.dsn]
    said = f"run {own} had a part in these facts, and statements of the domain's own loaded its facts"
    assert said in " ".join(upserts.workspace.tool("history", "show", run_id, *places).out.split())
    assert "statements of the domain's own" in upserts.workspace.tool("history", "show", own, *places).out


def test_in_the_mode_append_facts_are_added_and_none_is_changed(upserts: Shop) -> None:
    write(upserts, SECOND)
    (step,) = upserts.run("--execute", "--mode", "append").report["steps"]
    assert (step["inserted"], step["updated"]) == (1, 0)
    assert table(upserts) == [*FIRST_ROWS, ("2024-11-01", "C", 5, "z")]


FIRST_ROWS = [("2024-10-01", "A", 100, "x"), ("2024-10-01", "B", 20, None)]


def test_a_period_that_an_upsert_shrinks_is_stopped(upserts: Shop) -> None:
    write(upserts, [("2024-10-01", "A", 1, "x"), ("2024-10-01", "B", 2, None)])
    ended = upserts.run("--execute")
    assert ended.code == 3
    assert "period 2024-10-01, of 额, before 120.00, after 3.00, lost 97.5 %" in ended.err
    assert table(upserts) == FIRST_ROWS
    assert upserts.run("--execute", "--accept", "shrink").code == 0


def test_a_large_upsert_is_no_deletion_to_a_guard(upserts: Shop) -> None:
    text = CONFIG.replace("period: 日", "period: 日, guards: {deletes: 0, left_behind: refuse, shrink: 1%}")
    upserts.workspace.config.write_text(text, encoding="utf-8")
    write(upserts, [("2024-10-01", "A", 101, "x")])
    assert upserts.run("--execute").code == 0


def test_a_column_without_a_header_that_would_be_emptied_is_stopped(upserts: Shop) -> None:
    write(upserts, [row[:3] for row in SECOND], header=HEADER[:3])
    ended = upserts.run("--execute")
    assert ended.code == 3
    assert "注 (had values in the facts that are replaced)" in ended.err
    assert table(upserts) == FIRST_ROWS


def test_an_upsert_that_was_approved_is_applied_and_another_one_is_not(upserts: Shop) -> None:
    write(upserts, SECOND)
    path = upserts.folder / "plan.json"
    assert upserts.run("--plan-out", str(path)).code == 0
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["forecast"]["facts"]["updated"] == 1
    assert content["forecast"]["facts"]["periods"]["2024-10-01"]["moved"] == -1
    shown = upserts.workspace.tool("plan", "show", str(path)).out
    lines = [line.split() for line in shown.splitlines()]
    assert ["日", "before", "deleted", "inserted", "updated", "after", "left", "behind"] in lines
    assert ["2024-10-01", "2", "0", "0", "0", "1"] in lines
    upserts.database.execute("UPDATE 销售 SET 额 = 25, 日 = '2024-11-01' WHERE 店 = 'B'")
    ended = upserts.run("--execute", "--approved", str(path))
    assert ended.code == 3
    assert "updated" in ended.err
    upserts.database.execute("UPDATE 销售 SET 额 = 20, 日 = '2024-10-01' WHERE 店 = 'B'")
    ended = upserts.run("--execute", "--approved", str(path))
    assert ended.code == 0, ended.err


def test_staged_facts_are_read_by_the_statement_behind_and_gone_with_the_transaction(upserts: Shop) -> None:
    install(
        upserts,
        "stage = steps.stage(facts, like=target)",
        "here, there = target.sql, stage.sql",
        'missing = f"SELECT * FROM {there} s WHERE NOT EXISTS (SELECT FROM {here} d WHERE d.店 = s.店)"',
        'steps.statement(target, f"INSERT INTO {here} {missing}", purpose="add")',
    )
    write(upserts, SECOND)
    planned, report = upserts.run().report, upserts.run("--execute").report
    staged, statement = report["steps"]
    assert (staged["operation"], staged["rows"], staged["planned"]) == ("STAGE", 3, 3)
    assert (staged["target"], staged["stage"]) == ('"public"."销售"', '"pg_temp"."wdh_facts_1"')
    assert planned["steps"][0]["sql"] == staged["sql"]
    assert statement["rows"] == 1
    assert table(upserts) == [*FIRST_ROWS, ("2024-11-01", "C", 5, "z")]
    assert upserts.database.rows("SELECT count(*) FROM pg_class WHERE relname = 'wdh_facts_1'") == [(0,)]
    text = upserts.workspace.job("shops", "--execute").out
    assert 'all facts, by COPY into "pg_temp"."wdh_facts_1"' in text
    assert upserts.run("--withhold-values").report["steps"][0]["stage"] == staged["stage"]


def test_staged_values_that_do_not_fit_are_told_by_their_cells(upserts: Shop) -> None:
    install(
        upserts,
        "stage = steps.stage(facts, like=target)",
        'steps.statement(target, f"INSERT INTO {target.sql} TABLE {stage.sql}", purpose="add")',
    )
    upserts.database.execute("ALTER TABLE 销售 ALTER 注 TYPE varchar(3)")
    write(upserts, [("2024-11-01", "C", 5, "long")])
    ended = upserts.run("--execute")
    assert ended.code == 3
    assert "销售.xlsx, sheet 销售, D2" in ended.err
    assert table(upserts) == FIRST_ROWS


def test_facts_of_one_key_are_told_by_their_cells_and_with_values_withheld_by_these_alone(upserts: Shop) -> None:
    write(upserts, [*SECOND, ("2024-11-01", "SECRET", 1, None), ("2024-11-02", "SECRET", 2, None)])
    ended = upserts.run("--execute")
    assert ended.code == 3
    assert "SECRET (销售.xlsx, sheet 销售, B5) and SECRET (销售.xlsx, sheet 销售, B6)" in ended.err
    assert (
        "; or, if that is no key, correct wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), hook load_facts"
        in ended.err
    )
    ended = upserts.run("--execute", "--withhold-values")
    assert ended.code == 3
    assert "SECRET" not in ended.err + ended.out
    assert "销售.xlsx, sheet 销售, B6" in ended.err
    assert table(upserts) == FIRST_ROWS
