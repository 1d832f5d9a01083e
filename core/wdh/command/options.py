"""The options of a run, and what their texts mean. Each has its WDH_ variable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from wdh.apply.guards import GUARDS
from wdh.command.option_types import Duration, Limit, Names, Period, Place, Seconds, SheetName, Workers
from wdh.command.printing import Reporting
from wdh.command.progress import FORMS
from wdh.process.helper import spare
from wdh.registry import DEFAULT_TIME_LIMIT, domain_names
from wdh.report.reporters import REPORTERS
from wdh.run import AUTO_WORKERS
from wdh.words.language import later, say
from wdh.workbook.readers import AUTO, READERS

WORDS: Final = "wdh.words"
"""The key of ``click.Context.meta`` with the words of a command as they were given."""

Command = TypeVar("Command", bound=Callable[..., Any])


class Discreet(Reporting):
    """A command that does not repeat words it has no use for: they may be the rest of a connection string."""

    allow_extra_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words, and keep them as they were given: they are what does the same again."""
        ctx.meta[WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises click.UsageError where words are left over."""
        if ctx.args:
            raise _too_many(ctx.args, ctx)
        return super().invoke(ctx)


class WithHelper(Discreet):
    """A command with a helper ready, unless one process is asked to do all, or those of a cluster."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises as Discreet.invoke()."""
        workers = ctx.params["workers"]
        is_wanted = workers > 1 if isinstance(workers, int) else workers == AUTO_WORKERS
        with spare() if is_wanted else nullcontext():
            return super().invoke(ctx)


class DiscreetGroup(Reporting, click.Group):
    """A command that has others below it, all of which are as :class:`Discreet` as itself."""

    command_class = Discreet

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command below that is named. Raises click.UsageError where there is none."""
        if args[0] not in self.commands:
            raise _too_many(args, ctx)
        return super().resolve_command(ctx, args)


def _too_many(words: Sequence[str], ctx: click.Context) -> click.UsageError:
    return click.UsageError(
        say(
            "{count} words too many (not repeated here, as they may hold a password). A connection string with blanks "
            "needs quotes: --dsn 'host=… dbname=… user=…'",
            count=len(words),
        ),
        ctx,
    )


def _complete_domain(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [plugin.name for plugin in domain_names() if plugin.name.startswith(incomplete)]


def _option(*names: str, variable: str | None = None, **settings: Any) -> Callable[[Command], Command]:
    long = next(name for name in names[0].split("/") if name.startswith("--"))
    envvar = variable or "WDH_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=envvar, show_envvar=True, **settings)


_FOLDER = click.Path(path_type=Path)

CONFIG = _option(
    "--config", type=_FOLDER, variable="WDH_DATA_SOURCES_CONFIG", help="The configuration. [./data_sources.yml]"
)

DATA_DIR = _option(
    "--data-dir",
    type=Place(),
    variable="WDH_DATA_BASE_DIR",
    help="Where workbooks are searched: a folder, or an address such as s3://bucket/folder. [.]",
)

_READER: dict[str, Any] = {
    "type": click.Choice([AUTO, *READERS]),
    "default": AUTO,
    "show_default": True,
    "help": later("Which library reads workbooks; auto takes the fast one where it is installed."),
}
READER = click.option("--reader", **_READER)
"""The same for commands that are no run, and so without a variable."""

_OUTPUT: dict[str, Any] = {
    "type": click.Choice(list(REPORTERS)),
    "default": "text",
    "show_default": True,
    "help": later("Form of the report; json is for programs, markdown for pull requests and chats."),
}
OUTPUT = click.option("--output", **_OUTPUT)
"""The same for commands that are no run."""

OPTIONS: tuple[Callable[[Any], Any], ...] = (
    _option(
        "--domain",
        multiple=True,
        shell_complete=_complete_domain,
        help="The domain to run; its package must be installed. May be given more than once.",
    ),
    _option("--domains", type=Names(), help="Several domains, or all of the configuration: A,B or all."),
    _option(
        "--commit",
        type=click.Choice(["domain", "each", "together"]),
        default="domain",
        show_default=True,
        help="One transaction for each domain, for each of its months, or for all domains together: all or nothing.",
    ),
    _option("--keep-going", is_flag=True, help="Of several runs, go on with the next one where one fails."),
    _option("--execute", is_flag=True, help="Apply the plan, in one transaction. Wins over --plan-only."),
    _option(
        "--forecast",
        is_flag=True,
        help=(
            "Also ask the warehouse what the plan would do there, by a transaction that cannot write. Also forecast: "
            "true in the configuration."
        ),
    ),
    _option(
        "--detailed-exitcode",
        is_flag=True,
        help="Of a plan or forecast: exit with 10 where --execute would change something, with 0 where nothing.",
    ),
    _option(
        "--rejects-exitcode",
        is_flag=True,
        help="Exit with 20 where the run goes on without rejected rows, so that a scheduler knows of it.",
    ),
    _option("--plan-only", is_flag=True, help="Only show the plan; needs no database. The default."),
    _option(
        "--plan-out",
        type=click.Path(path_type=Path, dir_okay=False),
        help=(
            "Write the plan here, to be approved: what would be done and where, without a value of the workbooks. "
            "Asks the warehouse."
        ),
    ),
    _option(
        "--approved",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Apply the plan if it is the one of this file, which --plan-out wrote; else say what differs.",
    ),
    _option(
        "--sign-key",
        type=click.Path(),
        metavar="env:NAME|FILE",
        help=(
            "The key that signs the file of --plan-out, and checks that of --approved: a variable, or a file that "
            "only its owner may read."
        ),
    ),
    _option(
        "--skip-unchanged/--no-skip-unchanged",
        default=None,
        help=(
            "With --execute: do nothing where a committed run had just this input, and no later one that the ledger "
            "knows of may have changed its rows. [with --commit each, else not]"
        ),
    ),
    _option("--skip-facts", is_flag=True, help="Backfill references, leave the fact table alone."),
    _option(
        "--mode",
        type=click.Choice(["delete_insert", "append"]),
        default="delete_insert",
        show_default=True,
        help="Replace the scopes that occur in the workbooks, or only add.",
    ),
    _option("--pk", type=Names(), help="Columns of the delete scope, instead of the configuration's."),
    _option(
        "--backfill-refs",
        type=Names(),
        default="all",
        show_default=True,
        help="Which refs to backfill: all, none, or names.",
    ),
    _option(
        "--backfill-mode",
        type=click.Choice(["insert_missing", "fill_null_only", "insert_and_fill"]),
        help="How to backfill, instead of each ref's own mode.",
    ),
    CONFIG,
    DATA_DIR,
    _option(
        "--file",
        type=Place(),
        multiple=True,
        help="Take this workbook (a path or an address), search none; for several, repeat the flag.",
    ),
    _option(
        "--period",
        type=Period(),
        help="Take only workbooks of this month, e.g. 2024-11, or of these, e.g. 2024-01..2024-12.",
    ),
    _option(
        "--sheet",
        type=SheetName(),
        help="Sheet name, or 0-based index among the visible ones, instead of the configuration's.",
    ),
    _option(
        "--max-files",
        type=click.IntRange(min=1),
        help="How many months at most. Without it the newest one, or all those of --period.",
    ),
    _option(
        "--verbose",
        is_flag=True,
        help="List what is counted otherwise: files passed over and why, what each note is about, and every reject.",
    ),
    _option("--quiet", is_flag=True, help="Print only what is wrong: vetoes, rejects and what guards found."),
    _option(
        "--sql/--no-sql",
        default=None,
        help="Show the SQL, or not. [a plan's is shown, and an executed run's is not]",
    ),
    _option(
        "--max-rejects",
        type=Limit(),
        default="0",
        show_default=True,
        help="Go on without the rejected rows, up to this many.",
    ),
    click.option(  # without a variable: what is accepted is accepted once
        "--accept",
        type=click.Choice(GUARDS),
        multiple=True,
        help="Let a guard pass this once, though it says no; for several, repeat it.",
    ),
    click.option(  # without a variable, too: for good, it is switched off in the configuration
        "--without-plugin",
        multiple=True,
        metavar="NAME",
        help=(
            "Neither ask this plugin for a veto nor tell it how the run ended, and do not import it; for several, "
            "repeat it. Also plugins: {NAME: {enabled: false}} in the configuration."
        ),
    ),
    _option("--reader", **_READER),
    _option(
        "--workers",
        type=Workers(),
        default="auto",
        show_default=True,
        help=(
            "The processes that read workbooks at the same time: auto, as many as there are processors; a number, "
            "1 is this process alone; or the address of a Dask scheduler. The result is the same."
        ),
    ),
    click.option(
        "--dsn",
        help=(
            "Where the warehouse is: a libpq URI or key=value text. Else WDH_DATABASE__URI, WDH_DATABASE__HOST …, "
            "libpq's PG… variables, then the embedded PostgreSQL."
        ),
    ),
    _option(
        "--lock-timeout",
        type=Duration(),
        default="10s",
        show_default=True,
        help="How long to wait for other writers of the same tables.",
    ),
    _option(
        "--statement-timeout",
        type=Duration(),
        help="How long a statement may take, the wait for locks included. [the server's own setting]",
    ),
    _option(
        "--hook-timeout",
        type=Seconds(),
        default=DEFAULT_TIME_LIMIT,
        show_default=True,
        help="How many seconds a plugin may take for its import, or one call of a hook; 0: any time.",
    ),
    _option("--output", **_OUTPUT),
    _option(
        "--withhold-values",
        is_flag=True,
        help=(
            "Leave out of reports, rejects, errors and logs what cells hold. Also withhold_values: true in the "
            "configuration."
        ),
    ),
    _option(
        "--report-dir",
        type=_FOLDER,
        help="Also write report.html, report.json, rejects.xlsx, changes.xlsx and the workbooks to mend there.",
    ),
    _option(
        "--progress",
        type=click.Choice(FORMS),
        default="auto",
        show_default=True,
        help=(
            "How far a run is: a bar on a terminal's stderr, log lines for schedulers, or nothing; auto draws the bar "
            "where there is a terminal."
        ),
    ),
    _option(
        "--log-format",
        type=click.Choice(["console", "json"]),
        default="console",
        show_default=True,
        help="Form of logs.",
    ),
    _option(
        "--log-level",
        type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False),
        default="WARNING",
        show_default=True,
        help="Which events are logged to stderr; --debug means DEBUG.",
    ),
    _option("--debug", is_flag=True, help="Log everything; show the traceback of an error."),
    _option("--raise-on-error", is_flag=True, help="Let errors through as exceptions, for programs that call wdh."),
)


def run_options(command: Command) -> Command:
    """Give a click command the options of a run, in their documented order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
