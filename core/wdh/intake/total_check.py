"""Compares total rows with the facts that they cover."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from fractions import Fraction
from itertools import chain
from math import floor, inf, isqrt
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from wdh.columns.totals import fold_group
from wdh.errors import DataError, SetupError
from wdh.facts import Note
from wdh.facts.spool import FactRows
from wdh.facts.sums import Stretch, Sum, Sums, TotalAmount, TotalRow
from wdh.intake.tally import WorkbookTally
from wdh.settings import Totals
from wdh.words.language import later, say
from wdh.words.spelling import did_you_mean

_NOISE: Final = Fraction(1, 1 << 52)
"""The step of a double: what each addition may be off by, as a share of the sum."""
_STEPS: Final = 4
_DIFFERS: Final = later("These totals of the sheet differ from the sum of the facts that they cover.")
_UNCHECKED: Final = later(
    "These totals could not be checked: rows that they may cover were rejected, their own cells cannot be read, or "
    "they are those of a group in a sheet whose wide rows were made long."
)


class Difference(Struct, frozen=True):
    """A cell of a total row that ``says`` one number, where the sum ``found`` in the facts is another."""

    cell: str
    column: str
    says: Fraction
    found: Fraction

    def __str__(self) -> str:
        return say(
            "{cell} {column}: the sheet says {says}, the facts come to {found}",
            cell=self.cell,
            column=self.column,
            says=_show(self.says),
            found=_show(self.found),
        )


class Verdict(Struct, frozen=True):
    """The result of checking a total row with amounts. ``differences`` are those of the nearest covering."""

    total: TotalRow
    outcome: Literal["agrees", "differs", "unchecked"]
    differences: tuple[Difference, ...] = ()


def check_totals(
    sums: Sums, rejected: Sequence[int], *, groups: Mapping[tuple[str, str], Stretch] | None = None
) -> tuple[Verdict, ...]:
    """Check each total row that has an amount; ``rejected`` are the numbers of rejected rows, rising.

    A total agrees when one of the coverings that its word allows gives all its amounts: the facts since the last
    total, since the last one of its level or a higher one (a higher word, or the same further left), all before it,
    all behind it up to such a total (where totals stand above), all of the sheet where it names no part, and those
    of ``groups``, by label column and folded group. Where the sheet shows fewer decimals, both are compared so.
    """
    frame = _Frame(sums, rejected)
    return tuple(
        frame.judge(place, (groups or {}).get((total.column or "", fold_group(total.group))))
        for place, total in enumerate(sums.totals)
        if total.amounts
    )


def join_verdicts(parts: Sequence[Sequence[Verdict]]) -> tuple[Verdict, ...]:
    """Judge each row once of which several parts were checked: it agrees where all of them do."""
    rows: dict[int, list[Verdict]] = {}
    for verdict in chain.from_iterable(parts):
        rows.setdefault(verdict.total.row, []).append(verdict)
    return tuple(map(_join_verdicts, rows.values()))


def _join_verdicts(verdicts: Sequence[Verdict]) -> Verdict:
    worst = max(verdicts, key=lambda verdict: ("agrees", "unchecked", "differs").index(verdict.outcome))
    return replace(worst, differences=tuple(each for verdict in verdicts for each in verdict.differences))


def spare_groups(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Call unchecked what differs and names a group, whose facts may stand anywhere and are not looked for."""
    return tuple(
        replace(verdict, outcome="unchecked", differences=()) if wanted_groups((verdict,)) else verdict
        for verdict in verdicts
    )


def make_notes(verdicts: Sequence[Verdict]) -> Iterator[Note]:
    """Tell of totals that differ, each cell with both sums, and of those that were not checked."""
    differing = {
        v.total.label + " " + str(each): 1 for v in verdicts if v.outcome == "differs" for each in v.differences
    }
    if differing:
        yield Note("total_differs", say(_DIFFERS), differing)
    unchecked = {
        say("row {row} {label}", row=v.total.row, label=v.total.label): 1 for v in verdicts if v.outcome == "unchecked"
    }
    if unchecked:
        yield Note("total_unchecked", say(_UNCHECKED), unchecked)


def wanted_groups(verdicts: Sequence[Verdict]) -> frozenset[tuple[str, str]]:
    """Name the groups, by label column and folded name, whose facts are to be looked for wherever they stand."""
    differing = (verdict.total for verdict in verdicts if verdict.outcome == "differs")
    found = ((total.column, fold_group(total.group)) for total in differing)
    return frozenset((column, group) for column, group in found if column is not None and group)


def sum_groups(
    facts: FactRows, wanted: Set[tuple[str, str]], *, amounts: Sequence[str], after: int
) -> Mapping[tuple[str, str], Stretch]:
    """Sum the facts whose label is one of the ``wanted`` groups, in the lines behind line ``after``.

    It reads all facts again, and so is for totals that nothing else explains.
    """
    labels = sorted({column for column, _ in wanted if column in facts.columns})
    names = [name for name in amounts if name in facts.columns]
    found: dict[tuple[str, str], Stretch] = {}
    for line, values in facts.lines((*labels, *names)):
        if line <= after:
            continue
        for column, label in zip(labels, values, strict=False):
            key = (column, fold_group(label or ""))
            if key in wanted:
                pairs = zip(names, values[len(labels) :], strict=True)
                sums = {name: _sum_of(text) for name, text in pairs if text is not None}
                found[key] = found.get(key, Stretch()) + Stretch(1, sums)
    return found


def _sum_of(text: str) -> Sum:
    value = Fraction(text)
    return Sum(value, abs(value))


