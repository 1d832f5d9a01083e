"""Roles that are no superusers: what they may do and see."""

from support.situations.situation import Situation
from wdh.plan.planning import Wishes

_PLANS = 'GRANT SELECT, INSERT, UPDATE ON "计划" TO {role};'
_FACTS = 'GRANT SELECT, INSERT, DELETE ON "明细" TO {role};'
_SCHEMA = "GRANT USAGE, CREATE ON SCHEMA public TO {role};"
_HIDDEN = """
ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON "{table}" TO PUBLIC USING ("{column}" <> '{value}')"""


def _granted(name: str, grants: str, says: str | None = None, **more: object) -> Situation:
    return Situation(name, says=says, is_superuser=False, grants=grants, **more)  # type: ignore[arg-type]


def _columns(privilege: str, *columns: str) -> str:
    return f"{privilege} ({', '.join(columns)})"


_ALL_OF_PLANS = f'GRANT {_columns("SELECT", "号")}, {_columns("INSERT", "号", "名", "机构")} ON "计划" TO {{role}};'

SITUATIONS = (
    _granted("what a loader needs", _PLANS + _FACTS + _SCHEMA),
    _granted(
        "what a fill needs",
        _PLANS + _FACTS + _SCHEMA,
        wishes=Wishes(backfill_mode="insert_and_fill"),
    ),
    _granted(
        "privileges of columns, and the lock",
        _ALL_OF_PLANS + 'GRANT TRUNCATE ON "计划" TO {role};' + _FACTS + _SCHEMA,
    ),
    _granted(
        "one column of a reference may not be written",
        'GRANT SELECT, DELETE ON "计划" TO {role}; GRANT INSERT ("号", "名") ON "计划" TO {role};' + _FACTS + _SCHEMA,
        r'lacks INSERT on "机构" \(GRANT INSERT \("机构"\) ON "public"."计划" TO loader',
    ),
    _granted(
        "one column of the facts may not be written",
        _PLANS + 'GRANT SELECT, DELETE ON "明细" TO {role}; GRANT INSERT ("月", "计划") ON "明细" TO {role};' + _SCHEMA,
        r'lacks INSERT on "名称", "机构", "额" \(GRANT INSERT',
    ),
    _granted(
        "the scope may not be read",
        _PLANS + 'GRANT INSERT, DELETE ON "明细" TO {role}; GRANT SELECT ("月") ON "明细" TO {role};' + _SCHEMA,
        r'lacks SELECT on "计划" \(GRANT SELECT',
    ),
    _granted(
        "facts may not be deleted",
        _PLANS + 'GRANT SELECT, INSERT, UPDATE ON "明细" TO {role};' + _SCHEMA,
        r"lacks DELETE \(GRANT DELETE ON",
    ),
    _granted(
        "the reference may not be locked",
        'GRANT SELECT, INSERT ON "计划" TO {role};' + _FACTS + _SCHEMA,
        r"may not lock it, which needs UPDATE, DELETE or TRUNCATE .*GRANT DELETE",
    ),
    _granted(
        "MAINTAIN is enough for the lock",
        'GRANT SELECT, INSERT, MAINTAIN ON "计划" TO {role};' + _FACTS + _SCHEMA,
        needs="SELECT 1 WHERE current_setting('server_version_num')::int >= 170000",
    ),
    _granted(
        "the schema may not be used",
        _PLANS + _FACTS,
        r"may not use the schema \"public\" \(GRANT USAGE ON SCHEMA \"public\" TO loader",
        setup="REVOKE ALL ON SCHEMA public FROM PUBLIC",
    ),
    _granted(
        "a sequence may not be used",
        _PLANS + _FACTS + _SCHEMA,
        r"numbered by \"public\".\"明细_行_seq\".*GRANT USAGE ON SEQUENCE",
        setup='ALTER TABLE "明细" ADD COLUMN "行" serial',
    ),
    _granted(
        "an identity needs no privilege of a sequence",
        _PLANS + _FACTS + _SCHEMA,
        setup='ALTER TABLE "明细" ADD COLUMN "行" int GENERATED ALWAYS AS IDENTITY',
    ),
    _granted(
        "row security hides facts",
        _PLANS + _FACTS + _SCHEMA,
        "row security hides rows of it from the role",
        setup=_HIDDEN.format(table="明细", column="计划", value="A"),
    ),
    _granted(
        "row security hides references",
        _PLANS + _FACTS + _SCHEMA,
        "row security hides rows of it from the role",
        setup=_HIDDEN.format(table="计划", column="号", value="A"),
    ),
    _granted(
        "row security hides facts, and the session asks for it",
        _PLANS + _FACTS + _SCHEMA,
        "row security hides rows of it from the role",
        setup=_HIDDEN.format(table="明细", column="计划", value="A") + "; ALTER ROLE {role} SET row_security = on",
    ),
    _granted(
        "row security does not apply to the role",
        _PLANS + _FACTS + _SCHEMA,
        setup=_HIDDEN.format(table="明细", column="计划", value="A") + "; ALTER ROLE {role} BYPASSRLS",
    ),
    _granted(
        "row security applies to the owner by force",
        _SCHEMA,
        "row security hides rows of it from the role",
        setup='ALTER TABLE "明细" OWNER TO {role}; ALTER TABLE "计划" OWNER TO {role};'
        + _HIDDEN.format(table="明细", column="计划", value="A")
        + '; ALTER TABLE "明细" FORCE ROW LEVEL SECURITY',
    ),
)
