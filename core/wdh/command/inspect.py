"""``wdh inspect``: what a workbook holds that nobody has described yet, and the domain proposed for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wdh.command.failures import exit_with
from wdh.command.option_types import SheetName
from wdh.command.options import OUTPUT, READER
from wdh.command.printing import Reporting, print_result
from wdh.errors import WdhError
from wdh.report.blocks import Result
from wdh.settings import TextFormat
from wdh.workbook.text.encodings import CODECS

if TYPE_CHECKING:
    from wdh.workbook import ReaderName

_DOMAIN = "new_domain"

ENCODING = click.option(
    "--encoding", type=click.Choice([*CODECS]), help="That of a file in text, such as .csv. [found]"
)
DELIMITER = click.option(
    "--delimiter",
    type=click.Choice([",", ";", "|", "tab"]),
    help="The character between the cells of a file in text. [found]",
)


@click.command("inspect", cls=Reporting)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", type=SheetName(), help="The sheet's name or 0-based index. [the first visible one]")
@ENCODING
@DELIMITER
@READER
@OUTPUT
def inspect(
    file: Path,
    sheet: str | int | None,
    encoding: str | None,
    delimiter: str | None,
    reader: ReaderName,
    output: str,
) -> None:
    """Look at a sheet of FILE and propose a domain for it: its shape, kinds, delete scope and references, and why.

    Nothing is written. The last part of the text is an entry for data_sources.yml, which needs no package.
    """
    from wdh.inspection import inspect_workbook, inspection_document
    from wdh.report.inspection import summarise_inspection

    try:
        found = inspect_workbook(file, sheet=sheet, reader=reader, text=TextFormat(encoding, delimiter))
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    page = summarise_inspection(found, path=file, domain=_DOMAIN)
    print_result(Result(inspection_document(found), page), output)
