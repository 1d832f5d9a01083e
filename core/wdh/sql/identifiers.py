"""The one way a name gets into SQL text."""

from __future__ import annotations

from dataclasses import dataclass

from wdh.words.language import say

MAX_BYTES = 63
"""NAMEDATALEN - 1: PostgreSQL cuts a longer name after this many bytes, with a NOTICE only."""

_OWN_PREFIX = "pg_"
"""PostgreSQL lets nobody make a schema of such a name, and names its own tables so."""

SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")
"""Every table has these columns of its own, and can have no other of such a name."""


def quote_ident(name: str) -> str:
    """Quote one name: ``年金计划`` becomes ``"年金计划"``, a quote inside is doubled.

    Raises ValueError for a name that PostgreSQL would refuse or, worse, cut silently and so take for another:
    empty, with a NUL, not encodable as UTF-8, or longer than 63 bytes (a Chinese character is three); and for what is
    no str at all.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(say("an identifier must be a non-empty string, not {name!r}", name=name))
    if "\0" in name:
        raise ValueError(say("identifier {name!r} contains a NUL character", name=name))
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise ValueError(
            say("identifier {name!r} is not valid Unicode: {reason}", name=name, reason=error.reason)
        ) from error
    if size > MAX_BYTES:
        raise ValueError(
            say(
                "identifier {name!r} is {size} bytes of UTF-8; PostgreSQL keeps {max_bytes} and would use another name",
                name=name,
                size=size,
                max_bytes=MAX_BYTES,
            )
        )
    return '"' + name.replace('"', '""') + '"'


def quote_qualified(schema: str | None, table: str) -> str:
    """Quote a table's name with its schema: ``"public"."年金计划"``.

    A schema that is None, empty or only blanks gives the bare table, which PostgreSQL then finds by its
    search_path. Raises ValueError as :func:`quote_ident` does, for either of the two.
    """
    if schema is None or (isinstance(schema, str) and not schema.strip()):
        return quote_ident(table)
    return f"{quote_ident(schema)}.{quote_ident(table)}"


def quote_list(names: tuple[str, ...], *, prefix: str = "") -> str:
    """Quote names into a comma-separated list, each behind ``prefix`` (an alias and its dot)."""
    return ", ".join(prefix + quote_ident(name) for name in names)


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A table of the warehouse."""

    schema: str | None
    """Its schema; None: wherever the connection's search_path finds the table."""
    table: str
    """Its name, not quoted."""

    @property
    def sql(self) -> str:
        """The table as SQL names it: ``"public"."年金计划"``, or ``"年金计划"`` without a schema."""
        return quote_qualified(self.schema, self.table)


def is_system_schema(name: str) -> bool:
    """Say whether a schema is PostgreSQL's own: pg_catalog, pg_toast, temporary ones, information_schema."""
    return name.startswith(_OWN_PREFIX) or name == "information_schema"


def refuse_system_name(schema: str | None, table: str) -> None:
    """Raise ValueError where a name means a table of PostgreSQL's own, whatever server it is.

    A bare name that begins with pg_ is refused, too: PostgreSQL looks into pg_catalog before the search_path. Which
    schema another bare name means, only the server can tell.
    """
    if schema is not None and schema.strip():
        if is_system_schema(schema):
            raise ValueError(
                say(
                    "the schema {schema} is PostgreSQL's own, and wdh keeps out of it; name one of yours", schema=schema
                )
            )
    elif table.startswith(_OWN_PREFIX):
        raise ValueError(
            say(
                "PostgreSQL takes the bare name {table} for a table of its own, and wdh keeps out of those; "
                "name the schema of your table, or another table",
                table=table,
            )
        )
