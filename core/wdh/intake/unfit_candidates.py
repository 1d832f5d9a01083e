"""The rejects of references: facts that disagree about one, and values that no pick can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wdh.facts import Reject
from wdh.intake.tally import WorkbookTally
from wdh.references.candidates import Candidates, Disagreement, Refusal
from wdh.words.language import say

KEY_CONFLICT = "key_conflict"
"""Facts of the same key disagree about a column of a reference that has ``on_key_conflict: reject``."""

PICK_REFUSED = "pick_refused"
"""The pick of a reference cannot use the value of this cell."""

Letters = Sequence[Mapping[str, str]]
"""Of each workbook, the letter under which each fact column stands in its sheet."""


def refuse_unfit(found: Candidates, tallies: Sequence[WorkbookTally], *, letters: Letters) -> Iterator[Reject]:
    """Give the rejects of one reference, each with its cell where its column stands in the sheet."""
    if found.reference.on_key_conflict == "reject":
        for conflict in found.disagreements:
            yield _conflict(conflict, tallies, letters=letters)
    for refusal in found.refusals:
        yield _refusal(refusal, tallies, letters=letters)


def _conflict(conflict: Disagreement, tallies: Sequence[WorkbookTally], *, letters: Letters) -> Reject:
    (first, row), (other, refused) = conflict.places
    value, second = conflict.values
    there = say("row {row}", row=row)
    if first != other:
        there = say("{file}, sheet {sheet}, {place}", file=tallies[first].file, sheet=tallies[first].sheet, place=there)
    sentence = say(
        "refs.{reference}, {column}: {there} has {value!r} for the same key ({key}): write the same value in all rows "
        "of the key.",
        reference=conflict.reference,
        column=conflict.column,
        there=there,
        value=value,
        key=", ".join(map(str, conflict.key)),
    )
    tally = tallies[other]
    place = tally.file, tally.sheet, refused, _cell(conflict.source, refused, letters[other])
    return Reject(*place, conflict.source, str(second), reason=KEY_CONFLICT, sentence=sentence)


def _refusal(refusal: Refusal, tallies: Sequence[WorkbookTally], *, letters: Letters) -> Reject:
    workbook, row = refusal.place
    sentence = say(
        "refs.{reference}, {column}: {sentence}",
        reference=refusal.reference,
        column=refusal.column,
        sentence=refusal.sentence,
    )
    tally = tallies[workbook]
    place = tally.file, tally.sheet, row, _cell(refusal.source, row, letters[workbook])
    return Reject(*place, refusal.source, str(refusal.value), reason=PICK_REFUSED, sentence=sentence)


def _cell(column: str, row: int, letters: Mapping[str, str]) -> str | None:
    letter = letters.get(column)
    return None if letter is None else f"{letter}{row}"
