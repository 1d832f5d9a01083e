"""The machine: random things happen to a real warehouse and to its model, and the two stay equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg2
import pytest
from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

from wdh.apply.applying import Warehouse
from wdh.errors import SetupError, WdhError
from wdh.plan.planning import Wishes
from wdh.run import RejectLimit, RunRequest, run

from . import choices
from .domain import NAME
from .edits import EDITS, MakeEdit, insert
from .expectation import Delivery, Expected, expect
from .ground import Ground, constraint_name
from .rows import SheetRow
from .strikes import Strike, Striking
from .tables import Name, Tables

LOCK_TIMEOUT = "100ms"
"""Only a lock that is not given up before the run is over makes a run wait at all."""

WRITES = ("INSERT_MISSING", "UPDATE_NULL_ONLY", "DELETE", "INSERT")
kinds = st.sampled_from(["plans", "portfolios", "facts"])


@dataclass(slots=True)
class Tally:
    """What happened in all sequences together."""

    sequences: int = 0
    runs: int = 0
    written: int = 0
    refused: int = 0
    faults: int = 0


class HoldingsMachine(RuleBasedStateMachine):
    """One sequence, on a ``ground`` that is reset for it."""

    def __init__(self, ground: Ground, tally: Tally) -> None:
        super().__init__()
        self.ground, self.tally = ground, tally
        self.tally.sequences += 1
        self.tables = Tables()
        self.sources = choices.FIRST_SOURCES
        self.deliveries = 0
        self.last: tuple[Delivery, str] | None = None
        ground.reset(self.tables.rows)
        self.path = ground.configure(self.sources)

    @rule(delivery=choices.deliveries())
    def deliver(self, delivery: Delivery) -> None:
        """Workbooks come and are run."""
        self._take(delivery)
        self._run()

    @rule(delivery=choices.deliveries(), strike=choices.strikes)
    def deliver_in_vain(self, delivery: Delivery, strike: Strike) -> None:
        """Workbooks come, and a fault strikes while they are written."""
        self._take(replace(delivery, execute=True))
        self._run(strike)

    @precondition(lambda self: self.last is not None)
    @rule()
    def run_again(self) -> None:
        """The last run is done once more; the new state is reached if it was not before."""
        self._run()

    @rule(delivery=choices.deliveries(), kind=kinds, data=st.data())
    def deliver_amid_another(self, delivery: Delivery, kind: str, data: st.DataObject) -> None:
        """Workbooks come while somebody else has a row of a target not yet committed: the run may not go past it."""
        name = self.sources.name(kind)
        change = insert(name, self.tables.rows[name], data)
        if not self.tables.allow({**self.tables.rows, name: change.after}):
            return
        self._take(delivery)
        with self.ground.transaction():
            self.ground.execute(change.sql, change.values)
            self._run(held=name)
        self.tables.rows[name].append(change.after[-1])

    @rule(sources=choices.sources())
    def configure(self, sources: Any) -> None:
        """Somebody edits data_sources.yml."""
        self.sources = sources
        self.path = self.ground.configure(sources)

    @rule(kind=kinds, edit=st.sampled_from(EDITS), data=st.data())
    def edit(self, kind: str, edit: MakeEdit, data: st.DataObject) -> None:
        """Somebody else inserts, changes, empties or deletes rows."""
        name = self.sources.name(kind)
        change = edit(name, self.tables.rows[name], data)
        if self.tables.allow({**self.tables.rows, name: change.after}):
            self.ground.execute(change.sql, change.values)
            self.tables.rows[name] = change.after
        else:
            with pytest.raises(psycopg2.IntegrityError):
                self.ground.execute(change.sql, change.values)

    @rule(kind=kinds, data=st.data())
    def constrain(self, kind: str, data: st.DataObject) -> None:
        """A DBA lays a constraint on a table, or takes it away."""
        name = self.sources.name(kind)
        constraint = data.draw(choices.constraints(name[1]))
        constraints, key = self.tables.constraints[name], constraint_name(constraint)
        if key in constraints:
            self.ground.release(name, constraint)
            del constraints[key]
        elif constraint.violated(self.tables.rows[name], table=name[1]):
            with pytest.raises(psycopg2.IntegrityError):
                self.ground.constrain(name, constraint)
        else:
            self.ground.constrain(name, constraint)
            constraints[key] = constraint

    @invariant()
    def tables_equal_the_model(self) -> None:
        """Every table holds exactly the rows of the model."""
        for name, rows in self.tables.rows.items():
            wanted = Counter(tuple(row.values()) for row in rows)
            found = self.ground.contents(name)
            assert found == wanted, f"{name}: {found - wanted} too many, {wanted - found} missing"

    def _take(self, delivery: Delivery) -> None:
        self.deliveries += 1
        batch = f"B{self.deliveries}"
        sheets = tuple(tuple(_stamped(row, batch) for row in sheet) for sheet in delivery.sheets)
        self.ground.deliver(sheets, batch=batch)
        self.last = (replace(delivery, sheets=sheets), batch)

    def _run(self, strike: Strike | None = None, *, held: Name | None = None) -> None:
        assert self.last is not None
        delivery, batch = self.last
        expected = expect(self.tables, self.sources, delivery)
        if expected is not None and held in {name for _, name in expected.counts}:
            expected = None
        connections: list[Striking] = []
        try:
            report = run(
                self._request(delivery, batch),
                open_warehouse=lambda: Warehouse("w", lambda: self._connect(strike, connections)),
            )
        except (WdhError, KeyboardInterrupt) as error:
            self._refused(error, expected, is_struck=any(one.struck for one in connections))
        else:
            self._written(report, expected, delivery=delivery)
        finally:
            self.tally.runs += 1
            self.tally.faults += any(one.struck for one in connections)

    def _refused(self, error: BaseException, expected: Expected | None, *, is_struck: bool) -> None:
        note(f"refused: {error}")
        event(f"refused: {type(error).__name__}")
        self.tally.refused += 1
        assert expected is None or is_struck, f"refused without a reason: {error}"

    def _written(self, report: Any, expected: Expected | None, *, delivery: Delivery) -> None:
        assert expected is not None, "written what should have been refused"
        event("written" if delivery.execute else "planned")
        self.tally.written += delivery.execute
        self.tables.rows = expected.rows
        if not delivery.execute:
            assert report.outcomes is None
            return
        counts = {
            (outcome.step.operation, (outcome.step.target.schema or "public", outcome.step.target.table)): outcome.rows
            for outcome in report.outcomes
            if outcome.step.operation in WRITES
        }
        assert {key: counts.get(key) for key in expected.counts} == expected.counts
        if delivery.append and not delivery.skip_facts:
            self.last = None

    @contextmanager
    def _connect(self, strike: Strike | None, connections: list[Striking]) -> Iterator[Connection]:
        """Open a connection; only the first of a run is struck, and after it the server may be out of reach."""
        if connections and strike is not None and not strike.is_passing:
            raise SetupError("cannot connect")
        with self.ground.connect() as connection:
            striking: Any = Striking(connection, None if connections else strike, other=self.ground.session)
            connections.append(striking)
            yield striking

    def _request(self, delivery: Delivery, batch: str) -> RunRequest:
        mode: Any = delivery.mode
        reader: Any = delivery.reader
        return RunRequest(
            domain=NAME,
            config=self.path,
            data_dir=self.ground.folder / batch,
            execute=delivery.execute,
            skip_facts=delivery.skip_facts,
            wishes=Wishes("append" if delivery.append else "delete_insert", frozenset(delivery.refs), mode),
            pk=delivery.pk,
            max_files=2,
            reader=reader,
            reject_limit=RejectLimit(delivery.limit),
            lock_timeout=LOCK_TIMEOUT,
        )


def _stamped(row: SheetRow, batch: str) -> SheetRow:
    return replace(row, meaning={**row.meaning, "批次": batch})
