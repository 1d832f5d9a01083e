"""Keeps standard output for one writer, and collects what other code writes there.

The command line keeps it for its report; the helper process has nothing to write there at all.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final, TextIO

_STDOUT: Final = 1
_STDERR: Final = 2


class Outlet:
    """The owner's ``stream``, and the text that others wrote to standard output meanwhile."""

    def __init__(
        self, stream: TextIO, strays: IO[bytes], tell: Callable[[str], None], *, is_process_wide: bool, errors: int
    ) -> None:
        self.stream, self.is_process_wide = stream, is_process_wide
        self._strays, self._tell, self._errors = strays, tell, errors

    def reopen(self) -> bool:
        """Open standard output and standard error again where somebody closed them; say whether one was."""
        if not self.is_process_wide:
            return False
        was_closed = False
        for name, number, kept in (("stdout", _STDOUT, self._strays.fileno()), ("stderr", _STDERR, self._errors)):
            if not _is_open(number, kept):
                os.dup2(kept, number)
                was_closed = True
            if getattr(sys, name).closed:
                encoding = self.stream.encoding
                stream = os.fdopen(number, "w", 1, encoding=encoding, errors="backslashreplace", closefd=False)
                setattr(sys, name, stream)
                was_closed = True
        return was_closed

    def overhear(self) -> bool:
        """Tell what others wrote since the last time; say whether it was anything."""
        with suppress(AttributeError, OSError, ValueError):  # somebody may have closed or replaced it
            sys.stdout.flush()
        descriptor = self._strays.fileno()
        written = _read_all(descriptor)
        if not written:
            return False
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        self._tell(written.decode(self.stream.encoding or "utf-8", "backslashreplace"))
        return True


def _read_all(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    if sys.platform != "win32":
        return os.pread(descriptor, size, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, size)


def _is_open(number: int, kept: int) -> bool:
    """Say whether a descriptor still leads where the ``kept`` one does."""
    try:
        return os.path.sameopenfile(number, kept)
    except OSError:
        return False


class _Here:
    """The outlet of this process. ``is_ending``: the process ends when the owner has written all."""

    outlet: Outlet | None = None
    is_ending: bool = False


_here: Final = _Here()


def own_stream() -> TextIO | None:
    """Give the stream to write to: the owner's, if standard output is kept; None: it is closed."""
    return sys.stdout if _here.outlet is None else _here.outlet.stream


def own_descriptor() -> int | None:
    """Give the number by which a process started here writes to standard output; None: the usual one."""
    return None if _here.outlet is None or not _here.outlet.is_process_wide else _here.outlet.stream.fileno()


def overhear() -> bool:
    """Tell what others wrote to standard output; say whether it was anything. False: it is not kept."""
    return _here.outlet is not None and _here.outlet.overhear()


def reopen() -> bool:
    """Open the standard streams again where a package closed them; say whether one was. False: they are not kept."""
    return _here.outlet is not None and _here.outlet.reopen()


@contextmanager
def ending() -> Iterator[None]:
    """Say that the process ends with the block: once an owner in it is done, what others write goes to stderr.

    That is what a thread prints that a package left running, or a function that it registered for the end, or a library
    of C that keeps its output until then.
    """
    _here.is_ending = True
    try:
        yield
    finally:
        _here.is_ending = False


@contextmanager
def kept(tell: Callable[[str], None]) -> Iterator[None]:
    """Keep standard output for the time of the block; ``tell`` is called with what others write there.

    Where it is the process's own, also processes and libraries of C that write to it are overheard. Where it is
    closed, or kept already, the block does not change it.
    """
    if sys.stdout is None or _here.outlet is not None:
        yield
        return
    former = sys.stdout
    is_process_wide = _descriptor(former) == _STDOUT
    with _open_strays() as strays, _copied(_STDERR) as errors, _redirected(strays) as stream:
        outlet = _here.outlet = Outlet(stream, strays, tell, is_process_wide=is_process_wide, errors=errors)
        try:
            yield
        finally:
            outlet.overhear()
            _here.outlet = None
            if not former.closed:
                sys.stdout = former


@contextmanager
def _copied(number: int) -> Iterator[int]:
    """Give another descriptor of the same file; of nothing, where it is closed."""
    try:
        copy = os.dup(number)
    except OSError:
        copy = os.open(os.devnull, os.O_WRONLY)
    try:
        yield copy
    finally:
        os.close(copy)


@contextmanager
def _redirected(strays: IO[bytes]) -> Iterator[TextIO]:
    """Send what is written to standard output to ``strays``; give a stream that still writes to where it went."""
    former = sys.stdout
    if _descriptor(former) != _STDOUT:
        copy = os.dup(strays.fileno())
        with os.fdopen(copy, "w", encoding=former.encoding, errors="backslashreplace") as sys.stdout:
            yield former
        return
    with suppress(OSError):
        former.flush()
    kept_number = os.dup(_STDOUT)
    os.dup2(strays.fileno(), _STDOUT)
    own = os.fdopen(kept_number, "w", encoding=former.encoding, errors="backslashreplace")
    try:
        yield own
    finally:
        os.dup2(_STDERR if _here.is_ending else kept_number, _STDOUT)
        with suppress(OSError):
            own.close()


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (AttributeError, OSError, ValueError):
        return None


def _open_strays() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("wdh-stdout"), "r+b", 0)
    return tempfile.TemporaryFile(prefix="wdh-stdout-", buffering=0)
