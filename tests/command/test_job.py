"""`wdh-run`, as its users know it: every flag, every report, every exit code, on a real database."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from support.clients import WAITING

from wdh.testing.database import Database
from wdh_annuity_performance import demo

TABLES = ("规模明细", "年金计划", "组合计划")
BOTH = ('"public"."年金计划"', '"public"."组合计划"')


def test_skip_facts_plans_a_backfill_of_every_reference_and_no_fact(bare_workspace: Any) -> None:
    """The command the tool is known by. It needs no database: this one has no tables."""
    ended = bare_workspace.job("--skip-facts")
    assert ended.code == 0
    assert "Skip facts: True\n  --skip-facts\n" in ended.out
    assert all(table in ended.out for table in BOTH)
    assert "Reference Backfill Summary" in ended.out
    assert "Execution Summary" in ended.out
    assert "Fact Load Summary" not in ended.out
    assert '"public"."规模明细"' not in ended.out
    report = json.loads(bare_workspace.job("--skip-facts", "--output", "json").out)
    assert [step["operation"] for step in report["steps"]] == ["INSERT_MISSING", "INSERT_MISSING", "SKIP"]
    assert report["steps"][2] | {"sql": []} == report["steps"][2]
    assert report["steps"][2]["reason"] == "--skip-facts"


def test_skip_facts_with_execute_backfills_and_leaves_the_fact_table_untouched(workspace: Any) -> None:
    workspace.database.execute(
        """INSERT INTO "规模明细" ("月度", "计划代码", company_id) VALUES ('2024-11-01', 'X', 'Y')"""
    )
    place = 'SELECT xmin::text, ctid::text FROM "规模明细"'
    before = workspace.database.rows(place)
    ended = workspace.job("--skip-facts", "--execute")
    assert ended.code == 0, ended.err
    assert workspace.database.rows(place) == before
    assert workspace.database.rows('SELECT count(*) > 0 FROM "年金计划"') == [(True,)]
    assert workspace.database.rows('SELECT count(*) > 0 FROM "组合计划"') == [(True,)]


def test_a_plan_touches_nothing(workspace: Any, postgres_server: Any) -> None:
    """Nobody can be let in while the plans are made: what --execute shows by failing."""
    maintenance = Database(postgres_server.parameters)
    maintenance.execute(f"ALTER DATABASE {workspace.database.name} ALLOW_CONNECTIONS false")
    for arguments in ([], ["--plan-only"], ["--max-files", "3"]):
        assert workspace.job(*arguments).code == 0
    refused = workspace.job("--execute")
    assert (refused.code, "not currently accepting connections" in refused.err) == (2, True), refused.err


def test_execute_wins_over_plan_only_and_a_second_run_changes_nothing(workspace: Any) -> None:
    first = workspace.job("--plan-only", "--execute", "--max-files", "3")
    assert first.code == 0, first.err
    contents = workspace.contents()
    assert len(contents["规模明细"]) == 900
    second = workspace.job("--execute", "--max-files", "3")
    assert "References: 0 inserted, 0 filled. Facts: 900 deleted, 900 inserted." in second.out
    assert workspace.contents() == contents


def test_both_readers_load_the_same(workspace: Any) -> None:
    assert workspace.job("--execute", "--max-files", "3", "--reader", "openpyxl").code == 0
    contents = workspace.contents()
    workspace.database.execute('TRUNCATE "规模明细", "年金计划", "组合计划"')
    assert workspace.job("--execute", "--max-files", "3", "--reader", "fast").code == 0
    assert workspace.contents() == contents


def test_without_a_refs_block_the_defaults_are_the_same_tables(workspace: Any) -> None:
    with_refs = json.loads(workspace.job("--output", "json").out)
    workspace.without_refs()
    assert "年金计划" not in workspace.config.read_text(encoding="utf-8")
    without = json.loads(workspace.job("--output", "json").out)
    assert without["steps"] == with_refs["steps"]
    assert workspace.job("--execute").code == 0


def test_another_schema_is_in_plan_sql_logs_and_database(bare_workspace: Any) -> None:
    bare_workspace.rewrite(lambda text: text.replace("        schema: public", "        schema: 档案"))
    bare_workspace.create_tables()
    plan = bare_workspace.job()
    assert '"档案"."年金计划"' in plan.out
    assert '"public"."年金计划"' not in plan.out
    ended = bare_workspace.job("--execute", "--log-level", "INFO", "--log-format", "json")
    assert ended.code == 0, ended.err
    tables = [json.loads(line).get("table") for line in ended.err.splitlines()]
    assert '"档案"."年金计划"' in tables
    assert '"档案"."组合计划"' in tables
    assert bare_workspace.database.rows("SELECT count(*) > 0 FROM 档案.年金计划") == [(True,)]


def test_without_a_schema_the_bare_table_is_found_by_the_search_path(bare_workspace: Any) -> None:
    bare_workspace.rewrite(lambda text: text.replace("        schema: public\n", ""))
    bare_workspace.database.execute('CREATE SCHEMA "业务"')
    bare_workspace.database.execute(f'ALTER DATABASE "{bare_workspace.database.name}" SET search_path = "业务", public')
    bare_workspace.create_tables()
    ended = bare_workspace.job("--execute")
    assert ended.code == 0, ended.err
    assert '"年金计划" was found in the search_path as "业务"."年金计划"' in ended.out
    assert bare_workspace.database.rows("SELECT counts->0->>'table' FROM wdh_runs") == [('"业务"."年金计划"',)]
    assert bare_workspace.database.rows("SELECT count(*) > 0 FROM 业务.年金计划") == [(True,)]


@pytest.mark.parametrize("unique", [True, False], ids=["unique constraint", "no unique constraint"])
def test_both_insert_paths_give_the_same_rows(workspace: Any, unique: bool) -> None:
    if not unique:
        workspace.database.execute('ALTER TABLE "年金计划" DROP CONSTRAINT "年金计划_年金计划号_key"')
    ended = workspace.job("--execute", "--skip-facts")
    path = (
        'on conflict "年金计划_年金计划号_key"'
        if unique
        else "anti-join under lock (no unique index on exactly the key)"
    )
    assert path in ended.out
    assert workspace.database.rows('SELECT count(*) = count(DISTINCT "年金计划号") FROM "年金计划"') == [(True,)]
    again = workspace.job("--execute", "--skip-facts")
    assert "References: 0 inserted" in again.out


def test_fill_null_only_fills_what_is_empty_and_inserts_nothing(workspace: Any) -> None:
    assert workspace.job("--execute", "--skip-facts").code == 0
    workspace.database.execute("""DELETE FROM "年金计划" WHERE "年金计划号" = 'AN001'""")
    counts = 'SELECT count(*), count("计划全称"), count("主拓代码") FROM "年金计划"'
    ((size, named, _),) = workspace.database.rows(counts)
    workspace.database.execute("""UPDATE "年金计划" SET "计划全称" = NULL, "主拓代码" = NULL""")
    ended = workspace.job("--execute", "--skip-facts", "--backfill-mode", "fill_null_only")
    assert ended.code == 0, ended.err
    assert named > 0
    assert workspace.database.rows(counts) == [(size, named, 0)], "计划全称 is updatable, 主拓代码 is not"


def test_backfill_refs_takes_one_ref_or_none(workspace: Any) -> None:
    plans = workspace.job("--backfill-refs", "plans")
    assert "not among the refs asked for" in plans.out
    assert 'INSERT INTO "public"."组合计划"' not in plans.out
    none = workspace.job("--backfill-refs", "none", "--execute")
    assert none.code == 0
    assert workspace.database.rows('SELECT count(*) FROM "年金计划"') == [(0,)]
    unknown = workspace.job("--backfill-refs", "planz")
    assert (unknown.code, "did you mean 'plans'" in unknown.err) == (2, True)


def test_append_adds_and_deletes_nothing(workspace: Any) -> None:
    assert workspace.job("--execute").code == 0
    assert workspace.job("--mode", "append", "--execute").code == 0
    assert workspace.database.rows('SELECT count(*) FROM "规模明细"') == [(600,)]


def test_the_same_facts_are_appended_once_and_the_second_run_says_which_run_did(workspace: Any) -> None:
    first = json.loads(workspace.job("--mode", "append", "--execute", "--output", "json").out)
    second = workspace.job("--mode", "append", "--execute", "--output", "json")
    (skipped,) = [step for step in json.loads(second.out)["steps"] if step["operation"] == "SKIP"]
    assert (second.code, skipped["what"]) == (0, "facts")
    assert f"run {first['run_id']} appended these very facts" in skipped["reason"]
    told = workspace.job("--mode", "append", "--execute").out
    assert f"The facts are left alone: run {first['run_id']} appended these very facts at" in told
    assert workspace.database.rows('SELECT count(*) FROM "规模明细"') == [(300,)]


def test_values_that_the_warehouse_does_not_take_are_listed_by_cell_in_rejects_xlsx(
    workspace: Any, tmp_path: Path
) -> None:
    """An older warehouse has narrower columns: everything is found before the first write, and told together."""
    workspace.database.execute(
        'ALTER TABLE "规模明细" ALTER "业务类型" TYPE varchar(2), ALTER "供款" TYPE numeric(4,2);'
        'ALTER TABLE "年金计划" ALTER "计划全称" TYPE varchar(1)'
    )
    ended = workspace.job("--execute", "--report-dir", str(tmp_path))
    assert ended.code == 3
    for words in (
        '"public"."年金计划"."计划全称": ',
        "and character varying(1) keeps 1",
        "digits before the point, and numeric(4,2) keeps no more",
        "Mend the cells, or have the columns changed. Nothing was written.",
    ):
        assert words in ended.err
    rows = load_workbook(tmp_path / "rejects.xlsx").worksheets[0].iter_rows(min_row=2, values_only=True)
    listed = {(row[4], row[6]) for row in rows}
    assert {("计划名称", "does_not_fit"), ("业务类型", "does_not_fit"), ("供款", "does_not_fit")} <= listed
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert all(reject["cell"] for reject in document["rejects"])
    assert workspace.contents() == {table: [] for table in TABLES}


def test_pk_overrides_the_scope(workspace: Any) -> None:
    assert workspace.job("--execute").code == 0
    workspace.database.execute("""UPDATE "规模明细" SET "计划代码" = 'OTHER'""")
    ended = workspace.job("--execute", "--pk", "月度; company_id")
    assert "replaces 300 facts of" in ended.out
    assert workspace.database.rows("""SELECT count(*) FROM "规模明细" WHERE "计划代码" = 'OTHER'""") == [(0,)]


@pytest.mark.parametrize("sheet", ["规模明细", "0"])
def test_sheet_is_a_name_or_an_index(workspace: Any, sheet: str) -> None:
    assert workspace.job("--sheet", sheet).code == 0
    wrong = workspace.job("--sheet", "规模")
    assert wrong.code == 3
    assert "规模明细" in wrong.err, "the sheets there are"


def test_max_files_period_and_file_choose_the_workbooks(workspace: Any) -> None:
    def files(*arguments: str) -> list[str]:
        report = json.loads(workspace.job("--output", "json", *arguments).out)
        return [Path(tally["path"]).relative_to(workspace.folder).as_posix() for tally in report["workbooks"]]

    november, october, september = files("--max-files", "3")[::-1]
    assert "/202410/V2/" in october, "V2 corrects V1"
    assert files() == [november]
    assert files("--max-files", "2") == [october, november]
    assert files("--period", "2024-09") == files("--period", "202409") == [september]
    assert files("--period", "2024-09..2024-10") == [september, october]
    assert files("--file", str(workspace.folder / september)) == [september]


def test_what_was_passed_over_is_counted_and_listed_where_it_is_asked_for(workspace: Any) -> None:
    (workspace.folder / "~$2024年11月年金终稿数据.xlsx").write_bytes(b"")
    (workspace.folder / "2024年11月别的.xlsx").write_bytes(b"")
    brief, full = workspace.job(), workspace.job("--verbose")
    counted = "Passed over: 3 of older months, 1 of another name, 1 ignored by name"
    assert f"{counted} (--verbose lists them)" in brief.out.replace("\n  ", " ")
    assert "2024年11月别的.xlsx" not in brief.out
    assert "2024年11月别的.xlsx" in full.out
    assert "does not match the pattern" in full.out
    report = json.loads(workspace.job("--output", "json").out)
    assert report["passed_over"] == {"older_month": 3, "ignored": 1, "pattern": 1, "extension": 1}


def test_the_log_says_why_each_file_was_taken_or_passed_over(workspace: Any) -> None:
    (workspace.folder / "~$2024年11月年金终稿数据.xlsx").write_bytes(b"")
    ended = workspace.job("--log-level", "info", "--log-format", "json")
    events = [json.loads(line) for line in ended.err.splitlines()]
    taken = [event for event in events if event["event"] == "workbook_taken"]
    passed = {Path(event["path"]).name: event["why"] for event in events if event["event"] == "file_passed_over"}
    assert len(taken) == 1
    assert "~$2024年11月年金终稿数据.xlsx" in passed
    assert all(passed.values())


def test_rejects_stop_the_run_before_the_database_and_name_every_cell(workspace: Any, tmp_path: Path) -> None:
    faulty = tmp_path / "2024年11月年金终稿数据.xlsx"
    demo.write_faulty_workbook(faulty)
    workspace.rewrite(lambda text: text.replace("min_rows: 100", "min_rows: 1"))
    ended = workspace.job("--execute", "--file", str(faulty), "--report-dir", str(tmp_path / "report"))
    assert ended.code == 3
    assert workspace.contents() == {table: [] for table in TABLES}
    cells = [fault.cell for fault in demo.FAULTS]
    assert all(f" {cell} " in ended.out for cell in cells)
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["error"]["exit_code"] == 3
    assert sorted(reject["cell"] for reject in report["rejects"]) == sorted(cells)
    rows = list(load_workbook(tmp_path / "report" / "rejects.xlsx").worksheets[0].iter_rows(values_only=True))
    assert sorted(row[3] for row in rows[1:]) == sorted(cells)
    assert {row[5] for row in rows[1:]} >= {"#REF!", "abc", "202413"}, "the raw values"


def test_max_rejects_lets_the_run_go_on_without_the_rejected_rows(workspace: Any, tmp_path: Path) -> None:
    faulty = tmp_path / "2024年11月年金终稿数据.xlsx"
    demo.write_faulty_workbook(faulty)
    workspace.rewrite(lambda text: text.replace("min_rows: 100", "min_rows: 1"))
    few = workspace.job("--execute", "--file", str(faulty), "--max-rejects", "5")
    assert few.code == 3
    for limit in ("6", "20%"):
        ended = workspace.job("--execute", "--file", str(faulty), "--max-rejects", limit)
        assert ended.code == 0, ended.err
        assert "Rejects" in ended.out
        assert workspace.database.rows('SELECT count(*) FROM "规模明细"') == [(34,)]


def test_too_few_rows_are_a_data_error(workspace: Any) -> None:
    workspace.rewrite(lambda text: text.replace("min_rows: 100", "min_rows: 1000"))
    ended = workspace.job("--execute")
    assert (ended.code, "validation.min_rows asks for 1000" in ended.err) == (3, True)
    assert workspace.contents() == {table: [] for table in TABLES}


def test_missing_tables_are_a_setup_error_that_names_all_of_them(bare_workspace: Any) -> None:
    ended = bare_workspace.job("--execute")
    assert ended.code == 2
    for table in ('"public"."年金计划"', '"public"."组合计划"', '"public"."规模明细"'):
        assert f"{table} does not exist" in ended.err
    assert "wdh ddl" in ended.err


def test_what_the_database_refuses_rolls_everything_back(workspace: Any) -> None:
    workspace.database.execute('ALTER TABLE "规模明细" ADD CHECK ("月度" < DATE \'2000-01-01\')')
    ended = workspace.job("--execute")
    assert ended.code == 4
    assert 'while writing "public"."规模明细"' in ended.err
    assert workspace.contents() == {table: [] for table in TABLES}


@pytest.mark.many
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--period", "2024-13"], "'2024-13' is not a month like 2024-11"),
        (["--period", "2024-02..2024-01"], "'2024-02..2024-01' ends before it begins"),
        (["--period", "2024-01..2024-02..2024-03"], "nor some like 2024-01..2024-12"),
        (["--max-rejects", "many"], "'many' is neither a number of rows like 20 nor a share like 0.5%"),
        (["--max-rejects", "101%"], "nor a share"),
        (["--lock-timeout", "soon"], "'soon' is not a time like 10s"),
        *(
            ([flag, value], said)
            for flag in ("--lock-timeout", "--statement-timeout")
            for value, said in (
                ("2147483648ms", "is longer than PostgreSQL can wait"),
                ("2147484s", "is longer than PostgreSQL can wait (24 days); 0 waits for ever"),
                ("35792min", "is longer than PostgreSQL can wait"),
                ("597h", "is longer than PostgreSQL can wait"),
                ("25d", "is longer than PostgreSQL can wait"),
                ("9" * 5000 + "h", "is longer than PostgreSQL can wait"),
                ("-1s", "is not a time like 10s"),
                ("10", "is not a time like 10s"),
                ("1.5s", "is not a time like 10s"),
                ("10S", "is not a time like 10s"),
                ("10\u00a0s", "is not a time like 10s"),
                ("\uff11\uff10s", "is not a time like 10s"),
                ("0x10s", "is not a time like 10s"),
                ("", "is not a time like 10s"),
            )
        ),
        (["--hook-timeout", "nan"], "'nan' is not a number of seconds"),
        (["--hook-timeout", "inf"], "Invalid value for '--hook-timeout'"),
        (["--hook-timeout", "1e400"], "Invalid value for '--hook-timeout'"),
        (["--hook-timeout", "1e300"], "Invalid value for '--hook-timeout'"),
        (["--pk", " ; "], "at least one name is needed"),
        (["--file", "nowhere.xlsx"], "nowhere.xlsx"),
        (["--data-dir", "nowhere"], "nowhere"),
        (["--config", "nowhere.yml"], "nowhere.yml does not exist"),
        (["--dsn", "host"], "--dsn"),
    ],
)
def test_a_wrong_command_is_exit_2_and_says_what_is_wrong(workspace: Any, arguments: list[str], message: str) -> None:
    ended = workspace.job("--execute", *arguments)
    assert ended.code == 2, ended.out
    assert message in ended.err


@pytest.mark.parametrize(
    ("given", "milliseconds"),
    [
        ("0", 0),
        ("00", 0),
        ("0s", 0),
        ("2147483647ms", 2**31 - 1),
        ("2147483 s", 2_147_483_000),
        ("35791min", 35_791 * 60_000),
        ("596h", 596 * 3_600_000),
        ("24d", 24 * 86_400_000),
        ("010s", 10_000),
        ("09s", 9_000),
        (" 5s ", 5_000),
    ],
)
def test_every_time_that_is_let_through_is_one_to_postgresql_too(
    given: str, milliseconds: int, database: Database
) -> None:
    from wdh.command.option_types import Duration

    value = Duration().convert(given, None, None)
    for name in ("lock_timeout", "statement_timeout"):
        with database.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", (name, value))
            cursor.execute("SELECT setting FROM pg_settings WHERE name = %s", (name,))
            assert cursor.fetchone() == (str(milliseconds),)


def test_statement_timeout_is_for_the_statements_of_the_run(workspace: Any) -> None:
    with workspace.database.connect() as other, other.cursor() as cursor:
        cursor.execute('LOCK TABLE "规模明细"')
        for arguments, variables in (
            (["--statement-timeout", "300ms"], {}),
            ([], {"WDH_STATEMENT_TIMEOUT": "300ms"}),
        ):
            ended = workspace.job("--execute", "--lock-timeout", "0", *arguments, environment=variables)
            assert ended.code == 4
            assert "statement timeout" in ended.err
        other.rollback()


def test_every_flag_has_a_variable(workspace: Any) -> None:
    variables = {"WDH_SKIP_FACTS": "1", "WDH_EXECUTE": "yes", "WDH_BACKFILL_REFS": "plans", "WDH_OUTPUT": "json"}
    report = json.loads(workspace.job(environment=variables).out)
    assert report["executed"] is True
    assert report["skip_facts"] is True
    assert [step["operation"] for step in report["steps"]] == ["INSERT_MISSING", "SKIP", "SKIP"]


def test_raise_on_error_lets_the_exception_through(workspace: Any) -> None:
    from wdh import SetupError

    with pytest.raises(SetupError):
        workspace.job("--config", "nowhere.yml", "--raise-on-error")


def test_debug_shows_the_traceback(workspace: Any) -> None:
    assert "Traceback" not in workspace.job("--config", "nowhere.yml").err
    assert "Traceback" in workspace.job("--config", "nowhere.yml", "--debug").err


def test_an_error_in_json_is_one_object_with_its_exit_code(bare_workspace: Any) -> None:
    ended = bare_workspace.job("--execute", "--output", "json")
    report = json.loads(ended.out)
    assert (report["wdh_report"], report["executed"], report["error"]["exit_code"]) == (1, False, 2)
    assert report["error"]["kind"] == "SetupError"


def test_a_report_directory_that_cannot_be_made_is_exit_2(workspace: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = workspace.job("--report-dir", str(tmp_path / "file" / "below"))
    assert (ended.code, "cannot be written" in ended.err) == (2, True)


def test_no_password_is_in_anything_a_failing_run_leaves_behind(workspace: Any, tmp_path: Path) -> None:
    secret = "Tr0ub4dor&3%"  # noqa: S105 - not one
    for dsn in (f"host=127.0.0.1 port=1 password='{secret}'", "postgresql://u:Tr0ub4dor%263%25@127.0.0.1:1/d"):
        folder = tmp_path / "report"
        ended = workspace.job("--execute", "--dsn", dsn, "--debug", "--log-format", "json", "--report-dir", str(folder))
        assert ended.code == 2
        left = ended.out + ended.err + "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.json"))
        assert "Tr0ub4dor" not in left
        assert "127.0.0.1" in left


def test_a_domain_that_is_not_installed_is_exit_2_with_the_installed_ones(workspace: Any) -> None:
    from wdh.command.run import main

    ended = workspace.run(main, "--domain", "annuity_performanc", "--config", str(workspace.config))
    assert ended.code == 2
    assert "annuity_performance" in ended.err


def test_interrupting_a_run_rolls_back_and_exits_130(workspace: Any) -> None:
    """A real process, stopped by Ctrl-C while it waits for a lock that somebody else holds."""
    import signal
    import subprocess
    import sys
    import time

    with workspace.database.connect() as other, other.cursor() as cursor:
        cursor.execute('LOCK TABLE "规模明细"')
        # What a shell starts in the background ignores the signal, and so would its children.
        program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        program += "from wdh.command.run import main; main()"
        command = [sys.executable, "-c", program, "--domain", "annuity_performance"]
        command += ["--config", str(workspace.config), "--data-dir", str(workspace.folder), "--execute"]
        process = subprocess.Popen(
            [*command, "--lock-timeout", "60s"],
            env=os.environ | workspace.database.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        while not workspace.database.rows(WAITING):
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=50)
        other.rollback()
    assert process.returncode == 130, err
    assert "Interrupted: everything was rolled back." in err
    assert workspace.contents() == {table: [] for table in TABLES}


def test_a_reader_that_stops_reading_does_not_make_the_run_a_failure(workspace: Any) -> None:
    import subprocess
    import sys

    command = f"{sys.executable} -c 'from wdh.command.run import main; main()' --domain annuity_performance"
    script = f'set -o pipefail; {command} --config "$CONFIG" --data-dir "$FOLDER" | true'
    places = {"CONFIG": str(workspace.config), "FOLDER": str(workspace.folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", script], env=os.environ | places, capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_after_the_commit_does_not_say_rolled_back(workspace: Any) -> None:
    """The connection is closed, or the embedded server stopped, after COMMIT: what fails there undoes nothing."""
    from collections.abc import Iterator
    from contextlib import contextmanager

    from wdh.apply.applying import Warehouse
    from wdh.run import RunRequest, run

    @contextmanager
    def closing_badly() -> Iterator[Any]:
        with workspace.database.connect() as connection:
            yield connection
        raise KeyboardInterrupt

    request = RunRequest("annuity_performance", workspace.config, workspace.folder, execute=True)
    report = run(request, open_warehouse=lambda: Warehouse("here", closing_badly))
    assert report.executed
    assert workspace.database.rows('SELECT count(*) FROM "规模明细"') == [(300,)]


def test_a_control_character_in_a_reject_is_shown_in_both_files(tmp_path: Path) -> None:
    from wdh.facts import Reject
    from wdh.report.files import write_report

    reject = Reject("f.xlsx", "明细", 2, "A2", "供款", "a\x07b", "not_a_number", "'a\x07b' is not a number")
    _, written = write_report(tmp_path, {}, rejects=[reject])
    row = next(load_workbook(written).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert row[5] == "a\\x07b"


def test_a_key_conflict_stops_the_run_whatever_the_limit(workspace: Any) -> None:
    workspace.rewrite(
        lambda text: text.replace(
            "        table: 年金计划\n", "        table: 年金计划\n        on_key_conflict: reject\n"
        )
    )
    ended = workspace.job("--execute", "--max-rejects", "100%")
    assert (ended.code, "no --max-rejects lets a key_conflict pass" in ended.err) == (3, True)
    assert workspace.contents() == {table: [] for table in TABLES}


def test_a_period_that_the_facts_of_a_package_lack_is_refused_with_a_near_match(workspace: Any) -> None:
    workspace.rewrite(lambda text: text.replace("    pk:", "    period: 月\n    pk:", 1))
    ended = workspace.job()
    assert ended.code == 2
    assert "period: 月 of the domain annuity_performance is no column of the facts; did you mean '月度'?" in ended.err