class _Frame:
    """The stretches of a sheet, as sums up to each total row."""

    def __init__(self, sums: Sums, rejected: Sequence[int]) -> None:
        self._totals = sums.totals
        self._last = len(sums.totals)
        self._rejected = rejected
        self._upto = [Stretch()]
        for stretch in sums.stretches:
            self._upto.append(self._upto[-1] + stretch)
        lefts = {place: -rank for rank, place in enumerate(sorted({total.place for total in sums.totals}))}
        levels = [(total.level, lefts[total.place]) for total in sums.totals]
        places = [lefts[total.place] for total in sums.totals]
        self._before = _last_as_high(levels), _last_as_high(places)
        self._behind = _next_as_high(levels), _next_as_high(places)

    def judge(self, place: int, group: Stretch | None) -> Verdict:
        """Judge one total row; ``group`` are the facts of the group that it names, where they were looked for."""
        total = self._totals[place]
        says = {name: amount for name, amount in total.amounts.items() if amount.value is not None}
        ranges = tuple(dict.fromkeys(self._ranges(place)))
        sound = [self._upto[end] - self._upto[start] for start, end in ranges if not self._has_rejects(start, end)]
        if group is not None and not self._rejected:
            sound.append(group)
        found = [tuple(_differences(says, covered)) for covered in sound]
        is_whole = len(says) == len(total.amounts)
        if () in found:
            return Verdict(total, "agrees" if is_whole else "unchecked")
        if not says or len(sound) < len(ranges):
            return Verdict(total, "unchecked")
        return Verdict(total, "differs", min(found, key=len))

    def _ranges(self, place: int) -> Iterator[tuple[int, int]]:
        """Give the stretches that a total may cover, as ranges of their places, the likeliest first."""
        yield from ((before[place] + 1, place + 1) for before in self._before)
        if self._totals[place].level > 0:
            yield 0, self._last + 1
        yield place, place + 1
        yield 0, place + 1
        yield from ((place + 1, behind[place] + 1) for behind in self._behind)
        yield place + 1, place + 2

    def _has_rejects(self, start: int, end: int) -> bool:
        first = self._totals[start - 1].row if start else 0
        last = self._totals[end - 1].row if end <= self._last else inf
        place = bisect_left(self._rejected, first)
        return place < len(self._rejected) and self._rejected[place] < last


def _last_as_high(orders: Sequence[tuple[int, int] | int]) -> list[int]:
    """Give, for each place, the last place before it with an order as high or higher; -1: there is none."""
    found, open_ones = [], list[int]()
    for place, order in enumerate(orders):
        while open_ones and orders[open_ones[-1]] < order:  # type: ignore[operator] # all of one kind
            open_ones.pop()
        found.append(open_ones[-1] if open_ones else -1)
        open_ones.append(place)
    return found


def _next_as_high(orders: Sequence[tuple[int, int] | int]) -> list[int]:
    last = len(orders) - 1
    return [last - place for place in reversed(_last_as_high(orders[::-1]))]


def _differences(says: Mapping[str, TotalAmount], covered: Stretch) -> Iterator[Difference]:
    for name, amount in says.items():
        found = covered.sums.get(name, Sum())
        if amount.value is not None and not _agree(amount.value, found, facts=covered.facts, decimals=amount.decimals):
            yield Difference(amount.cell, name, amount.value, found.value)


def _agree(says: Fraction, found: Sum, *, facts: int, decimals: int | None) -> bool:
    """Compare exactly, but for what adding doubles may be off by, and for what rounding to a scale changed."""
    noise = (found.size + abs(says)) * (_STEPS + isqrt(facts)) * _NOISE
    if abs(says - found.value) <= noise + found.slack:
        return True
    return decimals is not None and _round(says, decimals) == _round(found.value, decimals)


def _round(value: Fraction, decimals: int) -> int:
    rounded = floor(abs(value) * Fraction(10) ** decimals + Fraction(1, 2))
    return -rounded if value < 0 else rounded


def _show(value: Fraction) -> str:
    return f"{float(value):,.15g}"


def check_settings(totals: Totals, *, facts: FactRows, is_summed: bool) -> None:
    """Raise SetupError where ``totals`` asks for what the facts do not have."""
    if totals.verify == "refuse" and not is_summed:
        raise SetupError(
            say(
                "totals.verify: refuse asks that total rows are checked, and the domain's package gives no "
                "sums of its facts (Facts.sums). Ask its authors, or remove verify from data_sources.yml."
            )
        )
    unknown = next((name for name in totals.no_sums if name not in facts.columns), None)
    if unknown is not None and facts.columns:
        raise SetupError(
            say(
                "totals.no_sums names {unknown!r}, which is no column of the facts{near}; they have "
                "{columns}. Correct it in data_sources.yml.",
                unknown=unknown,
                near=did_you_mean(unknown, facts.columns),
                columns=", ".join(facts.columns),
            ),
            column=unknown,
        )


def wrong_total(tally: WorkbookTally, verdict: Verdict) -> DataError:
    """Say what is wrong with a total row, and what to do."""
    difference = verdict.differences[0]
    return DataError(
        say(
            "{file}, sheet {sheet}, row {row} ({label}): {difference}. Nothing was written. Mend the "
            "total or the rows; in data_sources.yml, totals: {{verify: note}} lets it pass, and no_sums "
            "names a column whose totals are no sums.",
            file=tally.file,
            sheet=tally.sheet,
            row=verdict.total.row,
            label=verdict.total.label,
            difference=difference,
        ),
        file=tally.file,
        sheet=tally.sheet,
        row=verdict.total.row,
        cell=difference.cell,
        column=difference.column,
        expected=str(float(difference.says)),
        found=str(float(difference.found)),
    ).quoting()
