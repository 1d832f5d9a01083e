"""Micro bench of a forecast: 100,000 facts and 8,000 references against a warehouse that has them already.

Usage: ``python micro_forecast.py DSN REPEATS``; prints timings, one a line. The database may be used for nothing else.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date

import psycopg2
from timing import show, time_often

from wdh.apply import apply_plan
from wdh.apply.applying import Warehouse
from wdh.apply.foreseeing import forecast_at
from wdh.facts import Facts
from wdh.facts.spool import Spool
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, Plan
from wdh.sql.identifiers import Target

ROWS, REFERENCES = 100_000, 8_000
MONTH = date(2024, 11, 1)
SCOPE = ("month", "plan", "unit")
AMOUNTS = ("opening", "paid", "drawn", "earned", "closing", "fee")
FACTS, PLANS = Target("public", "facts"), Target("public", "plans")
TABLES = f"""
CREATE TABLE facts (month date, plan text, unit text, {", ".join(f"{name} numeric(20, 2)" for name in AMOUNTS)});
CREATE TABLE plans (plan text PRIMARY KEY, unit text, name text, kind text)"""


def make_facts() -> Facts:
    """Make up the facts of a month."""
    columns = {
        "month": [MONTH] * ROWS,
        "plan": [f"P{row % REFERENCES:05}" for row in range(ROWS)],
        "unit": [f"U{row % REFERENCES % 37}" for row in range(ROWS)],
        **{name: [round(row * 1.37 + place, 2) for row in range(ROWS)] for place, name in enumerate(AMOUNTS)},
    }
    return Facts(list(range(2, 2 + ROWS)), columns)


def make_plan(spool: Spool) -> Plan:
    """Make the plan that loads what is in the spool."""
    facts = spool.facts()
    columns = ("plan", "unit", "name", "kind")
    rows = tuple((f"P{number:05}", f"U{number % 37}", f"plan {number}", "a") for number in range(REFERENCES))
    return Plan(
        "bench",
        (
            InsertMissing("plans", PLANS, ("plan",), columns, rows),
            FillNullOnly("plans", PLANS, ("plan",), columns, rows),
            DeleteScope(FACTS, SCOPE, facts.scopes),
            Append(FACTS, facts),
        ),
        facts,
    )


def main() -> None:
    """Measure the forecast of what is loaded a second time, before PostgreSQL has statistics and with them."""
    dsn, repeats = sys.argv[1], int(sys.argv[2])
    warehouse = Warehouse("the bench", lambda: closing(psycopg2.connect(dsn)))
    with closing(psycopg2.connect(dsn)) as connection, Spool(SCOPE, period_columns=SCOPE) as spool:
        connection.cursor().execute(TABLES)
        connection.commit()
        spool.append(make_facts(), file="f.xlsx", sheet="s")
        plan = make_plan(spool)
        apply_plan(plan, connection)
        for case in ("just loaded", "after ANALYZE"):
            show(time_often("forecast", case, lambda: forecast_at(warehouse, plan), rows=ROWS, repeats=repeats))
            connection.cursor().execute("ANALYZE")
            connection.commit()


if __name__ == "__main__":
    main()
