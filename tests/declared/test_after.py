"""Statements under ``after`` are run behind the facts in their transaction, from files beside the configuration."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from support.configurations import MINIMAL, NOTHING, list_faults
from support.scripts import DOCS

PAGE = (DOCS / "after.md").read_text(encoding="utf-8")
AFTER = indent(PAGE.split("```yaml\n")[1].split("```")[0], "    ")
TOTALS = PAGE.split("```sql\n")[1].split("```")[0]
ROWS = [
    ["2024年11月", "1", "甲", "北京", "直营", 5, None, None],
    ["2024年11月", "2", "乙", "上海", "加盟", 7.5, None, None],
]


@pytest.fixture
def prepared(place: Any) -> Any:
    place.write(ROWS)
    place.config.write_text(place.config.read_text(encoding="utf-8") + AFTER, encoding="utf-8")
    (place.folder / "totals.sql").write_text(TOTALS, encoding="utf-8")
    place.database.execute(place.tool("ddl", "sales").stdout)
    place.database.execute('CREATE TABLE "月度合计" ("月度" date, "金额" numeric, run uuid)')
    return place


def test_a_statement_runs_behind_the_facts_and_is_shown_recorded_and_hashed(prepared: Any) -> None:
    planned = prepared.run()
    assert "sums by month (totals.sql)" in planned.stdout
    shown = [line.removeprefix("  ") for line in planned.stdout.splitlines()]
    assert TOTALS.strip() in "\n".join(shown)
    report = json.loads(prepared.run("--execute", "--output", "json").stdout)
    step = report["steps"][-1]
    assert step["rows"] == 1
    assert (step["operation"], step["target"], step["purpose"]) == (
        "STATEMENT",
        '"public"."月度合计"',
        "sums by month",
    )
    november = datetime.date(2024, 11, 1)
    sums = 'SELECT "月度", "金额", run::text FROM "月度合计"'
    assert prepared.database.rows(sums) == [(november, Decimal("12.50"), report["run_id"])]
    again = ("--execute", "--skip-unchanged", "--output", "json")
    assert json.loads(prepared.run(*again).stdout)["unchanged_since"] == report["run_id"]
    (prepared.folder / "totals.sql").write_text(TOTALS + "-- otherwise\n", encoding="utf-8")
    changed = json.loads(prepared.run(*again).stdout)["run_id"]
    skipped = prepared.run("--execute", "--skip-facts")
    assert "the statements under after: are not run, as no facts are loaded" in skipped.stdout
    assert prepared.database.rows(sums) == [(november, Decimal("12.50"), changed)]


def test_an_approval_names_the_file_and_holds_for_its_text_alone(prepared: Any) -> None:
    plan = prepared.folder / "plan.json"
    assert prepared.run("--plan-out", str(plan)).exit_code == 0
    step = json.loads(plan.read_text(encoding="utf-8"))["plan"]["steps"][-1]
    assert (step["operation"], step["package"]) == ("STATEMENT", "totals.sql")
    (prepared.folder / "totals.sql").write_text(TOTALS.replace("sum(", "max("), encoding="utf-8")
    refused = prepared.run("--approved", str(plan))
    assert refused.exit_code == 3
    (prepared.folder / "totals.sql").write_text(TOTALS, encoding="utf-8")
    assert prepared.run("--approved", str(plan)).exit_code == 0
    assert prepared.database.rows('SELECT "金额" FROM "月度合计"') == [(Decimal("12.50"),)]


def test_a_statement_that_ends_the_transaction_or_fails_leaves_nothing(prepared: Any) -> None:
    for sql, code, said in (
        ("COMMIT", 2, "totals.sql: the statement under after: (sums by month) cannot be run inside the transaction"),
        ('DELETE FROM "月度合计"; COMMIT', 2, "cannot be run inside the transaction"),
        ("DO $$ BEGIN COMMIT; END $$", 2, "cannot be run inside the transaction"),
        ("SET LOCAL search_path = nowhere", 2, "changed search_path, on which all later statements depend"),
        ("DELETE FROM nowhere", 4, "It is the statement of totals.sql under after: (sums by month): mend the file."),
    ):
        (prepared.folder / "totals.sql").write_text(sql, encoding="utf-8")
        ended = prepared.run("--execute")
        assert (ended.exit_code, said in ended.stderr) == (code, True), ended.stderr
    assert prepared.database.rows('SELECT count(*) FROM "门店销售"') == [(0,)]


def test_periods_that_nobody_can_tell_are_refused_with_the_line(place: Any) -> None:
    place.write(ROWS)
    text = place.config.read_text(encoding="utf-8").replace("pk: [月度, 店铺代码]", "pk: [店铺代码]")
    place.config.write_text(text + AFTER, encoding="utf-8")
    (place.folder / "totals.sql").write_text(TOTALS, encoding="utf-8")
    ended = place.run()
    assert ended.exit_code == 2
    assert (
        "data_sources.yml:29:20 domains.sales.after[0].statement: totals.sql has the parameter :periods" in ended.stderr
    )


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("good.sql", None),
        ("below/good.sql", None),
        ("inside.sql", None),
        ("../out.sql", "leads out of the folder of the configuration, "),
        ("below/../../out.sql", "leads out of the folder of the configuration, "),
        ("outside.sql", "leads out of the folder of the configuration, "),
        ("linked/out.sql", "leads out of the folder of the configuration, "),
        ("/etc/hostname", "is no file beside the configuration; give its name alone, or with a folder before it"),
        ("circle.sql", "cannot be read: "),
        ("missing.sql", "cannot be read: No such file or directory"),
        ("below", "is no file"),
        ("blank.sql", "is blank"),
        ("gbk.sql", "is not UTF-8 from line 2 on; save it as UTF-8"),
        ("unknown.sql", "has the parameter :month; there are :run_id and :periods (an array's a[1:n] is written"),
    ],
)
def test_a_file_beside_the_configuration_is_taken_and_no_other(
    tmp_path: Path, statement: str, fault: str | None
) -> None:
    folder = tmp_path / "configuration"
    (folder / "below").mkdir(parents=True)
    for name, data in {
        "../out.sql": b"SELECT 1",
        "good.sql": b"SELECT 1",
        "below/good.sql": b"SELECT :run_id, ':month'",
        "blank.sql": b" \n",
        "gbk.sql": "SELECT 1 --\n-- 月".encode("gbk"),
        "unknown.sql": b"SELECT :month",
    }.items():
        (folder / name).write_bytes(data)
    for name, place in {
        "inside.sql": "below/good.sql",
        "outside.sql": "../out.sql",
        "linked": "..",
        "circle.sql": "circle.sql",
    }.items():
        (folder / name).symlink_to(place)
    text = MINIMAL + f"    after: [{{statement: {statement}, purpose: x}}]\n"
    found = list_faults(folder, text, provided=NOTHING)
    head = f"data_sources.yml:6:25 domains.shops.after[0].statement: {statement!r} {fault}"
    assert [line.startswith(head) for line in found] == [True] * (fault is not None), found
