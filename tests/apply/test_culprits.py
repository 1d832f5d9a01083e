"""The search for culprits finds the first one, acquits the innocent, and asks no more than it may."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from wdh.apply.refusals.blame import Culprits, find_culprits


@dataclass
class Server:
    """Refuses what ``bad`` says, and counts what it is sent."""

    bad: frozenset[int]
    rows: int = 0
    questions: int = 0

    def refuses(self, start: int, end: int) -> bool:
        self.rows += end - start
        self.questions += 1
        return any(start <= row < end for row in self.bad)


@st.composite
def servers(draw: st.DrawFn) -> tuple[int, Server]:
    count = draw(st.integers(1, 3_000))
    rows = st.integers(0, count - 1)
    return count, Server(frozenset(draw(st.one_of(st.sets(rows, min_size=1, max_size=30), st.just(set(range(count)))))))


@given(servers())
def test_only_the_refused_are_found_and_never_at_a_great_price(drawn: tuple[int, Server]) -> None:
    """Not many more rows than there are, and some forty questions, as each fires triggers and uses numbers up."""
    count, server = drawn
    found = find_culprits(count, refuses=server.refuses)
    assert set(found.rows) <= server.bad
    assert min(server.bad) in found.rows
    assert server.rows <= count + 80
    assert server.questions <= 60
    assert found.refuses_all or len(server.bad) < count
    assert not found.refuses_all or {count - 1, count // 2, min(1, count - 1)} <= server.bad


def test_all_of_a_few_rows_are_found() -> None:
    for bad in ({1, 3}, {0, 1, 2}, {5}, {0, 9}):
        assert find_culprits(10, refuses=Server(frozenset(bad)).refuses) == Culprits(tuple(sorted(bad)))


def test_others_are_held_against_many_culprits() -> None:
    """Whatever is asked first is refused, and yet the last row would pass."""
    assert not find_culprits(1_000, refuses=Server(frozenset(range(600))).refuses).refuses_all


def test_a_step_that_is_refused_without_rows_is_asked_once() -> None:
    asked: list[tuple[int, int]] = []

    def refuses(start: int, end: int) -> bool:
        asked.append((start, end))
        return True

    assert find_culprits(1_000, refuses=refuses) == Culprits(refuses_all=True)
    assert asked == [(0, 0)]


def test_rows_that_are_refused_only_together_are_no_culprits() -> None:
    for first, second in ((0, 1), (0, 999), (250, 750), (499, 500)):
        found = find_culprits(1_000, refuses=lambda a, b, one=first, two=second: a <= one and two < b)  # type: ignore[misc]
        assert found == Culprits()
