"""The file that a sheet is read from, as it was when reading began."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from wdh.errors import DataError
from wdh.words.language import say
from wdh.workbook.package.guard import FileKind, check_file, hash_file

Stamp = tuple[int, int, int]


class Original(Struct, frozen=True):
    """A checked file: the ``sha256`` of its bytes, and as ``stamp`` its time, size and inode before the check.

    ``kind`` is what its content is, whatever its name says.
    """

    path: Path
    sha256: str
    stamp: Stamp | None
    kind: FileKind = "zip"

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Read the file in the block; an error there is told as a change of the file, if it changed meanwhile.

        Raises DataError then, and where the memory does not suffice.
        """
        try:
            yield
        except DataError as error:
            self.check(cause=error)
            raise
        except MemoryError as error:
            message = say(
                "{name}: needs more memory than there is. Split it, or lower limits.part_mib and "
                "limits.columns in data_sources.yml, so that such a workbook is refused at once.",
                name=self.path.name,
            )
            raise DataError(message, file=str(self.path)) from error

    def check(self, *, cause: BaseException | None = None) -> None:
        """Raise DataError where the file is not what it was: changed, replaced, cut off or removed.

        ``cause`` is what its change led to.
        """
        # The readers open the file by its path, each for itself, so that none must hold it in memory. What they saw
        # is what was hashed if the bytes are the same before and after. The stamp alone would not do: a share may
        # keep time by the second. The inode catches a file put in the place of an equal one, which may differ between.
        if self.stamp is None or read_stamp(self.path) != self.stamp or not self._has_same_bytes():
            message = say("{name}: was changed while it was read. Run again when it is complete.", name=self.path.name)
            raise DataError(message, file=str(self.path)) from cause

    def _has_same_bytes(self) -> bool:
        try:
            return hash_file(self.path) == self.sha256
        except OSError:
            return False


def hash_original(path: Path) -> Original:
    """Check and hash a file. Raises DataError as check_file()."""
    stamp = read_stamp(path)  # before the hash: what is changed after this is seen
    sha256, kind = check_file(path)
    return Original(path, sha256, stamp, kind)


def read_stamp(path: Path) -> Stamp | None:
    """Read time, size and inode of a file; None: it is not there any more."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_mtime_ns, now.st_size, now.st_ino
