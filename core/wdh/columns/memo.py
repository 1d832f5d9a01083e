"""Answers that are remembered, so that each distinct value of a column is judged once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

REMEMBERED: Final = 20_000
"""How many answers a memo holds before it starts afresh: memory stays flat however many distinct values come."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Memo(dict[Question, Answer]):
    """A function as a mapping: ``memo[question]`` asks once and remembers, until ``limit`` answers are held.

    A pure function's answers are the same whether remembered or not, so the limit can be seen in time and memory
    only. Questions that are equal must have the same answer: keep 1, 1.0 and True in different memos.
    """

    __slots__ = ("_ask", "_limit")

    def __init__(self, ask: Callable[[Question], Answer], *, limit: int = REMEMBERED) -> None:
        super().__init__()
        self._ask = ask
        self._limit = limit

    def __missing__(self, question: Question) -> Answer:
        answer = self._ask(question)
        if len(self) >= self._limit:
            self.clear()
        self[question] = answer
        return answer
