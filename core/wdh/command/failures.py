"""How a failed run ends: a sentence on stderr and an exit code."""

from __future__ import annotations

from wdh.command.excerpts import show_error
from wdh.command.printing import show_traceback, tell
from wdh.errors import DatabaseError, DataError, NotApproved, OutcomeUnknown, PluginError, SetupError, WdhError
from wdh.process import interrupts
from wdh.words.language import later, say
from wdh.words.printable import sentence
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
