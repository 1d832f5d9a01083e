"""What a role may not do is told with the statement that would let it, before anything is touched: exit 2."""

from __future__ import annotations

from typing import Any

import pytest
from support.refusals import LOADER, TABLES, a_role, connect_as, refused, row, trigger
from support.runs import planned

from wdh.apply import apply_plan
from wdh.errors import SetupError
from wdh.plan.planning import Wishes

ROWS = [row("A"), row("B")]


@pytest.fixture
def warehouse(database: Any) -> Any:
    database.execute(TABLES)
    return database


def told(warehouse: Any, role: str) -> str:
    """Apply as the role, be refused, and give the message."""
    error = refused(warehouse, ROWS, connection=connect_as(warehouse, role), kind=SetupError)
    return error.message


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        pytest.param(
            """CREATE SEQUENCE own; ALTER TABLE "明细" ADD id int DEFAULT nextval('own')""",
            'GRANT USAGE ON SEQUENCE "public"."own" TO {role}',
            id="sequence of facts",
        ),
        pytest.param(
            """CREATE SEQUENCE own; ALTER TABLE "计划" ADD id int DEFAULT nextval('own')""",
            'GRANT USAGE ON SEQUENCE "public"."own" TO {role}',
            id="sequence of references",
        ),
        pytest.param(
            "REVOKE ALL ON SCHEMA public FROM PUBLIC, {role}", 'GRANT USAGE ON SCHEMA "public" TO {role}', id="schema"
        ),
        pytest.param(
            """REVOKE INSERT ON "明细" FROM {role}; GRANT INSERT ("月", "计划", "名称", "机构") ON "明细" TO {role}""",
            'GRANT INSERT ("额") ON "public"."明细" TO {role}',
            id="column of facts",
        ),
        pytest.param(
            """REVOKE SELECT ON "计划" FROM {role}; GRANT SELECT ("名") ON "计划" TO {role}""",
            'GRANT SELECT ("号") ON "public"."计划" TO {role}',
            id="key of references",
        ),
        pytest.param(
            """CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION own() FROM PUBLIC;
            ALTER TABLE "明细" ADD n int DEFAULT own()""",
            "GRANT EXECUTE ON FUNCTION own() TO {role}",
            id="function of a default",
        ),
        pytest.param(
            """CREATE FUNCTION own(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
            REVOKE ALL ON FUNCTION own(text) FROM PUBLIC; ALTER TABLE "计划" ADD CHECK (own("名"))""",
            "GRANT EXECUTE ON FUNCTION own(text) TO {role}",
            id="function of a check",
        ),
        pytest.param(
            """CREATE FUNCTION own(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
            CREATE INDEX ON "计划" (own("名")); REVOKE ALL ON FUNCTION own(text) FROM PUBLIC""",
            "GRANT EXECUTE ON FUNCTION own(text) TO {role}",
            id="function of an index",
        ),
        pytest.param(
            """CREATE DOMAIN label AS text; REVOKE ALL ON DOMAIN label FROM PUBLIC;
            ALTER TABLE "计划" ALTER "名" TYPE label""",
            "GRANT USAGE ON TYPE label TO {role}",
            id="type",
        ),
        pytest.param(
            "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC", "GRANT TEMPORARY ON DATABASE", id="temporary"
        ),
    ],
)
def test_a_missing_privilege_is_told_with_the_grant(warehouse: Any, change: str, missing: str) -> None:
    """And the grant helps."""
    with a_role(warehouse, LOADER) as role:
        warehouse.execute(change.format(role=role, database=warehouse.name))
        message = told(warehouse, role)
        grant = missing.format(role=role)
        assert grant in message
        if not grant.endswith(role):
            grant = f"{grant} {warehouse.name} TO {role}"
        warehouse.execute(grant)
        with planned(ROWS) as plan, connect_as(warehouse, role) as connection:
            apply_plan(plan, connection)


def test_a_privilege_that_a_trigger_lacks_is_told_with_what_to_do(warehouse: Any) -> None:
    warehouse.execute("CREATE TABLE audit (plan text);" + trigger("明细", 'INSERT INTO audit VALUES (NEW."计划");'))
    with a_role(warehouse, LOADER) as role:
        message = told(warehouse, role)
    assert "permission denied for table audit" in message
    assert f"Grant the role {role} what the message names" in message
    assert "SECURITY DEFINER" in message


@pytest.mark.parametrize("policies", ["CREATE POLICY own ON {table} USING (true)", ""])
@pytest.mark.parametrize("table", ["计划", "明细"])
def test_row_security_is_told_with_its_policies_and_what_to_do(warehouse: Any, table: str, policies: str) -> None:
    warehouse.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY; ' + policies.format(table=f'"{table}"'))
    with a_role(warehouse, LOADER) as role:
        message = told(warehouse, role)
        assert "ow security" in message
        assert f'"{table}"' in message
        assert "BYPASSRLS" in message
        warehouse.execute(f"ALTER ROLE {role} BYPASSRLS")
        with planned(ROWS) as plan, connect_as(warehouse, role) as connection:
            apply_plan(plan, connection)


def test_row_security_of_a_plain_owner_is_in_nobodys_way(warehouse: Any) -> None:
    """The owner sees all rows, unless the table forces the policies on the owner, too."""
    with a_role(warehouse, LOADER) as role:
        warehouse.execute(f'ALTER TABLE "计划" OWNER TO {role}; ALTER TABLE "明细" OWNER TO {role};')
        warehouse.execute('ALTER TABLE "明细" ENABLE ROW LEVEL SECURITY')
        with planned(ROWS) as plan, connect_as(warehouse, role) as connection:
            apply_plan(plan, connection)
        warehouse.execute('ALTER TABLE "明细" FORCE ROW LEVEL SECURITY')
        assert "BYPASSRLS" in told(warehouse, role)
        warehouse.execute('ALTER TABLE "计划" OWNER TO CURRENT_USER; ALTER TABLE "明细" OWNER TO CURRENT_USER')


def test_a_role_that_may_only_append_needs_no_more(warehouse: Any) -> None:
    """What is told as missing is what the steps need."""
    grants = ("GRANT USAGE ON SCHEMA public TO {role}", 'GRANT INSERT, UPDATE ON "明细" TO {role}')
    append = Wishes(load_mode="append")
    with a_role(warehouse, *grants) as role, planned(ROWS, references=(), wishes=append) as plan:
        apply_plan(plan, connect_as(warehouse, role))
    assert warehouse.rows('SELECT count(*) FROM "明细"') == [(2,)]
