"""``wdh``: everything around the job."""

from __future__ import annotations

import sys
from typing import Any

import click

from wdh.command.check import check
from wdh.command.completion import completion
from wdh.command.ddl import ddl
from wdh.command.demo import demo
from wdh.command.domains import domains
from wdh.command.failures import INTERRUPTED
from wdh.command.history import history
from wdh.command.inspect import inspect
from wdh.command.migrate import migrate
from wdh.command.new import new
from wdh.command.plan import plan
from wdh.command.printing import Printed, printing, tell
from wdh.command.psql import psql
from wdh.command.run import main as run_command
from wdh.command.schema import schema
from wdh.command.speaking import version_option
from wdh.process import interrupts
from wdh.words.language import say


class _Tool(Printed, click.Group):
    """A group whose commands can be interrupted and print as a run does."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that is named."""
        with printing(), interrupts.listen():
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt:
                tell(say("Interrupted."))
                sys.exit(INTERRUPTED)


@click.group(cls=_Tool, context_settings={"help_option_names": ["-h", "--help"]})
@version_option()
def main() -> None:
    """Take business workbooks into a PostgreSQL warehouse."""


for command in (run_command, check, completion, ddl, demo, domains, history, inspect, migrate, new, plan, psql, schema):
    main.add_command(command)
