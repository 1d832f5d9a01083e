"""The changes that a plan would make to its fact table: counted and summed there by period, in one scan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.fit.types import decimals_of, is_number
from wdh.apply.forecast.asking import NotAnswered, ask, can_read, describe, write_values
from wdh.apply.forecast.moves import Move, find_moves
from wdh.apply.forecast.values import SHOWN, AmountForecast, FactForecast, LeftBehind, PeriodForecast
from wdh.facts.periods import PeriodTally
from wdh.facts.spool import FactRows
from wdh.facts.sums import Sum
from wdh.plan import Append, DeleteScope, Plan, Upsert
from wdh.sql import forecast as questions
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import say

_DIGITS = 200
"""Of a sum at most, before and after the point; more are cut off."""
_FLOAT_NOISE = Fraction(1, 1 << 53)
"""Of a number, at most, lies between a float and the digits that it is shown by."""


_Sums = tuple[Decimal, Decimal]
"""The sum of an amount, and that of its absolute values."""

_NOTHING: _Sums = (Decimal(0), Decimal(0))


class _State(Struct):
    """The facts that the table has of a period: those to be deleted, those that stay, the sums of amounts."""

    sums_kept: list[_Sums]
    sums_deleted: list[_Sums]
    kept: int = 0
    deleted: int = 0
    is_delivered: bool = False


class _Load(Struct, frozen=True):
    """The steps that load one fact table: what is deleted, how many times the facts are added, what is upserted."""

    target: Target
    deletes: tuple[DeleteScope, ...]
    facts: FactRows | None
    times: int
    upsert: Upsert | None = None


def forecast_facts(
    plan: Plan, cursor: Cursor, *, tables: Mapping[Target, WarehouseTable]
) -> tuple[FactForecast | None, tuple[str, ...]]:
    """Count and sum what becomes of the facts by period, and say what cannot be counted; None: nothing can, or is.

    Raises psycopg2.Error.
    """
    targets = dict.fromkeys(step.target for step in plan.steps if isinstance(step, (DeleteScope, Append, Upsert)))
    if not targets:
        return None, ()
    target, *others = targets
    unknown = [say("facts: {other} is loaded, too, and not counted", other=other.sql) for other in others]
    if _deletes_what_it_added(plan, target):
        return None, (
            *unknown,
            say("facts: {target} has a delete behind an insert, and cannot be counted beforehand", target=target.sql),
        )
    if _upserts_beside_others(plan, target):
        return None, (
            *unknown,
            say("facts: {target} is written by an upsert and other steps, and cannot be counted", target=target.sql),
        )
    load = _find_load(plan, target)
    question = _Question.of(load, tables[target])
    unknown += question.unknown
    if question.hidden:
        return None, (
            *unknown,
            say(
                "facts: the role may not read {hidden} of {target}",
                hidden=", ".join(question.hidden),
                target=target.sql,
            ),
        )
    try:
        made, more = question.ask(cursor)
    except NotAnswered as refused:
        return None, (
            *unknown,
            say("facts: the server does not take a value or a type (SQLSTATE {sqlstate})", sqlstate=refused.sqlstate),
        )
    return made, (*unknown, *more)


def _deletes_what_it_added(plan: Plan, target: Target) -> bool:
    kinds = [type(step) for step in plan.steps if isinstance(step, (DeleteScope, Append)) and step.target == target]
    return Append in kinds and DeleteScope in kinds[kinds.index(Append) :]


def _upserts_beside_others(plan: Plan, target: Target) -> bool:
    steps = [step for step in plan.steps if isinstance(step, (DeleteScope, Append, Upsert)) and step.target == target]
    others = [step for step in steps if not (isinstance(step, DeleteScope) and step.standing is not None)]
    return len(others) > 1 and any(isinstance(step, Upsert) for step in others)


def _find_load(plan: Plan, target: Target) -> _Load:
    appends = [step for step in plan.of(Append) if step.target == target]
    deletes = tuple(step for step in plan.of(DeleteScope) if step.target == target)
    upsert = next((step for step in plan.of(Upsert) if step.target == target), None)
    if upsert is not None:
        return _Load(target, deletes, upsert.facts, 0, upsert)
    return _Load(target, deletes, appends[0].facts if appends else plan.facts, len(appends))


class _Question(Struct, frozen=True):
    """The questions about a fact table. ``hidden`` are columns that the role would have to read, and may not."""

    load: _Load
    table: WarehouseTable
    period: questions.Asked | None
    scopes: tuple[tuple[questions.Asked, ...], ...]
    amounts: tuple[str, ...]
    hidden: tuple[str, ...]
    unknown: tuple[str, ...]

    @classmethod
    def of(cls, load: _Load, table: WarehouseTable) -> _Question:
        facts = load.facts
        name = None if facts is None else facts.period_column
        period = None if name is None or name not in table.columns else describe(table, name)
        scopes = tuple(_describe_scope(step, table) for step in load.deletes)
        needed = dict.fromkeys(column.name for columns in scopes for column in columns)
        if period is not None:
            needed[period.name] = None
        if load.upsert is not None:
            needed.update(dict.fromkeys((*load.upsert.key, *load.upsert.update)))
        hidden = tuple(column for column in needed if not can_read(table, column))
        if not needed and not any(can_read(table, column) for column in table.columns):
            hidden = (say("any column"),)
        amounts, unknown = _choose_amounts(facts, table)
        return cls(load, table, period, scopes, amounts, hidden, unknown)

    def ask(self, cursor: Cursor) -> tuple[FactForecast, tuple[str, ...]]:
        delivered = self._delivered(cursor)
        values = [*self._period_values(), *self._scope_values()]
        target = self.load.target
        moves = self._moves(cursor)
        question = questions.count_facts(
            target,
            period=self.period,
            scopes=self.scopes,
            amounts=self.amounts,
            all_periods=not moves.keys() <= delivered.keys(),
        )
        found = _collect(ask(cursor, question, values), amounts=len(self.amounts))
        affected = {text for text, state in found.items() if state.deleted or state.is_delivered}
        texts = sorted({*delivered, *affected, *moves}, key=lambda text: (text is None, text or ""))
        periods = tuple(
            self._period(text, found.get(text), delivered.get(text), move=moves.get(text)) for text in texts
        )
        unknown = tuple(dict.fromkeys(self._doubts(found, delivered)))
        left: tuple[LeftBehind, ...] = ()
        if any(period.left_behind for period in periods):
            question = questions.list_left_behind(target, period=self.period, scopes=self.scopes, shown=SHOWN)
            left = tuple(LeftBehind(tuple(scope), facts) for *scope, facts in ask(cursor, question, values))
        made = FactForecast(
            target=target,
            period_column=None if self.period is None else self.period.name,
            scope_columns=tuple(column.name for column in self.scopes[0])
            if self.scopes and self.load.upsert is None
            else (),
            periods=periods,
            left_behind=left,
            table_rows=periods[0].before if self.period is None else None,
            key=() if self.load.upsert is None else self.load.upsert.key,
        )
        return made, unknown

    def _moves(self, cursor: Cursor) -> Mapping[str | None, Move]:
        if self.load.upsert is None:
            return {}
        name = None if self.period is None else self.period.name
        return find_moves(self.load.upsert, cursor, table=self.table, period=name, amounts=self.amounts, digits=_DIGITS)

    def _delivered(self, cursor: Cursor) -> Mapping[str | None, PeriodTally]:
        """Give the delivery's facts by period as the table writes it."""
        tallies = {} if self.load.facts is None else self.load.facts.periods
        if self.period is None:
            return {None: sum(tallies.values(), PeriodTally())}
        written = ask(cursor, questions.write_periods(self.period), self._period_values())
        delivered: dict[str | None, PeriodTally] = {}
        for (_, text), tally in zip(sorted(written), tallies.values(), strict=True):
            delivered[text] = delivered.get(text, PeriodTally()) + tally
        return delivered

    def _period_values(self) -> list[str]:
        if self.period is None or self.load.facts is None:
            return []
        return [write_values([*self.load.facts.periods])]

    def _scope_values(self) -> Iterator[str]:
        for step in self.load.deletes:
            yield from (write_values([row[place] for row in step.rows]) for place in range(len(step.columns)))

    def _period(
        self, text: str | None, state: _State | None, tally: PeriodTally | None, *, move: Move | None
    ) -> PeriodForecast:
        nothing = [_NOTHING] * len(self.amounts)
        state, move = state or _State(nothing, nothing), move or Move(nothing)
        is_covered = bool(self.scopes) and self.load.upsert is None and tally is not None
        amounts = {}
        sums = zip(self.amounts, state.sums_kept, state.sums_deleted, move.amounts, strict=True)
        for name, kept, gone, grown in sums:
            if all(each.is_finite() for each in (*kept, *gone, *grown)):
                amounts[name] = self._amount(name, kept, gone, tally=tally or PeriodTally(), grown=grown)
        inserted = move.inserted + (0 if tally is None else tally.facts * self.load.times)
        return PeriodForecast(
            text,
            state.kept + state.deleted,
            state.deleted,
            inserted,
            state.kept if is_covered else None,
            amounts,
            move.updated,
            move.moved,
        )

    def _amount(self, name: str, kept: _Sums, gone: _Sums, *, tally: PeriodTally, grown: _Sums) -> AmountForecast:
        delivered = tally.sums.get(name, Sum())
        value, absolute = (self._write(name, each, delivered) for each in (delivered.value, delivered.size))
        with localcontext() as context:
            context.prec = _DIGITS
            times = self.load.times
            before, size = kept[0] + gone[0], kept[1] + gone[1]
            after, size_after = kept[0] + times * value + grown[0], kept[1] + times * absolute + grown[1]
            return AmountForecast(before, after, size, size_after)

    def _write(self, name: str, value: Fraction, delivered: Sum) -> Decimal:
        """Write a delivered sum by the digits that its numbers are shown by: a float has others far behind them."""
        decimals = decimals_of(self.table.columns[name])
        facts = self.load.facts
        if decimals is None and facts is not None and float in facts.profiles[name].kinds:
            decimals = _find_decimals(value, noise=delivered.size * _FLOAT_NOISE)
        with localcontext() as context:
            context.prec = _DIGITS
            if decimals is None:
                return Decimal(value.numerator) / value.denominator
            return Decimal(round(value * 10**decimals)).scaleb(-decimals)

    def _doubts(self, found: Mapping[str | None, _State], delivered: Mapping[str | None, Any]) -> Iterator[str]:
        target = self.load.target.sql
        for place, name in enumerate(self.amounts):
            sums = [each for state in found.values() for each in (state.sums_kept[place], state.sums_deleted[place])]
            if any(not each.is_finite() for pair in sums for each in pair):
                yield say("facts: {name} of {target} holds NaN or Infinity, and has no sum", name=name, target=target)
        if self.period is not None and None in delivered:
            yield say(
                "facts: some have no {period}; those in {target} without one are not counted",
                period=self.period.name,
                target=target,
            )


