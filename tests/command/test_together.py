"""Several domains in one transaction: all are planned before anything is written, and all of them are in or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.workbooks import write_sheets

from wdh.apply import applying
from wdh.command import run as running
from wdh.command.run import main
from wdh.errors import OutcomeUnknown
from wdh.run import order

CONFIGURATION = """
time_zone: Asia/Shanghai
defaults:
  pattern: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月账'
  pk: [月度]
  columns: {月度: {kind: month, required: true}, 客户: {kind: code, required: true}, 金额: {kind: amount, scale: 2}}
  refs:
    customers: {table: 客户, key: [客户], columns: {客户: 客户}}
domains:
  won: {sheet: 中标, table: 中标}
  lost: {sheet: 流失, table: 流失}
"""
TABLES = """
CREATE TABLE "客户" ("客户" text UNIQUE);
CREATE TABLE "中标" ("月度" date, "客户" text REFERENCES "客户" ("客户") DEFERRABLE INITIALLY DEFERRED, "金额" numeric,
  tx bigint DEFAULT txid_current());
CREATE TABLE "流失" ("月度" date, "客户" text, "金额" numeric(12, 2), tx bigint DEFAULT txid_current());
CREATE TABLE known ("客户" text UNIQUE);
CREATE SEQUENCE tries;
"""
HEADER = ("月度", "客户", "金额")
WON = [HEADER, ("2024年11月", "A", 1), ("2024年11月", "B", 2)]
LOST = [HEADER, ("2024年11月", "B", 3), ("2024年11月", "C", 4)]
ROWS = 'SELECT (SELECT count(*) FROM "客户"), (SELECT count(*) FROM "中标"), (SELECT count(*) FROM "流失")'
TRIGGER = """
CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} RETURN NEW; END $$;
CREATE TRIGGER strike AFTER INSERT ON "流失" FOR EACH ROW EXECUTE FUNCTION strike()"""
KILL = "PERFORM pg_terminate_backend(pg_backend_pid());"


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


class Ledgers:
    """A folder with a workbook of two sheets and a domain for each, on a database."""

    def __init__(self, folder: Path, database: Any) -> None:
        self.folder, self.database = folder, database
        self.configure()
        self.write(LOST)
        database.execute(TABLES)

    def configure(self, old: str = "", new: str = "") -> None:
        text = CONFIGURATION.replace(old, new) if old else CONFIGURATION
        (self.folder / "data_sources.yml").write_text(text, encoding="utf-8")

    def write(self, lost: list[tuple[Any, ...]]) -> None:
        write_sheets(self.folder / "2024年11月账.xlsx", {"中标": WON, "流失": lost})

    def run(self, *arguments: str, domains: str = "won,lost", together: bool = True) -> Any:
        places = ["--config", str(self.folder / "data_sources.yml"), "--data-dir", str(self.folder)]
        how = ["--commit", "together"] if together else []
        variables = {"WDH_DATABASE__URI": self.database.dsn, "COLUMNS": "200"}
        return CliRunner().invoke(main, ["--domains", domains, *how, *places, *arguments], env=variables)

    def refused(self, code: int, said: str, *, failed: str = "lost") -> None:
        """Nothing of any stays, and the summary says which of them was refused."""
        before = self.database.rows(ROWS)
        ended = self.run("--execute")
        assert (ended.exit_code, said in ended.stderr) == (code, True), ended.stderr
        table = lines(ended.stdout)
        assert f"{failed} failed {code}" in table
        assert f"{'won' if failed == 'lost' else 'lost'} not written {code}" in table
        assert f"{failed} failed, and all are one transaction: nothing of any was written." in ended.stdout
        assert self.database.rows(ROWS) == before


@pytest.fixture
def ledgers(tmp_path: Path, database: Any) -> Ledgers:
    return Ledgers(tmp_path, database)


def test_both_are_in_by_one_transaction_and_each_has_its_row_in_the_ledger(ledgers: Ledgers) -> None:
    planned = ledgers.run()
    assert '"客户" is written by won, too, earlier in the transaction' in planned.stdout
    ended = ledgers.run("--execute", "--output", "json")
    assert ended.exit_code == 0, ended.output
    reports = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ledgers.database.rows(ROWS) == [(3, 2, 2)]
    assert ledgers.database.rows('SELECT tx FROM "中标" INTERSECT SELECT tx FROM "流失"') != []
    runs = ledgers.database.rows("SELECT domain, run_id::text FROM wdh_runs ORDER BY domain DESC")
    assert runs == [(report["domain"], report["run_id"]) for report in reports]
    counts = [step["rows"] for report in reports for step in report["steps"] if step["operation"] == "INSERT_MISSING"]
    assert counts == [2, 1]  # B was there by then
    again = ledgers.run("--execute", "--skip-unchanged")
    assert lines(again.stdout)[-2:] == ["won unchanged 0", "lost unchanged 0"]


def test_what_refuses_the_second_leaves_nothing_of_the_first(ledgers: Ledgers) -> None:
    """Whether it is found as the workbook is read, before the first write, by a step, or by what is deferred."""
    for amount, said in (("viel", "1 row cannot be loaded"), (10**12, "金额")):
        ledgers.write([*LOST, ("2024年11月", "C", amount)])
        ledgers.refused(3, said)
    ledgers.write([*LOST, ("2034年11月", "C", 1)])
    ledgers.refused(3, "future_period")
    ledgers.write(LOST)
    ledgers.database.execute('ALTER TABLE "流失" ADD CONSTRAINT small CHECK ("金额" < 4)')
    ledgers.refused(4, "the database refused while writing")
    ledgers.database.execute('ALTER TABLE "流失" DROP CONSTRAINT small')
    ledgers.database.execute(
        'ALTER TABLE "流失" ADD FOREIGN KEY ("客户") REFERENCES known ("客户") DEFERRABLE INITIALLY DEFERRED'
    )
    ledgers.refused(4, "流失_客户_fkey")
    ledgers.database.execute('ALTER TABLE "流失" DROP "金额"')
    ledgers.refused(2, '"流失" has no column "金额"')


def test_what_refuses_the_first_leaves_nothing_of_the_second(ledgers: Ledgers) -> None:
    ledgers.database.execute('ALTER TABLE "中标" ADD CONSTRAINT small CHECK ("金额" < 2)')
    ledgers.refused(4, "the database refused while writing", failed="won")


def test_a_session_that_is_ended_in_between_is_tried_again_with_all_plans_or_leaves_nothing(
    ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying.time, "sleep", lambda _: None)
    ledgers.database.execute(TRIGGER.format(KILL))
    ended = ledgers.run("--execute")
    assert ended.exit_code == 4, ended.output
    assert "lost failed, and all are one transaction: nothing of any was written." in ended.stdout
    assert ledgers.database.rows(ROWS) == [(0, 0, 0)]
    once = f"IF nextval('tries') = 1 THEN {KILL} END IF;"
    ledgers.database.execute("DROP FUNCTION strike CASCADE;" + TRIGGER.format(once))
    ended = ledgers.run("--execute")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.count("try 1 was rolled back") == 2
    assert ledgers.database.rows(ROWS) == [(3, 2, 2)]
    assert ledgers.database.rows("SELECT count(*) FROM wdh_runs") == [(2,)]


def test_a_domain_that_depends_on_what_an_earlier_one_writes_is_refused(ledgers: Ledgers) -> None:
    """By writing facts to one table, or by looking up in a table that is written."""
    ledgers.configure("table: 流失", "table: 中标")
    for arguments in ([], ["--execute"]):
        ended = ledgers.run(*arguments)
        assert ended.exit_code == 2, ended.output
        assert "is written by won and by lost, and not for references alone" in ended.stderr
    ledgers.configure(
        "lost: {sheet: 流失, table: 流失}",
        "lost: {sheet: 流失, table: 流失, computed: {客户: {lookup: {table: 客户, by: 客户, value: 客户}}}}",
    )
    ledgers.database.execute("INSERT INTO \"客户\" VALUES ('B'), ('C')")
    ledgers.refused(2, 'lost has asked "客户" for values, and won writes to it earlier')
    assert ledgers.run("--execute", domains="lost,won").exit_code == 0


def test_what_one_domain_leaves_in_the_session_is_not_there_for_the_next(ledgers: Ledgers) -> None:
    """A temporary table of a statement that both run, and a setting that a trigger of the first changes."""
    ledgers.configure("  refs:\n", "  after: [{statement: own.sql, purpose: own, when: facts_loaded}]\n  refs:\n")
    (ledgers.folder / "own.sql").write_text("CREATE TEMP TABLE own ON COMMIT DROP AS SELECT 1", encoding="utf-8")
    change = "PERFORM set_config('datestyle', 'German', true);"
    ledgers.database.execute(TRIGGER.format(change).replace("流失", "中标"))
    ledgers.database.execute("ALTER TABLE \"流失\" ADD style text DEFAULT current_setting('datestyle')")
    ended = ledgers.run("--execute")
    assert ended.exit_code == 0, ended.output
    assert ledgers.database.rows('SELECT DISTINCT style FROM "流失"') == [("ISO, YMD",)]


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, ["not written", "The run was ended, and all are one transaction: nothing of any"]),
        (OutcomeUnknown("cut off"), 5, ["not known", "All are one transaction: either all of them were written or"]),
    ],
)
def test_what_is_about_no_domain_is_told_of_all(
    ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: list[str]
) -> None:
    monkeypatch.setattr(order, "apply_at", raising(error))
    ended = ledgers.run("--execute", "--report-dir", str(ledgers.folder / "reports"))
    assert ended.exit_code == code
    assert f"won {told[0]} {code}\nlost {told[0]} {code}\n{told[1]}" in "\n".join(lines(ended.stdout))


def test_an_interruption_behind_the_commit_names_all_runs(ledgers: Ledgers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_close", raising(KeyboardInterrupt()))
    ended = ledgers.run("--execute")
    assert ended.exit_code == 0
    runs = ledgers.database.rows("SELECT run_id::text FROM wdh_runs")
    assert len(runs) == 2
    assert all(run in ended.stderr for (run,) in runs)


def raising(error: BaseException) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


def test_all_or_nothing_contradicts_going_on(ledgers: Ledgers) -> None:
    ended = ledgers.run("--keep-going")
    assert (ended.exit_code, "--commit together writes all domains or none" in ended.stderr) == (2, True)
