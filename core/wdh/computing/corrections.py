"""Cells put right before anything reads them, and rows left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from msgspec import Struct

from wdh.columns.outcomes import Bad
from wdh.columns.reasons import Reason, bad, quoted
from wdh.columns.totals import TotalWords
from wdh.computing.texts import Texts
from wdh.errors import DataError
from wdh.facts import Batch, cell_text
from wdh.facts.cells import CellValue, RefusedValue
from wdh.settings import Correction, DropRule, Scalar
from wdh.words.characters import squeeze
from wdh.words.headers import first_of, near_header, normalise_header
from wdh.words.language import join, later, say

_REPLACED = later("These values were replaced, as corrections in data_sources.yml say.")
_ABSENT = later("The sheet has no such column, so nothing was corrected in it.")
_DROPPED = later("These rows were left out, as drop_rows in data_sources.yml says; they are no facts.")
Item = TypeVar("Item")
_Said = tuple[tuple[str, str | None], ...]


class RowNote(Struct, frozen=True):
    """A note that is not counted yet: ``cases`` maps each case to the numbers of its rows."""

    code: str
    sentence: str
    cases: Mapping[str, Sequence[int]]


def rename_headers(batch: Batch, corrections: Iterable[Correction]) -> Batch:
    """Give columns under aliases the header that they stand for. Raises DataError where a sheet has both."""
    renamed: dict[str, str] = {}
    for correction in corrections:
        header = normalise_header(correction.column)
        names = (header, *map(normalise_header, correction.aliases))
        there = [name for name in names if name in batch.columns]
        if len(there) > 1:
            raise fault(
                batch,
                say(
                    "has the columns {there}, and corrections.{column}.aliases calls them one. Remove the alias; "
                    "computed can take the first of them that is not blank (from).",
                    there=join(say(" and "), there),
                    column=correction.column,
                ),
            )
        renamed.update((name, header) for name in there if name != header)
    if not renamed:
        return batch
    for name in batch.columns:
        if (first := first_of(name)) in renamed and first is not None:
            renamed[name] = renamed[first] + name[len(first) :]
    return rename_columns(batch, renamed)


def rename_columns(batch: Batch, renamed: Mapping[str, str]) -> Batch:
    """Give a batch other headers, by those that it has."""
    return replace(
        batch,
        columns=_rename(batch.columns, renamed),
        letters=_rename(batch.letters, renamed),
        formats=_rename(batch.formats, renamed),
        outside=_rename(batch.outside, renamed),
    )


def _rename(columns: Mapping[str, Item], renamed: Mapping[str, str]) -> dict[str, Item]:
    return {renamed.get(name, name): item for name, item in columns.items()}


class Correcting:
    """Corrects the cells under one header."""

    def __init__(self, correction: Correction, texts: Texts, words: TotalWords) -> None:
        self._correction, self._texts, self._words = correction, texts, words
        self._header = normalise_header(correction.column)
        self._replace = {squeeze(wrong): right for wrong, right in correction.replace.items()}
        self._translation = None
        if correction.mapping is not None:
            place = f"corrections.{correction.column}"
            self._translation = Translation(correction.mapping, correction.default, place=place)

    def correct(self, batch: Batch) -> tuple[Batch, RowNote | None]:
        """Give the batch with the column corrected, and what is to be told about it."""
        header, name = self._header, self._correction.column
        if header not in batch.columns:
            return batch, RowNote("absent_correction", say(_ABSENT), {name: batch.row_numbers})
        if not self._replace and self._translation is None:
            return batch, None
        replaced: defaultdict[tuple[str | None, Scalar], list[int]] = defaultdict(list)
        cells = list(batch.columns[header])
        formats = list(batch.formats.get(header, ()))
        for index, key in enumerate(self._texts.read_keys(batch, header)):
            cell = self._correct_cell(cells[index], key, row=batch.row_numbers[index], replaced=replaced)
            if cell is not cells[index]:
                cells[index] = cell
                if formats:
                    formats[index] = None
        cases = {
            say("{column}: {wrong} is {right}", column=name, wrong=wrong, right=right): rows
            for (wrong, right), rows in replaced.items()
        }
        told = RowNote("replaced", say(_REPLACED), cases) if cases else None
        changed = {**batch.formats, header: formats} if formats else batch.formats
        return replace(batch, columns={**batch.columns, header: cells}, formats=changed), told

    def _correct_cell(
        self,
        cell: CellValue,
        key: str | Bad | None,
        *,
        row: int,
        replaced: defaultdict[tuple[str | None, Scalar], list[int]],
    ) -> CellValue:
        if isinstance(key, Bad):
            return cell  # the column that reads it refuses it
        right = None if key is None else self._replace.get(key)
        if right is not None:
            replaced[cell_text(cell), right].append(row)
            cell, key = right, squeeze(right)
        if self._translation is None:
            return cell
        text = cell_text(cell) or ""
        if key is not None and key not in self._translation and self._words.find(text) is not None:
            return cell  # the row is most likely a total
        return self._translation.find(key, text, header=self._header)


class Translation:
    """A mapping whose values stand for others; ``place`` says where it is written."""

    def __init__(self, mapping: Mapping[str, str], default: Sequence[Scalar], *, place: str) -> None:
        self._values = {squeeze(known): value for known, value in mapping.items()}
        self._default, self._place = default, place

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def find(self, key: str | None, text: str, *, header: str) -> CellValue:
        """Give the value for a cell under ``header`` whose text is ``text``, or its refusal; ``key`` None is blank."""
        if key is not None and key in self._values:
            return self._values[key]
        if key is None or self._default:
            return self._default[0] if self._default else None
        refused = bad(Reason.NOT_IN_MAPPING, value=quoted(text), place=self._place)
        return RefusedValue(text, header, refused.reason, refused.sentence)


class _Condition(Struct, frozen=True):
    """Rows whose cell under ``header`` has one of ``keys``; ``texts`` are the values as they are written."""

    header: str
    keys: Mapping[str | None, str]


class Dropping:
    """Finds the rows that a rule leaves out."""

    def __init__(self, rule: DropRule, texts: Texts) -> None:
        self._texts = texts
        self._conditions = tuple(
            _Condition(normalise_header(name), dict(map(_condition, values))) for name, values in rule.when.items()
        )

    def find(self, batch: Batch) -> Iterator[tuple[int, _Said]]:
        """Give the places of the rows, each with what its cells say: headers and texts.

        Raises DataError where there is no such header.
        """
        columns, headers = [], [condition.header for condition in self._conditions]
        for condition in self._conditions:
            if condition.header not in batch.columns:
                raise missing(batch, condition.header, "drop_rows")
            columns.append(self._keys(batch, condition.header))
        for index, keys in enumerate(zip(*columns, strict=True)):
            said = [each.keys.get(key) for each, key in zip(self._conditions, keys, strict=True)]
            if None not in said:
                yield index, tuple(zip(headers, said, strict=True))

    def _keys(self, batch: Batch, header: str) -> Sequence[str | None]:
        keys = self._texts.read_keys(batch, header)
        cells = batch.columns[header]
        return [
            squeeze(cell_text(cell) or "") if isinstance(key, Bad) else key
            for key, cell in zip(keys, cells, strict=True)
        ]


def _condition(value: Scalar) -> tuple[str | None, str]:
    if value is None:
        return None, say("blank")
    text = str(value).upper() if isinstance(value, bool) else str(value)
    return squeeze(text), text


def drop_rows(batch: Batch, rules: Iterable[Dropping]) -> tuple[Batch, RowNote | None]:
    """Leave out the rows that any rule names."""
    found: dict[int, _Said] = {}
    for rule in rules:
        found = {**dict(rule.find(batch)), **found}
    if not found:
        return batch, None
    kept = [place for place in range(len(batch)) if place not in found]
    dropped: defaultdict[_Said, list[int]] = defaultdict(list)
    for place, said in found.items():
        dropped[said].append(batch.row_numbers[place])
    left = replace(
        batch,
        row_numbers=[batch.row_numbers[place] for place in kept],
        columns={header: [cells[place] for place in kept] for header, cells in batch.columns.items()},
        formats={header: [shapes[place] for place in kept] for header, shapes in batch.formats.items()},
    )
    return left, RowNote("dropped_rows", say(_DROPPED), {_tell(batch, said): rows for said, rows in dropped.items()})


def _tell(batch: Batch, said: _Said) -> str:
    cells = join(", ", (say("{header} is {text}", header=header, text=text) for header, text in said))
    return say("{file}, sheet {sheet}: {said}", file=batch.file, sheet=batch.sheet, said=cells)


def missing(batch: Batch, header: str, place: str) -> DataError:
    """Make the error about a header that a key of the configuration needs."""
    near = near_header(header, batch.columns)
    meant = "" if near is None else say(" (did you mean {near}?)", near=near)
    return fault(
        batch,
        say(
            "has no column {header}{meant}, which {place} in data_sources.yml reads. The sheet has: "
            "{columns}. Correct the header, or give it as an alias under corrections.",
            header=header,
            meant=meant,
            place=place,
            columns=", ".join(batch.columns),
        ),
    )


def fault(batch: Batch, sentence: str) -> DataError:
    """Make an error about the sheet of a batch."""
    return DataError(
        say("{file}, sheet {sheet}: {sentence}", file=batch.file, sheet=batch.sheet, sentence=sentence),
        file=batch.file,
        sheet=batch.sheet,
    )
