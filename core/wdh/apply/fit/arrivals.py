"""Asks the server, before the first write, whether a column's type keeps texts as they are sent.

The texts are staged under that type and read back.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wdh.apply.fit.composition import read_composition
from wdh.apply.fit.types import StoredType
from wdh.apply.staging import fill_stage
from wdh.sql import statements
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target

if TYPE_CHECKING:
    import psycopg2

_ESCAPE = re.compile(r"\\(.)")
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
"""COPY TO writes these characters as a backslash and a letter, every other one as itself."""
_STAGED_LINE = re.compile(r"wdh_stage\D*(\d+)")


def find_changed(
    cursor: Cursor, target: Target, *, column: str, kind: StoredType, texts: Sequence[str]
) -> dict[str, str]:
    """Give those of the texts that the column would not keep as they are, each with what it would arrive as.

    Raises psycopg2.Error where the server refuses one; :func:`refused_text` says which.
    """
    fill_stage(cursor, target, columns=[column], rows=[(text,) for text in texts])
    answer = io.BytesIO()
    cursor.copy_expert(statements.READ_STAGE, answer)
    cursor.execute(statements.DROP_STAGE)
    composition = read_composition(cursor, kind)
    changed = {}
    for line in answer.getvalue().decode("utf-8").split("\n")[:-1]:
        number, _, stored = line.partition("\t")
        sent, arrived = texts[int(number)], _ESCAPE.sub(lambda found: _CONTROLS.get(found[1], found[1]), stored)
        if not composition.keeps(sent, arrived):
            changed[sent] = arrived
    return changed


def refused_text(error: psycopg2.Error, texts: Sequence[str]) -> str | None:
    """Say which of the staged texts an error is about; None: that is not known."""
    found = _STAGED_LINE.search(error.diag.context or "")
    return texts[int(found[1]) - 1] if found is not None and 0 < int(found[1]) <= len(texts) else None
