"""Wide rows made long: columns side by side, one for each month say, become rows below each other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from msgspec import Struct

from wdh.errors import SetupError
from wdh.facts import Batch, Outside
from wdh.facts.cells import CellValue, Merged
from wdh.reshaping.constants import GROUP, Origin
from wdh.settings import Unpivot
from wdh.words.blanks import is_blank
from wdh.words.expressions import Expression, TooSlow, compile_expression
from wdh.words.headers import normalise_header
from wdh.words.language import say

_NUMBERED: Final = re.compile(r"(?P<header>.+)#[0-9]+", re.DOTALL)
INTO: Final = "into"


class Group(Struct, frozen=True):
    """Columns of a wide sheet that make one row of each row: ``columns`` are their headers by those they get."""

    into: str
    columns: Mapping[str, str]


class Long(Struct, frozen=True):
    """How the rows of a wide sheet are made long: by groups, whose names stand under the header ``into`` then."""

    into: str
    groups: tuple[Group, ...]

    def parts(self, batch: Batch) -> Iterator[Batch]:
        """Give the rows of each group, but for those whose cells of the group are all blank."""
        wide = {header for group in self.groups for header in group.columns.values()}
        narrow = [header for header in batch.columns if header not in wide]
        for group in self.groups:
            yield self._part(batch, group, narrow=narrow)

    def _part(self, batch: Batch, group: Group, *, narrow: Sequence[str]) -> Batch:
        source = {header: header for header in narrow} | dict(group.columns)
        wide = [batch.columns[header] for header in group.columns.values()]
        kept = [place for place in range(len(batch)) if not all(_is_empty(column[place]) for column in wide)]
        header = next(iter(group.columns.values()))
        cell = None if batch.header_row is None else f"{batch.letters[header]}{batch.header_row}"
        numbers = [batch.row_numbers[place] for place in kept]
        columns: dict[str, Sequence[CellValue]] = {
            name: [batch.columns[header][place] for place in kept] for name, header in source.items()
        }
        return replace(
            batch,
            row_numbers=numbers,
            columns={**columns, self.into: [group.into] * len(kept)},
            letters={name: batch.letters[header] for name, header in source.items() if header in batch.letters},
            formats={
                name: [batch.formats[header][place] for place in kept]
                for name, header in source.items()
                if header in batch.formats
            },
            outside={**batch.outside, self.into: Outside(cell, say("the header {cell}", cell=cell or header))},
        )


def unpivot(batch: Batch, *, columns: str, into: str, value: str | None = None) -> list[Batch]:
    """Make columns side by side rows below each other: a batch for each group of columns, whose cells it has.

    ``columns`` is the expression that the whole header of such a column matches. The header, or the group ``into`` of
    the expression, goes under the header ``into``; the cell under that of ``value``, or of the group ``value``. A batch
    has the rows with a cell that is not blank. Raises DataError where no column matches, or two would be one.
    """
    origin = Origin(batch.file, batch.sheet, (), tuple(batch.columns), lambda _: (None, None))
    return list(make_long(Unpivot(columns, into, value), origin).parts(batch))


def make_long(unpivot: Unpivot, origin: Origin) -> Long:
    """Find the groups among the headers of a sheet.

    Raises DataError where there is none, where two columns would be one, or where the sheet has a new header already.
    """
    expression = _compile(unpivot)
    into = normalise_header(unpivot.into)
    groups: dict[str, dict[str, str]] = {}
    for header in origin.headers:
        numbered = _NUMBERED.fullmatch(header)
        found = _match(unpivot, expression, numbered["header"] if numbered else header)
        if found is None:
            continue
        group, value = found
        known = groups.setdefault(group, {})
        if value in known:
            raise origin.fault(
                say(
                    "has the columns {known} and {header}, and both would be {value} of {group}.",
                    known=known[value],
                    header=header,
                    value=value,
                    group=group,
                )
            )
        known[value] = header
    if not groups:
        raise origin.fault(
            say(
                "has no column whose whole header matches the pattern of unpivot, '{columns}'. Its headers: "
                "{headers}. Correct the headers, or the pattern: in data_sources.yml, or in the package where "
                "it calls wdh.unpivot.",
                columns=unpivot.columns,
                headers=", ".join(origin.headers[:30]),
            )
        )
    _refuse_known(origin, (into, *(value for group in groups.values() for value in group)), groups=groups)
    return Long(into, tuple(Group(name, columns) for name, columns in groups.items()))


def _refuse_known(origin: Origin, names: Collection[str], *, groups: Mapping[str, Mapping[str, str]]) -> None:
    wide = {header for group in groups.values() for header in group.values()}
    for name in names:
        if name in origin.headers and name not in wide:
            raise origin.fault(
                say("has a column {name}, and unpivot makes one of this name. Rename one of them.", name=name)
            )


def _compile(unpivot: Unpivot) -> Expression:
    try:
        return compile_expression(unpivot.columns)
    except ValueError as error:
        raise _faulty(unpivot, error) from error


def _faulty(unpivot: Unpivot, error: Exception) -> SetupError:
    return SetupError(
        say(
            "unpivot.columns: {columns!r} {error}. Correct it in data_sources.yml.",
            columns=unpivot.columns,
            error=error,
        )
    )


def _match(unpivot: Unpivot, expression: Expression, header: str) -> tuple[str, str] | None:
    """Give the group of a column, and the header it gets; None: it is in none."""
    try:
        found = expression.fullmatch(header)
    except TooSlow as error:
        raise _faulty(unpivot, error) from error
    if found is None:
        return None
    value = found.get(GROUP) or unpivot.value
    return None if value is None else (found.get(INTO) or header, normalise_header(value))


def _is_empty(cell: CellValue) -> bool:
    return is_blank(cell.value if isinstance(cell, Merged) else cell)
