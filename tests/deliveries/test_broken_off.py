"""A year of files, and a month of two domains, by one command each, which is killed in the middle and given again."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from support.clients import wait_until
from support.operator import Operator
from support.shapes import Maker, Row
from support.workspaces import Workspace

from wdh.command.run import main as job
from wdh.testing.database import Database

CONFIG = """
defaults:
  select: latest_by_year_month_and_version
  constants: {月度: {file: '(?P<value>20\\d{4})'}}
  pk: [月度]
domains:
  sales:
    pattern: '销售(?P<year>20\\d\\d)(?P<month>\\d\\d)\\.csv$'
    table: 销售
    columns: {月度: {kind: month, required: true}, 店号: code, 金额: amount}
  stock:
    pattern: '库存(?P<year>20\\d\\d)(?P<month>\\d\\d)\\.csv$'
    table: 库存
    columns: {月度: {kind: month, required: true}, 店号: code, 金额: amount}
"""
HOLD = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
CREATE TRIGGER hold BEFORE INSERT ON {table} FOR EACH ROW WHEN (NEW.月度 = '{month}') EXECUTE FUNCTION hold()"""
HELD = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event = 'advisory'"
WITHIN = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name = 'wdh'"


def write_months(folder: Path, word: str, *, seed: int, months: int) -> list[Row]:
    """Write a file for each month up to December; give the rows of the table, in order."""
    make = Maker(seed)
    facts: list[Row] = []
    for number in range(13 - months, 13):
        month = datetime.date(2024, number, 1)
        rows = [(month, f"{place:04}", make.amount()) for place in range(1, 21)]
        lines = ["店号,金额", *(f"{shop},{amount}" for _, shop, amount in rows)]
        (folder / f"{word}2024{number:02}.csv").write_text("\n".join(lines), encoding="utf-8")
        facts += rows
    return facts


def load(database: Database, table: str) -> list[Row]:
    """Give the rows of the table, in order."""
    rows = database.rows(f'SELECT "月度", "店号", "金额" FROM {table} ORDER BY 1, 2')
    return [(month, shop, Decimal(amount)) for month, shop, amount in rows]


@pytest.mark.parametrize(
    ("arguments", "months", "table", "month", "done"),
    [
        (["--domain", "sales", "--max-files", "12", "--commit", "each"], 12, "销售", "2024-05-01", 4),
        (["--domains", "all"], 1, "库存", "2024-12-01", 1),
    ],
    ids=["a year of twelve files", "a month of two domains"],
)
def test_a_command_that_was_killed_in_the_middle_is_given_again(
    tmp_path: Path, database: Database, arguments: list[str], months: int, table: str, month: str, done: int
) -> None:
    """What was committed stays, what was not leaves nothing, and in the end each fact is there once.

    The run is held where it stores the first fact of ``month`` in ``table``, when ``done`` others are committed.
    """
    workspace = Workspace(tmp_path, database)
    workspace.config.write_text(CONFIG, encoding="utf-8")
    workspace.create_tables("sales", "stock")
    truth = {
        "销售": write_months(tmp_path, "销售", seed=1, months=months),
        "库存": write_months(tmp_path, "库存", seed=2, months=months) if "all" in arguments else [],
    }
    database.execute(HOLD.format(table=table, month=month))
    command = [*arguments, "--config", str(workspace.config), "--data-dir", str(tmp_path), "--execute"]

    with database.connect() as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1)")
        operator = Operator(command, environment=database.environment)
        wait_until(lambda: operator.is_over() or database.rows(HELD, (database.name,)), seconds=60)
        operator.process.kill()
        assert operator.end().code == -9
    wait_until(lambda: not database.rows(WITHIN, (database.name,)))
    until = datetime.date.fromisoformat(month)
    committed = {name: [row for row in rows if name != table or row[0] < until] for name, rows in truth.items()}
    assert {name: load(database, name) for name in truth} == committed
    assert database.rows("SELECT count(*) FROM wdh_runs") == [(done,)]
    ended = workspace.run(job, *command)
    assert ended.code == 0, ended.err
    assert {name: load(database, name) for name in truth} == truth
