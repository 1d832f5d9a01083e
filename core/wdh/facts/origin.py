"""The origin of facts, as they know it: the batch, and how it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from wdh.facts.sums import Sums
from wdh.facts.values import Batch, Note


class Origin(Protocol):
    """The batch that facts were read from, and how: by this a fact that is refused later still names its cell."""

    @property
    def batch(self) -> Batch:
        """The batch itself."""

    @property
    def sql_types(self) -> Mapping[str, str]:
        """The PostgreSQL type of each fact column that was read."""

    @property
    def scales(self) -> Mapping[str, int]:
        """The decimals of each fact column of numbers that keeps a given number of them."""

    def find_header(self, column: str, index: int) -> str | None:
        """Name the header whose cell decided a fact column in row ``index``; None: the sheet has none of its."""

    def account(self, row_numbers: Sequence[int]) -> tuple[Sums, tuple[Note, ...]]:
        """Give the sums and notes as they are where only these rows are facts."""
