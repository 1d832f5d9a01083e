"""The delete scope: the month, and the codes that tell the rows of a month apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from wdh.facts import FactValue
from wdh.inspection.findings import FoundColumn, Scope
from wdh.inspection.hints import hints_at

MOST_SCOPES: Final = 50_000
"""Scopes beyond this number are not counted any further."""

_MOST_CODES: Final = 6
_NEARLY: Final = 0.75
_TIMELESS: Final = "; no column says the month, so each delivery replaces what any earlier one left of the same scope"


class Scopes:
    """Counts how many different values the candidates for the delete scope have in the facts."""

    def __init__(self, columns: Sequence[FoundColumn]) -> None:
        self._times = _name_times(columns)
        codes = [found.name for found in columns if found.kind == "code" and not hints_at(found.header, "row number")]
        codes = codes[:_MOST_CODES]
        self._first = columns[0].name if columns else ""
        self._seen: dict[tuple[str, ...], set[int]] = {wanted: set() for wanted in self._candidates(codes)}
        self._rows = 0

    def _candidates(self, codes: Sequence[str]) -> Iterator[tuple[str, ...]]:
        yield tuple(self._times) or (self._first,)
        for size in (1, 2):
            yield from ((*self._times, *some) for some in combinations(codes, size))

    def take(self, columns: Mapping[str, Sequence[FactValue]], rows: int) -> None:
        """Take in a batch of facts."""
        self._rows += rows
        for wanted, seen in self._seen.items():
            if len(seen) <= MOST_SCOPES:
                seen.update(map(hash, zip(*(columns[name] for name in wanted), strict=True)))

    def choose(self, columns: Sequence[FoundColumn]) -> Scope:
        """Choose the fewest columns without blanks that tell rows apart nearly as well as any do."""
        full = {found.name for found in columns if not found.blanks}
        allowed = [wanted for wanted in self._seen if full.issuperset(wanted)]
        if not allowed:
            only = next(iter(self._seen))
            return Scope(only, "no month and no code is without blanks, as a scope must be: name another one")
        most = max(len(self._seen[wanted]) for wanted in allowed)
        good = [wanted for wanted in allowed if len(self._seen[wanted]) >= most * _NEARLY]
        best = min(good, key=lambda wanted: (len(wanted), -len(self._seen[wanted])))
        return Scope(best, self._evidence(best) + ("" if self._times else _TIMELESS))

    def _evidence(self, wanted: tuple[str, ...]) -> str:
        scopes = len(self._seen[wanted])
        if not self._rows:
            return "no row would become a fact, so nothing tells"
        if scopes > MOST_SCOPES:
            return f"over {MOST_SCOPES:,} scopes in {self._rows:,} rows"
        if scopes == self._rows:
            return f"no two of {self._rows:,} rows share one" if self._rows > 1 else "there is one row"
        return f"{scopes:,} scopes in {self._rows:,} rows: rows of one scope are replaced together"


def _name_times(columns: Sequence[FoundColumn]) -> list[str]:
    """Name the column of the month, or else the day, or else the columns of year and month apart."""
    for kind in ("month", "date"):
        times = [found.name for found in columns if found.kind == kind and not found.blanks]
        if times:
            return times[:1]
    return [found.name for found in columns if found.kind == "integer" and hints_at(found.header, "part of a month")]
