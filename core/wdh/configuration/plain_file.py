"""The files of a configuration, read only where they are files on disk."""

from __future__ import annotations

import errno
from pathlib import Path

from wdh.words.language import say


def read_start(path: Path, size: int) -> bytes:
    """Read so many bytes of a file at most. Raises OSError, also for a pipe or a device, which might never end."""
    if not path.is_file():
        path.stat()
        raise OSError(errno.EINVAL, say("it is no plain file"))
    with path.open("rb") as file:
        return file.read(size)
