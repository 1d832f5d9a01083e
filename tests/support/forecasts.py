"""Small random situations of a warehouse and a delivery, what plain Python says of them, and the forecast itself."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from wdh.apply import Applied, apply_plan, look_at
from wdh.apply.forecast import Forecast, forecast
from wdh.apply.outcomes import compare_forecasts
from wdh.domain.own_answers import FactLoading
from wdh.facts import Facts
from wdh.facts.spool import Spool
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, Plan
from wdh.plan.planning import Wishes, make_plan
from wdh.references import Derivation
from wdh.settings import BackfillMode, ColumnRule, Domain, LoadMode, Reference
from wdh.sql import settings as session_settings
from wdh.sql.identifiers import Target

PLANS = Target("public", "计%s划")
FACTS = Target("public", "明 细")
MONTHS = [datetime.date(2024, 10, 1), datetime.date(2024, 11, 1), datetime.date(2024, 12, 1)]
CODES = ["A", "a", "B", "C", "A "]
AMOUNTS = ("额", "费")
COLUMNS = ("月", "计划", "名称", "机构", *AMOUNTS)
TABLES = (
    'CREATE TABLE public."计%%s划" ("号" {key} {unique}, "名" text, "机构" varchar(9));'
    'CREATE TABLE public."明 细" ("月" date, "计划" {key}, "名称" text, "机构" text, "额" numeric(12,2), "费" {fee}) '
    "{parts};"
)
PARTS = """
CREATE TABLE public."明1" PARTITION OF public."明 细" FOR VALUES FROM ('2024-01-01') TO ('2024-11-01');
CREATE TABLE public."明2" PARTITION OF public."明 细" DEFAULT;"""

PlanRow = tuple[str | None, str | None, str | None]
FactRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """A warehouse as it stands, and a delivery. ``key`` and ``fee`` are SQL types; ``period`` tells periods apart."""

    plans: Sequence[PlanRow]
    facts: Sequence[FactRow]
    delivery: Sequence[FactRow]
    pk: tuple[str, ...] = ("月", "计划")
    mode: BackfillMode = "insert_and_fill"
    load_mode: LoadMode = "delete_insert"
    key: str = "text"
    fee: str = "numeric"
    is_unique: bool = False
    is_parted: bool = False

    def same(self, one: str | None, other: str | None) -> bool:
        """Say whether two keys are one to the table."""
        if one is None or other is None:
            return False
        return one.rstrip(" ") == other.rstrip(" ") if self.key.startswith("char") else one == other

    def create(self, connection: Any) -> None:
        """Make the tables, and put in what stands there."""
        with connection.cursor() as cursor:
            parts = 'PARTITION BY RANGE ("月")' if self.is_parted else ""
            unique = "UNIQUE" if self.is_unique else ""
            cursor.execute('DROP TABLE IF EXISTS public."计%%s划", public."明 细"', ())
            tables = TABLES.format(key=self.key, fee=self.fee, parts=parts, unique=unique)
            cursor.execute(tables + (PARTS if self.is_parted else ""), ())
            for row in self.plans:
                cursor.execute('INSERT INTO public."计%%s划" VALUES (%s, %s, %s)', row)
            for row in self.facts:
                cursor.execute('INSERT INTO public."明 细" VALUES (%s, %s, %s, %s, %s, %s)', row)
        connection.commit()

    @contextmanager
    def planned(self) -> Iterator[Plan]:
        """Have the plan of a run over the delivery."""
        rules = (ColumnRule("号", "计划"), ColumnRule("名", "名称"), ColumnRule("机构", "机构"))
        reference = Reference("plans", PLANS, ("号",), rules, updatable=("名", "机构"), mode=self.mode)
        domain = Domain("d", "x", "明细", FACTS, self.pk, (reference,), period="月")
        scope = domain.pk if self.load_mode == "delete_insert" else ()
        with Spool(scope, period_columns=domain.period_columns) as spool:
            columns = {name: [row[place] for row in self.delivery] for place, name in enumerate(COLUMNS)}
            facts = Facts(list(range(2, 2 + len(self.delivery))), columns)
            spool.append(facts, file="f.xlsx", sheet="明细")
            derivation = Derivation(reference)
            derivation.absorb(facts, workbook=0)
            yield make_plan(
                domain,
                [derivation.candidates()],
                facts=spool.facts(),
                wishes=Wishes(load_mode=self.load_mode),
                vetoes=(),
                run_id="00000000-0000-0000-0000-000000000000",
                load_facts=lambda facts, target, steps: FactLoading().load_facts(facts, target, steps) and None,
            )


def forecast_of(plan: Plan, connection: Any) -> Forecast:
    """Forecast in a transaction that may not write."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(session_settings.READING, ("1ms",))
        look = look_at(plan, cursor)
        assert not look.faults.without_denied
        made = forecast(look.plan, cursor, tables=look.tables)
    connection.rollback()
    return made


