"""Several plans in one transaction: what they may have in common, as all are made before any is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from wdh.apply.catalogue import WarehouseTable, find_relation
from wdh.errors import SetupError
from wdh.plan import Backfill, Plan
from wdh.sql import catalogue
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import later, say

Tables = Mapping[Target, WarehouseTable]

_UNKNOWN: Tables = MappingProxyType({})
_WAY_OUT = later("Leave --commit together out, so that each domain has a transaction of its own. Nothing was written.")


def note_shared(plans: Sequence[Plan], tables: Tables = _UNKNOWN) -> tuple[Plan, ...]:
    """Give the plans, each with a remark on every reference table that an earlier one writes, too.

    ``tables`` are those of all plans, as far as they are known. Raises SetupError where two plans write one table, or a
    table and a part of it, and not for references alone: what is forecast and checked of the later one is so before
    the earlier one writes.
    """
    return tuple(plan.remarking(*_find_shared(plan, plans[:place], tables)) for place, plan in enumerate(plans))


def _find_shared(plan: Plan, earlier: Sequence[Plan], tables: Tables) -> Sequence[str]:
    shared = [
        (target, other, theirs)
        for other in earlier
        for target in plan.targets
        for theirs in other.targets
        if not _parts(target, tables).isdisjoint(_parts(theirs, tables))
    ]
    for target, other, theirs in shared:
        if target != theirs or not (_is_reference(target, plan) and _is_reference(target, other)):
            part = "" if target == theirs else say(", of which {theirs} is a part or the whole,", theirs=theirs.sql)
            raise SetupError(
                say(
                    "{target}{part} is written by {earlier} and by {later}, and not for references alone: in "
                    "one transaction, what {later} does there would be checked before {earlier} writes. "
                    "{way_out}",
                    target=target.sql,
                    part=part,
                    earlier=other.domain,
                    later=plan.domain,
                    way_out=say(_WAY_OUT),
                ),
                domain=plan.domain,
                table=target.sql,
            )
    return [
        say(
            "{target} is written by {earlier}, too, earlier in the transaction: forecast and guards see "
            "it as it was before",
            target=target.sql,
            earlier=other.domain,
        )
        for target, other, _ in shared
    ]


def _is_reference(target: Target, plan: Plan) -> bool:
    return all(isinstance(step, Backfill) for step in plan.writes if step.target == target)


def _parts(target: Target, tables: Tables) -> frozenset[Target]:
    members = tables[target].members if target in tables else ()
    return frozenset((target, *(member.target for member in members)))


def refuse_stale(plan: Plan, reads: Sequence[Target], cursor: Cursor, *, written: Mapping[Target, str]) -> None:
    """Raise SetupError where a plan was made of a table that an earlier one changes, be it behind a view.

    ``written`` are the tables that are written before, with their partitions and children, and by which domain.
    """
    for asked in dict.fromkeys(reads):
        writer = next((written[place] for place in _find_read(asked, cursor) if place in written), None)
        if writer is not None:
            raise SetupError(
                say(
                    "{domain} has asked {asked} for values, and {writer} writes to it earlier in the same "
                    "transaction: {domain} would not see that. {way_out}",
                    domain=plan.domain,
                    asked=asked.sql,
                    writer=writer,
                    way_out=say(_WAY_OUT),
                ),
                domain=plan.domain,
                table=asked.sql,
            )


def _find_read(asked: Target, cursor: Cursor) -> Sequence[Target]:
    found = find_relation(cursor, asked)
    if found is None:
        return ()
    cursor.execute(catalogue.READ_TABLES, {"oid": found[0]})
    return [Target(*place) for place in cursor.fetchall()]
