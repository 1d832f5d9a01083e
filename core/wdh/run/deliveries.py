"""Deliveries of earlier runs: where their files lie now, and the command that loads one again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from wdh.apply.history import RecordedRun
from wdh.discovery import Depots
from wdh.discovery.folders import list_files
from wdh.errors import DataError
from wdh.run.readings import FileRead, is_reading, reading_of
from wdh.settings import Discovery, Domain
from wdh.words.language import say
from wdh.words.printable import show_controls
from wdh.workbook import hash_workbook

_DEEPEST = 100


class Delivery(Struct, frozen=True):
    """A workbook that a run read, and where a file of its hash lies; None: there is none below the data directory.

    ``sheets`` are those that the run read, one after the other; ``folder`` is where the file lay then. ``address`` is
    where it lies elsewhere, None: at ``path``.
    """

    run: RecordedRun
    file: str
    folder: str | None
    sheets: tuple[str, ...]
    sha256: str
    rejected: int
    path: Path | None
    address: str | None = None

    @property
    def place(self) -> str | None:
        """The path or address of the file, for people and programs. None: there is none."""
        return self.address or (None if self.path is None else str(self.path))

    def command(self, *, pk: Sequence[str] | None, more: Sequence[str] = ()) -> str | None:
        """Write the command that shows what loading it again would do. None: there is no file.

        ``pk`` is the domain's now, None if it is not known: where the run replaced by other columns, the command names
        those.
        """
        if self.place is None:
            return None
        words = ["wdh-run", "--forecast", "--domain", self.run.domain, "--file", self.place]
        if len(self.sheets) == 1 and not self.sheets[0].isdecimal():  # which would be a sheet's place
            words += ["--sheet", self.sheets[0]]
        scope = (self.run.periods or {}).get("scope") or ()
        if scope and (pk is None or tuple(scope) != tuple(pk)):
            words += ["--pk", ",".join(scope)]
        if self.rejected:
            words += ["--max-rejects", str(self.rejected)]
        return shlex.join([*words, *more])

    def doubt(self, domain: Domain, *, hashes: Collection[str]) -> str | None:
        """Say why the file may give other facts than it gave that run; None: it gives the same.

        ``domain`` is as it is configured now, and ``hashes`` are those over this configuration.
        """
        if (self.run.periods or {}).get("configuration") not in hashes:
            return say("{domain} is not configured, or installed, as it was for that run", domain=self.run.domain)
        if domain.tables or any(computed.lookup is not None for computed in domain.computed):
            return say("values are looked up in the warehouse, as it is now")
        for reading in (reading_of(file) for file in self.run.files if is_reading(file)):
            if isinstance(reading, FileRead) and not reading.is_same():
                return say("{path}, which {by} read, is not what it was", path=reading.path, by=reading.by)
        sources = {constant.source for constant in domain.constants}
        if self.path is None or self.place is None:
            return None
        if "file" in sources and self.path.name != self.file:
            return say("the file has another name, from which a value is read")
        if "folder" in sources and show_controls(self.place[: -len(self.path.name) - 1]) != self.folder:
            return say("the file lies in another folder, from whose name a value is read")
        return None


def find_deliveries(
    runs: Sequence[RecordedRun], data_dir: Path, *, depots: Depots | None = None
) -> tuple[Delivery, ...]:
    """Find the workbooks of runs below the data directory, in any folder, by their hash.

    Of a depot elsewhere, files of another name are not fetched to be hashed. Raises SetupError where it cannot be
    searched.
    """
    read: dict[tuple[str, str | None, str, str], list[Mapping[str, Any]]] = {}
    by_id = {run.run_id: run for run in runs}
    for run in runs:
        for file in run.files:
            if not is_reading(file):
                key = (run.run_id, file.get("folder"), file["file"], file["sha256"])
                read.setdefault(key, []).append(file)
    depots = depots or Depots()
    find = _make_search({name for _, _, name, _ in read}, data_dir, depots)
    found: list[Delivery] = []
    for (run_id, folder, name, sha256), documents in read.items():
        sheets = tuple(each["sheet"] for each in documents)
        rejected = sum(int(each.get("rejected", 0)) for each in documents)
        path = find(folder, name, sha256)
        address = None if path is None else depots.address_of(path)
        shown = None if address is None else str(address)
        found.append(Delivery(by_id[run_id], name, folder, sheets, sha256, rejected, path, shown))
    return tuple(found)


def find_by_hash(data_dir: Path, folder: str, name: str, sha256: str, *, depots: Depots) -> Path | None:
    """Find a file below the data directory by its hash, one of its name first. None: it is not there.

    Raises SetupError where the directory cannot be searched.
    """
    return _make_search({name}, data_dir, depots)(folder, name, sha256)


def _make_search(
    names: Collection[str], data_dir: Path, depots: Depots
) -> Callable[[str | None, str, str], Path | None]:
    """Make a search for a file by folder, name and hash: where it lay, else of its name, else any of the hash."""
    if not names:
        return lambda *_: None
    extensions = tuple(dict.fromkeys(Path(name).suffix for name in names))
    everywhere = Discovery(extensions, exclude_directories=(), ignore_patterns=("~$*",), max_depth=_DEEPEST)
    files = list_files(data_dir, everywhere, depots=depots).files
    if depots.address_of(data_dir) is not None:
        files = tuple(path for path in files if path.name in names)

    @cache
    def hash_once(path: Path) -> str | None:
        depots.fetch([path])
        return hash_readable(path)

    def find(folder: str | None, name: str, sha256: str) -> Path | None:
        nearest = sorted(files, key=lambda path: (path.name != name, show_controls(depots.show(path.parent)) != folder))
        return next((path for path in nearest if hash_once(path) == sha256), None)

    return find


def hash_readable(path: Path) -> str | None:
    """Give the hash of a workbook; None: it cannot be read, and so not be loaded."""
    try:
        return hash_workbook(path)
    except DataError:
        return None
