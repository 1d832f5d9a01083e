"""The marks by which a warehouse is known: server, database, each table that a plan writes to, latest run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from wdh.apply.catalogue import WarehouseTable, read_tables
from wdh.sql import fingerprint, ledger
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target

Traits = Mapping[str, Mapping[str, str]]
"""The traits of a table, by kind (``columns``, ``triggers`` …) and name. A definition is there as its hash."""

_DIGITS = 32


class Fingerprint(Struct, frozen=True):
    """A warehouse as it can be known again. ``system`` is the server's own number; None: the role may not ask for it.

    ``targets`` are by their name in SQL; ``latest_run`` is the domain's in the ledger, None: it has none.
    """

    system: str | None
    database_oid: str
    database: str
    ledger: str
    latest_run: str | None
    targets: Mapping[str, Traits]


def read_fingerprint(cursor: Cursor, tables: Iterable[WarehouseTable], *, book: Target, domain: str) -> Fingerprint:
    """Ask for all of it. This takes no lock and writes nothing; the transaction may be read-only.

    ``book`` names the ledger, which need not be there. Raises psycopg2.Error.
    """
    cursor.execute(fingerprint.DATABASE)
    oid, name, may_ask = cursor.fetchone() or ("", "", False)
    with _bare_path(cursor):
        targets = {table.place.sql: _read_traits(cursor, table.oid) for table in tables}
    found = read_tables(cursor, [book]).get(book)
    system = None
    if may_ask:
        cursor.execute(fingerprint.SYSTEM)
        (system,) = cursor.fetchone() or (None,)
    return Fingerprint(
        system=system,
        database_oid=oid,
        database=name,
        ledger=book.sql,
        latest_run=None if found is None else _find_latest(cursor, found.place, domain=domain),
        targets=dict(sorted(targets.items())),
    )


@contextmanager
def _bare_path(cursor: Cursor) -> Iterator[None]:
    """Take the search_path away for the block; after an error the transaction is rolled back, and it with it."""
    cursor.execute(fingerprint.READ_PATH)
    (path,) = cursor.fetchone() or ("",)
    cursor.execute(fingerprint.SET_PATH, ("",))
    yield
    cursor.execute(fingerprint.SET_PATH, (path,))


def _read_traits(cursor: Cursor, oid: int) -> Traits:
    cursor.execute(fingerprint.TRAITS, {"oid": oid})
    traits: dict[str, dict[str, str]] = {}
    for kind, name, shown, definition in cursor.fetchall():
        traits.setdefault(kind, {})[name] = shown if not definition else f"{shown} · {_hash(definition)}"
    return traits


def _hash(definition: str) -> str:
    return hashlib.sha256(definition.encode("utf-8")).hexdigest()[:_DIGITS]


def _find_latest(cursor: Cursor, place: Target, *, domain: str) -> str | None:
    cursor.execute(ledger.TELL, (["domain"], [domain]))
    cursor.execute(ledger.latest_run(place))
    found: tuple[str] | None = cursor.fetchone()
    return None if found is None else found[0]
