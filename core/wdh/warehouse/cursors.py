"""A plain cursor on any psycopg2 connection: rows are tuples, and values are what psycopg2 itself makes of them."""

from __future__ import annotations

from wdh.sql.driver import Connection, Cursor


def open_cursor(connection: Connection) -> Cursor:
    """Open a cursor whose rows are tuples of str, int, bool and None, whatever was set or registered elsewhere.

    A connection may have a cursor factory (RealDictCursor), be of a class with a ``cursor()`` of its own
    (DictConnection), and typecasters may have been registered for it or for the whole program.
    """
    from psycopg2 import extensions

    kind = extensions.connection
    opened: Cursor = (
        kind.cursor(connection, cursor_factory=extensions.cursor)
        if isinstance(connection, kind)
        else connection.cursor(cursor_factory=extensions.cursor)  # a pool's stand-in, which hands everything on
    )
    register_own_typecasters(opened)
    return opened


def register_own_typecasters(scope: Connection | Cursor) -> None:
    """Let values of a connection or cursor be what psycopg2 itself makes of them, whatever the program registered."""
    import psycopg2
    from psycopg2 import extensions

    for caster in (
        psycopg2.ROWID,
        extensions.LONGINTEGER,
        extensions.INTEGER,
        extensions.FLOAT,
        extensions.DECIMAL,
        extensions.BOOLEAN,
        extensions.UNICODE,
        extensions.UNICODEARRAY,
        extensions.LONGINTEGERARRAY,
        extensions.INTEGERARRAY,
    ):
        extensions.register_type(caster, scope)
