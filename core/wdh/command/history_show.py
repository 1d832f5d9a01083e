"""``wdh history show``: one run, what it did, and how the facts that it replaced come back."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import asdict, replace

from wdh.command.failures import exit_with
from wdh.command.options import CONFIG, DATA_DIR, OUTPUT, Discreet
from wdh.command.printing import print_result
from wdh.command.run import warehouse_at
from wdh.configuration import locate_configuration, read_ledger
from wdh.discovery import DepotAddress, Depots
from wdh.errors import SetupError, WdhError
from wdh.report.blocks import Result
from wdh.settings import DEFAULT_LEDGER
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.apply.history import RecordedRun
    from wdh.apply.unreferenced import Unreferenced
    from wdh.apply.way_back import WayBack
    from wdh.run.deliveries import Delivery
    from wdh.settings import Domain
    from wdh.sql.identifiers import Target


class Here(Struct, frozen=True):
    """A domain as it is configured here; ``hashes`` are those over that by which its workbooks become facts."""

    domain: Domain
    hashes: frozenset[str]


class Again(Struct, frozen=True):
    """A delivery of a way back: the ``command`` that loads it again, and why that may give other facts now."""

    delivery: Delivery
    command: str | None = None
    doubt: str | None = None


class Shown(Struct, frozen=True):
    """A run with its way back. ``unreferenced`` None: the domain is not configured here, ``no_domain`` says why."""

    run: RecordedRun
    back: WayBack
    again: tuple[Again, ...]
    unreferenced: tuple[Unreferenced, ...] | None
    no_domain: str | None


@click.command(cls=Discreet)
@click.argument("run")
@CONFIG
@DATA_DIR
@click.option("--dsn", help="Where the warehouse is; found as wdh-run finds it when left out.")
@OUTPUT
@click.pass_context
def show(
    ctx: click.Context,
    run: str,
    config: Path | None,
    data_dir: Path | DepotAddress | None,
    dsn: str | None,
    output: str,
) -> None:
    """Show the run whose id is RUN, or begins so: what it did, and how to go back."""
    above = {} if ctx.parent is None else ctx.parent.params
    config, dsn = config or above.get("config"), dsn or above.get("dsn")
    try:
        with Depots(os.environ) as depots, depots.naming():
            found = _find(run, config=config, data_dir=depots.resolve(data_dir or Path.cwd()), dsn=dsn, depots=depots)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    from wdh.command.history_page import describe_run

    page = describe_run(found.run, back=found.back, again=found.again, references=_references(found))
    print_result(Result(_document(found), page), output if output != "text" else above.get("output", output))


def find_ledger(config: Path | None) -> Target:
    """Name the ledger that a configuration names, or the one that is usual."""
    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
    except SetupError:
        if config is not None:
            raise
        return DEFAULT_LEDGER  # without a configuration, where runs are recorded by default
    return read_ledger(path)


def run_document(run: RecordedRun) -> dict[str, Any]:
    """Give a run as a document of plain values."""
    times = {"started_at": run.started_at.isoformat(), "committed_at": run.committed_at.isoformat()}
    return asdict(run) | times


def _find(run_id: str, *, config: Path | None, data_dir: Path, dsn: str | None, depots: Depots | None = None) -> Shown:
    from wdh.apply.history import find_run, reading
    from wdh.apply.unreferenced import find_unreferenced
    from wdh.apply.way_back import find_way_back
    from wdh.run.deliveries import find_deliveries
    from wdh.warehouse import find_address

    ledger = find_ledger(config)
    with reading(warehouse_at(find_address(dsn, os.environ)), ledger) as cursor:
        found = find_run(cursor, ledger, run_id)
        here = _find_domain(found.run.domain, config)
        unreferenced = None if isinstance(here, str) else find_unreferenced(cursor, here.domain, found.run.run_id)
    back = find_way_back(found.run, found.loads)
    deliveries = find_deliveries(back.runs, data_dir.absolute(), depots=depots)
    known = {found.run.domain: here}
    for each in deliveries:
        if each.run.domain not in known:
            known[each.run.domain] = _find_domain(each.run.domain, config)
    if back.why_not is None:
        again = tuple(_load_again(each, known[each.run.domain], config) for each in deliveries)
    else:
        again = tuple(Again(each) for each in deliveries)
    return Shown(found.run, back, again, unreferenced, here if isinstance(here, str) else None)


def _load_again(delivery: Delivery, here: Here | str, config: Path | None) -> Again:
    more = [] if config is None else ["--config", str(config.absolute())]
    if isinstance(here, str):
        return Again(delivery, delivery.command(pk=None, more=more), say("the configuration is not known here"))
    command = delivery.command(pk=here.domain.pk, more=more)
    return Again(delivery, command, delivery.doubt(here.domain, hashes=here.hashes))


def _find_domain(name: str, config: Path | None) -> Here | str:
    """Read the configuration of a domain; where it has none here, say why."""
    from wdh.domain.loading import load_hooks, read_configuration
    from wdh.run.record import hash_configuration, hash_named, versions_of

    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
        hooks = load_hooks(name, path)
        domain = read_configuration(path, hooks).domain
    except SetupError as error:
        return error.message
    versions, named = versions_of(hooks), hash_named(domain.settings, path.parent)
    ways = (domain, replace(domain, sheets=()))  # as --sheet leaves it
    return Here(domain, frozenset(hash_configuration(way, versions=versions, named=named) for way in ways))


def _references(shown: Shown) -> tuple[Unreferenced, ...] | str:
    return say("not known, as {why}", why=shown.no_domain) if shown.unreferenced is None else shown.unreferenced


def _document(shown: Shown) -> Mapping[str, Any]:
    return {
        "run": run_document(shown.run),
        "way_back": {
            "why_not": shown.back.why_not,
            "new_scopes": shown.back.new,
            "deliveries": [
                {
                    "run_id": each.run.run_id,
                    "file": each.file,
                    "sheets": each.sheets,
                    "sha256": each.sha256,
                    "path": each.place,
                    "command": again.command,
                    "doubt": again.doubt,
                }
                for again in shown.again
                for each in [again.delivery]
            ],
        },
        "unreferenced": None if shown.unreferenced is None else list(map(asdict, shown.unreferenced)),
    }
