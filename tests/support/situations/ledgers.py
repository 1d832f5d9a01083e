"""The ledger, and tables that a crash empties."""

from support.situations.situation import Situation
from wdh.plan.planning import Wishes
from wdh.sql.identifiers import Target
from wdh.sql.ledger import create_ledger

_LEDGER = ";".join(create_ledger(Target("public", "wdh_runs"), has_schema=True)) + ";"
_APPEND = Wishes(load_mode="append")
_DROP_ROW = """
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} END$$;
CREATE {kind} TRIGGER act {when} ON wdh_runs {deferred} FOR EACH ROW EXECUTE FUNCTION act();"""
_BEFORE = _DROP_ROW.format(body="RETURN NULL;", kind="", when="BEFORE INSERT", deferred="")
_AFTER = _DROP_ROW.format(body="DELETE FROM wdh_runs; RETURN NULL;", kind="", when="AFTER INSERT", deferred="")
_LATER = _DROP_ROW.format(
    body="DELETE FROM wdh_runs; RETURN NULL;",
    kind="CONSTRAINT",
    when="AFTER INSERT",
    deferred="DEFERRABLE INITIALLY DEFERRED",
)
_CHANGED = _DROP_ROW.format(
    body="NEW.run_id := '00000000-0000-4000-8000-00000000ffff'; RETURN NEW;", kind="", when="BEFORE INSERT", deferred=""
)
_LOST = "does not keep the row of this run: trigger act on wdh_runs"
_UNLOGGED = "is UNLOGGED: a crash of the server empties it"

SITUATIONS = (
    Situation("an append, three times", wishes=_APPEND),
    Situation("the ledger's row is dropped", _LEDGER + _BEFORE, says=_LOST),
    Situation("the ledger's row is dropped, appended", _LEDGER + _BEFORE, says=_LOST, wishes=_APPEND),
    Situation("the ledger's row is deleted again", _LEDGER + _AFTER, says=_LOST, wishes=_APPEND),
    Situation("the ledger's row is deleted at the end", _LEDGER + _LATER, says=_LOST, wishes=_APPEND),
    Situation("the ledger's row gets another id", _LEDGER + _CHANGED, says=_LOST, wishes=_APPEND),
    Situation("unlogged facts, appended", 'ALTER TABLE "明细" SET UNLOGGED', says=_UNLOGGED, wishes=_APPEND),
    Situation("unlogged facts, replaced", 'ALTER TABLE "明细" SET UNLOGGED'),
    Situation(
        "an unlogged partition, appended",
        """ALTER TABLE "明细" RENAME TO one; ALTER TABLE one SET UNLOGGED;
        CREATE TABLE "明细" (LIKE one) PARTITION BY LIST ("月"); ALTER TABLE "明细" ATTACH PARTITION one DEFAULT""",
        says=_UNLOGGED,
        wishes=_APPEND,
    ),
    Situation(
        "an unlogged ledger, appended",
        _LEDGER + "ALTER TABLE wdh_runs SET UNLOGGED",
        says=_UNLOGGED,
        wishes=_APPEND,
    ),
)
