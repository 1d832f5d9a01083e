"""A column of floats is written as repr() writes each of them, or it is said that this must be done."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.thoroughness import examples

from wdh.columns.numbers import Number
from wdh.columns.reader import make_reader
from wdh.columns.totals import TotalWords
from wdh.facts.copytext import write_floats

USUAL = st.floats(-1e16, 1e16).map(lambda value: round(value, 4))
ANY = st.floats() | st.integers(-(2**63), 2**63 - 1) | st.none() | USUAL


def spell(value: float | None) -> str:
    return "null" if value is None else repr(value)


@given(st.lists(ANY, max_size=8))
@example([9007199254740993.0, 2.0**-1, 123456789.12345679, 1e15, 999999999999999.9, -0.0])
@example([5e-324, 1.0])
@example([0.0001, 0.00009999999999999999])
@settings(max_examples=examples(2_000))
def test_it_is_what_repr_gives_each(values: list[float | None]) -> None:
    written = write_floats(values)
    if written is not None:
        assert written.decode().split(",") == [*map(spell, values)] or (written, values) == (b"", [])


@given(st.lists(st.none() | USUAL.filter(lambda value: value == 0 or 1 <= abs(value) < 1e16), max_size=8))
@settings(max_examples=examples(200))
def test_amounts_are_written_all_at_once(values: list[float | None]) -> None:
    assert write_floats(values) is not None


@pytest.mark.parametrize("value", [1e16, 1.5e-5, 1e-300, float("nan"), float("inf"), -float("inf"), 2**64])
def test_what_is_spelt_otherwise_is_left_to_repr(value: float) -> None:
    assert write_floats([1.5, value, None]) is None
    assert write_floats((1.5, value)) is None


def test_a_type_that_is_unknown_is_left_or_written_by_the_caller() -> None:
    assert write_floats([1.5, Decimal("2.50")]) is None
    assert write_floats([1.5, Decimal("2.50")], str) == b'1.5,"2.50"'


def test_bits_drawn_at_random_between_the_exponents() -> None:
    """Every number of digits there is: from 1 to 10**16, with any mantissa."""
    draw = random.Random(20241101)  # noqa: S311 - no secret
    values = [draw.getrandbits(52) * 2.0**power for power in range(-64, 2) for _ in range(300)]
    values = [value for value in values if 1 <= value < 1e16]
    assert len(values) > 10_000
    written = write_floats(values)
    assert written is not None
    assert written.decode().split(",") == [*map(repr, values)]


@given(st.lists(USUAL | st.floats() | st.sampled_from([0.0, -0.0, 5.0, 0.5, 1.05]), max_size=6), st.data())
@settings(max_examples=examples(1_000))
def test_a_column_of_floats_is_read_as_each_of_them_is(values: list[float], data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from([None, 0, 1, 4, 20]))
    low, high = data.draw(st.sampled_from([(-100, 100), (0, 10**12), (-(10**400), 10**400)]))
    reader = make_reader(Number(Decimal(low), Decimal(high), scale, has_percent=False), TotalWords())
    assert [*map(repr, reader.read(values))] == [repr(reader.read_cell(value)) for value in values]
