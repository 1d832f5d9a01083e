"""Small random tables and deliveries for an upsert, what plain Python makes of them, and the run itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from wdh.facts import Facts
from wdh.facts.spool import FactRows, Spool
from wdh.plan import Plan, StepRecorder
from wdh.plan.planning import Wishes, make_plan
from wdh.settings import Domain, LoadMode
from wdh.sql.identifiers import Target

STOCK = Target("public", "库%s存")
TABLE = 'public."库%s存"'
COLUMNS = ("号", "月", "名", "额")
LETTERS = {"号": "A", "月": "B", "名": "C", "额": "D"}
MONTHS = [datetime.date(2024, 10, 1), datetime.date(2024, 11, 1), datetime.date(2024, 12, 1)]
FILE = "库存.xlsx"

Row = tuple[Any, ...]


@contextmanager
def upserting(
    rows: Sequence[Row],
    *,
    key: Sequence[str] = ("号",),
    update: Sequence[str] | None = None,
    mode: LoadMode = "delete_insert",
    lineage: Mapping[str, str] | None = None,
    provisional: Mapping[str, str] | None = None,
    columns: Sequence[str] = COLUMNS,
    target: Target = STOCK,
) -> Iterator[Plan]:
    """Have the plan of a run that upserts ``rows``, which stand in a sheet from row 2 on, in batches of three."""
    domain = Domain("d", "x", "库", target, ("号", "月"), (), period="月", lineage=lineage or {})
    domain = domain if provisional is None else _with(domain, provisional)

    def load(facts: FactRows, target: Target, steps: StepRecorder) -> None:
        steps.upsert(target, facts, key=key, update=update)

    with Spool((), period_columns=domain.period_columns) as spool:
        for start in range(0, len(rows), 3):
            part = rows[start : start + 3]
            cells = {name: [row[place] for row in part] for place, name in enumerate(columns)}
            facts = Facts(list(range(2 + start, 2 + start + len(part))), cells)
            spool.append(facts, file=FILE, sheet="库", letters=LETTERS)
        yield make_plan(
            domain,
            [],
            facts=spool.facts(),
            wishes=Wishes(load_mode=mode),
            vetoes=(),
            run_id="00000000-0000-4000-8000-000000000001",
            load_facts=load,
        )


def _with(domain: Domain, provisional: Mapping[str, str]) -> Domain:
    from msgspec.structs import replace

    return replace(domain, provisional=provisional)


@dataclass(frozen=True, slots=True)
class Stocked:
    """A table as it stands, and facts to upsert. ``kind`` is the type of 号."""

    stored: Sequence[Row]
    delivery: Sequence[Row]
    key: tuple[str, ...]
    update: tuple[str, ...] | None
    kind: str
    index: str
    is_parted: bool

    def create(self, connection: Any) -> None:
        """Make the table, and put in what stands there."""
        parts = 'PARTITION BY RANGE ("月")' if self.is_parted else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            cursor.execute(
                f'CREATE TABLE {TABLE} ("号" {self.kind}, "月" date, "名" text, "额" numeric(12,2), "它" int) {parts}'
            )
            if self.is_parted:
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS 库一 PARTITION OF {TABLE} "
                    "FOR VALUES FROM ('2024-01-01') TO ('2024-11-01')"
                )
                cursor.execute(f"CREATE TABLE IF NOT EXISTS 库二 PARTITION OF {TABLE} DEFAULT")
            if self.index:
                cursor.execute(f"CREATE {self.index} ON {TABLE} ({', '.join(self.key)})")
            for number, row in enumerate(self.stored):
                cursor.execute(f"INSERT INTO {TABLE.replace('%', '%%')} VALUES (%s, %s, %s, %s, %s)", (*row, number))
        connection.commit()

    def rows(self, connection: Any) -> list[Row]:
        """Read the table, sorted; a column that no fact has is the last."""
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT "号"::text, "月", "名", "额", "它" FROM {TABLE}')
            found = cursor.fetchall()
        connection.rollback()
        return sorted(found, key=repr)

    def seen(self, row: Row) -> Row:
        """Give the row as its columns' types show it."""
        code = row[0].rstrip(" ") if self.kind.startswith("char") else row[0]
        return (str(Decimal(code)) if self.kind == "numeric" else code, *row[1:])

    def expect(self) -> tuple[list[Row], dict[str, tuple[Any, ...]]]:
        """Upsert in plain Python: the rows, and for each period what a forecast says of it."""
        places = [COLUMNS.index(name) for name in self.key]
        update = [name for name in COLUMNS if name not in self.key] if self.update is None else self.update
        changed = [COLUMNS.index(name) for name in update]
        rows = {
            tuple(self.seen(row)[place] for place in places): [*self.seen(row), n] for n, row in enumerate(self.stored)
        }
        before = [[*row] for row in rows.values()]
        inserted, updated = [], []
        for fact in map(self.seen, self.delivery):
            known = rows.get(tuple(fact[place] for place in places))
            if known is None:
                rows[tuple(fact[place] for place in places)] = known = [*fact, None]
                inserted.append(known)
            elif any(known[place] != fact[place] for place in changed):
                for place in changed:
                    known[place] = fact[place]
                updated.append(known)
        after = list(rows.values())
        months = {row[1] for row in self.delivery} | {
            old[1] for old, new in zip(before, after, strict=False) if old[1] != new[1]
        }
        told = {
            month.isoformat(): (
                _count(before, month),
                _count(inserted, month),
                _count(updated, month),
                _count(after, month),
                *(
                    (_sum(before, month), _sum(after, month))
                    if any(row[3] is not None for row in self.delivery)
                    else ()
                ),
            )
            for month in sorted({*months, *(row[1] for row in updated)})
        }
        return sorted(map(tuple, after), key=repr), told


def _count(rows: Sequence[Any], month: datetime.date) -> int:
    return sum(row[1] == month for row in rows)


def _sum(rows: Sequence[Any], month: datetime.date) -> tuple[Decimal, Decimal]:
    values = [row[3] for row in rows if row[1] == month and row[3] is not None]
    return sum(values, Decimal(0)), sum(map(abs, values), Decimal(0))


names = st.sampled_from([None, "甲", "乙", 'q"\\{}', "NULL", "a\tb\n%d", ""])
amounts = st.sampled_from([None, Decimal("0.10"), Decimal("-2.50"), Decimal("7"), Decimal("1000000.01"), Decimal("0")])
CODES = {
    "text": ["A", "a", "A ", "B", "%s", "é"],
    "char(5)": ["A", "a", "B", "C", "%s"],
    "numeric": ["1", "2.5", "-3", "10", "0.05"],
}


@st.composite
def situations(draw: st.DrawFn) -> Stocked:
    """Draw a table without repeated keys, and a delivery without any."""
    kind = draw(st.sampled_from([*CODES]))
    key = draw(st.sampled_from([("号",), ("月", "号"), ("号", "月")]))
    places = [COLUMNS.index(name) for name in key]
    row = st.tuples(st.sampled_from(CODES[kind]), st.sampled_from(MONTHS), names, amounts)
    rows = st.lists(row, max_size=8, unique_by=lambda row: tuple(row[place] for place in places))
    is_parted = draw(st.booleans())
    can_be_unique = not is_parted or "月" in key
    return Stocked(
        draw(rows),
        draw(rows.filter(bool)),
        key,
        draw(st.sampled_from([None, None, ("额",), ("名", "额"), (), *([("月", "额")] if "月" not in key else [])])),
        kind,
        draw(st.sampled_from(["", "INDEX", *["UNIQUE INDEX"] * can_be_unique])),
        is_parted,
    )
