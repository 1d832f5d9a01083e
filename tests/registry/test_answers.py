"""Facts are taken from a domain only when every row of the batch is accounted for and every value can be loaded."""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.thoroughness import examples

from wdh.errors import PluginError
from wdh.facts import Batch, Facts, Reject
from wdh.registry.answers import check_facts

Shares = list[str]


class Text(str):
    """A str that may show itself differently."""

    __slots__ = ()


class Kind(enum.IntEnum):
    """An int that is not shown as a number."""

    ONE = 1


class Amount(float):
    """A float whose repr is not a number, as numpy's float64."""

    def __repr__(self) -> str:
        return f"Amount({float(self)})"


def make_batch(numbers: Sequence[int]) -> Batch:
    return Batch("a.xlsx", "规模明细", numbers, {"a": ["x"] * len(numbers)}, {"a": "A"})


def make_reject(row: int) -> Reject:
    return Reject("a.xlsx", "规模明细", row, None, None, None, "bad", "bad")


def take(answer: Facts, batch: Batch) -> Facts:
    return check_facts(answer, batch, refuse=PluginError)


def share(batch: Batch, shares: Shares) -> Facts:
    """Make each row of the batch what ``shares`` says: a fact, rejected (once or twice), or a total."""
    rows = list(zip(batch.row_numbers, shares, strict=True))
    kept = [row for row, each in rows if each == "fact"]
    rejects = [make_reject(row) for row, each in rows if each in ("reject", "twice")]
    rejects += [make_reject(row) for row, each in rows if each == "twice"]
    return Facts(kept, {"a": ["x"] * len(kept)}, tuple(rejects), shares.count("total"))


@st.composite
def shared_batches(draw: st.DrawFn) -> tuple[Batch, Facts]:
    numbers = sorted(draw(st.sets(st.integers(1, 60), max_size=12)))
    kinds = st.sampled_from(["fact", "fact", "reject", "twice", "total"])
    batch = make_batch(numbers)
    return batch, share(batch, draw(st.lists(kinds, min_size=len(numbers), max_size=len(numbers))))


def with_numbers(facts: Facts, numbers: list[int]) -> Facts:
    return Facts(numbers, {"a": ["x"] * len(numbers)}, facts.rejects, facts.totals)


@given(shared_batches())
@settings(max_examples=examples(150))
def test_any_share_of_rows_between_facts_rejects_and_totals_is_taken(case: tuple[Batch, Facts]) -> None:
    batch, facts = case
    assert take(facts, batch) is facts


@given(shared_batches(), st.data())
@settings(max_examples=examples(150))
def test_a_single_row_lost_invented_doubled_or_moved_is_refused(case: tuple[Batch, Facts], data: st.DataObject) -> None:
    batch, facts = case
    numbers = list(facts.row_numbers)
    wrong = [with_numbers(facts, [*numbers, 61]), Facts(numbers, facts.columns, facts.rejects, facts.totals + 1)]
    if numbers:
        place = data.draw(st.integers(0, len(numbers) - 1))
        one = numbers[place]
        wrong.append(with_numbers(facts, numbers[:place] + numbers[place + 1 :]))
        wrong.append(with_numbers(facts, [*numbers[:place], one, *numbers[place:]]))
        wrong.append(Facts(numbers, facts.columns, (*facts.rejects, make_reject(one)), facts.totals))
        wrong.append(
            with_numbers(facts, numbers[place + 1 :] + numbers[: place + 1]) if place + 1 < len(numbers) else wrong[0]
        )
    for answer in wrong:
        with pytest.raises(PluginError):
            take(answer, batch)


