"""`--skip-unchanged` sees what a plugin was answered by the warehouse, and tables that are not those it wrote to."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from support.helpers import record_helpers
from support.workbooks import write_rows

from wdh.intake import files as running
from wdh.workbook import open_sheets

from .conftest import TRANSFORM, Shop
from .test_unchanged import AGAIN, OUTSIDE, READING

pytestmark = pytest.mark.once

ASKING = """
import datetime

@hookimpl
def skip_facts(warehouse):
    if warehouse is not None:
        warehouse.rows(Target("public", "closed"), ["month"], where={"domain": WHERE})
"""


@pytest.fixture
def asking(shop: Shop) -> Shop:
    """A shop with a plugin that asks a table for what concerns the domain, and never minds the answer."""
    shop.install(TRANSFORM)
    shop.install(ASKING.replace("WHERE", "'shops'"), name="gate", group="wdh.plugins")
    shop.database.execute("CREATE TABLE closed (month date, domain text)")
    shop.database.execute("INSERT INTO closed VALUES ('2024-01-01', 'shops'), ('2024-02-01', 'shops')")
    return shop


def why(shop: Shop) -> str:
    """Run again, which must not be skipped, and give the reason that is logged."""
    ended = shop.run(*AGAIN, "--log-level", "info", "--log-format", "json")
    assert ended.report["executed"]
    (event,) = [each for each in map(json.loads, ended.err.splitlines()) if each["event"] == "run_not_skipped"]
    text: str = event["why"]
    return text


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO closed VALUES ('2024-03-01', 'shops')",
        "DELETE FROM closed WHERE month = '2024-01-01'",
        "UPDATE closed SET month = '2024-03-01' WHERE month = '2024-01-01'",
        "UPDATE closed SET domain = 'books' WHERE month = '2024-01-01'",
        "INSERT INTO closed SELECT * FROM closed",
        "ALTER TABLE closed RENAME COLUMN month TO day; ALTER TABLE closed ADD month text DEFAULT '2024-01-01'",
    ],
)
def test_another_answer_to_a_plugins_question_is_a_reason_to_run(asking: Shop, change: str) -> None:
    first = asking.run(*AGAIN).report
    assert asking.run(*AGAIN).report["unchanged_since"] == first["run_id"]
    asking.database.execute(change)
    assert why(asking) == '"public"."closed", which wdh-gate 1.2.0 asked, answers otherwise'
    assert asking.run(*AGAIN).report["unchanged_since"]


SAME = "('2024-02-01', 'shops'), ('2024-01-01', 'shops')"


@pytest.mark.parametrize(
    "change",
    ["INSERT INTO closed VALUES ('2024-03-01', 'books')", f"DELETE FROM closed; INSERT INTO closed VALUES {SAME}"],
)
def test_the_same_answer_is_none_however_it_came_about(asking: Shop, change: str) -> None:
    first = asking.run(*AGAIN).report
    asking.database.execute(change)
    assert asking.run(*AGAIN).report["unchanged_since"] == first["run_id"]


def test_a_table_that_cannot_be_asked_any_more_is_told_by_the_run_itself(asking: Shop) -> None:
    assert asking.run(*AGAIN).report["executed"]
    asking.database.execute("DROP TABLE closed")
    ended = asking.run(*AGAIN)
    assert ended.code == 2
    assert '"public"."closed" cannot be asked' in ended.err


def test_a_question_that_was_refused_leaves_the_run_in_doubt(asking: Shop) -> None:
    """The table may be there the next time, and the plugin took the refusal for an answer."""
    refused = ASKING.replace("WHERE", "'shops'").replace('"closed"', '"nowhere"')
    asking.install(
        refused.replace("        warehouse", "        try:\n            warehouse")
        + "        except Exception:\n            return None\n",
        name="gate",
        group="wdh.plugins",
    )
    assert asking.run(*AGAIN).report["executed"]
    assert why(asking).startswith("wdh-gate 1.2.0 asked the warehouse and was refused")


def test_a_question_that_the_ledger_cannot_keep_leaves_the_run_in_doubt(asking: Shop) -> None:
    asking.install(
        ASKING.replace("domain", "month").replace("WHERE", "datetime.date(2024, 1, 1)"),
        name="gate",
        group="wdh.plugins",
    )
    assert asking.run(*AGAIN).report["executed"]
    assert 'wdh-gate 1.2.0 asked "public"."closed" for a value that the ledger cannot keep' in why(asking)


@pytest.mark.parametrize(
    "change",
    [
        'TRUNCATE "销售"',
        "TRUNCATE \"销售\"; INSERT INTO \"销售\" VALUES ('OLD', 1), ('OLD', 2), ('OLD', 3)",
        'DROP TABLE "销售"; CREATE TABLE "销售" (店 text, 额 numeric)',
        'ALTER TABLE "销售" RENAME TO old; CREATE TABLE "销售" (LIKE old)',
        'ALTER TABLE "销售" ADD more text',
    ],
)
def test_a_table_that_was_made_emptied_or_restored_since_is_a_reason_to_run(shop: Shop, change: str) -> None:
    shop.install(TRANSFORM)
    first = shop.run(*AGAIN).report
    assert shop.run(*AGAIN).report["unchanged_since"] == first["run_id"]
    shop.database.execute(change)
    assert why(shop) == '"public"."销售" was made, emptied, restored or altered since the latest run'
    assert shop.facts()[:2] == [("A", 1), ("B", 2)]
    assert shop.run(*AGAIN).report["unchanged_since"]


def test_a_part_of_a_table_counts_as_the_table(shop: Shop) -> None:
    shop.install(TRANSFORM)
    shop.database.execute('DROP TABLE "销售"; CREATE TABLE "销售" (店 text, 额 numeric) PARTITION BY LIST (店)')
    shop.database.execute("CREATE TABLE a PARTITION OF \"销售\" FOR VALUES IN ('A')")
    shop.database.execute('CREATE TABLE b PARTITION OF "销售" DEFAULT')
    assert shop.run(*AGAIN).report["executed"]
    assert shop.run(*AGAIN).report["unchanged_since"]
    shop.database.execute("TRUNCATE a")
    assert shop.run(*AGAIN).report["executed"]
    assert shop.facts() == [("A", 1), ("B", 2)]


@pytest.mark.parametrize("rows", [[["A", 1]], [["A", 1], ["B", 2]]], ids=["of one row", "of two rows"])
def test_a_table_that_takes_no_space_any_more_is_empty(shop: Shop, rows: list[list[Any]]) -> None:
    """So is an UNLOGGED one after a crash of the server, and the catalogue shows no trace of that."""
    shop.install(TRANSFORM)
    write_rows(shop.workspace.folder / "销售.xlsx", [["店", "额"], *rows], sheet="销售")
    assert shop.run(*AGAIN).report["executed"]
    shop.database.execute('DELETE FROM "销售"')
    shop.database.execute('VACUUM (TRUNCATE) "销售"')
    assert why(shop) == '"public"."销售" is empty, and was not after the latest run'
    assert shop.facts() == [tuple(row) for row in rows]


def test_other_runs_and_the_servers_own_work_are_no_reason(shop: Shop) -> None:
    shop.install(TRANSFORM)
    first = shop.run(*AGAIN).report
    shop.database.execute('ANALYZE "销售"')
    shop.database.execute('VACUUM (FREEZE) "销售"')
    shop.database.execute("CREATE TABLE other (a int)")
    shop.database.execute("INSERT INTO \"销售\" VALUES ('Z', 26)")
    assert shop.run(*AGAIN).report["unchanged_since"] == first["run_id"]


def test_a_table_that_another_holds_leaves_the_run_in_doubt_and_not_waiting(shop: Shop) -> None:
    shop.install(TRANSFORM)
    assert shop.run(*AGAIN).report["executed"]
    with shop.database.connect() as other:
        other.cursor().execute('LOCK TABLE "销售" IN ACCESS EXCLUSIVE MODE')
        ended = shop.run(*AGAIN, "--lock-timeout", "200ms", "--log-level", "info")
        assert ended.code == 4
        assert "the warehouse does not tell whether its tables are the same" in ended.err


def test_what_a_helper_reads_for_the_lower_rows_counts_for_the_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=16))
    record_helpers(monkeypatch)
    write_rows(shop.folder / "销售.xlsx", [["店", "额"], *([f"S{n}", n] for n in range(1_000))], sheet="销售")
    lower = shop.site.parent / "outside" / "lower.txt"
    lower.parent.mkdir()
    lower.write_text("10")
    shop.install(
        READING.replace("read(context)", "read(batch)")
        + f"def read(batch): return ({OUTSIDE} / 'lower.txt').read_text() if 990 in batch.row_numbers else 0\n"
    )
    first = shop.run(*AGAIN).report
    assert shop.run(*AGAIN).report["unchanged_since"] == first["run_id"]
    lower.write_text("11")
    assert why(shop) == f"{lower}, which wdh-shops 1.2.0 read, is not what it was"


@pytest.fixture
def role(shop: Shop) -> Iterator[str]:
    """A role that owns nothing and may do what an apply needs, and no more."""
    name = f"wdh_loader_{secrets.token_hex(4)}"
    shop.database.execute(f"CREATE ROLE {name}")
    shop.database.execute(f'GRANT SELECT, INSERT, DELETE ON "销售" TO {name}; GRANT CREATE ON SCHEMA public TO {name}')
    yield name
    shop.database.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_role_that_only_loads_may_ask_all_that_is_needed(shop: Shop, role: str) -> None:
    shop.install(TRANSFORM)
    environment = {"WDH_DATABASE__URI": f"{shop.database.dsn} options='-c role={role}'"}
    first = shop.run(*AGAIN, environment=environment).report
    assert shop.run(*AGAIN, environment=environment).report["unchanged_since"] == first["run_id"]
    shop.database.execute('TRUNCATE "销售"')
    assert shop.run(*AGAIN, environment=environment).report["executed"]
