"""``wdh``: everything around the job."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from wdh.command.demo import demo
from wdh.command.domains import domains
from wdh.command.failures import INTERRUPTED, exit_with
from wdh.command.history import history
from wdh.command.inspect import inspect
from wdh.command.new import new
from wdh.command.options import CONFIG
from wdh.command.printing import Printed, Reporting, print_lines, printing, stdout_encoding, tell
from wdh.command.psql import psql
from wdh.command.run import main as run_command
from wdh.configuration import locate_configuration
from wdh.domain.ddl import describe_tables
from wdh.domain.loading import check_configuration, find_configuration_cautions, load_hooks
from wdh.errors import SetupError, WdhError
from wdh.process import interrupts
from wdh.sql.shown import show_sql


class _Tool(Printed, click.Group):
    """A group whose commands can be interrupted and print as a run does."""

    command_class = Reporting

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that is named."""
        with printing(), interrupts.listen():
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt:
                tell("Interrupted.")
                sys.exit(INTERRUPTED)


@click.group(cls=_Tool, context_settings={"help_option_names": ["-h", "--help"]})
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
        statements = describe_tables(load_hooks(domain, path), path)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    encoding = stdout_encoding()
    written = (show_sql(statement, encoding=encoding) for statement in statements)
    print_lines((";\n\n".join(written) + ";").split("\n"))


@main.command()
@CONFIG
def check(config: Path | None) -> None:
    """Name every fault of the configuration by file, line and column, with the domains' own keys included."""
    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
        faults = check_configuration(path)
        cautions = () if faults else find_configuration_cautions(path)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    if faults:
        print_lines(line for fault in faults for line in str(fault).split("\n"))
        sys.exit(SetupError.exit_code)
    print_lines(f"{caution} (no fault)" for caution in cautions)
    print_lines([f"{config or path}: no faults"])


main.add_command(run_command)
main.add_command(demo)
main.add_command(domains)
main.add_command(history)
main.add_command(inspect)
main.add_command(new)
main.add_command(psql)
