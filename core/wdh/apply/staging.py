"""The stage: rows on their way into a table, under the table's own types."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wdh.copytext import rows_text
from wdh.facts import FactValue
from wdh.sql import statements
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its classes in lower case


def fill_stage(cursor: Cursor, target: Target, *, columns: Sequence[str], rows: Sequence[Sequence[FactValue]]) -> None:
    """Make the stage for some columns of ``target`` and send the rows there, numbered from 0."""
    cursor.execute(statements.create_stage(target, columns))
    cursor.copy_expert(statements.copy_stage(columns), io.BytesIO(rows_text(rows).encode("utf-8")))