def test_two_facts_that_make_up_for_a_lost_one_are_refused() -> None:
    """The count alone would add up."""
    with pytest.raises(PluginError, match="repeat or are out of order"):
        take(Facts([2, 2], {"a": ["x", "y"]}), make_batch([2, 3]))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Facts([2], {"a": ["x"]}), "account for 1 of 3 rows: 1 facts, 0 rejected, 0 totals (2 rows (3, 4) are neither"),
        (Facts([2, 4], {"a": ["x", "y"]}), "account for 2 of 3 rows: 2 facts, 0 rejected, 0 totals (row 3 is neither"),
        (Facts([2, 3, 9], {"a": ["x"] * 3}), "in which row 9 is not in the batch"),
        (Facts([2, 3, 4], {"a": ["x"] * 3}, (make_reject(3),)), "in which row 3 is both a fact and in a reject"),
        (Facts([2, 3, 4], {"a": ["x"] * 2}), "with 2 values in column 'a' for 3 row_numbers"),
        (Facts([2, 3, 4], {"a": "xyz"}), "type str ('xyz') as column 'a'; make it a list"),
        (Facts([2, 3, 4], {"a": {1, 2, 3}}), "type set ({1, 2, 3}) as column 'a'"),  # type: ignore[dict-item]
        (Facts([2, 3, 4], {"": ["x"] * 3}), "with a column named ''"),
        (Facts([2, 3, 4], [("a", [1])]), "type list ([('a', [1])]) as columns"),  # type: ignore[arg-type]
        (Facts(3, {}), "type int (3) as row_numbers"),  # type: ignore[arg-type]
        (Facts([2, 3, 4.0], {}), "type float (4.0) among the row_numbers; each is a int"),  # type: ignore[list-item]
        (Facts([[2]], {}), "type list ([2]) among the row_numbers"),  # type: ignore[list-item]
        (Facts([2, 3], {}, ("bad",)), "type str ('bad') among the rejects; each is a Reject"),  # type: ignore[arg-type]
        (Facts([2, 3], {}, iter(())), "as rejects; make it a tuple"),  # type: ignore[arg-type]
        (Facts([2, 3], {}, (make_reject("4"),)), "among the rows of the rejects"),  # type: ignore[arg-type]
        (Facts([2, 3], {}, totals=True), "with totals = True"),
        (Facts([2, 3], {}, totals=-1), "with totals = -1"),
        (Facts([2, 3, 4], {}, notes=("n",)), "among the notes; each is a Note"),  # type: ignore[arg-type]
    ],
)
def test_facts_that_are_not_whole_are_refused_with_the_place(answer: Facts, sentence: str) -> None:
    with pytest.raises(PluginError, match=re.escape(sentence)):
        take(answer, make_batch([2, 3, 4]))


@pytest.mark.parametrize(
    "value",
    [Text("x"), Kind.ONE, Amount(1.5), b"x", ["x"], {}, object(), 1j, datetime.time(1), datetime.timedelta(1)],
    ids=lambda value: type(value).__name__,
)
def test_a_value_the_warehouse_cannot_take_is_refused_with_its_row_and_column(value: Any) -> None:
    with pytest.raises(PluginError, match=f"type {type(value).__name__} .* in column 'b' for row 3, which"):
        take(Facts([2, 3], {"a": [1, 2], "b": [None, value]}), make_batch([2, 3]))


def test_every_kind_of_clean_value_is_taken() -> None:
    day = datetime.date(2024, 11, 1)
    moment = datetime.datetime(2024, 11, 1, 12, tzinfo=datetime.timezone.utc)
    values = [None, "x", 1, 1.5, True, Decimal("1.50"), day, moment]
    numbers = list(range(2, 2 + len(values)))
    assert take(Facts(numbers, {"a": values}), make_batch(numbers)).columns == {"a": values}


def test_row_numbers_may_be_any_sequence() -> None:
    facts = Facts(range(2, 5), {"a": ("x", "y", "z")})
    assert take(facts, make_batch([2, 3, 4])) is facts


def test_an_empty_batch_makes_empty_facts() -> None:
    assert len(take(Facts.from_rows(()), make_batch([]))) == 0
