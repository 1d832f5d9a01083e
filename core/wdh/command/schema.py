"""``wdh schema``: the contracts of what wdh reads and writes, for programs and editors."""

from __future__ import annotations

from typing import Final

import click

import wdh_schemas as schemas
from wdh.command.printing import Reporting, print_lines, print_result
from wdh.report.blocks import Result, Table
from wdh.words.language import later, say

WHAT: Final = {
    schemas.REPORT: later("what wdh-run prints with --output json, and --report-dir writes as report.json"),
    schemas.EVENT: later("a line of the log, with --log-format json"),
    schemas.APPROVAL: later("the file of --plan-out and --approved"),
    schemas.CHECK: later("what wdh check prints with --output json"),
    schemas.DOMAINS: later("what wdh domains prints with --output json"),
    schemas.HISTORY: later("what wdh history prints with --output json"),
    schemas.HISTORY_SHOW: later("what wdh history show prints with --output json"),
    schemas.INSPECT: later("what wdh inspect prints with --output json"),
    schemas.PLAN_SHOW: later("what wdh plan show prints with --output json"),
    "data_sources": later("data_sources.yml, with the columns of its domains"),
    "columns": later("the block columns of a domain in data_sources.yml"),
    "refs": later("the block refs of a domain, once its package's defaults have completed it"),
}
"""The subject of each contract of ``wdh_schemas.NAMES`` describes."""


@click.command(cls=Reporting)
@click.argument("name", required=False, metavar="[NAME]", type=click.Choice(schemas.NAMES))
def schema(name: str | None) -> None:
    """Print the JSON Schema NAME of something that wdh reads or writes; without a name, list them.

    It holds all that it refers to, so that a validator or an editor needs no other file.
    """
    if name is None:
        rows = [(each, say(WHAT[each])) for each in schemas.NAMES]
        print_result(Result(None, [Table((say("name"), say("what it describes")), rows)]), "text")
        return
    import json

    print_lines(json.dumps(schemas.bundle_contract(name), indent=2).split("\n"))
