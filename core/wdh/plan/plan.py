"""The plan: complete before anything is written, and the very object that is applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from wdh.facts.spool import FactRows
from wdh.plan.loading import Append, Stage, Upsert
from wdh.plan.matching import InsertPath
from wdh.plan.steps import DeleteScope, FillNullOnly, InsertMissing, InsertRows, RowStep, Skip, Statement, Step
from wdh.sql.identifiers import Target

_Kind = TypeVar("_Kind", InsertMissing, FillNullOnly, DeleteScope, InsertRows, Append, Upsert, Stage, Statement, Skip)


class Plan(Struct, frozen=True):
    """The ordered steps of one transaction: references first (topologically), then facts.

    ``facts`` are what everything was derived from, be they loaded or not; None where there is no workbook behind it.
    ``remarks`` are sentences for those who read the plan. ``time_zone`` is that of dates and times without one, as
    PostgreSQL names it; None: the configuration names none, and no column with a time zone can be written.
    """

    domain: str
    steps: tuple[Step, ...]
    facts: FactRows | None = None
    remarks: tuple[str, ...] = ()
    time_zone: str | None = None

    def remarking(self, *remarks: str) -> Plan:
        """Add sentences for those who read the plan."""
        return replace(self, remarks=(*self.remarks, *remarks))

    def of(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        """Give the steps of one type, in their order."""
        return tuple(step for step in self.steps if isinstance(step, kind))

    @property
    def writes(self) -> tuple[RowStep | Statement, ...]:
        """The steps that do something to their table."""
        return tuple(step for step in self.steps if not isinstance(step, Skip))

    def fact_inserts(self, target: Target) -> tuple[InsertRows | Append, ...]:
        """The steps that insert facts into a table."""
        return tuple(step for step in self.steps if isinstance(step, (InsertRows, Append)) and step.target == target)

    @property
    def loaded(self) -> Append | Upsert | None:
        """The first step that sends facts into their table; None: none does."""
        return next((step for step in self.steps if isinstance(step, (Append, Upsert))), None)

    @property
    def facts_table(self) -> Target | None:
        """The table that the run puts facts into, be it by statements of the domain's own; None: it loads none."""
        if self.loaded is not None:
            return self.loaded.target
        return next((step.target for step in self.of(Statement) if step.file is None), None)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every table that will be written, sorted; a bare name is locked where the catalogue has its schema."""
        return tuple(
            sorted({step.target for step in self.writes}, key=lambda target: (target.schema or "", target.table))
        )

    def with_paths(self, paths: Mapping[tuple[Target, tuple[str, ...]], InsertPath]) -> Plan:
        """Give each InsertMissing and each Upsert its path, by target and key."""
        return replace(
            self,
            steps=tuple(
                replace(step, path=paths[step.target, step.key]) if isinstance(step, (InsertMissing, Upsert)) else step
                for step in self.steps
            ),
        )
