"""Totals and notes about the rows of a run: a line each, or with all that they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from wdh.intake.tally import Intake
from wdh.report.blocks import Line, Section, Table
from wdh.words.language import say, say_count

SHOWN_CASES: Final = 5


class Told(Struct, frozen=True):
    """One note: its code, how many rows or keys it is about, its sentence, and the list of what it is about."""

    code: str
    count: int | None
    sentence: str
    cases: Sequence[str]


def summarise_totals(intake: Intake, *, verbose: bool) -> Iterator[Section]:
    """Show the rows that only sum up others; ``verbose`` names them."""
    if totals := list(_totals(intake, verbose=verbose)):
        yield Section(say("Totals"), totals)


def summarise_notes(intake: Intake, *, verbose: bool, remarks: Sequence[str]) -> Iterator[Section]:
    """Show the notes, and the ``remarks`` of the plan; nothing where there are none."""
    notes = list_notes(intake)
    parts: list[Line | Table] = [Line(f"{remark}.") for remark in remarks]
    if notes and verbose:
        parts += (Line(_tell(note)) for note in notes)
    elif notes:
        rows = [(note.code, "" if note.count is None else f"{note.count:,}", note.sentence) for note in notes]
        headers = (say("note"), say("count"), say("what"))
        parts.append(Table(headers, rows, numbers=headers[1:2], short=headers[2:]))
        parts.append(Line(say("--verbose lists what each note is about")))
    if parts:
        yield Section(say("Notes"), parts)


def list_notes(intake: Intake) -> list[Told]:
    """Give all notes about what was read, in the order in which they are shown."""
    return [*_unread(intake), *_notes(intake), *_incomplete(intake), *_disagreements(intake)]


def _tell(note: Told) -> str:
    rest = len(note.cases) - SHOWN_CASES
    more = say(" and {count} more", count=f"{rest:,}") if rest > 0 else ""
    cases = ", ".join(note.cases[:SHOWN_CASES])
    counted = "" if note.count is None else f" ({note.count:,})"
    colon = "" if note.sentence.endswith((".", "。")) else ":"
    return f"{note.code}{counted}: {note.sentence}" + (f"{colon} {cases}{more}" if cases else "")


def _totals(intake: Intake, *, verbose: bool) -> Iterator[Line]:
    for tally in intake.workbooks:
        if not tally.totals:
            continue
        left_out = say_count(
            "{file}, sheet {sheet}: {count} row left out",
            "{file}, sheet {sheet}: {count} rows left out",
            tally.totals,
            file=tally.file,
            sheet=tally.sheet,
        )
        if verbose:
            rows = [f"{first}" if first == last else f"{first}–{last}" for first, last in tally.total_rows]
            left_out = f"{left_out}: {', '.join(rows)}"
        yield Line(left_out)
        if tally.totals_checked:
            yield Line(
                say_count(
                    "{agreed} of {count} total agrees with its facts",
                    "{agreed} of {count} totals agree with their facts",
                    tally.totals_checked,
                    agreed=f"{tally.totals_agreed:,}",
                )
            )


def _unread(intake: Intake) -> Iterator[Told]:
    for tally in intake.workbooks:
        if tally.unread:
            cells = ", ".join(f"{cell} {header}" for header, cell in tally.unread.items())
            sentence = say("{cells} in {file}, sheet {sheet}", cells=cells, file=tally.file, sheet=tally.sheet)
            yield Told(say("headers that nothing reads"), len(tally.unread), sentence, ())


def _notes(intake: Intake) -> Iterator[Told]:
    for note in intake.notes:
        cases = [f"{case} ({rows:,})" for case, rows in note.cases.items()]
        yield Told(note.code, sum(note.cases.values()) if cases else None, note.sentence, cases)


def _incomplete(intake: Intake) -> Iterator[Told]:
    for found in intake.candidates:
        if found.incomplete:
            keys = ["/".join(map(str, key)) for key, _ in found.incomplete]
            missing = ", ".join(dict.fromkeys(column for _, columns in found.incomplete for column in columns))
            sentence = say_count(
                "key of {reference} without {columns} in any fact, not inserted",
                "keys of {reference} without {columns} in any fact, not inserted",
                len(keys),
                reference=found.reference.name,
                columns=missing,
            )
            yield Told(say("incomplete"), len(keys), sentence, keys)


def _disagreements(intake: Intake) -> Iterator[Told]:
    for found in intake.candidates:
        if found.reference.on_key_conflict == "reject":  # they are rejects, and told as such
            continue
        columns = dict.fromkeys(conflict.column for conflict in found.disagreements)
        for column in columns:
            cases = [
                say(
                    "{key} has {first} and {second}",
                    key="/".join(map(str, conflict.key)),
                    first=conflict.values[0],
                    second=conflict.values[1],
                )
                for conflict in found.disagreements
                if conflict.column == column
            ]
            sentence = say_count(
                "key of {reference} with more than one {column} in the facts; the first is taken",
                "keys of {reference} with more than one {column} in the facts; the first is taken",
                len(cases),
                reference=found.reference.name,
                column=column,
            )
            yield Told(say("disagreement"), len(cases), sentence, cases)