def expect_reference(situation: Situation, rows: Sequence[PlanRow], *, updatable: bool) -> dict[str, Any]:
    """Count in plain Python what becomes of candidates (key, 名, 机构)."""
    expected: dict[str, Any] = {"inserted": 0, "rows_filled": 0, "untouched": 0}
    filled, differing = Counter({"名": 0, "机构": 0} if updatable else {}), Counter[str]()
    for key, *values in rows:
        met = [plan for plan in situation.plans if situation.same(plan[0], key)]
        gaps = 0
        for _, *own in met:
            cells = list(zip(("名", "机构"), own, values, strict=True))
            empty = [column for column, old, new in cells if old is None and new is not None and updatable]
            filled.update(empty)
            differing.update(column for column, old, new in cells if None not in (old, new) and old != new)
            gaps += bool(empty)
        is_new = not met and situation.mode != "fill_null_only"
        expected["inserted"] += is_new
        expected["rows_filled"] += gaps
        expected["untouched"] += not is_new and not gaps
    return expected | {"filled": dict(filled), "disagreeing": dict(differing), "table_rows": len(situation.plans)}


def expect_facts(situation: Situation) -> dict[str | None, dict[str, Any]]:
    """Count and sum in plain Python, by period, what becomes of the facts."""
    replaces = situation.load_mode == "delete_insert"
    places = [COLUMNS.index(column) for column in situation.pk]

    def covered(fact: FactRow) -> bool:
        return replaces and any(
            all(
                situation.same(str(fact[place]), str(row[place])) if place == 1 else fact[place] == row[place]
                for place in places
            )
            for row in situation.delivery
        )

    delivered = {row[0] for row in situation.delivery}
    touched = delivered | {fact[0] for fact in situation.facts if covered(fact)}
    found: dict[str | None, dict[str, Any]] = {}
    for month in sorted(touched):
        own = [fact for fact in situation.facts if fact[0] == month]
        new = [row for row in situation.delivery if row[0] == month]
        kept = [fact for fact in own if not covered(fact)]
        found[month.isoformat()] = {
            "before": len(own),
            "deleted": len(own) - len(kept),
            "inserted": len(new),
            "left_behind": len(kept) if replaces and month in delivered else None,
            "amounts": {
                name: (*_sums(own, place), *_sums([*kept, *new], place))
                for place, name in enumerate(COLUMNS)
                if name in AMOUNTS and any(row[place] is not None for row in situation.delivery)
            },
        }
    return found


def _sums(rows: Sequence[FactRow], place: int) -> tuple[Decimal, Decimal]:
    values = [Decimal(str(row[place])) for row in rows if row[place] is not None]
    return sum(values, Decimal(0)), sum(map(abs, values), Decimal(0))


