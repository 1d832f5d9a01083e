"""``wdh migrate``: the configuration of an earlier deployment as ours."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wdh.command.failures import exit_with
from wdh.command.printing import Reporting, print_lines, tell
from wdh.errors import SetupError, WdhError
from wdh.words.language import say

_PATH = click.Path(path_type=Path)


@click.command(cls=Reporting)
@click.argument("file", type=_PATH)
@click.option("--foreign-keys", type=_PATH, help="The old foreign keys. [foreign_keys.yml beside FILE, if it is there]")
@click.option("--out", type=_PATH, help="Write to this new file. [print]")
def migrate(file: Path, foreign_keys: Path | None, out: Path | None) -> None:
    """Turn an old data_sources.yml (FILE) and its foreign_keys.yml into a data_sources.yml of wdh without faults.

    The first lines of the text list what is not as it was, by the lines of the old files, which stay as they are.
    """
    from wdh.migration import migrate as migrate_files

    try:
        migrated = migrate_files(file, foreign_keys, target=out or file)
        if out is not None:
            _write(out, migrated.text)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    if out is None:
        print_lines(migrated.text.splitlines())
        if migrated.losses:
            tell(say("The first lines list what is not as it was ({count}).", count=len(migrated.losses)))
    else:
        print_lines([*map(str, migrated.losses), say("written: {file}", file=out)])


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        said = say("{file} is there already, and stays as it is; name a new file", file=path)
        raise SetupError(said, file=str(path)) from error
    except OSError as error:
        said = say("{file} cannot be written: {why}; name another file", file=path, why=error.strerror)
        raise SetupError(said, file=str(path)) from error
