"""The engine's functions, usable alone: backfill and load rows that a program already has in memory."""

from wdh.engine.functions import (
    CHUNK_SIZE,
    fill_null_only,
    insert_missing,
    load,
)

__all__ = [
    "CHUNK_SIZE",
    "fill_null_only",
    "insert_missing",
    "load",
]
