"""The headers of a sheet that nothing reads."""

from __future__ import annotations

from collections.abc import Mapping

from wdh.errors import DataError, SetupError
from wdh.facts import Batch, Facts
from wdh.intake.tally import WorkbookTally
from wdh.words.language import say


def find_unread(facts: Facts, batch: Batch, *, row: int) -> Mapping[str, str] | None:
    """Give the headers of ``batch`` that nothing read, each with its cell in ``row``; None: nobody can tell.

    Where the package does not say, and says which letters its columns come from, the headers of all others.
    """
    unread = facts.unread
    if unread is None:
        if not facts.letters:
            return None
        read = {*facts.letters.values()}
        unread = {header: letter for header, letter in batch.letters.items() if letter not in read}
    return {header: f"{letter}{row or ''}" for header, letter in unread.items()}


def refuse_unread(unread: Mapping[str, str] | None, tally: WorkbookTally) -> None:
    """Raise DataError where a header is read by nothing, and SetupError where that cannot be told."""
    if unread is None:
        raise SetupError(
            say(
                "headers: exact asks that every header of the sheet is read, and the domain's package does "
                "not say which it reads (Facts.unread). Ask its authors, or remove headers from "
                "data_sources.yml."
            )
        )
    if unread:
        cells = ", ".join(f"{cell} {header}" for header, cell in unread.items())
        raise DataError(
            say(
                "{file}, sheet {sheet}: nothing reads {cells}, and headers: exact allows no such header. "
                "Correct the header, add it to the aliases of its column, or remove headers from "
                "data_sources.yml. Nothing was written.",
                file=tally.file,
                sheet=tally.sheet,
                cells=cells,
            ),
            file=tally.file,
            sheet=tally.sheet,
            columns=tuple(unread),
            cells=tuple(unread.values()),
        )
