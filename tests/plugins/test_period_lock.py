"""The period lock: facts of closed months stay out, with the months named, and everything else goes on."""

from __future__ import annotations

import datetime
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh import Batch, Columns, Facts, Note, month
from wdh.facts.spool import Spool
from wdh.testing.database import Database
from wdh_period_lock.lock import judge_facts
from wdh_period_lock.settings import CONTRACTS

pytestmark = pytest.mark.once

DOMAIN = "annuity_performance"
INCOME = "annuity_income"
TABLE = "    table: {schema: public, table: 关账月份, month: 月度, domain: 业务域}\n"
AGAIN = ("--execute", "--skip-unchanged")
BLOCK = "plugins.period_lock"


@pytest.fixture
def locked(workspace: Workspace) -> Workspace:
    """A workspace whose lock says that October is closed."""
    workspace.add('plugins:\n  period_lock:\n    closed: ["2024年10月"]\n')
    return workspace


@pytest.fixture
def asking(workspace: Workspace) -> Workspace:
    """A workspace whose lock asks a table, which has no row yet."""
    workspace.add(f"plugins:\n  period_lock:\n{TABLE}")
    workspace.database.execute('CREATE TABLE "关账月份" ("月度" date, "业务域" text)')
    return workspace


def months(workspace: Workspace, table: str = "规模明细") -> list[str]:
    """The months of which the warehouse has facts."""
    rows = workspace.database.rows(f'SELECT DISTINCT to_char("月度", \'YYYY-MM\') FROM "{table}" ORDER BY 1')
    return [month for (month,) in rows]


def notes(report: dict[str, Any]) -> list[str]:
    """What the lock says about facts that it does not lock."""
    return [note["sentence"] for note in report["notes"] if note["code"] == "period_lock_not_locked"]


def close(workspace: Workspace, month: str, domain: str | None) -> None:
    workspace.database.execute('INSERT INTO "关账月份" VALUES (%s, %s)', (month, domain))


def test_without_a_block_the_lock_does_nothing(workspace: Workspace) -> None:
    report = workspace.report(DOMAIN, "--execute", "--max-files", "3")
    assert report["vetoes"] == []
    assert months(workspace) == ["2024-09", "2024-10", "2024-11"]


def test_facts_of_a_closed_month_are_vetoed_with_its_name_and_references_are_backfilled(locked: Workspace) -> None:
    report = locked.report(DOMAIN, "--execute", "--period", "2024-10")
    (veto,) = report["vetoes"]
    assert veto.startswith(f"closed months: 2024-10 ({BLOCK}.closed) (wdh ")
    assert (report["executed"], report["skip_facts"]) == (True, True)
    assert (report["steps"][-1]["operation"], report["steps"][-1]["reason"]) == ("SKIP", veto)
    assert months(locked) == []
    assert locked.database.rows('SELECT count(*) > 0 FROM "年金计划"') == [(True,)]
    text = locked.job(DOMAIN, "--period", "2024-10").out
    assert f"Skip facts: True\n  {veto}\n" in text


def test_an_open_month_loads(locked: Workspace) -> None:
    assert locked.report(DOMAIN, "--execute", "--period", "2024-11")["vetoes"] == []
    assert months(locked) == ["2024-11"]


def test_open_months_of_the_same_run_are_named_as_they_are_not_loaded_either(locked: Workspace) -> None:
    """One run is one transaction over all its facts; the operator is told how to get the others in."""
    (veto,) = locked.report(DOMAIN, "--execute", "--max-files", "3", "--mode", "append")["vetoes"]
    assert "; the open ones must be run alone (--period): 2024-09, 2024-11 (wdh " in veto
    assert months(locked) == []


def test_every_domain_is_locked(locked: Workspace) -> None:
    assert locked.report(INCOME, "--execute", "--period", "2024-10")["vetoes"]
    assert months(locked, "收入明细") == []


