"""``wdh ddl``: the statements that create a domain's tables."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from wdh.command.failures import exit_with
from wdh.command.options import CONFIG
from wdh.command.printing import Reporting, print_lines, stdout_encoding
from wdh.configuration import locate_configuration
from wdh.domain.ddl import describe_tables
from wdh.domain.loading import load_hooks
from wdh.errors import WdhError
from wdh.sql.shown import show_sql


@click.command(cls=Reporting)
@click.argument("domain")
@CONFIG
def ddl(domain: str, config: Path | None) -> None:
    """Print the statements that create the tables of DOMAIN, named as the configuration says."""
    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
        statements = describe_tables(load_hooks(domain, path), path)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    encoding = stdout_encoding()
    written = (show_sql(statement, encoding=encoding) for statement in statements)
    print_lines((";\n\n".join(written) + ";").split("\n"))
