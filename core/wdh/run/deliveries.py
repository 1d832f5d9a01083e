"""Deliveries of earlier runs: where their files lie now, and the command that loads one again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from wdh.apply.history import RecordedRun
from wdh.discovery.folders import list_files
from wdh.errors import DataError
from wdh.run.readings import is_reading
from wdh.settings import Discovery
from wdh.workbook import hash_workbook

_DEEPEST = 100


class Delivery(Struct, frozen=True):
    """A workbook that a run read, and where a file of its hash lies; None: there is none below the data directory."""

    run: RecordedRun
    file: str
    sheet: str
    sha256: str
    rejected: int
    path: Path | None

    def command(self, *, pk: Sequence[str] | None, more: Sequence[str] = ()) -> str | None:
        """Write the command that shows what loading it again would do. None: there is no file.

        ``pk`` is the domain's now, None if it is not known: where the run replaced by other columns, the command names
        those.
        """
        if self.path is None:
            return None
        words = ["wdh-run", "--forecast", "--domain", self.run.domain, "--file", str(self.path)]
        if not self.sheet.isdecimal():  # which would be a sheet's place
            words += ["--sheet", self.sheet]
        scope = (self.run.periods or {}).get("scope") or ()
        if scope and pk is not None and tuple(scope) != tuple(pk):
            words += ["--pk", ",".join(scope)]
        if self.rejected:
            words += ["--max-rejects", str(self.rejected)]
        return shlex.join([*words, *more])


def find_deliveries(runs: Sequence[RecordedRun], data_dir: Path) -> tuple[Delivery, ...]:
    """Find the workbooks of runs below the data directory, in any folder, by their hash.

    Raises SetupError where it cannot be searched.
    """
    read = [(run, file) for run in runs for file in run.files if not is_reading(file)]
    paths = _find_files([file for _, file in read], data_dir)
    return tuple(
        Delivery(
            run, file["file"], file["sheet"], file["sha256"], int(file.get("rejected", 0)), paths.get(file["sha256"])
        )
        for run, file in read
    )


def _find_files(files: Sequence[Mapping[str, Any]], data_dir: Path) -> Mapping[str, Path]:
    """Find files by their hashes; those of the same name are read first, and no more than need be."""
    wanted, names = {file["sha256"] for file in files}, {file["file"] for file in files}
    if not wanted:
        return {}
    extensions = tuple(dict.fromkeys(Path(name).suffix for name in names))
    everywhere = Discovery(extensions, exclude_directories=(), ignore_patterns=("~$*",), max_depth=_DEEPEST)
    found: dict[str, Path] = {}
    for path in sorted(list_files(data_dir, everywhere).files, key=lambda path: path.name not in names):
        if wanted <= found.keys():
            break
        try:
            found.setdefault(hash_workbook(path), path)
        except DataError:
            continue  # one that cannot be read is none that can be loaded
    return found
