"""What only the server can find is mapped back to the cells of the workbook, too."""

from __future__ import annotations

from typing import Any

import pytest
from support.runs import cell, planned

from wdh.apply import apply_plan
from wdh.errors import DatabaseError, DataError
from wdh.plan.planning import Wishes

TABLES = """
CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text);
CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)"""


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(TABLES)
    return database


def row(plan: str, **values: Any) -> dict[str, Any]:
    return {"月": "2024-11-01", "计划": plan, "名称": "甲", "机构": "北京", "额": 1, **values}


def refused(warehouse: Any, rows: list[dict[str, Any]], **how: Any) -> str:
    before = [warehouse.rows(f'SELECT * FROM "{table}" ORDER BY 1') for table in ("计划", "明细")]
    with planned(rows, **how) as plan, warehouse.connect() as connection, pytest.raises(DatabaseError) as caught:
        apply_plan(plan, connection)
    assert [warehouse.rows(f'SELECT * FROM "{table}" ORDER BY 1') for table in ("计划", "明细")] == before
    return caught.value.message


@pytest.mark.parametrize(
    ("change", "rows", "cells"),
    [
        pytest.param(
            """ALTER TABLE "明细" ADD CHECK ("额" >= 0)""",
            [row("A"), row("B", 额=-1)],
            ["24年11月.xlsx, sheet 明细, row 3"],
            id="check on facts",
        ),
        pytest.param(
            """ALTER TABLE "明细" ALTER "额" TYPE uuid USING NULL""",
            [row("A", 额=None), row("B", 额="no uuid")],
            [cell("额", 3)],
            id="a type that only the server can judge",
        ),
        pytest.param(
            """CREATE TABLE org (k text PRIMARY KEY); INSERT INTO org VALUES ('北京');
            ALTER TABLE "明细" ADD FOREIGN KEY ("机构") REFERENCES org""",
            [row("A"), row("B", 机构="上海"), row("C", 机构="上海")],
            [cell("机构", 3), cell("机构", 4)],
            id="foreign key of facts",
        ),
        pytest.param(
            """CREATE TABLE org (k text PRIMARY KEY); INSERT INTO org VALUES ('北京');
            ALTER TABLE "明细" ADD FOREIGN KEY ("机构") REFERENCES org DEFERRABLE INITIALLY DEFERRED""",
            [row("A"), row("B", 机构="上海")],
            [cell("机构", 3)],
            id="deferred foreign key of facts",
        ),
        pytest.param(
            """ALTER TABLE "明细" ADD UNIQUE ("名称")""",
            [row("A", 名称="甲"), row("B", 名称="甲")],
            ["row 3"],
            id="unique facts",
        ),
        pytest.param(
            """ALTER TABLE "计划" ADD CHECK ("名" <> '坏')""",
            [row("A"), row("B", 名称="坏"), row("C"), row("D", 名称="坏")],
            [cell("计划", 3), cell("计划", 5)],
            id="check on references",
        ),
        pytest.param(
            """CREATE TABLE org (k text PRIMARY KEY); INSERT INTO org VALUES ('北京');
            ALTER TABLE "计划" ADD FOREIGN KEY ("机构") REFERENCES org""",
            [row("A"), row("B", 机构="上海")],
            [cell("机构", 3)],
            id="foreign key of references",
        ),
        pytest.param(
            """CREATE TABLE org (k text PRIMARY KEY); INSERT INTO org VALUES ('北京');
            ALTER TABLE "计划" ADD FOREIGN KEY ("机构") REFERENCES org DEFERRABLE INITIALLY DEFERRED""",
            [row("A"), row("B", 机构="上海")],
            [cell("机构", 3)],
            id="deferred foreign key of references",
        ),
        pytest.param(
            """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN IF NEW."号" = ''B'' THEN RAISE EXCEPTION ''not this one''; END IF; RETURN NEW; END';
            CREATE TRIGGER t BEFORE INSERT ON "计划" FOR EACH ROW EXECUTE FUNCTION f()""",
            [row("A"), row("B"), row("C")],
            [cell("计划", 3)],
            id="a trigger that raises",
        ),
    ],
)
def test_a_row_that_the_server_refuses_is_named_by_its_cell(
    warehouse: Any, change: str, rows: list[dict[str, Any]], cells: list[str]
) -> None:
    warehouse.execute(change)
    message = refused(warehouse, rows)
    for name in cells:
        assert name in message
    assert message.count("sheet 明细") == len(cells), "and no other cell"


def test_rows_that_cannot_be_filled_are_named_by_their_cells(warehouse: Any) -> None:
    warehouse.execute(
        """ALTER TABLE "计划" ADD CHECK ("名" <> '坏'); INSERT INTO "计划" ("号") VALUES ('A'), ('B'), ('C')"""
    )
    rows = [row("A"), row("B", 名称="坏"), row("C")]
    message = refused(warehouse, rows, wishes=Wishes(backfill_mode="fill_null_only"))
    assert cell("计划", 3) in message
    assert message.count("sheet 明细") == 1


def test_keys_that_are_one_to_postgresql_are_named_with_their_cells(database: Any) -> None:
    """1.0 and 1 are two texts, and one numeric."""
    database.execute(TABLES.replace('"号" text', '"号" numeric', 1))
    rows = [row("1.0"), row("2"), row("1")]
    with planned(rows) as plan, database.connect() as connection, pytest.raises(DataError) as caught:
        apply_plan(plan, connection)
    assert f"'1' ({cell('计划', 4)}) and '1.0' ({cell('计划', 2)})" in caught.value.message
    assert database.rows('SELECT * FROM "计划"') == []
