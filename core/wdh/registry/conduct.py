"""Undoes the changes that a package's code made in the process, as soon as it returns, and keeps them for a note.

Packages are trusted like code; this catches mistakes. A package that leaves the process by a library of C
(``libc._exit``) is not held: then nothing was reported, and what was not committed is rolled back.
"""

from __future__ import annotations

import decimal
import locale
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, NoReturn

from msgspec import Struct

from wdh.logs import Log
from wdh.process import interrupts, outlet
from wdh.words.language import later, say

log = Log()

Breaches = tuple[tuple[str, str], ...]
"""Packages with their hooks, and what each did: a key of SENTENCES."""

SENTENCES: Final = {
    "printed": later("printed to standard output, which is the report's; it was sent to standard error: log instead"),
    "working directory": later("changed the working directory; it was changed back: use absolute paths instead"),
    "umask": later("changed the umask; it was changed back: give files their mode instead"),
    "locale": later("changed the locale; it was changed back: format values without it instead"),
    "signal handlers": later("changed how signals are handled; it was changed back: leave signals to wdh"),
    "sys.path": later("changed sys.path; it was changed back: install what is imported instead"),
    "standard streams": later("replaced or closed a standard stream; it was put back: log instead"),
    "decimal context": later("changed the decimal context; it was changed back: use decimal.localcontext instead"),
}
"""Changes that a package may not leave behind, each with the sentence that reports it."""

_SIGNALS: Final = tuple(map(int, signal.valid_signals()))
_breaches: Final[dict[tuple[str, str], None]] = {}
_EXITS: Final = ("_exit", "execv", "execve")
"""The functions of os that every other one which ends the process or puts another program in its place comes to."""


class EndedProcess(BaseException):
    """Raised where a package would have ended the process; no ``except Exception`` of its own can swallow it."""


def begin() -> None:
    """Forget the changes of an earlier run."""
    _breaches.clear()


def breaches() -> Breaches:
    """Give the changes since :func:`begin`."""
    return tuple(_breaches)


def add(others: Breaches) -> None:
    """Add the changes in another process of this run."""
    _breaches.update(dict.fromkeys(others))


def remarks() -> tuple[str, ...]:
    """Describe the changes since :func:`begin`, a sentence each, without a full stop."""
    return tuple(say("{by} {what}", by=by, what=say(SENTENCES[what])) for by, what in _breaches)


@contextmanager
def held(by: str) -> Iterator[None]:
    """Call code of the package ``by`` in the block; undo, tell and keep what it changes in the process.

    Raises EndedProcess in that code where it would end the process.
    """
    before = _State.now()
    outlet.overhear()  # what another thread, for instance, printed before
    try:
        with _exits_closed():
            yield
    finally:
        with interrupts.held():
            has_printed = outlet.overhear()
            changes = (*(("printed",) if has_printed else ()), *before.restore())
            for what in dict.fromkeys((*changes, *(("standard streams",) if outlet.reopen() else ()))):
                if (by, what) not in _breaches:
                    log.warning("plugin_misbehaved", plugin=by, why=SENTENCES[what])
                _breaches[by, what] = None


@contextmanager
def _exits_closed() -> Iterator[None]:
    doors: dict[str, Callable[..., NoReturn]] = {name: getattr(os, name) for name in _EXITS}
    own = os.getpid()

    def close(name: str, door: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
        def leave(*arguments: Any) -> NoReturn:
            if os.getpid() != own:  # a process that it started may end as it likes
                door(*arguments)
            shown = ", ".join(map(repr, arguments[:1]))
            raise EndedProcess(f"os.{name}({shown})")

        return leave

    for name, door in doors.items():
        setattr(os, name, close(name, door))
    try:
        yield
    finally:
        for name, door in doors.items():
            setattr(os, name, door)


class _State(Struct, frozen=True):
    """The state of the process. Signals are those of the main thread; other threads cannot handle them."""

    folder: str | None
    umask: int
    locale: str
    handlers: Mapping[int, Any]
    blocked: frozenset[int]
    path: list[str]
    entries: tuple[str, ...]
    streams: tuple[Any, Any, Any]
    decimal: decimal.Context

    @staticmethod
    def now() -> _State:
        return _State(
            _folder(),
            _umask(),
            locale.setlocale(locale.LC_ALL),
            _handlers(),
            _blocked(),
            sys.path,
            tuple(sys.path),
            (sys.stdin, sys.stdout, sys.stderr),
            decimal.getcontext().copy(),
        )

    def restore(self) -> Iterator[str]:
        """Put back what is different by now, and name it."""
        if self.folder is not None and _folder() != self.folder:
            with suppress(OSError):  # it is gone
                os.chdir(self.folder)
            yield "working directory"
        if _umask() != self.umask:
            os.umask(self.umask)
            yield "umask"
        if locale.setlocale(locale.LC_ALL) != self.locale:
            locale.setlocale(locale.LC_ALL, self.locale)
            yield "locale"
        if self._restore_signals():
            yield "signal handlers"
        if sys.path is not self.path or tuple(sys.path) != self.entries:
            self.path[:] = self.entries
            sys.path = self.path
            yield "sys.path"
        streams = (sys.stdin, sys.stdout, sys.stderr)
        if any(now is not before for now, before in zip(streams, self.streams, strict=True)):
            sys.stdin, sys.stdout, sys.stderr = self.streams
            yield "standard streams"
        if _rules(decimal.getcontext()) != _rules(self.decimal):
            decimal.setcontext(self.decimal)
            yield "decimal context"

    def _restore_signals(self) -> bool:
        handlers = _handlers()
        changed = [number for number, handler in self.handlers.items() if handlers.get(number, handler) != handler]
        for number in changed:
            signal.signal(number, self.handlers[number])
        is_other = _blocked() != self.blocked
        if is_other and sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_SETMASK, self.blocked)
        return bool(changed) or is_other


def _folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - no path is made of it
    except OSError:
        return None


def _umask() -> int:
    found = os.umask(0o077)  # there is no other way to read it; a file made just now is for its owner alone
    os.umask(found)
    return found


def _handlers() -> Mapping[int, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {number: signal.getsignal(number) for number in _SIGNALS}
    return {number: handler for number, handler in found.items() if handler is not None}


def _blocked() -> frozenset[int]:
    if sys.platform == "win32":
        return frozenset()
    return frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def _rules(context: decimal.Context) -> tuple[Any, ...]:
    traps = tuple(sorted(kind.__name__ for kind, is_set in context.traps.items() if is_set))
    return context.prec, context.rounding, context.Emin, context.Emax, context.capitals, context.clamp, traps
