"""A forecast as frozen values: rows for each step, rows and amounts for each period, and samples of both.

Every value of the warehouse or of a workbook is text here, as PostgreSQL writes it (``2024-11-01``, ``1234.50``); None
is NULL. A sample has SHOWN rows at most; the counts beside it are complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from wdh.sql.identifiers import Target

SHOWN: Final = 20
"""How many rows a sample has at most."""

Key = tuple[str | None, ...]


class Change(Struct, frozen=True):
    """One cell of a reference row: ``old`` stands in the warehouse, ``new`` in the workbooks."""

    key: Key
    column: str
    old: str | None
    new: str | None


class ReferenceForecast(Struct, frozen=True):
    """The effect of one reference's steps on its table; ``candidates`` are the keys that the workbooks name.

    ``inserted`` of them are not in the table, ``rows_filled`` rows get at least one value, by column ``filled``, and
    ``untouched`` candidates change nothing. ``disagreeing`` counts by column the values that differ from those in
    the table, which are never changed. ``table_rows`` is how many rows the table has; None: nobody asked.
    """

    reference: str
    target: Target
    key: tuple[str, ...]
    candidates: int
    inserted: int = 0
    rows_filled: int = 0
    untouched: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)
    disagreeing: Mapping[str, int] = field(default_factory=dict)
    new_keys: tuple[Key, ...] = ()
    fills: tuple[Change, ...] = ()
    disagreements: tuple[Change, ...] = ()
    table_rows: int | None = None


class AmountForecast(Struct, frozen=True):
    """An amount column within a period. ``before`` is its sum in the table, ``after`` the sum once the plan is applied.

    ``size_before`` and ``size_after`` are the sums of the absolute values, which cannot cancel out.
    """

    before: Decimal
    after: Decimal
    size_before: Decimal
    size_after: Decimal


class PeriodForecast(Struct, frozen=True):
    """The facts of one period: ``before`` are in the table; ``deleted`` of them go, and ``inserted`` come.

    An upsert changes ``updated`` where they stand; ``moved`` more come from other periods by that than go there.

    ``left_behind`` of them are of no scope that the workbooks have, and stay; None: the plan replaces nothing.
    ``period`` None stands for all facts where no column tells periods apart.
    """

    period: str | None
    before: int
    deleted: int
    inserted: int
    left_behind: int | None = None
    amounts: Mapping[str, AmountForecast] = field(default_factory=dict)
    updated: int = 0
    moved: int = 0

    @property
    def after(self) -> int:
        """How many facts of the period the table has then."""
        return self.before + self.net

    @property
    def net(self) -> int:
        """How many facts more; negative: fewer."""
        return self.inserted - self.deleted + self.moved


class LeftBehind(Struct, frozen=True):
    """A scope in the table, of a period of the workbooks, which they do not cover: its values, and its facts."""

    scope: Key
    facts: int


class FactForecast(Struct, frozen=True):
    """The effect of the fact steps on their table, period by period in rising order.

    ``period_column`` tells the periods apart; None: none does. ``scope_columns`` are those by which facts are
    replaced, and empty where none are. ``left_behind`` are the largest scopes that stay. ``key`` has the columns by
    which facts are upserted, and is empty where none are.
    """

    target: Target
    period_column: str | None
    scope_columns: tuple[str, ...]
    periods: tuple[PeriodForecast, ...]
    left_behind: tuple[LeftBehind, ...] = ()
    table_rows: int | None = None
    key: tuple[str, ...] = ()

    @property
    def deleted(self) -> int:
        """Facts that go, of all periods."""
        return sum(period.deleted for period in self.periods)

    @property
    def inserted(self) -> int:
        """Facts that come, of all periods."""
        return sum(period.inserted for period in self.periods)

    @property
    def updated(self) -> int:
        """Facts that an upsert changes where they stand, of all periods."""
        return sum(period.updated for period in self.periods)


class Forecast(Struct, frozen=True):
    """The effects of a plan on the warehouse as it stood when it was asked.

    ``facts`` None: the plan loads none. ``unknown`` are sentences about what cannot be counted beforehand, such as a
    domain's own statement.
    """

    references: tuple[ReferenceForecast, ...]
    facts: FactForecast | None
    unknown: tuple[str, ...] = ()

    @property
    def changes(self) -> int:
        """How many rows would be inserted, filled, updated or deleted; 0: there is nothing to do."""
        rows = sum(each.inserted + each.rows_filled for each in self.references)
        return rows + (0 if self.facts is None else self.facts.inserted + self.facts.updated + self.facts.deleted)
