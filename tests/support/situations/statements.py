"""Statements of a domain's own, which must stay inside the run's transaction and leave its session as it is."""

from support.situations.situation import Situation
from wdh.plan import Statement
from wdh.sql.identifiers import Target

_NOTE = """INSERT INTO "旁" VALUES ('三')"""


def _statement(sql: str, parameters: tuple[object, ...] | None = None) -> Statement:
    return Statement(Target("public", "计划"), "to try it", sql, parameters, "wdh-shops 1.0")


def _refused(name: str, sql: str, says: str, *, setup: str = "") -> Situation:
    return Situation(name, setup, says=f"wdh-shops 1.0: .*to try it.*{says}", statement=_statement(sql))


_PROCEDURE = 'CREATE PROCEDURE p() LANGUAGE plpgsql AS $$BEGIN INSERT INTO "旁" VALUES (1); COMMIT; END$$'

SITUATIONS = (
    _refused("it commits", "COMMIT", "cannot be run inside the transaction"),
    _refused("it commits between others", f"{_NOTE}; COMMIT; {_NOTE}", "cannot be run inside the transaction"),
    _refused("it commits and begins", "COMMIT; BEGIN", "cannot be run inside the transaction"),
    _refused("it rolls back", "ROLLBACK", "cannot be run inside the transaction"),
    _refused("it ends", "/* a comment */ END", "cannot be run inside the transaction"),
    _refused("it goes back to a savepoint", 'ROLLBACK TO SAVEPOINT "wdh_step"', "cannot be run inside"),
    _refused("it makes a savepoint", "SAVEPOINT mine", "cannot be run inside the transaction"),
    _refused("it prepares the transaction", "PREPARE TRANSACTION 'x'", "cannot be run inside the transaction"),
    _refused("a procedure commits", "CALL p()", "cannot be run inside the transaction", setup=_PROCEDURE),
    _refused("it sets the path", "SET search_path = pg_temp", "changed .*search_path"),
    _refused("it sets the path for the transaction", "SET LOCAL search_path = pg_temp", "changed .*search_path"),
    _refused("it sets the time zone", "SET TIME ZONE 'Asia/Tokyo'", "changed .*TimeZone"),
    _refused("it resets everything", "RESET ALL", "changed "),
    _refused("it shows rows again", "SET row_security = on", "changed .*row_security"),
    _refused("it takes another role", "SET ROLE pg_monitor", "changed .*the role"),
    _refused("it makes the transaction read only", "SET TRANSACTION READ ONLY", "changed .*transaction_read_only"),
    Situation(
        "a % beside parameters",
        says="does not fit its parameters",
        statement=_statement("""UPDATE "计划" SET "机构" = '5%' WHERE "号" = %s""", ("none",)),
    ),
    Situation(
        "more placeholders than parameters",
        says="does not fit its parameters",
        statement=_statement('UPDATE "计划" SET "机构" = %s WHERE "号" = %s', ("none",)),
    ),
    Situation(
        "a parameter that psycopg2 cannot write",
        says="does not fit its parameters",
        statement=_statement('UPDATE "计划" SET "机构" = %s', (object(),)),
    ),
    Situation(
        "several statements that stay inside",
        statement=_statement(f'{_NOTE}; UPDATE "计划" SET "名" = "名" WHERE "号" = \'A\''),
        changes=("旁",),
    ),
    Situation("a literal with a quote, a backslash and a %", statement=_statement("SELECT 'it''s \\ 100% $wdh$'")),
)
