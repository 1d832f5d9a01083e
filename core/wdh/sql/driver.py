"""The types of psycopg2, whose classes have names in lower case. Importing this module does not import psycopg2."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812
    from psycopg2.extensions import cursor as Cursor  # noqa: N812
else:
    Connection = Cursor = object  # for annotations, which nothing evaluates

__all__ = ["Connection", "Cursor"]
