"""Every type of step answers the same questions, so that whatever asks them need not know the types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from wdh.errors import assert_never
from wdh.facts import Facts
from wdh.facts.spool import Spool
from wdh.plan import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Plan,
    Skip,
    Stage,
    Statement,
    Step,
    Upsert,
)
from wdh.sql.identifiers import Target
from wdh.sql.privileges import Needs

REF, FACTS = Target("public", "ref"), Target("public", "facts")
ROWS = (("1", None), ("2", "b"))


@pytest.fixture
def steps() -> Iterator[tuple[Step, ...]]:
    with Spool(("k",)) as spool:
        spool.append(Facts([5, 6], {"k": ["1", "2"], "v": [None, "b"]}), file="f.xlsx", sheet="s")
        yield (
            InsertMissing("r", REF, ("k",), ("k", "v"), ROWS),
            FillNullOnly("r", REF, ("k",), ("k", "v"), ROWS),
            Skip("other", REF, "not asked for"),
            DeleteScope(FACTS, ("k",), (("1",), ("2",))),
            InsertRows(FACTS, ("k", "v"), ROWS),
            Append(FACTS, spool.facts()),
            Statement(FACTS, "to see", "SELECT 1"),
            Upsert(FACTS, spool.facts(), ("k",), ("v",)),
            Stage(FACTS, spool.facts(), Target("pg_temp", "wdh_facts_1")),
        )


def test_every_type_answers_the_shared_questions(steps: tuple[Step, ...]) -> None:
    assert {type(step) for step in steps} == set(get_args(Step))
    shown = [(s.operation, s.label, s.done, s.reference, s.key, s.planned, len(s.statements)) for s in steps]
    assert shown == [
        ("INSERT_MISSING", "insert_missing", "inserted", "r", ("k",), 2, 6),
        ("UPDATE_NULL_ONLY", "fill_null_only", "filled", "r", ("k",), 2, 6),
        ("SKIP", "skip", None, "other", (), None, 0),
        ("DELETE", "delete", "deleted", None, ("k",), 2, 5),
        ("INSERT", "insert", "inserted", None, (), 2, 4),
        ("INSERT", "insert", "inserted", None, (), 2, 1),
        ("STATEMENT", "statement", "changed", None, (), None, 1),
        ("UPSERT", "upsert", "inserted", None, ("k",), 2, 8),
        ("STAGE", "stage", "staged", None, (), 2, 3),
    ]


def test_every_type_says_what_it_does_to_its_table(steps: tuple[Step, ...]) -> None:
    assert [step.privileges for step in steps] == [
        Needs(read=("k",), inserted=("k", "v")),
        Needs(read=("k", "v"), updated=("v",)),
        None,
        Needs(read=("k",), deletes=True),
        Needs(inserted=("k", "v")),
        Needs(inserted=("k", "v")),
        Needs(),
        Needs(read=("k", "v"), inserted=("k", "v"), updated=("v",)),
        Needs(),
    ]


def test_a_plan_gives_its_steps_by_type_by_table_and_without_skips(steps: tuple[Step, ...]) -> None:
    plan = Plan("d", steps)
    assert [plan.of(kind) for kind in (Skip, Append)] == [(steps[2],), (steps[5],)]
    assert plan.fact_inserts(FACTS) == steps[4:6]
    assert plan.fact_inserts(REF) == ()
    assert plan.writes == (*steps[:2], *steps[3:])
    assert plan.targets == (FACTS, REF)


def test_rows_are_numbered_as_messages_name_them(steps: tuple[Step, ...]) -> None:
    """Rows of a stage from 0, lines of a COPY from 1."""
    staged, copied = steps[4:6]
    assert isinstance(staged, InsertRows)
    assert isinstance(copied, Append)
    assert list(staged.lines(["v", "k"])) == [(0, (None, "1")), (1, ("b", "2"))]
    assert list(copied.lines(["v", "k"])) == [(1, (None, "1")), (2, ("b", "2"))]


def test_a_type_without_a_case_is_an_error_where_no_type_check_ran() -> None:
    unknown: Any = "a new step"
    with pytest.raises(AssertionError, match="no case for 'a new step'"):
        assert_never(unknown)
