"""The effect of an upsert on the periods of its table: facts that come, change, or go to another period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext

from msgspec import Struct

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.forecast.asking import ask, describe, read_blocks
from wdh.plan import Upsert
from wdh.sql import forecast as questions
from wdh.sql.driver import Cursor


class Move(Struct):
    """The effect of an upsert on one period. ``amounts`` has for each what its sum grows by, and that of its sizes."""

    amounts: list[tuple[Decimal, Decimal]]
    inserted: int = 0
    updated: int = 0
    moved: int = 0


def find_moves(
    step: Upsert, cursor: Cursor, *, table: WarehouseTable, period: str | None, amounts: Sequence[str], digits: int
) -> Mapping[str | None, Move]:
    """Count by period, as the table writes it, what an upsert does. Raises NotAnswered, psycopg2.Error."""
    columns = tuple(dict.fromkeys((*step.key, *step.update, *([] if period is None else [period]), *amounts)))
    reach = questions.Reach(
        step.target,
        tuple(describe(table, column) for column in columns),
        keys=len(step.key),
        filled=(),
        compared=tuple(range(len(step.key), len(columns))),
    )
    question = questions.count_moves(
        reach,
        updated=[columns.index(column) for column in step.update],
        period=None if period is None else columns.index(period),
        amounts=[columns.index(column) for column in amounts],
    )
    moves: dict[str | None, Move] = {}
    for values in read_blocks(step.facts, columns):
        for text, inserted, updated, moved, *sums in ask(cursor, question, values):
            move = moves.setdefault(text, Move([(Decimal(0), Decimal(0))] * len(amounts)))
            move.inserted += inserted
            move.updated += updated
            move.moved += moved
            grown = zip(sums[: len(amounts)], sums[len(amounts) :], strict=True)
            with localcontext() as context:
                context.prec = digits
                pairs = zip(move.amounts, grown, strict=True)
                move.amounts = [(total + more, size + bigger) for (total, size), (more, bigger) in pairs]
    return moves
