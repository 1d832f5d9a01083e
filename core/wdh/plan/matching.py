"""The way in which a step finds rows of its table by their key, decided from the catalogue."""

from __future__ import annotations

from msgspec import Struct

from wdh.sql.operators import Equality
from wdh.words.language import say

Equalities = tuple[Equality, ...]
"""How each column of a key is compared, by the operator class of its type; empty until the catalogue was asked."""


class InsertPath(Struct, frozen=True):
    """The way in which missing rows are inserted, decided from the catalogue before any row is sent.

    ``arbiter`` is the unique index that ON CONFLICT relies on; None means the anti-join under the table lock alone,
    for the ``reason``.
    """

    arbiter: str | None
    reason: str

    def __str__(self) -> str:
        return (
            say("on conflict {arbiter}", arbiter=self.arbiter)
            if self.arbiter
            else say("anti-join under lock ({reason})", reason=self.reason)
        )
