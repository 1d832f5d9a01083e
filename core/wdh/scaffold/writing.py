"""Writes the files of a new package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from wdh.errors import SetupError
from wdh.words.language import say


def write_package(folder: Path, contents: Mapping[PurePosixPath, bytes]) -> None:
    """Write the files into ``folder``, which is made. Raises SetupError where it holds something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupError(
            say("{folder} is there already; move it away, or name another --directory", folder=folder), path=str(folder)
        )
    try:
        for path, content in contents.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:  # nothing that somebody puts there meanwhile is followed
                file.write(content)
    except OSError as error:
        raise SetupError(
            say(
                "{folder} cannot be written: {reason}; name another --directory",
                folder=folder,
                reason=error.strerror,
            ),
            path=str(folder),
        ) from error
