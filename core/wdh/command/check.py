"""``wdh check``: every fault of the configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from wdh.command.failures import exit_with, point_out
from wdh.command.options import CONFIG
from wdh.command.printing import Reporting, print_lines, print_result
from wdh.configuration import Fault, locate_configuration
from wdh.domain.loading import check_configuration, find_configuration_cautions, find_twins
from wdh.errors import SetupError, WdhError
from wdh.report.blocks import Result
from wdh.report.check import check_document, unread_document
from wdh.words.language import say


@click.command(cls=Reporting)
@CONFIG
@click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the findings; json is for programs (wdh schema check).",
)
def check(config: Path | None, output: str) -> None:
    """Name every fault of the configuration by file, line and column, with the domains' own keys included."""
    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
        faults, twins = check_configuration(path), find_twins(path)
        cautions: tuple[Fault | str, ...] = (*twins, *(() if faults else find_configuration_cautions(path)))
    except WdhError as error:
        if output == "json":
            _print_document(unread_document(error))
        sys.exit(exit_with(error, debug=False))
    if output == "json":
        _print_document(check_document(path, faults, cautions))
        sys.exit(SetupError.exit_code if faults else 0)
    print_lines(say("{caution} (no fault)", caution=caution) for caution in cautions)
    if faults:
        print_lines(point_out([line for fault in faults for line in str(fault).split("\n")], path))
        sys.exit(SetupError.exit_code)
    print_lines([say("{file}: no faults", file=config or path)])


def _print_document(document: Mapping[str, Any]) -> None:
    print_result(Result(document, ()), "json")
