"""``wdh demo``: a workspace with workbooks, and the job run on it against a real PostgreSQL."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wdh.apply.catalogue import read_tables
from wdh.apply.refusals.sentences import explain
from wdh.command.failures import exit_with, interrupted
from wdh.command.options import Discreet
from wdh.command.printing import print_lines, print_result, tell
from wdh.command.run import warehouse_at
from wdh.domain.ddl import describe_tables
from wdh.domain.loading import read_configuration
from wdh.errors import PluginError, SetupError, WdhError
from wdh.logs import configure_logs
from wdh.plan import Plan
from wdh.process import interrupts
from wdh.process.replacing import why_not_replaceable
from wdh.registry import domain_names, load_domain
from wdh.report.blocks import Result
from wdh.run import RunRequest, run
from wdh.sql.driver import Connection
from wdh.sql.identifiers import Target
from wdh.sql.settings import OWN_TYPES_FIRST
from wdh.sql.statements import any_row
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.registry.hooks import Hooks
    from wdh.report import Report

DEFAULT_DIRECTORY = "wdh-demo"
MONTHS = 3
MARK = ".wdh-demo"
"""A file by which a workspace is known: nothing is written into any other folder that holds files."""
LOADED = "loaded"
"""The text in it from then on when the demonstration was loaded: the warehouse's rows may be its own."""


@click.command(cls=Discreet)
@click.option("--domain", help="The domain to demonstrate. [the first that has a demonstration]")
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=DEFAULT_DIRECTORY,
    show_default=True,
    help="Where the workspace is written.",
)
@click.option("--seed", type=int, default=20241101, show_default=True, help="The same seed writes the same workbooks.")
@click.option("--dsn", help="Use this PostgreSQL (tables are created there) instead of the embedded one.")
def demo(domain: str | None, directory: Path, seed: int, dsn: str | None) -> None:
    """Write sample workbooks and load them into a real PostgreSQL.

    A second run finds nothing to insert or fill, and leaves the same facts.
    """
    configure_logs(level="WARNING", form="console")
    try:
        hooks = find_demonstration(domain)
        is_new = _write_workspace(hooks, directory, seed=seed)
        report = _load(hooks, directory, dsn=dsn, is_new=is_new)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    except KeyboardInterrupt:
        sys.exit(interrupted())
    interrupts.release()
    _show(report, hooks, directory, dsn=dsn)


def find_demonstration(domain: str | None) -> Hooks:
    """Load the domain asked for, or the first installed one that has a demonstration; broken ones are passed over."""
    if domain is not None:
        return load_domain(domain)
    for plugin in domain_names():
        try:
            hooks = load_domain(plugin.name)
        except PluginError as error:
            tell(say("passed over: {why}", why=error.message))
            continue
        if hooks.implementations["write_demo"]:
            return hooks
    raise SetupError(say("no installed domain has a demonstration (hook write_demo)"))


def _write_workspace(hooks: Hooks, directory: Path, *, seed: int) -> bool:
    """Write the workspace; say whether it was never loaded."""
    config, mark = directory / "data_sources.yml", directory / MARK
    if directory.exists() and not directory.is_dir():
        raise SetupError(
            say("{folder} is a file; name a folder with --directory", folder=directory), path=str(directory)
        )
    if directory.exists() and any(directory.iterdir()) and not mark.exists():
        said = say("{folder} holds other files; name a new folder with --directory", folder=directory)
        raise SetupError(said, path=str(directory))
    _refuse_others(directory, config, mark)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        mark.touch()
        is_new = mark.read_text(encoding="utf-8") != LOADED
    except OSError as error:
        said = say(
            "{folder} cannot be made: {why}; name another with --directory", folder=directory, why=error.strerror
        )
        raise SetupError(said) from error
    text = hooks.write_demo(directory, seed)
    if text is None:
        said = say("domain {domain} has no demonstration (hook write_demo)", domain=hooks.domain)
        raise SetupError(said, domain=hooks.domain)
    if not config.exists():  # what somebody changed in it since is theirs
        with config.open("x", encoding="utf-8") as file:
            file.write(text)
    return is_new


