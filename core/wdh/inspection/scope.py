"""The delete scope: the month, and the codes that tell the rows of a month apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from wdh.facts import FactValue
from wdh.inspection.findings import FoundColumn, Scope
from wdh.inspection.hints import hints_at
from wdh.words.language import join, later, say, say_count

MOST_SCOPES: Final = 50_000
"""Scopes beyond this number are not counted any further."""

_MOST_CODES: Final = 6
_NEARLY: Final = 0.75
_FIGURES: Final = ("amount", "percent")
_TIMELESS: Final = later(
    "; no column says the month, so each delivery replaces what any earlier one left of the same scope"
)


class Scopes:
    """Counts how many different values the candidates for the delete scope have in the facts.

    ``full`` names the columns without a blank cell: NULL equals nothing, so that a fact without a value in its scope
    is a reject. Amounts and rates tell nothing apart, and change. ``told`` are columns that the names of the sheets
    give: a delivery may have other sheets than the one before.
    """

    def __init__(self, columns: Sequence[FoundColumn], *, full: Collection[str], told: Collection[str] = ()) -> None:
        able = [found for found in columns if found.name in full]
        times = _name_times(able)
        self._is_timeless = not times
        self._times = [*times, *(found.name for found in able if found.header in told and found.name not in times)]
        self._missed = [name for name in _name_times(columns) if name not in full]
        self._seen: dict[tuple[str, ...], set[int]] = {
            wanted: set() for wanted in _list_candidates(self._times, _name_others(able, has_time=bool(self._times)))
        }
        self._rows = 0

    def add(self, columns: Mapping[str, Sequence[FactValue]], rows: int) -> None:
        """Take in a batch of facts."""
        self._rows += rows
        for wanted, seen in self._seen.items():
            if len(seen) <= MOST_SCOPES:
                seen.update(map(hash, zip(*(columns[name] for name in wanted), strict=True)))

    def choose(self, columns: Sequence[FoundColumn]) -> Scope:
        """Choose the fewest columns without blanks that tell rows apart nearly as well as any do.

        Where all have blanks, as footnotes have, they are those without any blank among the other rows; where every
        column has blanks, it is the one with the fewest. A row without a value in one of them is a reject.
        """
        full = {found.name for found in columns if not found.blanks}
        allowed = [wanted for wanted in self._seen if full.issuperset(wanted)] or list(self._seen)
        if not allowed:
            least = min(columns, key=lambda found: (found.blanks, found.kind in _FIGURES))
            return Scope(
                (least.name,), say("no month, and no column that tells rows apart, is without blanks: name another")
            )
        most = max(len(self._seen[wanted]) for wanted in allowed)
        good = [wanted for wanted in allowed if len(self._seen[wanted]) >= most * _NEARLY]
        best = min(good, key=lambda wanted: (len(wanted), -len(self._seen[wanted])))
        missed = join("", (say("; {name} has blanks, and so cannot be part of it", name=name) for name in self._missed))
        return Scope(best, self._evidence(best) + missed + (say(_TIMELESS) if self._is_timeless else ""))

    def _evidence(self, wanted: tuple[str, ...]) -> str:
        scopes = len(self._seen[wanted])
        if not self._rows:
            return say("no row would become a fact, so nothing tells")
        if scopes > MOST_SCOPES:
            return say("over {most_scopes:,} scopes in {rows:,} rows", most_scopes=MOST_SCOPES, rows=self._rows)
        if scopes == self._rows:
            return (
                say("no two of {rows:,} rows share one", rows=self._rows) if self._rows > 1 else say("there is one row")
            )
        return say_count(
            "{count} scope in {rows:,} rows: rows of one scope are replaced together",
            "{count} scopes in {rows:,} rows: rows of one scope are replaced together",
            scopes,
            rows=self._rows,
        )


def _list_candidates(times: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if times:
        yield tuple(times)
    for size in (1, 2):
        yield from ((*times, *some) for some in combinations(others, size))


def _name_others(able: Sequence[FoundColumn], *, has_time: bool) -> list[str]:
    """Name the codes; where there is neither a time nor a code, texts and choices, or else whatever is no figure."""
    numbers = {found.name for found in able if hints_at(found.header, "row number")}
    for kinds in (("code",), ("text", "choice"), ("integer", "boolean", "datetime")):
        names = [found.name for found in able if found.kind in kinds and found.name not in numbers]
        if names or has_time:
            return names[:_MOST_CODES]
    return sorted(numbers)[:1]


def _name_times(columns: Sequence[FoundColumn]) -> list[str]:
    """Name the column of the month, or else the day, or else the columns of year and month apart."""
    for kind in ("month", "date"):
        times = [found.name for found in columns if found.kind == kind]
        if times:
            return times[:1]
    return [found.name for found in columns if found.kind == "integer" and hints_at(found.header, "part of a month")]
