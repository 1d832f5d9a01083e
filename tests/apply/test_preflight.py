"""Everything the warehouse would not take as it is, is found before the first write and told together, by cell."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.runs import PLANS, cell, planned

from wdh.apply import DoesNotFit, apply_plan
from wdh.errors import SetupError
from wdh.plan.planning import Wishes

TABLES = """
CREATE TABLE "计划" (id int GENERATED ALWAYS AS IDENTITY, "号" text UNIQUE, "名" varchar(4), "机构" varchar(10));
CREATE TABLE "明细" ("月" date NOT NULL, "计划" varchar(3), "名称" text, "机构" text, "额" numeric(6,2))"""
LONG = "中国人寿养老保险股份有限公司"


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(TABLES)
    return database


def row(plan: str, **values: Any) -> dict[str, Any]:
    return {"月": "2024-11-01", "计划": plan, "名称": "甲", "机构": "北京", "额": 1.5, **values}


def apply(warehouse: Any, rows: list[dict[str, Any]], **how: Any) -> Any:
    with planned(rows, **how) as plan, warehouse.connect() as connection:
        return apply_plan(plan, connection)


def contents(warehouse: Any) -> list[object]:
    return [warehouse.rows(f'SELECT * FROM "{table}" ORDER BY 1') for table in ("计划", "明细")]


def test_all_misfits_of_references_and_facts_are_told_together_with_their_cells(warehouse: Any) -> None:
    rows = [row("A", 机构=LONG), row("B", 额=1.005), row("LONG"), row("C", 月=None), row("D", 额=12345.5)]
    with pytest.raises(DoesNotFit) as caught:
        apply(warehouse, rows)
    misfits = "\n".join(caught.value.facts["misfits"])  # type: ignore[arg-type]
    for name, line, why in (
        ("机构", 2, "has 14 characters, and character varying(10) keeps 10"),
        ("额", 3, "has more than 2 decimals"),
        ("计划", 4, "has 4 characters, and character varying(3) keeps 3"),
        ("月", 5, "is blank, and no later run could find the fact again"),
        ("额", 6, "has more than 4 digits before the point"),
    ):
        assert f"{why}" in misfits
        assert cell(name, line) in misfits
    assert {(reject.cell, reject.reason) for reject in caught.value.rejects} == {
        (place, "does_not_fit") for place in ("D2", "E3", "B4", "A5", "E6")
    }
    assert contents(warehouse) == [[], []]


def test_a_candidate_that_is_there_already_does_not_have_to_fit(warehouse: Any) -> None:
    """Nothing of it would be written; the other candidates are inserted."""
    warehouse.execute("""INSERT INTO "计划" ("号", "名", "机构") VALUES ('A', '旧', '旧')""")
    applied = apply(warehouse, [row("A", 机构=LONG), row("B")])
    assert [outcome.rows for outcome in applied.outcomes] == [1, 0, 2]
    assert warehouse.rows('SELECT "号", "名", "机构" FROM "计划" ORDER BY 1') == [
        ("A", "旧", "旧"),
        ("B", "甲", "北京"),
    ]


def test_a_value_for_a_place_that_is_not_empty_does_not_have_to_fit(warehouse: Any) -> None:
    """The name is filled all the same; of another plan the place is empty, and there it is a fault."""
    warehouse.execute("""INSERT INTO "计划" ("号", "名", "机构") VALUES ('A', NULL, '旧'), ('B', '旧', NULL)""")
    fill = Wishes(backfill_mode="fill_null_only")
    apply(warehouse, [row("A", 机构=LONG)], wishes=fill)
    assert warehouse.rows('SELECT "号", "名", "机构" FROM "计划" ORDER BY 1') == [("A", "甲", "旧"), ("B", "旧", None)]
    with pytest.raises(DoesNotFit) as caught:
        apply(warehouse, [row("A", 机构=LONG), row("B", 机构=LONG)], wishes=fill)
    assert [reject.cell for reject in caught.value.rejects] == ["D3"]


def test_a_key_with_leading_zeros_is_never_matched_with_a_number(database: Any) -> None:
    """0012 against an integer key would be taken for 12: it is refused by cell, in both modes."""
    database.execute(TABLES.replace('"号" text', '"号" integer'))
    database.execute("""INSERT INTO "计划" ("号", "名") VALUES (12, NULL)""")
    for mode in ("insert_missing", "fill_null_only"):
        with pytest.raises(DoesNotFit, match="'12' ?|would arrive as 12") as caught:
            apply(database, [row("012")], wishes=Wishes(backfill_mode=mode))
        assert {reject.cell for reject in caught.value.rejects} == {"B2"}
    assert database.rows('SELECT "号", "名" FROM "计划"') == [(12, None)]


def test_a_column_that_needs_a_value_and_has_no_rule_is_a_fault_only_where_a_row_would_be_inserted(
    database: Any,
) -> None:
    database.execute(TABLES.replace('"名" varchar(4)', '"名" varchar(4), "状态" text NOT NULL'))
    database.execute("""INSERT INTO "计划" ("号", "状态") VALUES ('A', '在')""")
    apply(database, [row("A")])
    with pytest.raises(DoesNotFit, match='"状态": needs a value, and the ref has no rule for it') as caught:
        apply(database, [row("A"), row("B")])
    assert [reject.cell for reject in caught.value.rejects] == ["B3"]


def test_a_fact_column_that_needs_a_value_and_is_not_among_the_facts_is_a_setup_error(warehouse: Any) -> None:
    warehouse.execute('ALTER TABLE "明细" ADD COLUMN "批次" int NOT NULL')
    with pytest.raises(SetupError, match='column "批次" needs a value, and the facts have none'):
        apply(warehouse, [row("A")])
    assert contents(warehouse) == [[], []]


def test_a_code_is_not_matched_with_the_number_it_looks_like(database: Any) -> None:
    database.execute(TABLES.replace('"号" text', '"号" numeric(10,0)'))
    database.execute("""INSERT INTO "计划" ("号", "名") VALUES (12, NULL)""")
    with pytest.raises(DoesNotFit, match="'012' would arrive as 12"):
        apply(database, [row("012")], wishes=Wishes(backfill_mode="fill_null_only"))
    assert database.rows('SELECT "名" FROM "计划"') == [(None,)]


def test_a_trigger_of_a_partition_may_give_the_value_that_is_missing(database: Any) -> None:
    database.execute(
        """CREATE TABLE "计划" ("号" text, "名" text, "机构" text);
        CREATE TABLE "明细" ("月" date, "计划" text, "名称" text NOT NULL, "机构" text, "额" numeric)
          PARTITION BY RANGE ("月");
        CREATE TABLE p PARTITION OF "明细" DEFAULT;
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW."名称" := ''新''; RETURN NEW; END';
        CREATE TRIGGER t BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f()"""
    )
    apply(database, [row("A", 名称=None)])
    assert database.rows('SELECT "名称" FROM "明细"') == [("新",)]


def test_a_trigger_may_give_the_value_that_is_missing(database: Any) -> None:
    database.execute(TABLES.replace('"名" varchar(4)', '"名" varchar(4), "状态" text NOT NULL'))
    database.execute(
        """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW."状态" := ''新''; RETURN NEW; END';
        CREATE TRIGGER t BEFORE INSERT ON "计划" FOR EACH ROW EXECUTE FUNCTION f()"""
    )
    apply(database, [row("A")])
    assert database.rows('SELECT "号", "状态" FROM "计划"') == [("A", "新")]


def test_cells_of_a_candidate_are_those_with_the_very_value_else_those_of_the_key(warehouse: Any) -> None:
    rows = [row("A", 机构="北京", 额=1), row("A", 机构=LONG, 额=9), row("A", 机构=LONG, 额=8)]
    with pytest.raises(DoesNotFit) as caught:
        apply(warehouse, rows, vetoes=["--skip-facts"])
    assert [reject.cell for reject in caught.value.rejects] == ["D3", "D4"]


def test_generated_columns_named_in_updatable_are_left_alone_with_a_remark(database: Any) -> None:
    generated = """"机构" varchar(10) GENERATED ALWAYS AS ('x' || "名") STORED"""
    database.execute(TABLES.replace('"机构" varchar(10)', generated, 1))
    database.execute("""INSERT INTO "计划" ("号") VALUES ('A')""")
    applied = apply(database, [row("A")], wishes=Wishes(backfill_mode="fill_null_only"))
    assert database.rows('SELECT "名", "机构" FROM "计划"') == [("甲", "x甲")]
    assert applied.plan.remarks == ('"public"."计划": 机构 is generated by the database and is not filled',)


def test_key_columns_named_in_updatable_are_left_alone_with_a_remark(warehouse: Any) -> None:
    from msgspec.structs import replace

    both = replace(PLANS, updatable=("号", "名"))
    warehouse.execute("""INSERT INTO "计划" ("号") VALUES ('A')""")
    applied = apply(warehouse, [row("A")], references=[both], wishes=Wishes(backfill_mode="fill_null_only"))
    assert warehouse.rows('SELECT "号", "名" FROM "计划"') == [("A", "甲")]
    assert applied.plan.remarks == ("refs.plans: updatable names 号 of the key, which is never changed",)


def test_privileges_that_are_missing_are_named_before_anything_is_written(warehouse: Any) -> None:
    import secrets

    role = f"reader_{secrets.token_hex(4)}"
    warehouse.execute(f'CREATE ROLE {role}; GRANT SELECT ON "计划", "明细" TO {role}')
    try:
        with planned([row("A")]) as plan, warehouse.connect() as connection:
            connection.cursor().execute(f"SET ROLE {role}")
            with pytest.raises(SetupError) as caught:
                apply_plan(plan, connection)
    finally:
        warehouse.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    faults = "\n".join(caught.value.facts["faults"])  # type: ignore[arg-type]
    assert '"public"."计划": the role lacks INSERT (GRANT INSERT ON "public"."计划" TO ' + role + ")" in faults
    assert '"public"."明细": the role lacks DELETE' in faults
    assert "may not lock it" in faults
    assert contents(warehouse) == [[], []]


def test_deleting_facts_that_others_hang_on_is_refused_before_it_takes_them_along(warehouse: Any) -> None:
    warehouse.execute(
        """ALTER TABLE "明细" ADD COLUMN id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
        CREATE TABLE remark (fact int CONSTRAINT of_fact REFERENCES "明细" ON DELETE CASCADE)"""
    )
    effect = re.escape('would also delete rows of "public"."remark" (of_fact); load with --mode append')
    with pytest.raises(SetupError, match=effect):
        apply(warehouse, [row("A")])
    apply(warehouse, [row("A")], wishes=Wishes(load_mode="append"))
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(1,)]
