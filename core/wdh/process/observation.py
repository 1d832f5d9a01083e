"""Notes for the ledger what packages read while they are imported or called, by Python's audit events.

Seen are the files and folders that Python opens, and the input files that a package declares, however it reads them. A
library in C that opens other files by itself, the clock, and variables of the environment that the context does not
show are not: a hook's answer may depend on none of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

Signature = tuple[int, int, int] | None
"""The time of last change, the size and the number of a file as it was opened; None: there was none."""


class Seen(Struct, frozen=True):
    """Something that a package ``by`` its name read: a path as it was given, or a sentence of what it did.

    ``code`` is what Python itself opened to import it, by the path of the source; an ``input`` was declared.
    """

    kind: Literal["file", "folder", "code", "input", "unknown"]
    signature: Signature
    by: str


Sights = Mapping[str, Seen]
"""Observed reads, by path or sentence."""

_UNKNOWN: Final = {
    "subprocess.Popen": "started a process",
    "os.system": "started a process",
    "os.posix_spawn": "started a process",
    "os.fork": "started a process",
    "os.exec": "started a process",
    "socket.connect": "opened a connection",
    "socket.sendto": "opened a connection",
    "socket.sendmsg": "opened a connection",
    "socket.getaddrinfo": "opened a connection",
    "socket.gethostbyname": "opened a connection",
    "socket.gethostbyaddr": "opened a connection",
}
"""Events after which nobody knows what was read, and what they are called."""

_imported: Final[dict[str, dict[str, Seen]]] = {}
"""Reads during imports, by entry point, as long as this process lives: no module is imported twice."""

_called: dict[str, Seen] = {}
_watched: tuple[dict[str, Seen], str] | None = None
_hook = ""
_is_hooked = False


def begin() -> None:
    """Forget the calls of an earlier run."""
    _called.clear()


def seen_in_calls() -> Sights:
    """Give what calls read since :func:`begin`."""
    return dict(_called)


def seen_in_imports(entry: str) -> Sights:
    """Give what the import of an entry point read, in this process."""
    return dict(_imported.get(entry, {}))


def add_calls(seen: Sights) -> None:
    """Add what calls in another process of this run read."""
    for what, each in seen.items():
        _note(_called, what, each)


def declare_input(path: str) -> str:
    """Note a file that the package which is called just now depends on; give its entry and hook, empty: none is."""
    if _watched is None:
        return ""
    seen, by = _watched
    _note(seen, path, Seen("input", sign(path), by))
    return _hook or by


def _note(seen: dict[str, Seen], what: str, now: Seen) -> None:
    """Keep how a thing was when it was first read, and that it was declared."""
    before = seen.setdefault(what, now)
    if now.kind == "input":
        seen[what] = replace(before, kind="input")


def watched_package() -> str:
    """Name the package that is called just now; empty: none is."""
    return "" if _watched is None else _watched[1]


@contextmanager
def watch_import(entry: str, by: str) -> Iterator[None]:
    """Watch the import of an entry point. If it was imported before, the notes of that time stay."""
    seen: dict[str, Seen] = {}
    try:
        with _watch((seen, by)):
            yield
    finally:
        is_new = any(each.kind == "code" for each in seen.values())
        _imported[entry] = seen if is_new else {**_imported.get(entry, {}), **seen}


@contextmanager
def watch_call(by: str, hook: str) -> Iterator[None]:
    """Watch the call of a ``hook`` of the package ``by`` its name; ``hook`` names its entry point, too."""
    global _hook
    before, _hook = _hook, hook
    try:
        with _watch((_called, by)):
            yield
    finally:
        _hook = before


@contextmanager
def unwatched() -> Iterator[None]:
    """Do work of wdh itself during a call, unwatched."""
    with _watch(None):
        yield


@contextmanager
def _watch(watched: tuple[dict[str, Seen], str] | None) -> Iterator[None]:
    global _watched, _is_hooked
    if not _is_hooked:
        sys.addaudithook(_hear)  # it stays as long as the process lives, and is quick where nobody is watched
        _is_hooked = True
    before, _watched = _watched, watched
    try:
        yield
    finally:
        _watched = before


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    watched = _watched
    if watched is None:
        return
    if event == "open":
        path, mode, flags = arguments
        if _reads(mode, flags):
            _note_path(watched, path, kind="file")
    elif event in ("os.listdir", "os.scandir"):
        _note_path(watched, arguments[0] if arguments[0] is not None else ".", kind="folder")
    elif event == "sqlite3.connect":
        _note_database(watched, arguments[0])
    elif event in _UNKNOWN:
        seen, by = watched
        seen.setdefault(_UNKNOWN[event], Seen("unknown", None, by))


def _reads(mode: object, flags: int) -> bool:
    if isinstance(mode, str):
        return not set(mode) & set("wax")
    return not flags & (os.O_WRONLY | os.O_TRUNC | os.O_EXCL)


def _note_path(watched: tuple[dict[str, Seen], str], path: object, *, kind: Literal["file", "folder"]) -> None:
    seen, by = watched
    if not isinstance(path, (str, bytes, os.PathLike)):
        return  # a descriptor of what was opened before
    name = os.fsdecode(path)
    is_import = sys._getframe(2).f_code.co_filename.startswith("<frozen importlib")
    if is_import and kind == "folder":
        return
    if is_import and name.endswith((".py", ".pyc")):
        source = _source_of(name)
        seen[source] = Seen("code", sign(source), by)  # of the last import, whose code is the one that runs
    else:
        seen.setdefault(name, Seen(kind, sign(name), by))


def _note_database(watched: tuple[dict[str, Seen], str], path: object) -> None:
    name = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
    if name.startswith("file:"):
        watched[0].setdefault("opened a database", Seen("unknown", None, watched[1]))
    elif name and name != ":memory:":
        for each in (name, f"{name}-wal"):
            watched[0].setdefault(each, Seen("file", sign(each), watched[1]))


def _source_of(path: str) -> str:
    """Name the source of compiled code: ``__pycache__/shops.cpython-312.pyc`` is ``shops.py``."""
    folder, name = os.path.split(path)
    above, last = os.path.split(folder)
    if last == "__pycache__" and name.endswith(".pyc"):
        return os.path.join(above, name.split(".", 1)[0] + ".py")  # noqa: PTH118 - text, in the way of every import
    return path


def sign(path: str) -> Signature:
    """Give a mark by which a later change of a file or folder is found; None: it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - in the way of every open
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
