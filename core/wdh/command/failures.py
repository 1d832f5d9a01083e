"""How a failed run ends: a sentence on stderr, the place of the error with what stands around it, and an exit code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from wdh.command.printing import show_traceback, tell
from wdh.errors import DatabaseError, DataError, NotApproved, OutcomeUnknown, PluginError, SetupError, WdhError
from wdh.process import interrupts
from wdh.report.widths import cut, shorten, width_of
from wdh.run import Beside, TooManyRejects
from wdh.words.language import later, say
from wdh.words.printable import sentence, show_controls
from wdh.words.redaction import redact

INTERRUPTED = 130
_ERROR = later("Error")

_TITLES: dict[type[WdhError], str] = {
    PluginError: later("Plugin"),
    SetupError: later("Setup"),
    NotApproved: later("Approval"),
    DataError: later("Data"),
    OutcomeUnknown: later("Outcome unknown"),
    DatabaseError: later("Database"),
}

_SHOWN: Final = 5
"""How many places of one error are shown."""

_LONGEST_CELL: Final = 14
_WIDTH: Final = 68


def exit_with(error: WdhError, *, debug: bool) -> int:
    """Say what happened and what to do; return the exit code of the error's kind."""
    if is_interruption(error):
        return interrupted()
    tell_error(error, debug=debug)
    return error.exit_code


def tell_error(error: WdhError, *, debug: bool) -> None:
    """Say what happened and what to do."""
    if debug:
        show_traceback(error)
    title = next((title for kind, title in _TITLES.items() if isinstance(error, kind)), _ERROR)
    tell(show_error(error), title=say(title))


def is_interruption(error: BaseException) -> bool:
    """Say whether the run ended with ``error`` because the operator stopped it, though the database may have put it
    as a cancelled statement or a lost connection. An outcome that is unknown is so whatever cut the run off.
    """
    return isinstance(error, KeyboardInterrupt) or (interrupts.came() and not isinstance(error, OutcomeUnknown))


def exit_code_of(error: BaseException) -> int:
    """Give the exit code of a run that ended with ``error``."""
    if is_interruption(error):
        return INTERRUPTED
    return error.exit_code if isinstance(error, WdhError) else 1


def interrupted() -> int:
    """End a run that the operator stopped."""
    tell(
        say(
            "Interrupted: everything was rolled back. Nothing of it is in the warehouse; "
            "the same command can be run again."
        )
    )
    return INTERRUPTED


def unexpected(error: BaseException, *, debug: bool) -> int:
    """End a run on a fault of wdh's own."""
    if debug:
        show_traceback(error)
    said = sentence(redact(str(error)))
    told = [said, say("Whatever was begun in the database was rolled back.")]
    if not debug:
        told.append(say("Run again with --debug and report what it prints."))
    tell(f"{type(error).__name__}: {' '.join(told)}", title=say("Fault of wdh"))
    return 1


def show_error(error: WdhError) -> str:
    """Give the message of an error, each place in the configuration that it names followed by its line."""
    lines = list(point_out(error.message.split("\n"), error.facts.get("file")))
    if isinstance(error, TooManyRejects) and error.beside is not None:
        lines += ["", *_show_cell(error.beside)]
    return "\n".join(lines)


def point_out(said: Sequence[str], file: object) -> Iterator[str]:
    """Give some lines, those that begin with a place in the configuration ``file`` followed by what stands there."""
    written, shown = _read(file) if any(map(_find_place, said)) else None, 0
    for line in said:
        yield line
        place = _find_place(line)
        if written is not None and place is not None and shown < _SHOWN and 0 < place[0] <= len(written):
            shown += 1
            yield from _show_line(written, *place)


def _find_place(line: str) -> tuple[int, int] | None:
    found = re.match(r"[^\s:]+\.ya?ml:([0-9]+):([0-9]+) ", line)
    return None if found is None else (int(found[1]), int(found[2]))


def _read(file: object) -> list[str] | None:
    try:
        return Path(str(file)).read_text(encoding="utf-8-sig").splitlines() if file is not None else None
    except (OSError, UnicodeError):
        return None


def _show_line(written: Sequence[str], number: int, column: int) -> Iterator[str]:
    text = written[number - 1].replace("\t", " ")
    start = max(column - _WIDTH // 4, 0) if width_of(text[:column]) > _WIDTH - 8 else 0
    shown = show_controls(redact(shorten(text[start:], _WIDTH)))
    gutter = f"{number:>6} | "
    yield f"{gutter}{shown}"
    yield " " * (len(gutter) - 2) + "| " + " " * width_of(text[start : column - 1]) + "^"


def _show_cell(beside: Beside) -> Iterator[str]:
    heads = [cut(show_controls(f"{cell.letter} {cell.header}"), _LONGEST_CELL) for cell in beside.cells]
    texts = [cut(show_controls(cell.text), _LONGEST_CELL) for cell in beside.cells]
    widths = [max(width_of(head), width_of(text)) for head, text in zip(heads, texts, strict=True)]
    marks = [
        "^" * max(width_of(text), 1) if cell.letter == beside.letter else ""
        for cell, text in zip(beside.cells, texts, strict=True)
    ]
    for label, row in (("", heads), (str(beside.row), texts), ("", marks)):
        padded = "  ".join(text + " " * (width - width_of(text)) for text, width in zip(row, widths, strict=True))
        yield f"{label:>6} | {padded}".rstrip()