def test_a_domain_without_a_package_is_locked_too(tmp_path: Path, database: Database) -> None:
    """Its facts have a month, and that is all the lock looks at."""
    write_rows(tmp_path / "2024年10月销售.xlsx", [["月度", "店号"], ["2024年10月", "0012"]], sheet="销售")
    workspace = Workspace(tmp_path, database)
    workspace.config.write_text(
        "domains:\n  sales:\n    pattern: 销售\n    table: 门店销售\n    pk: [月度]\n"
        "    columns: {月度: month, 店号: code}\nplugins: {period_lock: {closed: [2024-10]}}\n",
        encoding="utf-8",
    )
    workspace.create_tables("sales")
    assert workspace.report("sales", "--execute")["vetoes"][0].startswith("closed months: 2024-10 ")
    assert workspace.database.rows('SELECT count(*) FROM "门店销售"') == [(0,)]


@pytest.fixture
def replacing(tmp_path: Path, database: Database) -> Workspace:
    """A workspace whose pk is the shop alone; October is loaded."""
    workspace = Workspace(tmp_path, database)
    workspace.config.write_text(
        "domains:\n  sales:\n    pattern: 销售\n    table: 门店销售\n    pk: [店号]\n"
        "    columns: {月度: month, 店号: code}\n",
        encoding="utf-8",
    )
    workspace.create_tables("sales")
    load_sales(workspace, "2024年10月")
    return workspace


def load_sales(workspace: Workspace, month: str, *arguments: str) -> Any:
    """Load a workbook with one row of a month, and give the vetoes."""
    path = workspace.folder / f"{month}销售.xlsx"
    write_rows(path, [["月度", "店号"], [month, "0012"]], sheet="销售")
    return workspace.report("sales", "--execute", "--file", str(path), *arguments)["vetoes"]


def test_facts_of_a_closed_month_are_not_deleted_where_the_delete_scope_lacks_the_month(replacing: Workspace) -> None:
    """A delete by shop would reach October through a workbook of November."""
    replacing.add("plugins: {period_lock: {closed: [2024-09, 2024-10]}}\n")
    (veto,) = load_sales(replacing, "2024年11月")
    assert veto.startswith(
        f"closed months could lose facts, the latest of them 2024-10 ({BLOCK}.closed): the delete scope (pk: 店号) "
        "lacks the column of the month, 月度, so facts of any month may be replaced; add 月度 to pk in "
        "data_sources.yml or to --pk, or only add facts (--mode append) (wdh "
    )
    assert months(replacing, "门店销售") == ["2024-10"]


@pytest.mark.parametrize("way", [("--pk", "店号,月度"), ("--mode", "append")])
def test_what_the_veto_of_a_scope_without_the_month_says_to_do_loads(
    replacing: Workspace, way: tuple[str, ...]
) -> None:
    replacing.add("plugins: {period_lock: {closed: [2024-10]}}\n")
    assert load_sales(replacing, "2024年11月", *way) == []
    assert months(replacing, "门店销售") == ["2024-10", "2024-11"]


def test_a_scope_without_the_month_is_no_matter_while_no_month_is_closed(replacing: Workspace) -> None:
    """Nor where the table closes months of other domains only."""
    replacing.add("plugins: {period_lock: {table: {table: 关账月份, month: 月度, domain: 业务域}}}\n")
    replacing.database.execute('CREATE TABLE "关账月份" ("月度" date, "业务域" text)')
    close(replacing, "2024-10-01", "shops")
    assert load_sales(replacing, "2024年11月") == []
    close(replacing, "2024-10-01", "sales")
    assert load_sales(replacing, "2024年11月")


def test_rows_without_a_month_replace_nothing_of_a_closed_one_either() -> None:
    settings = {"closed": ["2024-10"], "column": "月度", "columns": {}}
    with Spool(("店号",)) as spool:
        spool.append(Facts([2], {"月度": [None], "店号": ["0012"]}), file="f", sheet="s")
        verdict = judge_facts("shops", spool.facts(), warehouse=None, settings=settings)
    assert isinstance(verdict, str)


