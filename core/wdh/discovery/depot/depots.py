"""The depots of one run: a path here stands for each file there, and the file is fetched to that path."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from msgspec import Struct

from wdh.discovery.depot.address import DepotAddress, read_address
from wdh.discovery.depot.entries import Entry, Version
from wdh.discovery.depot.refusing import refuse_changed, refuse_cut, refuse_full, refuse_gone
from wdh.discovery.depot.spool import Spool
from wdh.discovery.depot.store import TIME_LIMIT, Store
from wdh.errors import WdhError
from wdh.logs import Log
from wdh.words.language import of_both, say

log = Log()

_KEEPING_TIMES: Final = frozenset(("sftp", "ssh", "ftp", "smb", "hdfs", "webhdfs"))
"""Protocols of servers whose files keep the time when they were changed; elsewhere it is that of the upload."""


class Fetched(Struct, frozen=True):
    """The origin of a fetched file: its address, and the version that was fetched. None: the depot does not tell."""

    address: str
    size: int | None
    tag: str | None

    @property
    def folder(self) -> str:
        """The address of its folder."""
        return self.address.rpartition("/")[0]


class Depots:
    """Lists and fetches files by their paths here. Those of a folder here are what they are, and never fetched.

    A file elsewhere has the path ``PROTOCOL/PLACE/PATH`` in a private folder (:class:`Spool`), so that name and folders
    are those that it has there. ``environment`` has what may be secret; ``time_limit`` is in seconds.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, *, time_limit: float = TIME_LIMIT) -> None:
        self._environment, self._time_limit = environment or {}, time_limit
        self._spool = Spool()
        self._stores: dict[tuple[str, str], Store] = {}
        self._listed: dict[Path, Version] = {}
        self._fetched: set[Path] = set()

    def __enter__(self) -> Depots:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove all that was fetched."""
        for store in self._stores.values():
            store.close()
        self._stores.clear()
        self._fetched.clear()
        self._spool.close()

    def resolve(self, place: Path | DepotAddress) -> Path:
        """Give the path here that stands for a file or folder; nothing is asked there yet."""
        if isinstance(place, Path):
            return place
        key = (place.protocol, place.place)
        if key not in self._stores or place.password is not None:
            self._stores[key] = Store(place.at(""), self._environment, time_limit=self._time_limit)
        return self._spool.folder / place.protocol / quote(place.place, safe="@") / place.path

    def resolve_text(self, text: str, *, below: Path) -> Path | None:
        """Give the path here that stands for a folder, as :meth:`show` has shown it. None: an address that is none.

        Neither is one that is not ``below`` another, as the text may come from a workbook's sender.
        """
        if self.address_of(below) is None or "://" not in text:
            return Path(text)
        try:
            path = self.resolve(read_address(text))
        except WdhError:
            return None
        return path if path.is_relative_to(below) else None

    def address_of(self, path: Path) -> DepotAddress | None:
        """Give the address of what a path stands for; None: it lies here."""
        if not self._spool.is_made or not path.is_relative_to(self._spool.folder):
            return None
        protocol, place, *parts = (*path.relative_to(self._spool.folder).parts, "", "")
        return DepotAddress(protocol, unquote(place), "/".join(part for part in parts if part))

    def show(self, path: Path) -> str:
        """Write where a file or folder lies."""
        return str(self.address_of(path) or path)

    def keeps_times(self, path: Path) -> bool:
        """Say whether the time of a file is that of its last change; else it is that of its upload."""
        address = self.address_of(path)
        return address is None or address.protocol in _KEEPING_TIMES

    def entries(self, folder: Path) -> Sequence[Entry]:
        """List a folder, sorted by name. Raises OSError where it cannot be, and SetupError where a depot cannot."""
        address = self.address_of(folder)
        listed = _list_here(folder) if address is None else self._store(address).list_folder(address.path)
        if address is not None:
            self._listed.update((folder / entry.name, entry.version) for entry in listed if entry.version is not None)
        return sorted(listed, key=lambda entry: entry.name)

    def look(self, path: Path) -> Version:
        """Give the version of a file, as it was listed, or as it is now if it was not.

        Raises OSError where there is no such file, and SetupError where its depot cannot be asked.
        """
        address = self.address_of(path)
        if address is None:
            found = path.stat()
            if stat.S_ISDIR(found.st_mode):
                raise IsADirectoryError(path)
            return Version(found.st_size, None, found.st_mtime_ns)
        if path not in self._listed:
            self._listed[path] = self._store(address).look(address.path)
        return self._listed[path]

    def origin_of(self, path: Path) -> Fetched | None:
        """Say where a fetched file lies, and in which version; None: it lies here."""
        address = self.address_of(path)
        if address is None:
            return None
        version = self.look(path)
        return Fetched(str(address), version.size, version.tag)

    def fetch(self, paths: Iterable[Path]) -> None:
        """Fetch files to their paths, each once. It holds each against its listing, before and after.

        Raises DataError where a file was overwritten or deleted meanwhile, or is cut off, and SetupError where its
        depot cannot be read, or there is no room here.
        """
        wanted = [path for path in dict.fromkeys(paths) if path not in self._fetched and self.address_of(path)]
        self._check_room(wanted)
        for path in wanted:
            address = self.address_of(path)
            if address is not None:
                self._fetch(path, address)
                self._fetched.add(path)

    def _fetch(self, path: Path, address: DepotAddress) -> None:
        store = self._store(address)
        try:
            listed = self.look(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            came = store.download(address.path, path)
            now = store.look(address.path)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise refuse_gone(address) from error
        except OSError as error:
            raise refuse_full(address, why=os.strerror(error.errno or 0), folder=str(self._spool.folder)) from error
        if not listed.is_same(now):
            raise refuse_changed(address)
        if listed.size is not None and came != listed.size:
            raise refuse_cut(address, came=came, size=listed.size)
        log.info("workbook_fetched", address=str(address), bytes=came)

    def _check_room(self, paths: Sequence[Path]) -> None:
        if not paths:
            return
        address, size = self.address_of(paths[0]), sum(self._listed.get(path, Version()).size or 0 for path in paths)
        free = shutil.disk_usage(self._spool.folder).free
        if size > free and address is not None:
            why = say("{size:,} bytes are to be fetched, and {free:,} are free", size=size, free=free)
            raise refuse_full(address, why=why, folder=str(self._spool.folder))

    def _store(self, address: DepotAddress) -> Store:
        return self._stores[address.protocol, address.place]

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Let every WdhError of the block name addresses where it names paths of the private folder."""
        try:
            yield
        except WdhError as error:
            if self._spool.is_made:
                error.message = self._rename(error.message)
                error.args = tuple(self._rename_all(each) for each in error.args)
                error.facts = {name: self._rename_all(value) for name, value in error.facts.items()}
            raise

    def _rename_all(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._rename(value)
        return type(value)(map(self._rename_all, value)) if isinstance(value, (list, tuple)) else value

    def _rename(self, text: str) -> str:
        start = re.escape(str(self._spool.folder))

        @of_both
        def rename(text: str) -> str:
            return re.sub(rf"{start}/([^/\s]+)/([^/\s]+)", lambda found: f"{found[1]}://{unquote(found[2])}", text)

        return rename(text)


def _list_here(folder: Path) -> Iterator[Entry]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                yield Entry(entry.name, "link")
            elif entry.is_dir(follow_symlinks=False):
                yield Entry(entry.name, "folder")
            else:
                yield Entry(entry.name, "file" if entry.is_file(follow_symlinks=False) else "other")
