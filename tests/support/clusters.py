"""The files of embedded servers, for tests that want many of them: copied, as making one takes a second."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wdh.warehouse.embedded.home import Home


@contextmanager
def temporary_directory(prefix: str) -> Iterator[Path]:
    """A directory that every account may reach and whose path is short: pytest's own are neither."""
    directory = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def copy_cluster(made: Home, path: Path) -> Home:
    """Copy a stopped server's directory to ``path``, owners and modes included."""
    subprocess.run(["cp", "-a", "--", made.path, path], check=True)
    return Home(path)
