"""Which facts a delivery replaces, where that is not just the scopes (pk) that it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from wdh.errors import SetupError
from wdh.facts.spool import FactRows
from wdh.plan.loading import Upsert
from wdh.plan.steps import DeleteScope, Step
from wdh.sql.identifiers import Target
from wdh.sql.statements import Standing
from wdh.words.language import say

_NUMBERS = frozenset((int, float, Decimal))


def replace_periods(steps: Sequence[Step], facts: FactRows) -> Sequence[Step]:
    """Delete whole periods instead of scopes, so that no fact of a delivered period is left behind.

    Raises SetupError where no column tells the periods of all facts apart.
    """
    deletes = [step for step in steps if isinstance(step, DeleteScope)]
    if not deletes:
        return steps
    period = facts.period_column
    if period is None or None in facts.periods:
        if period is None:
            why = say("no column of pk holds dates")
        else:
            why = say("some facts have no {period}", period=period)
        raise SetupError(
            say(
                "guards: left_behind: delete replaces whole periods, and {why}. Name the column of the period in "
                "data_sources.yml (period:), or let left_behind be report or refuse. Nothing was touched.",
                why=why,
            )
        )
    rows = tuple((value,) for value in facts.periods)
    whole = {step.target: DeleteScope(step.target, (period,), rows) for step in deletes}
    return [
        whole.pop(step.target) if isinstance(step, DeleteScope) else step
        for step in steps
        if not isinstance(step, DeleteScope) or step.target in whole
    ]


def replace_provisional(steps: Sequence[Step], facts: FactRows, patterns: Mapping[str, str]) -> Sequence[Step]:
    """Add, behind each delete by a column of ``patterns``, one of the facts that stand in for delivered ones there.

    Before an upsert with such a column in its key, too, unless it leaves what is there as it is.

    A fact of the table stands in for a delivered one where its value in that column matches the pattern, the delivered
    one's does not, and both are the same in every column that names something: all but numbers, which a later
    delivery may correct, and the columns of ``patterns``. Nothing goes that the delivery does not bring again.
    """
    made: list[Step] = []
    for step in steps:
        keyed: tuple[str, ...] = ()
        if isinstance(step, DeleteScope) and step.standing is None:
            keyed = step.columns
        elif isinstance(step, Upsert) and step.update:
            keyed = step.key
        columns = [name for name in keyed if name in patterns and name in facts.columns]
        more = [each for name in columns if (each := _stand_ins(step.target, facts, name, patterns)) is not None]
        made += [*more, step] if isinstance(step, Upsert) else [step, *more]
    return made


def _stand_ins(target: Target, facts: FactRows, column: str, patterns: Mapping[str, str]) -> DeleteScope | None:
    """Make the delete of what stands in for facts with a real value in ``column``; None: there are no such facts."""
    named = tuple(name for name in facts.columns if name not in patterns and _names_something(facts, name))
    if not named:
        return None
    rows = tuple(dict.fromkeys(_real(facts, named, column, pattern=patterns[column])))
    nullable = tuple(name for name in named if facts.profiles[name].has_null)
    standing = Standing(((column, patterns[column]),), nullable)
    return DeleteScope(target, named, rows, standing=standing) if rows else None


def _names_something(facts: FactRows, name: str) -> bool:
    kinds = facts.profiles[name].kinds - {type(None)}
    return bool(kinds) and not kinds <= _NUMBERS


def _real(facts: FactRows, named: Sequence[str], column: str, *, pattern: str) -> Iterator[tuple[str | None, ...]]:
    provisional = compile_pattern(pattern)
    for _, (value, *others) in facts.lines((column, *named)):
        if value is not None and provisional.fullmatch(value) is None:
            yield tuple(others)


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Make a regular expression of a shell pattern, in which ``*`` is any text and ``?`` one character."""
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.compile("".join(parts), re.DOTALL)