def test_a_lock_that_was_lifted_lets_the_same_workbook_in_whatever_was_recorded(locked: Workspace) -> None:
    """--skip-unchanged takes no run that was vetoed for one that loaded."""
    assert locked.report(DOMAIN, *AGAIN, "--period", "2024-10")["vetoes"]
    text = locked.config.read_text(encoding="utf-8")
    locked.config.write_text(text.replace("2024年10月", "2024-08"), encoding="utf-8")
    report = locked.report(DOMAIN, *AGAIN, "--period", "2024-10")
    assert (report["executed"], report["unchanged_since"], months(locked)) == (True, None, ["2024-10"])
    assert locked.report(DOMAIN, *AGAIN, "--period", "2024-10")["unchanged_since"] == report["run_id"]


def test_a_plan_says_which_table_will_be_asked_and_asks_nobody(asking: Workspace) -> None:
    close(asking, "2024-11-01", None)
    nowhere = {"WDH_DATABASE__URI": "postgresql://127.0.0.1:1/x"}
    report = asking.job(DOMAIN, "--output", "json", environment=nowhere).report
    assert report["vetoes"] == []
    (note,) = [note for note in report["notes"] if note["code"] == "period_lock_not_asked"]
    assert note["sentence"] == 'Which months are closed will be asked of "public"."关账月份" at --execute.'


@pytest.mark.parametrize(
    ("month", "domain", "is_closed"),
    [
        ("2024-11-01", DOMAIN, True),
        ("2024-11-30", DOMAIN, True),
        ("2024-11-01", None, True),
        ("2024-11-01", INCOME, False),
        ("2024-10-01", DOMAIN, False),
        (None, DOMAIN, False),
    ],
)
def test_a_table_of_the_warehouse_is_asked_at_execute(
    asking: Workspace, month: Any, domain: Any, is_closed: bool
) -> None:
    """Any day of the month closes it, for the domain of the row or, where that is NULL, for all."""
    close(asking, month, domain)
    report = asking.report(DOMAIN, "--execute")
    assert len(report["vetoes"]) == is_closed
    assert months(asking) == ([] if is_closed else ["2024-11"])
    if is_closed:
        assert report["vetoes"][0].startswith('closed months: 2024-11 ("public"."关账月份") (wdh ')
        assert not [note for note in report["notes"] if note["code"] == "period_lock_not_asked"]


def test_a_month_opened_in_the_table_is_loaded_by_the_next_run(asking: Workspace) -> None:
    close(asking, "2024-11-01", DOMAIN)
    assert asking.report(DOMAIN, *AGAIN)["vetoes"]
    asking.database.execute('DELETE FROM "关账月份"')
    assert asking.report(DOMAIN, *AGAIN)["executed"]
    assert months(asking) == ["2024-11"]


@pytest.mark.parametrize(("kind", "value"), [("text", "24年11月"), ("integer", 202411), ("text", "2024.11")])
def test_the_tables_months_may_be_texts_or_numbers_and_closed_for_every_domain(
    workspace: Workspace, kind: str, value: Any
) -> None:
    workspace.add("plugins: {period_lock: {table: {table: 关账月份, month: 月度}}}\n")
    workspace.database.execute(f'CREATE TABLE "关账月份" ("月度" {kind})')
    workspace.database.execute('INSERT INTO "关账月份" VALUES (%s)', (value,))
    assert workspace.report(DOMAIN, "--execute")["vetoes"][0].startswith('closed months: 2024-11 ("关账月份")')


def test_a_lock_that_cannot_look_lets_nothing_through(asking: Workspace) -> None:
    """A table that is gone, or a month in it that is none, stops the run before anything is written."""
    asking.database.execute('ALTER TABLE "关账月份" ALTER COLUMN "月度" TYPE text')
    close(asking, "Q4", None)
    ended = asking.job(DOMAIN, "--execute")
    said = 'plugins.period_lock: "public"."关账月份", column 月度: \'Q4\' is not a month'
    assert (ended.code, said in ended.err) == (2, True), ended.err
    asking.database.execute('DROP TABLE "关账月份"')
    ended = asking.job(DOMAIN, "--execute")
    said = (
        '(wdh.plugins: period_lock = wdh_period_lock), hook skip_facts: "public"."关账月份" cannot be asked: it does '
        'not exist; create it with the columns "月度", "业务域", or correct plugins.period_lock.table in data_sources'
    )
    assert (ended.code, said in ended.err) == (2, True), ended.err
    assert asking.database.rows('SELECT count(*) FROM "年金计划"') == [(0,)]


