"""``wdh``: everything around the job."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from wdh.command.demonstration import demo
from wdh.command.failures import exit_with
from wdh.command.job import main as run_command
from wdh.command.options import CONFIG
from wdh.configuration import locate_configuration
from wdh.errors import WdhError
from wdh.registry import load_domain
from wdh.warehouse_tables import describe_tables


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wdh")
def main() -> None:
    """Take business workbooks into a PostgreSQL warehouse."""


@main.command()
@click.argument("domain")
@CONFIG
def ddl(domain: str, config: Path | None) -> None:
    """Print the statements that create the tables of DOMAIN, named as the configuration says."""
    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
        statements = describe_tables(load_domain(domain), path)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    click.echo(";\n\n".join(statements) + ";")


main.add_command(run_command)
main.add_command(demo)
