"""Rows travel in batches, and no batch shows: neither in what arrives nor in what an error names."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

import wdh
from wdh.apply.staging import fill_stage
from wdh.errors import DatabaseError, DataError
from wdh.facts.profiles import profiles_of
from wdh.sql import statements

MANY = 4_001
T = wdh.Target("public", "t")


def test_rows_of_many_batches_arrive_exactly_and_are_numbered_throughout(database: Any) -> None:
    """Also where batches differ in kind: what is a text in one is NULL, a number or a day in another."""
    odd = ["\\N", "a\tb", "a\nb", "\\", "", None, "\r", "年", 1, 1.5, Decimal("0.10"), True, datetime.date(2024, 11, 1)]
    shown = [*odd[:8], "1", "1.5", "0.10", "t", "2024-11-01"]
    places = [(number // 1_000 + number) % len(odd) for number in range(MANY)]
    database.execute("CREATE TABLE t (k text, v text)")
    with database.connect() as connection, connection.cursor() as cursor:
        rows = [(f"K{number}", odd[place]) for number, place in enumerate(places)]
        fill_stage(cursor, T, columns=("k", "v"), rows=rows)
        cursor.execute(f'SELECT "c0", "c1", "rn" FROM {statements.STAGE} ORDER BY "rn"')
        found = cursor.fetchall()
    assert found == [(f"K{number}", shown[place], number) for number, place in enumerate(places)]


def test_no_row_and_a_single_one_are_staged(database: Any) -> None:
    database.execute("CREATE TABLE t (k text)")
    for rows in ([], [("A",)]):
        with database.connect() as connection, connection.cursor() as cursor:
            fill_stage(cursor, T, columns=("k",), rows=rows)
            cursor.execute(f'SELECT "c0", "rn" FROM {statements.STAGE}')
            assert cursor.fetchall() == [(*row, 0) for row in rows]


def test_a_value_that_does_not_fit_is_found_in_any_batch(database: Any) -> None:
    database.execute("CREATE TABLE t (k text UNIQUE, v varchar(3))")
    for culprit in (0, 1_999, 2_000, MANY - 1):
        rows = [{"k": f"K{number}", "v": "long" if number == culprit else "abc"} for number in range(MANY)]
        with (
            database.connect() as connection,
            pytest.raises(DataError, match=rf"'long' has 4 characters.* \(k K{culprit}\)"),
        ):
            wdh.insert_missing("t", ["k"], rows, connection, chunk_size=MANY)


def test_a_value_that_only_the_server_refuses_is_named_in_any_batch(database: Any) -> None:
    database.execute("CREATE TABLE t (k text UNIQUE, v uuid)")
    for culprit in (0, 1_999, 2_000, MANY - 1):
        rows = [{"k": f"K{number}", "v": "no uuid" if number == culprit else None} for number in range(MANY)]
        with (
            database.connect() as connection,
            pytest.raises(DatabaseError, match=rf"invalid input syntax for type uuid.*, at k K{culprit}\."),
        ):
            wdh.insert_missing("t", ["k"], rows, connection, chunk_size=MANY)


def test_a_profile_of_many_batches_joins_what_each_is_like() -> None:
    rows = [(number, "a") for number in range(MANY)]
    rows[1], rows[2_500], rows[-1] = (-12345, "abc"), (0, None), (Decimal("1.25"), "ab")  # type: ignore[assignment]
    profiles = profiles_of(("n", "t"), rows)
    numbers, texts = profiles["n"], profiles["t"]
    assert (numbers.kinds, numbers.whole, numbers.decimals) == ({int, Decimal}, 6, 2)
    assert (texts.kinds, texts.longest) == ({str, type(None)}, 3)