@pytest.mark.parametrize(
    "month",
    [
        "2024-11",
        '"2024年11月"',
        "24年11月",
        "202411",
        '"202411"',
        "2024/11/30",
        "'2024.11'",
        "２０２４－１１",
        "2024-11-01",
    ],
)
def test_a_month_may_be_closed_in_any_spelling_of_a_sheet(workspace: Workspace, month: str) -> None:
    workspace.add(f"plugins: {{period_lock: {{closed: [{month}]}}}}\n")
    assert workspace.report(DOMAIN)["vetoes"][0].startswith("closed months: 2024-11 ")


@pytest.mark.many
@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ("closde: [2024-09]", "closde: is not a key here; did you mean closed?"),
        ("closed: [2024-13]", "closed[0]: the text '2024-13' cannot stand here: it is no month such as 2024-09"),
        ("closed: [2024]", "closed[0]: must be at least 200001, not 2024"),
        ("closed: [2024.10]", "closed[0]: must be text or a whole number, not the number 2024.1: put it in quotes"),
        ("closed: [1999-12]", "closed[0]: the text '1999-12' cannot stand here"),
        ("closed: [2024-09x]", "closed[0]: the text '2024-09x' cannot stand here: it is no month such as 2024-09"),
        ("closed: [2024-9-31]", "closed[0]: the text '2024-9-31' cannot stand here"),
        ("closed: [2024-02-30]", "closed[0]: the text '2024-02-30' cannot stand here"),
        ("closed: [2024年11月31日]", "closed[0]: the text '2024年11月31日' cannot stand here"),
        ("closed: [2024-11/01]", "closed[0]: the text '2024-11/01' cannot stand here"),
        ("closed: ['202413']", "closed[0]: the text '202413' cannot stand here"),
        ("closed: [202413]", "closed[0]: it is no month such as 2024-09 or 2024年9月"),
        ("closed: [202400]", "closed[0]: it is no month such as 2024-09 or 2024年9月"),
        ("closed: 2024-09", "closed: must be a list, not the text '2024-09'"),
        ("table: {table: 关账月份}", "table.month: is missing"),
        ("table: {table: 关账月份, mnth: 月度, month: x}", "table.mnth: is not a key here"),
        ("column: ''", "column: must not be empty"),
    ],
)
def test_a_fault_in_the_block_has_a_line_whatever_command_meets_it(
    workspace: Workspace, settings: str, fault: str
) -> None:
    line = len(workspace.config.read_text(encoding="utf-8").splitlines()) + 3
    workspace.add(f"plugins:\n  period_lock:\n    {settings}\n")
    for ended in (workspace.job(DOMAIN), workspace.tool("check", "--config", str(workspace.config))):
        assert ended.code == 2
        assert f"data_sources.yml:{line}:" in ended.err + ended.out
        assert f"{BLOCK}.{fault}" in ended.err + ended.out


def test_a_february_of_29_days_that_has_28_is_a_setup_error(workspace: Workspace) -> None:
    """A contract cannot tell leap years; the lock can."""
    workspace.add("plugins: {period_lock: {closed: [2024-02-29, 2023-02-29]}}\n")
    ended = workspace.job(DOMAIN)
    assert (ended.code, f"{BLOCK}.closed: '2023-02-29' is not a month" in ended.err) == (2, True), ended.err


