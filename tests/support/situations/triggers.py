"""Triggers and rules that make something else of what is written."""

from support.situations.situation import Situation
from wdh.plan.planning import Wishes

_FILL = Wishes(backfill_mode="fill_null_only")
_BOTH = Wishes(backfill_mode="insert_and_fill")


def _trigger(when: str, table: str, body: str, *, level: str = "ROW", more: str = "") -> str:
    return (
        f"CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} END$$;"
        f'CREATE {more} TRIGGER act {when} ON "{table}" {"DEFERRABLE INITIALLY DEFERRED" if more else ""} '
        f"FOR EACH {level} EXECUTE FUNCTION act()"
    )


_PARTITIONED = """
ALTER TABLE "明细" RENAME TO one; CREATE TABLE "明细" (LIKE one) PARTITION BY LIST ("月");
ALTER TABLE "明细" ATTACH PARTITION one DEFAULT;"""

SITUATIONS = (
    Situation(
        "a scope column is changed before it is stored",
        _trigger("BEFORE INSERT", "明细", 'NEW."计划" := lower(NEW."计划"); RETURN NEW;'),
        says="3 facts were written, and 0 are there in their scopes .*trigger act on 明细",
    ),
    Situation(
        "a scope column is changed in a partition",
        _PARTITIONED + _trigger("BEFORE INSERT", "one", 'NEW."计划" := lower(NEW."计划"); RETURN NEW;'),
        says="facts were written, and 0 are there .*trigger act on one",
    ),
    Situation(
        "a key is changed before it is stored, without a unique index",
        _trigger("BEFORE INSERT", "计划", 'NEW."号" := lower(NEW."号"); RETURN NEW;'),
        says=r"rows were inserted and are not there \(号: B.*trigger act on 计划",
    ),
    Situation(
        "a key is changed before it is stored, with a unique index",
        'ALTER TABLE "计划" ADD UNIQUE ("号");'
        + _trigger("BEFORE INSERT", "计划", 'NEW."号" := lower(NEW."号"); RETURN NEW;'),
        says="rows were inserted and are not there",
    ),
    Situation(
        "new references are dropped by a trigger",
        _trigger("BEFORE INSERT", "计划", "RETURN NULL;"),
        says="rows were inserted and are not there .*trigger act on 计划",
    ),
    Situation(
        "new references are dropped by a rule",
        'CREATE RULE nothing AS ON INSERT TO "计划" DO INSTEAD NOTHING',
        says="rows were inserted and are not there .*rule nothing",
    ),
    Situation(
        "new references are taken away again",
        _trigger("AFTER INSERT", "计划", 'DELETE FROM "计划" WHERE "号" = NEW."号"; RETURN NULL;'),
        says="rows were inserted and are not there",
    ),
    Situation(
        "a fill is undone: the old row is returned",
        _trigger("BEFORE UPDATE", "计划", "RETURN OLD;"),
        wishes=_FILL,
        says="values were filled in and are still NULL .*trigger act on 计划",
    ),
    Situation(
        "a fill is undone: no row is returned",
        _trigger("BEFORE UPDATE", "计划", "RETURN NULL;"),
        wishes=_FILL,
        says="values were filled in and are still NULL",
    ),
    Situation(
        "a fill is undone by a rule",
        'CREATE RULE nothing AS ON UPDATE TO "计划" DO INSTEAD NOTHING',
        wishes=_FILL,
        says="values were filled in and are still NULL .*rule nothing",
    ),
    Situation(
        "old facts are kept by a trigger",
        _trigger("BEFORE DELETE", "明细", "RETURN NULL;"),
        says="old facts were deleted and are still there .*trigger act on 明细",
    ),
    Situation(
        "old facts are kept by a rule",
        'CREATE RULE nothing AS ON DELETE TO "明细" DO INSTEAD NOTHING',
        says="old facts were deleted and are still there .*rule nothing",
    ),
    Situation(
        "facts are dropped by a trigger",
        _trigger("BEFORE INSERT", "明细", "RETURN NULL;"),
        says="3 facts were sent and 0 stored",
    ),
    Situation(
        "facts are dropped by a trigger, appended",
        _trigger("BEFORE INSERT", "明细", "RETURN NULL;"),
        wishes=Wishes(load_mode="append"),
        says="3 facts were sent and 0 stored",
    ),
    Situation(
        "a rule for facts, which COPY passes over",
        'CREATE RULE also AS ON INSERT TO "明细" DO ALSO INSERT INTO "旁" VALUES (NEW."计划")',
        says="COPY passes over the rule also",
    ),
    Situation(
        "facts are written twice by a trigger",
        _trigger(
            "AFTER INSERT",
            "明细",
            'IF pg_trigger_depth() = 1 THEN INSERT INTO "明细" SELECT NEW.*; END IF; RETURN NULL;',
        ),
        says="3 facts were written, and 6 are there",
    ),
    Situation(
        "facts are changed when the statement ends",
        _trigger("AFTER INSERT", "明细", """UPDATE "明细" SET "计划" = 'Z'; RETURN NULL;""", level="STATEMENT"),
        says="facts were written, and 0 are there",
    ),
    Situation(
        "facts are changed at the end of the transaction",
        _trigger(
            "AFTER INSERT",
            "明细",
            """UPDATE "明细" SET "计划" = 'Z' WHERE "计划" = NEW."计划"; RETURN NULL;""",
            more="CONSTRAINT",
        ),
        says="facts were written, and 0 are there",
    ),
    Situation(
        "references are taken away when facts are written",
        _trigger("AFTER INSERT", "明细", """DELETE FROM "计划" WHERE "号" = 'B'; RETURN NULL;"""),
        says="rows were inserted and are not there .*trigger act on 明细",
    ),
    Situation(
        "references are taken away at the end of the transaction",
        _trigger("AFTER INSERT", "计划", """DELETE FROM "计划" WHERE "号" = 'B'; RETURN NULL;""", more="CONSTRAINT"),
        says="rows were inserted and are not there",
    ),
    Situation(
        "a trigger that only keeps an audit",
        _trigger("AFTER INSERT", "明细", 'INSERT INTO "旁" VALUES (NEW."计划"); RETURN NULL;'),
        changes=("旁",),
    ),
    Situation(
        "triggers that are switched off, or fire for replicas only",
        _trigger("BEFORE INSERT", "明细", "RETURN NULL;")
        + ';ALTER TABLE "明细" DISABLE TRIGGER act; '
        + 'CREATE TRIGGER act BEFORE INSERT ON "计划" FOR EACH ROW EXECUTE FUNCTION act();'
        + 'ALTER TABLE "计划" ENABLE REPLICA TRIGGER act',
    ),
    Situation("no trigger, insert and fill", wishes=_BOTH),
    Situation(
        "a row of NULLs, which is NULL and is not",
        "CREATE TYPE pair AS (a text, b text); "
        'ALTER TABLE "计划" ALTER COLUMN "机构" TYPE pair USING ROW(NULL, NULL)::pair',
        wishes=_FILL,
        says='column "机构" is of the row type pair',
    ),
    Situation(
        "a column that is never NULL is not filled",
        """UPDATE "计划" SET "机构" = 'G01'; ALTER TABLE "计划" ALTER COLUMN "机构" SET NOT NULL""",
        wishes=_FILL,
    ),
    Situation(
        "a domain that is never NULL is not filled, whatever the workbook lacks",
        before="CREATE DOMAIN office AS text NOT NULL DEFAULT 'G01'",
        setup="""UPDATE "计划" SET "机构" = 'G01'; ALTER TABLE "计划" ALTER COLUMN "机构" TYPE office""",
        wishes=_FILL,
    ),
)
