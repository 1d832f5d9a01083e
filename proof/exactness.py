"""No identifier and no value can inject, and all of them arrive exactly."""

from __future__ import annotations

from experiment import Finding, Place
from hypothesis import given, settings
from hypothesis import strategies as st

import wdh

storable = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
hostile = st.sampled_from(
    ["%s", "%%", "%(a)s", '"', "'", ";", "--", "\\", ".", "\\N", "\\.", "\t", "\n", "\r", "é", "é", "年"]
)
text = st.one_of(st.text(storable, max_size=20), st.lists(hostile, max_size=6).map("".join))
names = st.one_of(st.text(storable, min_size=1), st.lists(hostile, min_size=1, max_size=8).map("".join)).filter(
    lambda name: len(name.encode()) <= 63
)


def prove_exactness(place: Place, *, examples: int) -> Finding:
    """Insert random values under random schema, table and column names, and read them back."""
    cases = 0

    @settings(max_examples=examples, deadline=None, database=None)
    @given(
        schema=names, table=names, key=names, values=st.lists(text.filter(bool), min_size=1, max_size=5, unique=True)
    )
    def arrives(schema: str, table: str, key: str, values: list[str]) -> None:
        nonlocal cases
        cases += 1
        if schema.startswith("pg_"):
            return
        quoted = wdh.quote_qualified(schema, table)
        with place.connect() as connection, connection.cursor() as cursor:
            if schema != "public" and schema != "information_schema":
                cursor.execute(f"CREATE SCHEMA {quoted_schema(schema)}")
            cursor.execute(f"CREATE TABLE {quoted} ({wdh.quote_ident(key)} text)")
            rows = [{key: value} for value in values]
            assert wdh.insert_missing(table, [key], rows, connection, schema=schema)["inserted"] == len(values)
            cursor.execute(f"SELECT * FROM {quoted}")
            assert sorted(value for (value,) in cursor.fetchall()) == sorted(values)

    def quoted_schema(schema: str) -> str:
        return wdh.quote_ident(schema)

    try:
        arrives()
        losses = 0
    except AssertionError:
        losses = 1
    return Finding("5: nothing can inject", "random names and values, round trip", cases, 0, losses)
