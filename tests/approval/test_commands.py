"""The commands around an approval: it is shown whatever became of it, and other flags keep their meaning."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from support.approvals import Booth
from support.refusals import a_role

SIGNED = ("--sign-key", "env:SIGN")


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGN", "a key of more than thirty-two bytes, for tests")


def test_a_plan_is_shown_without_workbooks_and_warehouse(booth: Booth) -> None:
    booth.write_plan()
    (booth.folder / "销售.xlsx").unlink()
    booth.workspace.config.unlink()
    booth.database.execute("DROP SCHEMA public CASCADE")
    shown = booth.workspace.tool("plan", "show", str(booth.plan))
    assert shown.code == 0, shown.err
    for expected in (
        booth.document["id"],
        "Signature: it is not signed: anybody who may write to the file could change it.",
        "2024-11-01",
        'INSERT INTO "public"."店铺"',
        "wdh-run --domain shops --pk '月,店' --sheet '销售' --approved",
    ):
        assert expected in shown.out


def test_a_signature_is_told(booth: Booth) -> None:
    booth.write_plan(*SIGNED)
    assert "nobody checked by what key" in booth.workspace.tool("plan", "show", str(booth.plan)).out
    assert "it is signed with this key" in booth.workspace.tool("plan", "show", str(booth.plan), *SIGNED).out
    text = booth.plan.read_text(encoding="utf-8")
    booth.plan.write_text(text.replace('"deleted": 2', '"deleted": 1'), encoding="utf-8")
    assert "its signature is not that of this key" in booth.workspace.tool("plan", "show", str(booth.plan), *SIGNED).out


def test_a_broken_one_is_shown_with_its_fault(booth: Booth) -> None:
    booth.plan.write_text('{"wdh_approval": 1, "what": "\x1b[31m"}', encoding="utf-8")
    shown = booth.workspace.tool("plan", "show", str(booth.plan))
    assert shown.code == 3
    assert "is no approval that this wdh can read" in shown.out
    assert "\x1b" not in shown.out


def test_it_is_shown_as_json(booth: Booth) -> None:
    booth.write_plan(*SIGNED)
    shown = json.loads(booth.workspace.tool("plan", "show", str(booth.plan), "--output", "json", *SIGNED).out)
    assert shown == {"approval": booth.document, "signature": "good", "fault": None}
    booth.plan.write_text("{}", encoding="utf-8")
    shown = json.loads(booth.workspace.tool("plan", "show", str(booth.plan), "--output", "json").out)
    assert (shown["approval"], shown["signature"]) == (None, None)
    assert "required property" in shown["fault"]


def test_the_command_that_is_shown_applies_the_plan(booth: Booth) -> None:
    options = ("--max-files", "2", "--max-rejects", "0.5%", "--backfill-mode", "insert_missing", "--reader", "openpyxl")
    booth.write_plan(*options)
    shown = booth.workspace.tool("plan", "show", str(booth.plan)).out
    (command,) = [line.strip() for line in shown.splitlines() if line.strip().startswith("wdh-run")]
    assert booth.run(*shlex.split(command)[3:]).code == 0


def test_an_unchanged_run_is_left_out_and_the_approval_is_not_used(booth: Booth) -> None:
    assert booth.run("--execute").code == 0
    booth.write_plan()
    report = booth.apply("--skip-unchanged", "--output", "json").report
    assert report["unchanged_since"] is not None
    assert booth.apply("--output", "json").report["executed"] is True


def test_the_difference_is_in_the_report_of_the_failure(booth: Booth) -> None:
    booth.write_plan()
    booth.database.execute("INSERT INTO 店铺 VALUES ('S3')")
    ended = booth.apply("--output", "json", "--report-dir", str(booth.folder / "out"))
    document = json.loads(ended.out)
    assert document["error"]["kind"] == "NotApproved"
    assert document["error"]["exit_code"] == ended.code == 3
    assert "forecast: references, shops, inserted: approved 2, now 1" in document["error"]["facts"]["differences"]
    assert json.loads((booth.folder / "out" / "report.json").read_text()) == document


def test_the_report_names_the_approval(booth: Booth) -> None:
    ended = booth.run("--plan-out", str(booth.plan), "--output", "json")
    assert ended.report["approval"] == booth.document["id"]
    assert ended.report["executed"] is False
    ended = booth.apply()
    assert f"It is what approval {booth.document['id']} says." in ended.out


@pytest.mark.parametrize("other", [("--execute",), ("--approved", "other.json")])
def test_one_run_does_not_both_write_a_plan_and_apply_one(other: tuple[str, ...], booth: Booth) -> None:
    ended = booth.run("--plan-out", str(booth.plan), *other)
    assert ended.code == 2
    assert "two runs" in ended.err


def test_a_key_that_a_run_has_no_use_for_is_not_read(booth: Booth) -> None:
    """It may stand in WDH_SIGN_KEY for all runs of a machine."""
    assert booth.run(environment={"WDH_SIGN_KEY": "env:NOT_THERE"}).code == 0


def test_where_approvals_are_required_nothing_is_executed_without_one(booth: Booth) -> None:
    booth.workspace.add("approvals: required\n")
    before = booth.contents()
    ended = booth.run("--execute")
    assert ended.code == 2
    assert "approvals: required in data_sources.yml" in ended.err
    assert booth.contents() == before
    assert booth.run().code == 0


@pytest.mark.parametrize(("others", "more"), [(12, None), (13, "1"), (1015, "1,003")])
def test_of_many_differences_the_first_are_told_and_how_many_more_there_are(
    booth: Booth, others: int, more: str | None
) -> None:
    booth.write_plan()
    document = booth.document
    document["forecast"]["references"]["shops"]["filled"] |= {f"column {number}": 1 for number in range(others)}
    booth.plan.write_text(json.dumps(document), encoding="utf-8")
    said = booth.apply().err
    assert said.count("filled, column ") == 12
    assert re.findall(r"and (\S+) more", said) == ([] if more is None else [more])


def test_another_database_is_told(booth: Booth) -> None:
    booth.write_plan()
    name = booth.database.name
    booth.plan.write_text(booth.plan.read_text(encoding="utf-8").replace(name, "production"), encoding="utf-8")
    ended = booth.apply()
    assert ended.code == 3
    assert f"warehouse: database: approved production, now {name}" in ended.err


def test_without_a_ledger_nothing_approved_is_applied(booth: Booth) -> None:
    """A run that may not make the ledger goes on without it, but an approval could then be used twice."""
    booth.write_plan()
    before = booth.contents()
    grants = ("GRANT USAGE ON SCHEMA public TO {role}", "GRANT ALL ON 店铺, 销售 TO {role}")
    with a_role(booth.database, *grants) as role:
        assert booth.apply("--dsn", booth.dsn_of(role)).code == 2
        assert booth.contents() == before
        assert booth.run("--execute", "--dsn", booth.dsn_of(role)).code == 0


def test_an_older_ledger_gets_the_column_before_an_approval_is_used(booth: Booth) -> None:
    assert booth.run("--execute").code == 0
    booth.database.execute("ALTER TABLE wdh_runs DROP COLUMN approval")
    booth.write_plan()
    assert booth.apply().code == 0
    assert booth.database.rows("SELECT approval FROM wdh_runs WHERE approval IS NOT NULL") == [(booth.document["id"],)]


def test_what_says_where_a_fact_came_from_is_no_part_of_what_is_approved(booth: Booth) -> None:
    """The id of the run is another each time that a plan is made."""
    booth.configure("pk: [月, 店]", "pk: [月, 店]\n    lineage: {run: run_id, file: 文件, row: 行}")
    booth.configure("updatable: [名],", "updatable: [名], created_by_run: 建,")
    booth.database.execute(
        "ALTER TABLE 销售 ADD COLUMN run_id uuid, ADD COLUMN 文件 text, ADD COLUMN 行 int; "
        "ALTER TABLE 店铺 ADD COLUMN 建 uuid"
    )
    booth.write_plan()
    run_id = booth.apply("--output", "json").report["run_id"]
    assert booth.database.rows("SELECT DISTINCT run_id::text FROM 销售 WHERE 文件 IS NOT NULL") == [(run_id,)]
    assert booth.database.rows("SELECT DISTINCT 建::text FROM 店铺 WHERE 建 IS NOT NULL") == [(run_id,)]


def test_a_forecast_is_shown_with_the_plan_that_is_written(booth: Booth) -> None:
    report = booth.run("--plan-out", str(booth.plan), "--output", "json").report
    assert report["forecast"] is not None
    assert booth.run("--plan-out", str(booth.plan), "--detailed-exitcode").code == 10


LOOKUP = """
from wdh import Facts, hookimpl

@hookimpl
def transform(batch, context):
    context.input_file("lookups/rates.csv").read_text()
    names = ("月", "店", "名", "额")
    return Facts.from_rows(
        row.fact({name: row[name].date() if name == "月" else row[name] for name in names}) for row in batch.rows()
    )
"""


def test_an_input_file_of_the_package_is_shown_and_another_content_of_it_is_refused_by_its_name(booth: Booth) -> None:
    """The rows are the same with either content; the file was still not the one that was approved."""
    (booth.folder / "lookups").mkdir()
    rates = booth.folder / "lookups" / "rates.csv"
    rates.write_text("1", encoding="utf-8")
    booth.install(source=LOOKUP)
    booth.write_plan()
    shown = booth.workspace.tool("plan", "show", str(booth.plan))
    assert re.search(r"read by a package +sha256\n +lookups/rates.csv +6b86b273ff34\n", shown.out)
    rates.write_text("2", encoding="utf-8")
    refused = booth.apply()
    assert refused.code == 3
    assert "files: lookups/rates.csv, sha256: approved 6b86b273ff34…, now d4735e3a265e…" in refused.err
    rates.write_text("1", encoding="utf-8")
    assert booth.apply().code == 0
