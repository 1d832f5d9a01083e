"""What a run must come to, in plain Python: the tables afterwards, or that it must be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .derivation import derive, disagree
from .rows import Row, Sheets, take
from .tables import KINDS, Name, Tables, stored


@dataclass(frozen=True, slots=True)
class Ref:
    """What data_sources.yml says of one reference. ``schema`` None leaves it to the search_path."""

    schema: str | None
    key: tuple[str, ...]
    updatable: tuple[str, ...]
    mode: str
    on_key_conflict: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What data_sources.yml says: the references, and the schema of the facts."""

    refs: Mapping[str, Ref]
    schema: str | None

    def name(self, kind: str) -> Name:
        """Say which table ``plans``, ``portfolios`` or ``facts`` means."""
        schema = self.schema if kind == "facts" else self.refs[kind].schema
        return (schema or "public", KINDS[kind])


@dataclass(frozen=True, slots=True)
class Delivery:
    """The workbooks of one run and what is asked for. ``limit`` is how many rows may be rejected."""

    sheets: Sheets
    execute: bool = True
    append: bool = False
    skip_facts: bool = False
    limit: int = 0
    refs: tuple[str, ...] = ("all",)
    mode: str | None = None
    pk: tuple[str, ...] = ()
    reader: str = "auto"

    @property
    def scope(self) -> tuple[str, ...]:
        """The columns by which facts are replaced."""
        return () if self.append else self.pk or ("月度", "计划代码")

    def wants(self, reference: str) -> bool:
        """Say whether a reference is to be backfilled."""
        return "all" in self.refs or reference in self.refs


@dataclass(slots=True)
class Expected:
    """The rows of every table after the run, and the rows that each step touched, by operation and table."""

    rows: dict[Name, list[Row]]
    counts: dict[tuple[str, Name], int] = field(default_factory=dict)


def expect(tables: Tables, sources: Sources, delivery: Delivery) -> Expected | None:
    """Say what a run must come to; None: it must be refused, and nothing may change."""
    taken = take(delivery.sheets, scope=delivery.scope)
    wanted = [name for name in ("plans", "portfolios") if delivery.wants(name)]
    if taken.rejected > delivery.limit or _share_a_scope(taken.facts, delivery.scope):
        return None
    if any(_conflicts(sources.refs[name], name, facts=list(taken)) for name in wanted):
        return None
    expected = Expected(tables.copy())
    if not delivery.execute:
        return expected
    for name in wanted:
        candidates = derive(name, taken, key=sources.refs[name].key)
        _backfill(expected, sources.name(name), ref=sources.refs[name], candidates=candidates, mode=delivery.mode)
    if not delivery.skip_facts:
        _load(expected, sources.name("facts"), facts=list(taken), scope=delivery.scope)
    return expected if tables.allow(expected.rows) else None


def _conflicts(ref: Ref, name: str, *, facts: Sequence[Row]) -> bool:
    return ref.on_key_conflict == "reject" and disagree(name, facts, key=ref.key)


def _share_a_scope(workbooks: Sequence[Sequence[Row]], scope: Sequence[str]) -> bool:
    seen: set[tuple[object, ...]] = set()
    for facts in workbooks:
        own = {tuple(fact[column] for column in scope) for fact in facts}
        if scope and own & seen:
            return True
        seen |= own
    return False


def _backfill(expected: Expected, name: Name, *, ref: Ref, candidates: Sequence[Row], mode: str | None) -> None:
    steps = mode or ref.mode
    if not candidates:
        return
    rows = expected.rows[name]
    if steps in ("insert_missing", "insert_and_fill"):
        there = {_key(row, ref.key) for row in rows}
        missing = [row for row in candidates if _key(row, ref.key) not in there]
        rows.extend(stored(name[1], row) for row in missing)
        expected.counts["INSERT_MISSING", name] = len(missing)
    if steps in ("fill_null_only", "insert_and_fill"):
        filled = sum(_fill(row, candidates, ref=ref) for row in rows)
        if any(row[column] is not None for row in candidates for column in ref.updatable):
            expected.counts["UPDATE_NULL_ONLY", name] = filled


def _fill(row: Row, candidates: Sequence[Row], *, ref: Ref) -> bool:
    before = dict(row)
    for candidate in candidates:
        if _key(candidate, ref.key) == _key(row, ref.key):
            row.update({column: candidate[column] for column in ref.updatable if row[column] is None})
    return row != before


def _load(expected: Expected, name: Name, *, facts: Sequence[Row], scope: Sequence[str]) -> None:
    if not facts:
        return
    rows = expected.rows[name]
    if scope:
        replaced = {_key(fact, scope) for fact in facts}
        expected.rows[name] = [row for row in rows if _key(row, scope) not in replaced]
        expected.counts["DELETE", name] = len(rows) - len(expected.rows[name])
    expected.rows[name].extend(stored(name[1], fact) for fact in facts)
    expected.counts["INSERT", name] = len(facts)


def _key(row: Row, columns: Sequence[str]) -> tuple[object, ...]:
    return tuple(row[column] for column in columns)