def _refuse_others(directory: Path, *files: Path) -> None:
    """Raise SetupError where another account made the workspace, or something else has the name of one of its files.

    Its configuration would be obeyed, and workbooks be written where its links lead.
    """
    if sys.platform != "win32" and directory.exists() and directory.stat().st_uid != os.geteuid():
        owner = directory.stat().st_uid
        said = say(
            "{folder} belongs to account {owner}; name a new folder with --directory", folder=directory, owner=owner
        )
        raise SetupError(said, path=str(directory))
    for path in files:
        if (why := why_not_replaceable(path)) is not None:
            said = say("{file} cannot be used: {why}; name a new folder with --directory", file=path, why=why)
            raise SetupError(said, path=str(path))


def _load(hooks: Hooks, directory: Path, *, dsn: str | None, is_new: bool) -> Report:
    from wdh.warehouse import embedded_address, find_address

    # Without --dsn always the embedded server: a demonstration must not create tables in somebody's warehouse.
    warehouse = warehouse_at(find_address(dsn, {}) if dsn else embedded_address(os.environ))
    request = RunRequest(hooks.domain, directory / "data_sources.yml", directory, execute=True, max_files=MONTHS)
    with warehouse.connect() as connection:
        facts = read_configuration(request.config, hooks).domain.facts
        _create_tables(connection, describe_tables(hooks, request.config), facts=facts)
        if is_new:
            _refuse_used_table(connection, facts)
        report = run(request, open_warehouse=lambda: warehouse)
    (directory / MARK).write_text(LOADED, encoding="utf-8")
    return report


def _refuse_used_table(connection: Connection, facts: Target) -> None:
    with connection.cursor() as cursor:
        cursor.execute(any_row(facts))
        found = cursor.fetchone()
    connection.rollback()
    if found == (True,):
        raise SetupError(
            say(
                "{table} there holds rows already, and a demonstration must not mix with them. Run it on another "
                "server (--dsn), or on an embedded one elsewhere (WDH_EMBEDDED_DIR).",
                table=facts.sql,
            ),
            table=facts.sql,
        )


def _create_tables(connection: Connection, statements: Sequence[str], *, facts: Target) -> None:
    """Create the tables where they are missing. A role that may not create any can use those that an owner made."""
    import psycopg2
    from psycopg2.errors import InsufficientPrivilege

    try:
        with connection.cursor() as cursor:
            cursor.execute(OWN_TYPES_FIRST)
            for statement in statements:
                cursor.execute(statement)
        connection.commit()
    except psycopg2.Error as error:
        connection.rollback()
        if isinstance(error, InsufficientPrivilege) and _is_there(connection, facts):
            return
        raise explain(error, plans=[Plan("demo", ())]) from error


def _is_there(connection: Connection, table: Target) -> bool:
    with connection.cursor() as cursor:
        found = read_tables(cursor, [table])
    connection.rollback()
    return table in found


def _show(report: Report, hooks: Hooks, directory: Path, *, dsn: str | None) -> None:
    from wdh.report.document import report_document
    from wdh.report.summary import summarise

    lost = say("The demonstration was loaded, but its report could not be printed")
    print_result(Result(report_document(report), summarise(report)), "text", lost=lost)
    arguments = ["wdh-run", "--domain", hooks.domain, "--config", str(directory / "data_sources.yml")]
    arguments += ["--data-dir", str(directory), "--max-files", str(MONTHS)] + (["--dsn", "…"] if dsn else [])
    lines = [say("The workspace is {folder}. The plan of the same run, which touches nothing:", folder=directory)]
    lines.append(f"  {shlex.join(arguments)}")
    lines.append(say("Add --execute to apply it, --skip-facts to leave the facts alone."))
    print_lines([text for line in lines for text in ("", line)])
