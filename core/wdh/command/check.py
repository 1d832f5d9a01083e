"""``wdh check``: every fault of the configuration."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from wdh.command.excerpts import point_out
from wdh.command.failures import exit_with
from wdh.command.options import CONFIG
from wdh.command.printing import Reporting, print_lines
from wdh.configuration import locate_configuration
from wdh.domain.loading import check_configuration, find_configuration_cautions, find_twins
from wdh.errors import SetupError, WdhError
from wdh.words.language import say


@click.command(cls=Reporting)
@CONFIG
def check(config: Path | None) -> None:
    """Name every fault of the configuration by file, line and column, with the domains' own keys included."""
    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
        faults, twins = check_configuration(path), find_twins(path)
        cautions = (*twins, *(() if faults else find_configuration_cautions(path)))
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    print_lines(say("{caution} (no fault)", caution=caution) for caution in cautions)
    if faults:
        print_lines(point_out([line for fault in faults for line in str(fault).split("\n")], path))
        sys.exit(SetupError.exit_code)
    print_lines([say("{file}: no faults", file=config or path)])
