"""`wdh`: the demonstration, the DDL, the check of a configuration, and the shell."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Any

import pytest

PLANTED = """
CREATE DOMAIN public.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN public.date AS pg_catalog.date CHECK (false);
CREATE DOMAIN public."varchar" AS pg_catalog.varchar CHECK (false);
CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$
"""
TABLES_OF_THE_DEMONSTRATION = """
SELECT count(*) FROM pg_catalog.pg_class WHERE relname IN ('规模明细', '年金计划', '组合计划') AND relkind = 'r'
"""
FOREIGN_COLUMNS = """
SELECT c.relname::pg_catalog.text, a.attname::pg_catalog.text
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relname IN ('规模明细', '年金计划', '组合计划')
  LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attnum > 0 AND (t.oid IS NULL OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE '%public%')
"""


@pytest.mark.whole
def test_a_second_demo_changes_nothing_and_keeps_what_was_changed_and_another_mixes_with_no_warehouse_in_use(
    bare_workspace: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "演示"
    arguments = ("demo", "--directory", str(folder), "--dsn", bare_workspace.database.dsn)
    first = bare_workspace.tool(*arguments)
    assert first.code == 0, first.err
    contents = bare_workspace.contents()
    assert len(contents["规模明细"]) == 9000
    config = folder / "data_sources.yml"
    changed = config.read_text(encoding="utf-8") + "# mine\n"
    config.write_text(changed, encoding="utf-8")
    second = bare_workspace.tool(*arguments)
    assert "References: 0 inserted, 0 filled. Facts: 9,000 deleted, 9,000 inserted." in second.out
    assert bare_workspace.contents() == contents
    assert config.read_text(encoding="utf-8") == changed
    other = bare_workspace.tool("demo", "--directory", str(tmp_path / "other"), "--dsn", bare_workspace.database.dsn)
    assert (other.code, "holds rows already" in other.err) == (2, True)
    bare_workspace.database.execute('TRUNCATE "规模明细", "年金计划", "组合计划"')  # as another server is
    again = bare_workspace.tool("demo", "--directory", str(tmp_path / "other"), "--dsn", bare_workspace.database.dsn)
    assert (again.code, "9,000 inserted" in again.out) == (0, True), again.err


def test_demo_does_not_write_into_a_folder_with_other_files(bare_workspace: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("", encoding="utf-8")
    ended = bare_workspace.tool("demo", "--directory", str(tmp_path))
    assert (ended.code, "holds other files" in ended.err) == (2, True)
    ended = bare_workspace.tool("demo", "--directory", str(tmp_path / "mine.txt"))
    assert (ended.code, "is a file" in ended.err) == (2, True)


@pytest.mark.once
def test_the_tables_of_a_demonstration_are_made_of_postgresqls_own_types(bare_workspace: Any, tmp_path: Path) -> None:
    """Also where the search_path names another schema before pg_catalog, and another role has planted some there.

    A domain ``text`` with a check, or a function ``now``, would run as the role that loads.
    """
    database, planter = bare_workspace.database, f"wdh_test_{secrets.token_hex(4)}"
    database.execute(f"CREATE ROLE {planter}; GRANT CREATE ON SCHEMA public TO {planter}")
    try:
        database.execute(f"SET ROLE {planter}; {PLANTED}")
        database.execute(f"ALTER DATABASE {database.name} SET search_path = public, pg_catalog")
        ended = bare_workspace.tool("demo", "--directory", str(tmp_path / "demo"), "--dsn", database.dsn)
        made, foreign = database.rows(TABLES_OF_THE_DEMONSTRATION), database.rows(FOREIGN_COLUMNS)
    finally:
        database.execute(f"DROP OWNED BY {planter} CASCADE; DROP ROLE {planter}")
    assert (made, foreign) == ([(3,)], []), ended.err


def test_ddl_follows_the_names_of_the_configuration_and_may_be_run_twice(bare_workspace: Any) -> None:
    bare_workspace.rewrite(lambda text: text.replace("        schema: public", '        schema: "o\'b\\"c"'))
    bare_workspace.rewrite(lambda text: text.replace("    table: 规模明细", "    table: 明细"))
    ddl = bare_workspace.tool("ddl", "annuity_performance", "--config", str(bare_workspace.config))
    assert 'CREATE TABLE IF NOT EXISTS "o\'b""c"."年金计划"' in ddl.out
    assert 'CREATE TABLE IF NOT EXISTS "public"."明细"' in ddl.out
    for _ in range(2):
        bare_workspace.database.execute(ddl.out)
    ended = bare_workspace.job("--execute")
    assert ended.code == 0, ended.err


def test_check_names_every_fault_with_its_place(bare_workspace: Any) -> None:
    check = ("check", "--config", str(bare_workspace.config))
    good = bare_workspace.tool(*check)
    assert (good.code, good.out.endswith("no faults\n")) == (0, True)
    bare_workspace.rewrite(lambda text: text.replace("updatable: [计划", "updatabel: [计划"))
    bare_workspace.rewrite(lambda text: text.replace("    pk:", "    kp:"))
    bad = bare_workspace.tool(*check)
    assert bad.code == 2
    assert "did you mean updatable?" in bad.out
    assert "did you mean pk?" in bad.out
    missing = bare_workspace.tool("check", "--config", "nowhere.yml")
    assert (missing.code, "nowhere.yml" in missing.err) == (2, True)


def test_psql_opens_the_warehouse_that_a_run_would_use(bare_workspace: Any, capfd: pytest.CaptureFixture[str]) -> None:
    ended = bare_workspace.tool("psql", "-tAc", "SELECT current_database()")
    assert ended.code == 0
    assert capfd.readouterr().out.strip() == bare_workspace.database.name


def test_psql_does_not_put_a_secret_on_its_command_line(bare_workspace: Any) -> None:
    """Its password goes by the environment; for that of a client key there is no such way."""
    ended = bare_workspace.tool("psql", "--dsn", "host=h user=u password=Geheim7 sslpassword=Geheim8", "-c", "SELECT 1")
    assert (ended.code, "psql would show sslpassword to everybody" in ended.err) == (2, True)
    assert "Geheim" not in ended.out + ended.err


def test_history_lists_the_runs_that_were_committed(bare_workspace: Any) -> None:
    workspace, config = bare_workspace, ("--config", str(bare_workspace.config))
    assert workspace.tool("history", *config).out == 'There is no ledger "wdh_runs" yet.\n'
    workspace.create_tables()
    first = json.loads(workspace.job("--execute", "--skip-facts", "--output", "json").out)["run_id"]
    second = json.loads(workspace.job("--execute", "--output", "json").out)["run_id"]
    shown = workspace.tool("history", *config).out
    assert shown.index(second) < shown.index(first), "the newest first"
    assert re.search(rf"{second} .* 300 +2024年11月年金终稿数据.xlsx", shown)
    runs = json.loads(workspace.tool("history", *config, "--output", "json", "--limit", "1").out)
    assert [run["run_id"] for run in runs] == [second]
    assert runs[0]["files"][0]["facts"] == 300
    assert {"wdh", "facts_table", "committed_at"} <= {*runs[0], *runs[0]["versions"]}
    nothing = workspace.tool("history", *config, "--domain", "other")
    assert (nothing.code, nothing.out) == (0, 'No run is recorded in "wdh_runs".\n')


def test_the_ledger_is_where_the_configuration_says(workspace: Any) -> None:
    workspace.rewrite(lambda text: text + "\nledger: {schema: 账, table: 运行}\n")
    assert workspace.job("--execute", "--skip-facts").code == 0
    assert workspace.database.rows('SELECT count(*) FROM "账"."运行"') == [(1,)]
    assert '"账"."运行"' in workspace.tool("ddl", "annuity_performance", "--config", str(workspace.config)).out
    workspace.rewrite(lambda text: text.replace("{schema: 账", "{schemas: 账"))
    faulty = workspace.tool("history", "--config", str(workspace.config))
    assert (faulty.code, "ledger.schemas: is not a key here; did you mean schema?" in faulty.err) == (2, True)


@pytest.mark.parametrize("command", ["run", "demo", "ddl", "check", "psql", "history", "inspect", "new"])
def test_every_command_explains_itself(bare_workspace: Any, command: str) -> None:
    assert "Usage:" in bare_workspace.tool(command, "--help").out