def _describe_scope(step: DeleteScope, table: WarehouseTable) -> tuple[questions.Asked, ...]:
    if step.standing is None:
        return tuple(describe(table, column) for column in step.columns)
    nullable = step.standing.nullable
    sent = (replace(describe(table, column), is_nullable=column in nullable) for column in step.columns)
    matched = (replace(describe(table, column), pattern=pattern) for column, pattern in step.standing.patterns)
    return (*sent, *matched)


def _collect(counted: Sequence[Sequence[Any]], *, amounts: int) -> dict[str | None, _State]:
    """Bring together what was counted of each period, of delivered scopes and of others."""
    found: dict[str | None, _State] = {}
    for text, is_deleted, facts, is_delivered, *sums in counted:
        state = found.setdefault(text, _State([_NOTHING] * amounts, [_NOTHING] * amounts))
        with localcontext() as context:
            context.prec = _DIGITS
            context.traps[InvalidOperation] = False  # of infinities: they have no sum, which is seen later
            pairs = [(total, total - 2 * below) for total, below in zip(sums[::2], sums[1::2], strict=True)]
        state.is_delivered = state.is_delivered or is_delivered
        if is_deleted:
            state.deleted, state.sums_deleted = facts, pairs
        else:
            state.kept, state.sums_kept = facts, pairs
    return found


def _choose_amounts(facts: FactRows | None, table: WarehouseTable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the amount columns that can be summed in the table; say why others cannot."""
    tallies = () if facts is None else facts.periods.values()
    names = [name for name in dict.fromkeys(name for tally in tallies for name in tally.sums) if name in table.columns]
    chosen = [name for name in names if is_number(table.columns[name]) and can_read(table, name)]
    unknown = (
        say(
            "facts: {name} ({columns}) cannot be summed in {place}, or may not be read",
            name=name,
            columns=table.columns[name].shown,
            place=table.place.sql,
        )
        for name in names
        if name not in chosen
    )
    return tuple(chosen), tuple(unknown)


def _find_decimals(value: Fraction, *, noise: Fraction) -> int:
    """Find the fewest decimals that tell a number within ``noise``."""
    decimals = 0
    while abs(Fraction(round(value * 10**decimals), 10**decimals) - value) > noise:
        decimals += 1
    return decimals
