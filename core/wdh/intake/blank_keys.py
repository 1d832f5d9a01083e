"""Refuses facts that have no value in a column of the delete scope."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from wdh.errors import SetupError
from wdh.facts import Batch, Facts, Reject, cell_text
from wdh.words.blanks import blanks_in
from wdh.words.language import say
from wdh.words.spelling import did_you_mean

BLANK_KEY = "blank_key"
"""A column of the delete scope (pk) has no value in this row."""


def refuse_blank_scopes(facts: Facts, batch: Batch, *, scope: Sequence[str]) -> Facts:
    """Turn facts without a value in a column of the delete scope into rejects, which name its cell if it has one.

    NULL equals nothing, so a second run would not find such a fact again, and load it twice. Raises SetupError for a
    scope column that the facts do not have at all.
    """
    if not len(facts):
        return facts
    for column in scope:
        if column not in facts.columns:
            raise SetupError(
                say(
                    "pk names {column!r}, which is no column of the facts{near}; they have {columns}. Correct pk "
                    "in data_sources.yml, or --pk.",
                    column=column,
                    near=did_you_mean(column, facts.columns),
                    columns=", ".join(facts.columns),
                ),
                column=column,
            )
    blank: dict[int, str] = {}
    for column in reversed(scope):  # the first one in which a fact is blank is named
        values = facts.columns[column]
        nothing = blanks_in(values)
        if nothing:
            blank.update((place, column) for place, value in enumerate(values) if value in nothing)
    if not blank:
        return facts
    from wdh.intake.refusing import refuse_rows

    letters = facts.letters or batch.letters
    rows = ((facts.row_numbers[place], column) for place, column in blank.items())
    return refuse_rows(
        facts, {row: (_blank_key(batch, row, column, letter=letters.get(column)),) for row, column in rows}
    )


def _blank_key(batch: Batch, row: int, column: str, *, letter: str | None) -> Reject:
    said = say("{column} is blank, and is part of the key by which facts are replaced (pk): fill it in.", column=column)
    if column in batch.outside:
        return batch.reject(bisect_left(batch.row_numbers, row), column, BLANK_KEY, said)
    headers = (header for header, known in batch.letters.items() if known == letter)
    header = None if letter is None else next(headers, None)
    return Reject(
        file=batch.file,
        sheet=batch.sheet,
        row=row,
        cell=None if letter is None else f"{letter}{row}",
        column=column,
        value=None if header is None else cell_text(batch.columns[header][bisect_left(batch.row_numbers, row)]),
        reason=BLANK_KEY,
        sentence=said,
    )