YEARS = ["2000", "2024", "2099", "1999", "24", "２０２４", "2100", "024"]
PARTS = ["0", "00", "1", "2", "02", "9", "12", "13", "１１", "28", "29", "30", "31", "32"]
SPELLINGS = [
    "{0}{1}",
    "{0}年{1}月",
    "{0} 年 {1}　月 ",
    "{0}年{1}",
    "{0}-{1}",
    "{0}．{1}",
    "{0}年{1}月{2}日",
    "{0}年{1} 月 {2} 日",
    "{0}-{1}-{2}",
    "{0}-{1}－{2}",
    "{0}-{1}/{2}",
    "{0}/{1}/{2} 00:00",
    "{0}-{1}-{2} 00:00:00.0",
    "{0}-{1}-{2} 0:00",
    "{0}.{1}.{2}T00:00:00",
    "{0}-{1}-{2} 00:01",
    "{0}-{1}-{2}x",
    "x{0}-{1}",
    "{0}{1}{2}",
]


def test_the_contract_and_a_sheet_agree_on_what_is_a_month() -> None:
    """But for the 29th of February, which the contract lets through in every year, and times of day past midnight."""
    pattern = re.compile(str(CONTRACTS["closed"]["items"]["pattern"]))
    texts = {spelling.format(*parts) for spelling in SPELLINGS for parts in product(YEARS, PARTS, PARTS)}
    sheet = Columns(month("m", required=True))
    values = sorted(texts)
    facts = sheet.clean(Batch("f", "s", range(len(values)), {"m": values}, {"m": "A"}))
    read = {values[row] for row in facts.row_numbers}
    told = {text for text in values if pattern.search(text)}
    assert len(read) > 1_000
    assert all(":01" in text for text in read - told), sorted(read - told)
    assert all("29" in text for text in told - read), sorted(told - read)


def test_facts_without_the_column_are_not_locked_unless_the_block_says_where_their_month_is(
    workspace: Workspace,
) -> None:
    """By default the lock serves the domains that have the column, and a note names the others.

    What is named for a domain must be there.
    """
    before = workspace.config.read_text(encoding="utf-8")
    workspace.add("plugins: {period_lock: {closed: [2024-11], column: 结算月}}\n")
    report = workspace.report(DOMAIN)
    assert report["vetoes"] == []
    (note,) = notes(report)
    assert note.startswith(f"The facts of {DOMAIN} are not locked, as they have no column 结算月; ")
    workspace.config.write_text(before, encoding="utf-8")
    workspace.add(f"plugins: {{period_lock: {{closed: [2024-11], columns: {{{DOMAIN}: 结算月}}}}}}\n")
    ended = workspace.job(DOMAIN)
    assert ended.code == 2
    assert f"the month of {DOMAIN} is in '结算月', which is no column" in ended.err
    assert workspace.report(INCOME)["vetoes"]


def test_a_column_that_holds_no_months_stops_the_run(workspace: Workspace) -> None:
    workspace.add(f"plugins: {{period_lock: {{closed: [2024-11], columns: {{{DOMAIN}: 计划类型}}}}}}\n")
    ended = workspace.job(DOMAIN)
    assert ended.code == 2
    assert f"the facts of {DOMAIN}, column 计划类型: '集合计划' is not a month" in ended.err


def test_facts_that_have_no_month_are_counted_in_a_note() -> None:
    """They load as they did, and a lock that cannot look is not silent; where nothing is closed, nothing is said."""
    settings = {"closed": ["2024-11"], "column": "月度", "columns": {"shops": "月度"}}
    asking = {**settings, "table": {"table": "关账月份", "month": "月度"}}
    with Spool(()) as spool:
        assert judge_facts("shops", spool.facts(), warehouse=None, settings=settings) is None
        spool.append(Facts([2, 3, 4], {"月度": [None, datetime.date(2024, 10, 1), None]}), file="f", sheet="s")
        note = judge_facts("shops", spool.facts(), warehouse=None, settings=settings)
        both = judge_facts("shops", spool.facts(), warehouse=None, settings=asking)
        assert judge_facts("shops", spool.facts(), warehouse=None, settings={**settings, "closed": []}) is None
    sentence = "Facts of shops that have no month in 月度, and so are not locked: 2."
    assert note == Note("period_lock_not_locked", sentence, {})
    asked = 'Which months are closed will be asked of "关账月份" at --execute.'
    assert both == Note("period_lock_not_asked", f"{asked} {sentence}", {})
