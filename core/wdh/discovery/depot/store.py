"""One place of depots, such as a bucket or a server: its folders are listed and its files downloaded, each call within
a time limit and tried again where that may help.
"""

from __future__ import annotations

import errno
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from wdh.discovery.depot.address import DepotAddress
from wdh.discovery.depot.entries import Entry, Version, version_of
from wdh.discovery.depot.opening import close_filesystem, hide_secrets, open_filesystem
from wdh.discovery.depot.refusing import Unanswered, is_lasting, refuse, refuse_full
from wdh.errors import WdhError
from wdh.logs import Log

log = Log()

Answer = TypeVar("Answer")
Beat = Callable[[], None]
"""A function that is called as a sign of life."""

ATTEMPTS: Final = 3
"""How often a call is tried that may go well the next time."""
TIME_LIMIT: Final = 60.0
"""Seconds in which a call must bring something: the answer, or further bytes of a file."""
_PAUSE: Final = 1.0
_FAREWELL: Final = 5.0
"""Seconds in which a connection must be ended."""
_OURS: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENAMETOOLONG, errno.EROFS, errno.ENOTDIR))
"""Errors that say of the folder here that it cannot take a file."""
_LONGEST_NAME: Final = 255
"""Bytes of the longest name that a file can have here."""


class Store:
    """The filesystem of one place. ``root`` is its address without a path; paths are from there, as in addresses."""

    def __init__(self, root: DepotAddress, environment: Mapping[str, str], *, time_limit: float = TIME_LIMIT) -> None:
        self._root, self._environment, self._time_limit = root, environment, time_limit
        self._filesystem: Any = None

    def list_folder(self, path: str) -> Sequence[Entry]:
        """List a folder. Raises FileNotFoundError where there is none, NotADirectoryError for a file, and SetupError
        where the place does not answer, or refuses.
        """

        def list_fresh(files: Any, _: Beat) -> tuple[str, list[dict[str, Any]]]:
            full = _full(files, self._root, path)
            return full, _forgetting(files).ls(full, detail=True)

        full, found = self._try(path, list_fresh)
        if len(found) == 1 and found[0]["name"] == full and found[0].get("type") == "file":
            raise NotADirectoryError(path)
        entries = (_entry(info, full) for info in found)
        return [entry for entry in entries if entry is not None]

    def look(self, path: str) -> Version:
        """Find out the version of a file. Raises as :meth:`list_folder`, and IsADirectoryError for a folder."""
        info = self._try(path, lambda files, _: _forgetting(files).info(_full(files, self._root, path)))
        if info.get("type") == "directory":
            raise IsADirectoryError(path)
        return version_of(info)

    def download(self, path: str, target: Path) -> int:
        """Download a file as it comes; give its bytes. ``target`` is made anew, and only its owner may read it.

        Raises as :meth:`look`.
        """

        def fetch(files: Any, beat: Beat) -> int:
            try:
                target.unlink(missing_ok=True)
                os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                files.get_file(_full(files, self._root, path), str(target), callback=_make_callback(beat))
                return target.stat().st_size
            except OSError as error:
                if error.errno in _OURS:
                    why, folder = os.strerror(error.errno), str(target.parent)
                    raise refuse_full(self._root.at(path), why=why, folder=folder) from error
                raise

        return self._try(path, fetch)

    def close(self) -> None:
        """End the connection, if there is one."""
        files, self._filesystem = self._filesystem, None
        if files is not None:
            with suppress(Exception):  # of a server that is gone, as the files are here
                call_within(_FAREWELL, lambda _: close_filesystem(files, self._root))

    def _try(self, path: str, call: Callable[[Any, Beat], Answer]) -> Answer:
        """Call until it goes well, or there is no hope. Raises what :func:`refuse` makes of an exception."""
        address = self._root.at(path)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return call_within(self._time_limit, lambda beat: call(self._open(), beat))
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError, WdhError):
                raise
            except Exception as error:
                fault = error
            said = hide_secrets(str(fault).strip(), self._root, self._environment)
            if is_lasting(fault) or attempt == ATTEMPTS:
                break
            self.close()  # a connection that has failed once is not used again
            log.warning(
                "depot_tried_again",
                address=str(address),
                attempt=attempt,
                of=ATTEMPTS,
                why=f"{type(fault).__name__}: {said}",
            )
            time.sleep(_PAUSE * attempt)
        raise refuse(fault, said, address, attempts=attempt, seconds=self._time_limit) from Quoted(fault, said)

    def _open(self) -> Any:
        if self._filesystem is None:
            self._filesystem = open_filesystem(self._root, self._environment)
            if hasattr(self._filesystem, "retries"):
                self._filesystem.retries = 1  # which would be tries that nobody is told of
        return self._filesystem


class Quoted(Exception):
    """An exception of a library, without what it may tell of passwords."""

    def __init__(self, error: BaseException, said: str) -> None:
        super().__init__(f"{type(error).__name__}: {said}")


def call_within(seconds: float, call: Callable[[Beat], Answer]) -> Answer:
    """Call in a thread of its own, and raise Unanswered when ``seconds`` have passed without a sign of life.

    The call is given a function that is such a sign. The thread of a call that is given up does not keep the process.
    """
    answers: queue.SimpleQueue[tuple[Answer | None, BaseException | None]] = queue.SimpleQueue()
    last = [time.monotonic()]

    def beat() -> None:
        last[0] = time.monotonic()

    def work() -> None:
        try:
            answers.put((call(beat), None))
        except BaseException as error:
            answers.put((None, error))

    threading.Thread(target=work, name="wdh-depot", daemon=True).start()
    while True:
        try:
            answer, error = answers.get(timeout=max(last[0] + seconds - time.monotonic(), 0.0))
        except queue.Empty:
            if time.monotonic() - last[0] >= seconds:
                raise Unanswered from None
            continue
        if error is not None:
            raise error
        return answer  # type: ignore[return-value]  # which is None where the call gave None


def _full(files: Any, root: DepotAddress, path: str) -> str:
    """Give the path by which a filesystem knows a file or folder."""
    start = files._strip_protocol(f"{root}/")
    return f"{start.rstrip('/')}/{path}".rstrip("/") or "/"


def _forgetting(files: Any) -> Any:
    """Let a filesystem forget what it has listed, as one may keep that in spite of its options."""
    files.invalidate_cache()
    return files


def _make_callback(beat: Beat) -> Any:
    from fsspec.callbacks import Callback

    class Beating(Callback):  # type: ignore[misc]  # fsspec has no types
        def relative_update(self, inc: int = 1) -> None:
            super().relative_update(inc)
            beat()

        def absolute_update(self, value: int) -> None:
            super().absolute_update(value)
            beat()

    return Beating()


def _entry(info: Mapping[str, Any], folder: str) -> Entry | None:
    """Make an entry of what a filesystem tells of a file or folder. None: it is the marker of the listed folder."""
    name, kind = str(info["name"]), info.get("type")
    if name.rstrip("/") == folder.rstrip("/"):
        return Entry("", "other") if kind == "directory" else None
    name = name.rstrip("/").rpartition("/")[2]
    if name in ("", ".", "..") or "\0" in name or len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
        return Entry(name, "other")
    if kind == "directory":
        return Entry(name, "folder")
    if kind == "link":
        return Entry(name, "link")
    return Entry(name, "file", version_of(info)) if kind == "file" else Entry(name, "other")