texts = st.sampled_from([None, None, "甲", "乙", 'q"\\{}', "NULL"])
codes = st.sampled_from(CODES)
amounts = st.sampled_from([None, Decimal("0.10"), Decimal("-2.50"), Decimal("7"), Decimal("1000000.01"), Decimal("0")])
numbers = st.sampled_from([None, 0.1, 0.2, -2.5, 7.0, 1234.56])


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Draw a warehouse and a delivery; keys are unique in one table out of two."""
    is_unique = draw(st.booleans())
    key = draw(st.sampled_from(["text", "varchar(5)", "char(5)"]))
    same = (lambda row: row[0].rstrip(" ") if key == "char(5)" else row[0]) if is_unique else None
    plans = draw(st.lists(st.tuples(codes, texts, texts), max_size=5, unique_by=same))
    fact = st.tuples(st.sampled_from(MONTHS), codes, texts, texts, amounts)
    facts = draw(st.lists(st.tuples(fact, amounts).map(lambda pair: (*pair[0], pair[1])), max_size=8))
    fee = draw(st.sampled_from([amounts, numbers]))
    delivered = [code for code in CODES if key != "char(5)" or code == code.rstrip(" ")]
    own = st.tuples(st.sampled_from(MONTHS[:2]), st.sampled_from(delivered), texts, texts, amounts, fee)
    return Situation(
        plans,
        facts,
        draw(st.lists(own, min_size=1, max_size=6)),
        pk=draw(st.sampled_from([("月", "计划"), ("月",), ("计划",)])),
        mode=draw(st.sampled_from(["insert_missing", "fill_null_only", "insert_and_fill"])),
        load_mode=draw(st.sampled_from(["delete_insert", "delete_insert", "append"])),
        key=key,
        is_unique=is_unique,
        is_parted=draw(st.booleans()),
    )


COUNT = """
SELECT "月"::text, count(*), coalesce(sum("额"), 0), coalesce(sum(abs("额")), 0),
       coalesce(sum("费"), 0), coalesce(sum(abs("费")), 0) FROM public."明 细" GROUP BY "月" """
MEDDLED = """
INSERT INTO public."明 细" SELECT * FROM public."明 细" ORDER BY "月" LIMIT 2;
UPDATE public."计%s划" SET "名" = coalesce("名", '别人') WHERE "号" = 'A';
DELETE FROM public."计%s划" WHERE "号" = 'B'"""
"""What another session does between a forecast and the locks."""


def find_surprise(situation: Situation, connection: Any, *, meddles: bool) -> str | None:
    """Forecast, let another session write if it ``meddles``, apply, and say what was no part of the forecast."""
    with situation.planned() as plan:
        situation.create(connection)
        made = forecast_of(plan, connection)
        if meddles:
            with connection.cursor() as cursor:
                cursor.execute(MEDDLED, None)
            connection.commit()
        applied = apply_plan(plan, connection)
    if not meddles and applied.forecast != made:
        return f"the forecast was {made}, and under the locks {applied.forecast}"
    told = compare_forecasts(made, applied.forecast)
    if bool(told) != (_counts(made) != _counts(applied.forecast)):
        return f"{made} and {applied.forecast} are compared as {told}"
    return _find_difference(applied, connection)


def _counts(made: Forecast) -> object:
    facts = None if made.facts is None else made.facts.periods
    return [
        [(each.inserted, each.rows_filled, sum(each.disagreeing.values())) for each in made.references],
        facts and [(each.before, each.deleted, each.inserted, each.left_behind or 0) for each in facts if each.before],
    ]


def _find_difference(applied: Applied, connection: Any) -> str | None:
    """Hold the forecast under the locks against the rows that were touched, and against the table as it is now."""
    made = applied.forecast
    done = {kind: sum(each.rows for each in applied.outcomes if isinstance(each.step, kind)) for kind in KINDS}
    facts = made.facts
    expected = {
        InsertMissing: sum(found.inserted for found in made.references),
        FillNullOnly: sum(found.rows_filled for found in made.references),
        DeleteScope: 0 if facts is None else facts.deleted,
        Append: 0 if facts is None else facts.inserted,
    }
    if done != expected or made.unknown or facts is None:
        return f"{made} came out as {done}"
    if told := [remark for remark in applied.plan.remarks if "were forecast" in remark]:
        return str(told)
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    connection.rollback()
    for period in facts.periods:
        after, *sums = counted.get(period.period, (0, 0, 0, 0, 0))
        known = dict(zip(AMOUNTS, (sums[:2], sums[2:]), strict=True))
        found = {name: [amount.after, amount.size_after] for name, amount in period.amounts.items()}
        if period.after != after or any(found[name] != known[name] for name in found):
            return f"{period} came out as {after} and {known}"
    return None


KINDS = (InsertMissing, FillNullOnly, DeleteScope, Append)
