"""The warehouse of a command, and why it is that one: a forgotten variable leads to the embedded server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from wdh.errors import SetupError
from wdh.report.answer import Server
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.warehouse import Address

_FALLEN: Final = "embedded"
"""The source of an address that nothing names."""


def explain_server(dsn: str | None, environment: Mapping[str, str]) -> Server:
    """Say which warehouse a command goes to, and which flag, variable or default leads there. Opens no connection."""
    from wdh.warehouse import find_address

    try:
        return explain_address(find_address(dsn, environment))
    except SetupError as error:
        return Server(say("not known: {why}", why=error.message))


def explain_address(address: Address) -> Server:
    """Say what an address is, and why it is used."""
    if address.home is None:  # what it is called tells its source
        return Server(address.described)
    why = say("as nothing names another (--dsn, WDH_DATABASE__…, PG…)")
    if address.source == _FALLEN:
        return Server(address.described, why)
    return Server(say("{server} (from {source})", server=address.described, source=address.source), why)
