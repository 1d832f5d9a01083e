"""What happens between the day a plan is approved and the day it is applied, and what must come of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent

from support.approvals.booth import SOURCE, Booth
from support.distributions import write_distribution

SIGNED = ("--sign-key", "env:SIGN")

Happening = Callable[[Booth], object]


@dataclass(frozen=True, slots=True)
class Case:
    """A plan is made with the options ``made``, ``happens`` comes to pass, and it is applied with ``applied``.

    ``says`` is what the refusal must name; None: the plan is applied; empty: it may be applied, if its document means
    the same as before. ``before`` happens before the plan is made. ``uses`` is how often it is applied: all but the
    first must be refused.
    """

    name: str
    happens: Happening
    says: str | None
    made: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    before: Happening = lambda _: None
    uses: int = 1
    environment: tuple[tuple[str, str], ...] = ()


def nothing(_: Booth) -> None:
    """Let nothing happen."""


def sql(text: str) -> Happening:
    """Let another session change the warehouse."""
    return lambda booth: booth.database.execute(text)


def rewrite(change: Callable[[dict], object]) -> Happening:  # type: ignore[type-arg]
    """Change the document as an editor would."""

    def happen(booth: Booth) -> None:
        document = booth.document
        change(document)
        booth.plan.write_text(json.dumps(document), encoding="utf-8")

    return happen


def edit_bytes(booth: Booth) -> None:
    """Change one to three bytes of the file at random places."""
    content = bytearray(booth.plan.read_bytes())
    for _ in range(booth.random.randint(1, 3)):
        place = booth.random.randrange(len(content))
        match booth.random.randrange(3):
            case 0:
                content[place] = booth.random.randrange(256)
            case 1:
                del content[place]
            case _:
                content.insert(place, booth.random.choice(b'0123456789abcdef",:{}[] \n'))
    booth.plan.write_bytes(content)


def edit_digits(booth: Booth) -> None:
    """Change one digit, hash or number, so that the file stays an approval."""
    text = booth.plan.read_text(encoding="utf-8")
    start = text.index('"workbooks"')
    places = [place for place in range(start, len(text)) if text[place] in "123456789"]
    place = booth.random.choice(places)
    other = booth.random.choice([digit for digit in "123456789" if digit != text[place]])
    booth.plan.write_text(text[:place] + other + text[place + 1 :], encoding="utf-8")


def install_plugin(booth: Booth) -> None:
    """Install a plugin that serves every domain."""
    source = "from wdh import hookimpl\n\n@hookimpl\ndef skip_facts():\n    return None\n"
    points = {"wdh.plugins": {"watch": "wdh_watch"}}
    write_distribution(booth.site, "wdh-watch", entry_points=points, modules={"wdh_watch": dedent(source)})


def another_run(booth: Booth) -> None:
    """Let another run of the domain be committed, which changes nothing."""
    assert booth.run("--execute", "--skip-facts", "--backfill-refs", "none").code == 0


def rename(booth: Booth) -> None:
    (booth.folder / "销售.xlsx").rename(booth.folder / "销售 终稿.xlsx")


def remove_the_ledger_row(booth: Booth) -> None:
    booth.database.execute("DELETE FROM wdh_runs")


def comment_the_code(booth: Booth) -> None:
    booth.install(source=SOURCE + "\n# a comment\n")


TRIGGER = (
    "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; "
    "CREATE TRIGGER told AFTER INSERT ON 销售 FOR EACH STATEMENT EXECUTE FUNCTION tell()"
)
POLICY = "CREATE POLICY 只 ON 销售 USING (店 <> 'S7')"

GOOD = (
    Case("nothing happens", nothing, None),
    Case("signed and checked", nothing, None, SIGNED, SIGNED),
    Case("values are withheld", nothing, None, ("--withhold-values",), ("--withhold-values",)),
    Case("facts are appended", nothing, None, ("--mode", "append"), ("--mode", "append")),
    Case("references alone", nothing, None, ("--skip-facts",), ("--skip-facts",)),
    Case("facts alone", nothing, None, ("--backfill-refs", "none"), ("--backfill-refs", "none")),
    Case("after another run", nothing, None, before=another_run),
    Case("a signed one is written anew", rewrite(lambda _: None), None, SIGNED, SIGNED),
    Case("another month's facts come", sql("INSERT INTO 销售 VALUES ('2024-09-01', 'S1', '一', 1)"), None),
    Case("another reference comes", sql("INSERT INTO 店铺 VALUES ('S8', '八')"), None),
    Case("another table is made", sql("CREATE TABLE 别的 (x int)"), None),
    Case("the package is installed again", lambda booth: booth.install(), None),
    Case("approvals are required", nothing, None, SIGNED, SIGNED,
         before=lambda booth: booth.workspace.add("approvals: required\n")),
)  # fmt: skip

STALE = (
    Case("a cell is another", lambda booth: booth.deliver(more=booth.random.randint(1, 9)), "files: 销售.xlsx, sha256"),
    Case("the workbook has another name", rename, "files: 销售.xlsx, file"),
    Case("a mode is another", lambda booth: booth.configure("insert_and_fill", "fill_null_only"), "configuration"),
    Case("the scope is another", lambda booth: booth.configure("pk: [月, 店]", "pk: [月]"), "configuration"),
    Case("the package has another version", lambda booth: booth.install(version="1.3.0"), "wdh-shops, version"),
    Case("the package has other code", comment_the_code, "plugins: wdh-shops, code"),
    Case("a plugin is installed", install_plugin, "plugins: wdh-watch"),
    Case("the mode is another", nothing, "request: mode", applied=("--mode", "append")),
    Case("fewer references are asked for", nothing, "request: backfill_refs", applied=("--backfill-refs", "none")),
    Case("facts are skipped", nothing, "request: skip_facts", applied=("--skip-facts",)),
    Case("the scope is given", nothing, "request: pk", applied=("--pk", "月")),
    Case("values are withheld now", nothing, "withhold", applied=("--withhold-values",)),
    Case("another run came", another_run, "ledger: another run was committed since"),
    Case("the runs are gone", remove_the_ledger_row, "ledger: the latest run", before=another_run),
    Case("a fact of a scope came", sql("INSERT INTO 销售 VALUES ('2024-11-01', 'S1', '一', 1)"), "forecast: facts"),
    Case("a fact of a scope went", sql("DELETE FROM 销售 WHERE 额 = 10"), "forecast: facts"),
    Case("an amount is another", sql("UPDATE 销售 SET 额 = 11 WHERE 额 = 10"), "2024-11-01, sums, 额, before"),
    Case("a fact is left behind", sql("INSERT INTO 销售 VALUES ('2024-11-01', 'S8', '八', 1)"), "left_behind"),
    Case("a reference came", sql("INSERT INTO 店铺 VALUES ('S3', '三')"), "forecast: references, shops, inserted"),
    Case("a value was filled", sql("UPDATE 店铺 SET 名 = '店1' WHERE 店 = 'S1'"), "forecast: references, shops"),
    Case("a value disagrees", sql("UPDATE 店铺 SET 名 = NULL WHERE 店 = 'S2'"), "forecast: references, shops"),
    Case("the table was emptied", sql("TRUNCATE 销售"), "forecast: facts"),
)  # fmt: skip

CHANGED = (
    Case("a column comes", sql("ALTER TABLE 销售 ADD COLUMN 备注 text"), "columns, 备注"),
    Case("a column of another table goes", sql("ALTER TABLE 店铺 DROP COLUMN 区"), "columns, 区"),
    Case("a type is wider", sql("ALTER TABLE 销售 ALTER COLUMN 额 TYPE numeric(14,2)"), "columns, 额"),
    Case("a value is needed", sql("ALTER TABLE 销售 ALTER COLUMN 额 SET NOT NULL"), "columns, 额"),
    Case("a default comes", sql("ALTER TABLE 店铺 ALTER COLUMN 区 SET DEFAULT '东'"), "columns, 区"),
    Case("a column is generated",
         sql("ALTER TABLE 销售 ADD COLUMN 双 numeric GENERATED ALWAYS AS (额 * 2) STORED"), "columns, 双"),
    Case("a unique index comes", sql("CREATE UNIQUE INDEX 一 ON 店铺 (店, 区)"), "unique indexes, 一"),
    Case("the unique index goes", sql("ALTER TABLE 店铺 DROP CONSTRAINT 店铺_pkey"), "unique indexes, 店铺_pkey"),
    Case("a check comes", sql("ALTER TABLE 销售 ADD CONSTRAINT 正 CHECK (额 >= 0)"), "constraints, 正"),
    Case("a foreign key comes", sql("ALTER TABLE 销售 ADD CONSTRAINT 属 FOREIGN KEY (店) REFERENCES 店铺 NOT VALID"),
         "constraints, 属"),
    Case("a trigger comes", sql(TRIGGER), "triggers, told"),
    Case("a trigger goes", sql("DROP TRIGGER told ON 销售"), "triggers, told", before=sql(TRIGGER)),
    Case("a trigger is off", sql("ALTER TABLE 销售 DISABLE TRIGGER told"), "triggers, told", before=sql(TRIGGER)),
    Case("a trigger does something else",
         sql("CREATE OR REPLACE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$"),
         "triggers, told", before=sql(TRIGGER)),
    Case("a rule comes", sql("CREATE RULE 另 AS ON UPDATE TO 销售 DO ALSO NOTHING"), "rules, 另"),
    Case("a key cascades", sql("ALTER TABLE 目标 ADD CONSTRAINT 随 FOREIGN KEY (店) REFERENCES 店铺 ON DELETE CASCADE"),
         "cascading keys"),
    Case("row security comes", sql("ALTER TABLE 销售 ENABLE ROW LEVEL SECURITY"), "row security, enabled"),
    Case("a policy comes", sql(POLICY), "row security, policy 只"),
    Case("a policy is another", sql("ALTER POLICY 只 ON 销售 USING (店 <> 'S6')"), "row security, policy 只",
         before=sql(POLICY)),
    Case("the table is logged no more", sql("ALTER TABLE 销售 SET UNLOGGED"), "table, kind"),
    Case("the table has a child", sql("CREATE TABLE 子 () INHERITS (店铺)"), "子"),
    Case("the table is gone", sql("ALTER TABLE 销售 RENAME TO 销售2"), "does not exist"),
)  # fmt: skip

EDITED = (
    Case("random bytes are edited", edit_bytes, ""),
    Case("random bytes of a signed one are edited", edit_bytes, "", SIGNED, SIGNED),
    Case("a digit is edited", edit_digits, "approval"),
    Case("a digit of a signed one is edited", edit_digits, "its signature is not that of this key", SIGNED, SIGNED),
    Case("the id of a signed one is edited", rewrite(lambda it: it.update(id="0" * 8 + it["id"][8:])),
         "its signature is not that of this key", SIGNED, SIGNED),
)  # fmt: skip

UNSIGNED = (
    Case("it is not signed", nothing, "it is not signed", applied=SIGNED),
    Case("the signature is taken off", rewrite(lambda it: it.pop("signature")), "it is not signed", SIGNED, SIGNED),
    Case("another key signed it", nothing, "its signature is not that of this key", ("--sign-key", "env:OTHER"), SIGNED,
         environment=(("OTHER", "another key of more than thirty-two bytes"),)),
    Case("nobody gives the key", nothing, "give the key", SIGNED),
    Case("it is not signed, and approvals are required", nothing, "it is not signed",
         before=lambda booth: booth.workspace.add("approvals: required\n")),
)  # fmt: skip

TWICE = (
    Case("it is used twice", nothing, None, uses=2),
    Case("a signed one is used three times", nothing, None, SIGNED, SIGNED, uses=3),
    Case("an append is used twice", nothing, None, ("--mode", "append"), ("--mode", "append"), uses=2),
)

CASES = (*GOOD, *STALE, *CHANGED, *EDITED, *UNSIGNED, *TWICE)
