"""The rejects of references: facts that disagree about one, and values that no pick can use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from wdh.facts import Reject
from wdh.facts.segments import Segment
from wdh.intake.tally import WorkbookTally
from wdh.references.candidates import Candidates, Disagreement, Refusal
from wdh.words.language import say

KEY_CONFLICT = "key_conflict"
"""Facts of the same key disagree about a column of a reference that has ``on_key_conflict: reject``."""

PICK_REFUSED = "pick_refused"
"""The pick of a reference cannot use the value of this cell."""

UNFIT = (KEY_CONFLICT, PICK_REFUSED)

Letters = Sequence[Mapping[str, str]]
"""Of each workbook, the letter under which each fact column stands in its sheet."""


def refuse_unfit(
    found: Candidates, tallies: Sequence[WorkbookTally], *, letters: Letters
) -> Iterator[tuple[int, Reject]]:
    """Give the rejects of one reference, each with the place of its workbook, and its cell where that is known."""
    if found.reference.on_key_conflict == "reject":
        for conflict in found.disagreements:
            yield conflict.places[1][0], _conflict(conflict, tallies, letters=letters)
    for refusal in found.refusals:
        yield refusal.place[0], _refusal(refusal, tallies, letters=letters)


def count_unfit(
    tallies: Sequence[WorkbookTally],
    unfit: Iterable[tuple[int, Reject]],
    *,
    rejects: Iterable[Reject],
    segments: Iterable[Segment],
) -> tuple[WorkbookTally, ...]:
    """Count the rows of these rejects as rejected, and their facts, which lie in ``segments``, no more.

    The rows of ``rejects`` are counted already: of a wide row, some facts may be refused for another reason.
    """
    rows: dict[int, set[int]] = {}
    for place, reject in unfit:
        rows.setdefault(place, set()).add(reject.row)
    if not rows:
        return tuple(tallies)
    known = {(reject.file, reject.sheet, reject.row) for reject in rejects}
    facts: Counter[int] = Counter()
    for segment in segments:
        own = rows.get(segment.workbook, ())
        facts[segment.workbook] += sum(row in own for row in segment.row_numbers)
    return tuple(
        tally.plus(
            facts=-facts[place],
            rejected=sum((tally.file, tally.sheet, row) not in known for row in rows.get(place, ())),
        )
        for place, tally in enumerate(tallies)
    )


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
