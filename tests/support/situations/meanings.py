"""Settings of a role, a database or a client that decide what an input means."""

from collections.abc import Mapping

from support.situations.situation import Situation


def _options(**settings: str) -> tuple[Mapping[str, str], ...]:
    return ({"options": " ".join(f"-c {name}={value}" for name, value in settings.items())},)


_ZONES = tuple({"options": f"-c timezone={zone}"} for zone in ("UTC", "America/New_York", "Asia/Tokyo"))
_SHANGHAI = "Asia/Shanghai"
_LOCAL_FACTS = """
SELECT to_char("月" AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'), "计划", "名称", "机构", trim_scale("额")::text
  FROM public."明细\""""
_NO_ZONE = "nothing says which time zone the workbook means; add it to data_sources.yml"

SITUATIONS = (
    Situation("a scope with a time zone, and none named", columns={"明细.月": "timestamptz"}, says=_NO_ZONE),
    Situation(
        "a scope with a time zone, written by clients of other zones",
        columns={"明细.月": "timestamptz"},
        sessions=_ZONES,
        time_zone=_SHANGHAI,
        facts_read=_LOCAL_FACTS,
    ),
    Situation(
        "a time zone inside a domain",
        before="CREATE DOMAIN moment AS timestamptz",
        columns={"明细.月": "moment"},
        says=_NO_ZONE,
    ),
    Situation(
        "a time zone inside an array",
        columns={"计划.机构": "timestamptz[]"},
        setup='DELETE FROM "计划"',
        says=_NO_ZONE,
    ),
    Situation(
        "a time zone that the server does not know", time_zone="Mars/Olympus", before="SELECT 1", says="no time zone"
    ),
    Situation("days are read as day, month, year", sessions=_options(datestyle="SQL,DMY")),
    Situation(
        "floats are written with few digits", columns={"明细.额": "float8"}, sessions=_options(extra_float_digits="-15")
    ),
    Situation("= NULL is taken for IS NULL", sessions=_options(transform_null_equals="on")),
    Situation("every name is quoted", sessions=_options(quote_all_identifiers="on")),
    Situation("backslashes in literals", sessions=_options(standard_conforming_strings="off")),
    Situation("searches of GIN indexes give few rows", sessions=_options(gin_fuzzy_search_limit="1")),
    Situation("arrays have no NULL", sessions=_options(array_nulls="off")),
    Situation(
        "foreign keys and triggers do not fire",
        setup="""ALTER TABLE "计划" ADD UNIQUE ("号");
            DELETE FROM "明细" WHERE "计划" <> 'A'; UPDATE "明细" SET "机构" = NULL;
            CREATE TABLE "机构表" (c text PRIMARY KEY);
            ALTER TABLE "明细" ADD FOREIGN KEY ("机构") REFERENCES "机构表" """,
        sessions=_options(session_replication_role="replica"),
        says="foreign key",
    ),
    Situation(
        "transactions are repeatable read by default",
        sessions=_options(default_transaction_isolation="repeatable\\ read"),
        says="READ COMMITTED",
    ),
    Situation("row security is on", sessions=_options(row_security="on")),
)
