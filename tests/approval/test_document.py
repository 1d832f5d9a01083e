"""The document says what would be done, is the same each time, and has no value of the business."""

from __future__ import annotations

import datetime
import json
import stat
from pathlib import Path

import pytest
from support.approvals import Booth
from support.refusals import a_role
from support.workbooks import write_rows

from wdh.approval.document import find_faults, parse, read_approval
from wdh.errors import NotApproved, SetupError


def test_it_is_as_its_contract_has_it_and_a_few_kilobytes_for_its_owner(booth: Booth) -> None:
    booth.write_plan()
    assert list(find_faults(booth.document)) == []
    found = booth.plan.stat()
    assert found.st_size < 8_000
    assert stat.S_IMODE(found.st_mode) == 0o600


def test_it_says_what_the_run_then_does(booth: Booth) -> None:
    booth.write_plan()
    forecast = booth.document["forecast"]
    steps = booth.apply("--output", "json").report["steps"]
    assert [step["rows"] for step in steps] == [
        forecast["references"]["shops"]["inserted"],
        forecast["references"]["shops"]["rows_filled"],
        forecast["facts"]["deleted"],
        forecast["facts"]["inserted"],
    ]


def test_the_same_plan_at_the_same_warehouse_is_the_same_document(booth: Booth) -> None:
    booth.write_plan()
    first = booth.document
    booth.write_plan()
    second = booth.document
    assert first.pop("id") != second.pop("id")
    del first["made_at"], second["made_at"]
    assert first == second


SECRETS = ("Geheim", "4711.25", "2024-03-01", "Vertraulich", "Privat")


def prepare_secrets(booth: Booth) -> None:
    """Put values where a document might repeat them: cells, rows, defaults, checks, indexes, triggers, policies."""
    day = datetime.date(2024, 3, 1)
    rows = [["月", "店", "名", "额"], [day, "Geheim", "Geheim 1", 4711.25], [day, "S1", "Geheim 2", 1]]
    write_rows(booth.folder / "销售.xlsx", rows, sheet="销售")
    booth.database.execute(
        "INSERT INTO 店铺 VALUES ('Geheim', 'Vertraulich'); "
        "ALTER TABLE 店铺 ALTER COLUMN 区 SET DEFAULT 'Privat'; "
        "ALTER TABLE 销售 ADD CONSTRAINT 正 CHECK (名 <> 'Privat'); "
        "CREATE UNIQUE INDEX 一 ON 店铺 ((店 || 'Privat')) WHERE 名 = 'Privat'; "
        "CREATE POLICY 只 ON 销售 USING (名 <> 'Privat'); "
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'Privat'; RETURN NEW; END $$; "
        "CREATE TRIGGER told AFTER INSERT ON 店铺 FOR EACH STATEMENT EXECUTE FUNCTION tell()"
    )


def test_without_values_nothing_of_cells_and_rows_is_in_it_nor_of_definitions(booth: Booth) -> None:
    prepare_secrets(booth)
    booth.write_plan("--withhold-values")
    text = booth.plan.read_text(encoding="utf-8")
    assert [secret for secret in SECRETS if secret in text] == []
    assert booth.apply("--withhold-values").code == 0


def test_with_values_the_periods_and_their_sums_are_all_that_is_in_it(booth: Booth) -> None:
    prepare_secrets(booth)
    booth.write_plan()
    text = booth.plan.read_text(encoding="utf-8")
    assert [secret for secret in SECRETS if secret in text] == ["2024-03-01"]
    assert booth.document["forecast"]["facts"]["periods"]["2024-03-01"]["sums"]["额"]["after"] == "4712.25"


def test_the_words_of_a_package_are_in_it_as_hashes_alone(booth: Booth) -> None:
    booth.install(
        source="""
        from wdh import Facts, hookimpl

        @hookimpl
        def transform(batch):
            return Facts.from_rows(row.fact({"店": row["店"], "名": row["名"]}) for row in batch.rows())

        @hookimpl
        def load_facts(facts, target, steps):
            steps.statement(target, "DELETE FROM 销售 WHERE 店 = 'Geheim'", purpose="forget Geheim")
            steps.append(target, facts)
            return True

        @hookimpl
        def skip_facts(context):
            return "Geheim is closed" if context.environment.get("WDH_CLOSED") else None
        """
    )
    booth.configure("pk: [月, 店]", "pk: [店]")
    booth.write_plan()
    assert "Geheim" not in booth.plan.read_text(encoding="utf-8")
    ended = booth.run("--plan-out", str(booth.plan), environment={"WDH_CLOSED": "1"})
    assert ended.code == 0, ended.err
    assert "Geheim" not in booth.plan.read_text(encoding="utf-8")
    ended = booth.apply()
    assert ended.code == 3
    assert "plan: step" in ended.err


READER = ("GRANT USAGE ON SCHEMA public TO {role}", "GRANT SELECT ON 店铺, 销售 TO {role}")


def test_a_reader_can_write_a_plan_that_another_role_applies(booth: Booth) -> None:
    with a_role(booth.database, *READER) as role:
        booth.write_plan("--dsn", booth.dsn_of(role))
    assert booth.apply().code == 0


def test_a_role_that_may_not_ask_which_server_it_is_does_without(booth: Booth) -> None:
    booth.database.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    with a_role(booth.database, *READER) as role:
        booth.write_plan("--dsn", booth.dsn_of(role))
    assert booth.document["warehouse"]["system"] is None
    ended = booth.apply()
    assert ended.code == 3
    assert "warehouse: system: approved none, now " in ended.err


def test_a_table_that_is_not_there_leaves_no_document(booth: Booth) -> None:
    booth.database.execute("DROP TABLE 销售")
    ended = booth.run("--plan-out", str(booth.plan))
    assert ended.code == 2
    assert "does not exist" in ended.err
    assert not booth.plan.exists()


def test_a_plan_is_written_to_no_link_and_no_folder(booth: Booth, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept", encoding="utf-8")
    booth.plan.symlink_to(victim)
    for place, why in ((booth.plan, "a symbolic link"), (tmp_path / "none" / "plan.json", "No such file")):
        ended = booth.run("--plan-out", str(place))
        assert ended.code == 2
        assert why in ended.err
    assert victim.read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("{}", "'wdh_approval' is a required property"),
        ("[]", "is not of type 'object'"),
        ('{"a": 1, "a": 2}', "a key is there twice"),
        ('{"a": 1.5}', "the number 1.5 is not a whole one"),
        ('{"a": NaN}', "the number NaN is not a whole one"),
        ("[" * 100_000, "recursion"),
        ('{"wdh_approval": 2}', "wdh_approval: 1 was expected"),
        ('{"a": ' + "9" * 5000 + "}", "digits"),
    ],
)
def test_what_is_no_approval_is_refused(text: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotApproved, match=why):
        read_approval(file)


def test_a_file_that_is_not_there_was_not_touched(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read: No such file"):
        read_approval(tmp_path / "none")


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(NotApproved, match="can't decode"):
        read_approval(tmp_path / "plan.json")


def test_what_is_written_is_read_as_it_was(booth: Booth) -> None:
    booth.write_plan("--sign-key", "env:SIGN")
    assert read_approval(booth.plan).document == json.loads(booth.plan.read_bytes()) == parse(booth.plan.read_bytes())
