"""``wdh inspect``: what a workbook holds that nobody has described yet, and the domain proposed for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wdh.command.failures import exit_with
from wdh.command.options import READER, SheetName
from wdh.command.printing import Reporting, print_document, print_lines, print_text
from wdh.errors import WdhError

if TYPE_CHECKING:
    from wdh.workbook import ReaderName

_DOMAIN = "new_domain"


@click.command("inspect", cls=Reporting)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", type=SheetName(), help="The sheet's name or 0-based index. [the first visible one]")
@READER
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def inspect(file: Path, sheet: str | int | None, reader: ReaderName, output: str) -> None:
    """Look at a sheet of FILE and propose a domain for it: kinds, delete scope and references, with the evidence.

    Nothing is written. The last part of the text is an entry for data_sources.yml, which needs no package.
    """
    from wdh.inspection import inspect_sheet, inspection_document

    try:
        found = inspect_sheet(file, sheet=sheet, reader=reader)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    if output == "json":
        print_document(inspection_document(found))
        return
    from wdh.report.inspection import proposed_lines, show_inspection

    print_text(show_inspection(found, path=file))
    print_lines(proposed_lines(found, domain=_DOMAIN))
