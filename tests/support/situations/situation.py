"""One situation of a server, and the list of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from wdh.plan import Statement
from wdh.plan.planning import Wishes

KINDS = ("names", "code", "meanings", "triggers", "trees", "ledgers", "statements", "rights")
"""The modules of this package that have situations, each of one kind."""

FACTS_READ = """
SELECT "月"::text, "计划"::text, "名称"::text, "机构"::text, trim_scale("额"::numeric)::text FROM "public"."明细" t"""
PLANS_READ = 'SELECT "号"::text, "名"::text, "机构"::text FROM "public"."计划"'


@dataclass(frozen=True, slots=True)
class Situation:
    """A warehouse with the tables 计划 and 明细, and three runs over it.

    ``before`` is executed before the tables are made, ``setup`` after; both may name the roles {role}, which does the
    runs where ``is_superuser`` is false, and {other}. ``columns`` are types of columns that are not the usual ones.
    ``says`` is what every run must be refused with (a regular expression); None: every run is loaded, and the second
    and third leave what the first left. ``sessions`` are the libpq parameters of the runs' connections, in turn;
    ``in_session`` is executed there first; ``meanwhile`` happens while the first run waits for the lock on the facts.
    ``is_bare``: the configuration names no schema. ``grants`` are {role}'s; ``changes`` are other tables that may
    change; ``statement`` is a statement of the domain before the facts. ``needs`` is a query without which the
    situation cannot be had on a server.
    """

    name: str
    setup: str = ""
    says: str | None = None
    before: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    sessions: tuple[Mapping[str, str], ...] = ({},)
    in_session: str = ""
    meanwhile: str = ""
    is_bare: bool = False
    is_superuser: bool = True
    grants: str | None = None
    wishes: Wishes = field(default_factory=Wishes)
    statement: Statement | None = None
    time_zone: str | None = None
    changes: tuple[str, ...] = ()
    facts_read: str = FACTS_READ
    plans_read: str = PLANS_READ
    runs: int = 3
    needs: str = "SELECT 1"


def all_situations() -> Mapping[str, tuple[Situation, ...]]:
    """Give the situations by kind."""
    return {kind: import_module(f"support.situations.{kind}").SITUATIONS for kind in KINDS}
