"""Deliveries that do to a warehouse what nobody meant: each is stopped or told, and goes through once accepted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

SUMS = 'SELECT count(*), sum("Net Pay"), count("Net Pay") FROM pay'


def rows_of(count: int, *, stores: int = 10, start: int = 0) -> Iterator[list[Any]]:
    for number in range(start, start + count):
        yield ["2024-11", number % stores, f"2024-11-{number % 28 + 1:02}", f"n{number}", number % 97 + 0.25, 1]


def test_a_workbook_of_38_rows_does_not_replace_20_000_facts(payroll: Any) -> None:
    assert payroll.load([*rows_of(20_000)]).code == 0
    before = payroll.ask(SUMS)
    ended = payroll.load([*rows_of(38)])
    assert ended.code == 3, ended.out + ended.err
    assert "period 2024-11-01, of facts, before 20,000, after 38, lost 99.8 %" in ended.err
    assert "--accept shrink" in ended.err
    assert "Nothing was written." in ended.err
    assert payroll.ask(SUMS) == before
    ended = payroll.run("--accept", "shrink")
    assert ended.code == 0, ended.err
    assert "shrink (accepted)" in ended.out
    expected = sum(Decimal(number % 97) + Decimal("0.25") for number in range(38))
    assert payroll.ask(SUMS) == [(38, expected, 38)]


def test_a_renamed_header_does_not_put_null_over_its_values(payroll: Any) -> None:
    assert payroll.load([*rows_of(1_200)]).code == 0
    before = payroll.ask(SUMS)
    header = ("month", "store", "day", "name", "Net Salary", "bonus")
    ended = payroll.load([*rows_of(1_200)], "--accept", "shrink", header=header)
    assert ended.code == 3, ended.out + ended.err
    assert "Net Pay" in ended.err
    assert "is it NetSalary (2024-11 pay.xlsx, sheet pay, E1)?" in ended.err
    assert "aliases: [NetSalary]" in ended.err
    assert "values replaced 1,200" in ended.err
    assert payroll.ask(SUMS) == before
    ended = payroll.run("--accept", "shrink", "--accept", "vanished_columns")
    assert ended.code == 0, ended.err
    assert payroll.ask(SUMS) == [(1200, None, 0)]
    payroll.configure()
    text = payroll.workspace.config.read_text(encoding="utf-8")
    aliased = text.replace("Net Pay: {kind: amount,", "Net Pay: {kind: amount, aliases: [Net Salary],")
    payroll.workspace.config.write_text(aliased, encoding="utf-8")
    assert payroll.run().code == 0
    assert payroll.ask(SUMS) == before


def test_a_correction_without_one_store_tells_the_facts_that_it_leaves_behind(payroll: Any) -> None:
    payroll.configure(pk="[month, store]")
    assert payroll.load([*rows_of(100)]).code == 0
    correction = [row for row in rows_of(100) if row[1] != 7]
    ended = payroll.load(correction)
    assert ended.code == 0, ended.err
    assert "left_behind (told): 10 facts of the delivery's periods would stay" in ended.out
    assert payroll.ask("SELECT count(*) FROM pay") == [(100,)]
    payroll.configure("guards: {left_behind: refuse}", pk="[month, store]")
    ended = payroll.run()
    assert ended.code == 3, ended.out
    assert "month 2024-11-01, store 0007, facts 10" in ended.err
    assert payroll.run("--accept", "left_behind").code == 0
    payroll.configure("guards: {left_behind: delete}", pk="[month, store]")
    ended = payroll.run()
    assert ended.code == 0, ended.err
    assert payroll.ask("SELECT count(*), count(*) FILTER (WHERE store = '0007') FROM pay") == [(90, 0)]


@pytest.mark.parametrize("mode", ["delete_insert", "append"])
def test_a_guard_without_a_database_is_told_with_the_plan(payroll: Any, mode: str) -> None:
    payroll.write([["2090-01", 1, None, "a", 1, 0], ["2090-01", 1, None, "a", 1, 0]])
    planned = payroll.workspace.job("pay", "--mode", mode)
    assert planned.code == 0
    assert "future_period (would refuse --execute)" in planned.out
    assert "repeated_rows (told): 1 row of the delivery repeats another" in planned.out
    assert "2, 3" in planned.out
    ended = payroll.run("--mode", mode)
    assert ended.code == 3
    assert payroll.ask("SELECT count(*) FROM pay") == [(0,)]
    report = payroll.workspace.report("pay", "--execute", "--mode", mode, "--accept", "future_period")
    assert {guard["name"]: guard["accepted"] for guard in report["guards"]} == {
        "future_period": True,
        "repeated_rows": False,
    }
    assert report["accept_unneeded"] == []


def test_what_is_accepted_for_nothing_is_told_and_an_unknown_name_is_no_guard(payroll: Any) -> None:
    payroll.write([*rows_of(3)])
    ended = payroll.run("--accept", "shrink")
    assert ended.code == 0
    assert "--accept shrink was not needed" in ended.out
    assert payroll.run("--accept", "shrinking").code == 2


def test_headers_that_nothing_reads_are_told_and_with_headers_exact_refused_by_their_cells(payroll: Any) -> None:
    header = ("month", "store", "day", "name", "Net Pay", "bonus", "remark", "x")
    rows = [[*row, "?", "?"] for row in rows_of(3)]
    ended = payroll.load(rows, header=header)
    assert ended.code == 0
    assert "headers that nothing reads 2 G1 remark, H1 x in 2024-11 pay.xlsx, sheet pay" in " ".join(ended.out.split())
    assert payroll.workspace.report("pay")["workbooks"][0]["unread"] == {"remark": "G1", "x": "H1"}
    payroll.configure("headers: exact")
    ended = payroll.run()
    assert ended.code == 3
    assert "nothing reads G1 remark, H1 x" in ended.err
    assert payroll.load([*rows_of(3)]).code == 0


def test_a_refusal_is_in_the_report_for_programs(payroll: Any) -> None:
    assert payroll.load([*rows_of(10)]).code == 0
    ended = payroll.load([*rows_of(1)], "--output", "json")
    assert ended.code == 3
    import json

    from support.reports import find_faults

    document = json.loads(ended.out)
    assert find_faults(document) == []
    assert document["error"]["facts"]["guards"] == ["shrink"]
    assert document["guards"][0]["figures"][0]["before"] == "10"


def test_a_refusal_withholds_the_figures_where_values_are_withheld(payroll: Any) -> None:
    assert payroll.load([*rows_of(10)]).code == 0
    ended = payroll.load([*rows_of(1)], "--withhold-values")
    assert ended.code == 3
    assert "1 period would lose more than 50 %" in ended.err
    assert "2024-11-01" not in ended.err


def test_a_column_with_a_default_vanishes_as_any_other(payroll: Any) -> None:
    assert payroll.load([*rows_of(10)]).code == 0
    short = [row[:5] for row in rows_of(10)]
    ended = payroll.load(short, "--accept", "shrink", header=("month", "store", "day", "name", "Net Pay"))
    assert ended.code == 3
    assert "bonus (had values in the facts that are replaced)" in ended.err
    payroll.configure('guards: {vanished_columns: report, shrink: "off"}')
    ended = payroll.run()
    assert ended.code == 0
    assert "vanished_columns (told)" in ended.out


def test_deletes_are_bounded_by_a_share_of_the_table(payroll: Any) -> None:
    payroll.configure("guards: {deletes: 50%}")
    assert payroll.load([*rows_of(10)]).code == 0
    ended = payroll.run()
    assert ended.code == 3
    assert "10 facts" in ended.err
    assert "at most 50 % of 10 may be" in ended.err


def test_a_forecast_shows_which_guards_would_refuse_and_writes_nothing(payroll: Any) -> None:
    assert payroll.load([*rows_of(100)]).code == 0
    payroll.write([row[:4] for row in rows_of(3)], header=("month", "store", "day", "name"))
    report = payroll.workspace.report("pay", "--forecast")
    refusing = [guard["name"] for guard in report["guards"] if guard["refuses"]]
    assert refusing == ["shrink", "vanished_columns"]
    assert "shrink (would refuse --execute)" in payroll.workspace.job("pay", "--forecast").out
    assert payroll.ask("SELECT count(*) FROM pay") == [(100,)]


def test_a_column_that_the_latest_runs_had_vanishes_though_nothing_is_replaced(payroll: Any) -> None:
    assert payroll.load([*rows_of(10)]).code == 0
    payroll.workspace.database.execute(
        'ALTER TABLE wdh_runs ADD COLUMN IF NOT EXISTS "columns" jsonb;'
        """UPDATE wdh_runs SET "columns" = '["month", "store", "Net Pay"]'; TRUNCATE pay"""
    )
    header = ("month", "store", "day", "name", "NetSalary", "bonus")
    ended = payroll.load([*rows_of(10)], header=header)
    assert ended.code == 3, ended.out
    assert "Net Pay (had values in the latest runs; is it NetSalary" in ended.err
    assert payroll.run("--accept", "vanished_columns").code == 0
