"""Every change that a forecast counts in the tables of references, kept in a temporary file: there may be millions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import IO, Final, Literal

import msgspec
from msgspec import Struct

from wdh.apply.forecast.values import Key
from wdh.errors import SetupError
from wdh.words.language import say

ChangeKind = Literal["new", "filled", "differing"]
_AT_ONCE: Final = 1 << 20
"""Bytes that are read at once."""


class Listed(Struct, frozen=True, array_like=True):
    """A change of a reference: a ``new`` key, or one cell that is ``filled``, or is ``differing`` and stays.

    ``old`` stands in the warehouse, ``new`` in the workbooks; of a new key ``column`` and both are None.
    """

    kind: ChangeKind
    reference: str
    key: Key
    column: str | None = None
    old: str | None = None
    new: str | None = None


class ChangeList(AbstractContextManager["ChangeList"]):
    """Keeps the changes of the latest forecast, in its order. A context manager; the file vanishes with it."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0
        self.is_kept = False
        """Whether a forecast listed its changes here; there may be none."""

    def __exit__(self, *raised: object) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def end(self) -> int:
        """The place behind the changes so far, to which back_to() goes."""
        return self._end

    def begin(self) -> None:
        """Begin the list of another forecast."""
        self.back_to(0)
        self.is_kept = True

    def back_to(self, end: int) -> None:
        """Forget what was added since a place."""
        self._end = end
        if self._file is not None:
            self._file.truncate(end)

    def add(self, changes: Iterable[Listed]) -> None:
        """Add changes. Raises SetupError where there is no room for them."""
        text = b"".join(msgspec.json.encode(change) + b"\n" for change in changes)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="wdh-changes-")  # noqa: SIM115 - see __exit__
            self._file.seek(self._end)
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            raise SetupError(
                say(
                    "the changes that --report-dir lists cannot be kept in {folder}: {why}. Make room there, or name "
                    "another folder in TMPDIR. Nothing was written.",
                    folder=tempfile.gettempdir(),
                    why=error.strerror,
                ),
                directory=tempfile.gettempdir(),
            ) from error
        self._end += len(text)

    def read(self) -> Iterator[Listed]:
        """Read the changes, as often as wanted."""
        decoder, place = msgspec.json.Decoder(Listed), 0
        while self._file is not None and place < self._end:
            self._file.seek(place)
            for line in self._file.readlines(min(self._end - place, _AT_ONCE)):
                place += len(line)
                yield decoder.decode(line)
