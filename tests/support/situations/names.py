"""Names: a bare name, and what other sessions do with names while a run is at work."""

from support.situations.situation import Situation

_EARLY = "CREATE SCHEMA early"
_PATH = ({"options": "-c search_path=early,public"},)
_COPY = 'CREATE TABLE {schema}."{table}" (LIKE public."{table}" INCLUDING ALL)'

SITUATIONS = (
    Situation("a bare name", is_bare=True),
    Situation(
        "a bare name, found behind another schema",
        before=_EARLY,
        sessions=_PATH,
        is_bare=True,
        changes=("early.wdh_runs",),
    ),
    Situation(
        "facts of the same name are made in an earlier schema while the run waits",
        before=_EARLY,
        sessions=_PATH,
        is_bare=True,
        meanwhile=_COPY.format(schema="early", table="明细"),
        says="another table took its place",
        changes=("early.明细",),
        runs=1,
    ),
    Situation(
        "a reference of the same name is made in an earlier schema while the run waits",
        before=_EARLY,
        sessions=_PATH,
        is_bare=True,
        meanwhile=_COPY.format(schema="early", table="计划"),
        says="another table took its place",
        changes=("early.计划",),
        runs=1,
    ),
    Situation(
        "the facts are dropped and made anew while the run waits",
        meanwhile='ALTER TABLE "明细" RENAME TO alt; CREATE TABLE "明细" (LIKE alt); DROP TABLE alt',
        says="another table took its place|does not exist",
        changes=("明细",),
        runs=1,
    ),
    Situation(
        "the facts are renamed while the run waits",
        meanwhile='ALTER TABLE "明细" RENAME TO alt; CREATE TABLE "明细" (LIKE alt)',
        says="another table took its place",
        changes=("明细", "alt"),
        runs=1,
    ),
    Situation(
        "temporary tables of the same names in the session",
        is_bare=True,
        in_session='CREATE TEMP TABLE "明细" (LIKE public."明细"); CREATE TEMP TABLE "计划" (LIKE public."计划")',
    ),
    Situation(
        "no schema of the path has the facts",
        before="CREATE SCHEMA elsewhere",
        sessions=({"options": "-c search_path=elsewhere"},),
        is_bare=True,
        says='"明细" does not exist on the search_path',
    ),
)
