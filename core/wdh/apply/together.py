"""Several plans in one transaction: what they may have in common, as all are made before any is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wdh.apply.catalogue import find_relation
from wdh.errors import SetupError
from wdh.plan import Backfill, Plan
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target

_WAY_OUT = "Leave --commit together out, so that each domain has a transaction of its own. Nothing was written."


def note_shared(plans: Sequence[Plan]) -> tuple[Plan, ...]:
    """Give the plans, each with a remark on every reference table that an earlier one writes, too.

    Raises SetupError where two plans write one table that is not a table of references to both: what is forecast and
    checked of the later one is checked before the earlier one writes.
    """
    return tuple(plan.remarking(*_find_shared(plan, plans[:place])) for place, plan in enumerate(plans))


def _find_shared(plan: Plan, earlier: Sequence[Plan]) -> Sequence[str]:
    remarks = []
    for other in earlier:
        for target in (target for target in plan.targets if target in other.targets):
            if any(step.target == target and not isinstance(step, Backfill) for step in (*other.writes, *plan.writes)):
                raise SetupError(
                    f"{target.sql} is written by {other.domain} and by {plan.domain}, and not for references alone: in "
                    f"one transaction, what {plan.domain} does there would be checked before {other.domain} writes. "
                    f"{_WAY_OUT}",
                    domain=plan.domain,
                    table=target.sql,
                )
            remarks.append(
                f"{target.sql} is written by {other.domain}, too, earlier in the transaction: forecast and guards see "
                "it as it was before"
            )
    return remarks


def refuse_stale(plan: Plan, reads: Sequence[Target], cursor: Cursor, *, written: Mapping[Target, str]) -> None:
    """Raise SetupError where a plan was made of a table that an earlier one, by its domain in ``written``, changes."""
    for asked in dict.fromkeys(reads):
        found = find_relation(cursor, asked)
        writer = None if found is None else written.get(Target(*found[1:3]))
        if writer is not None:
            raise SetupError(
                f"{plan.domain} has asked {asked.sql} for values, and {writer} writes to it earlier in the same "
                f"transaction: {plan.domain} would not see that. {_WAY_OUT}",
                domain=plan.domain,
                table=asked.sql,
            )
