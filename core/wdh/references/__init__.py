"""Reference rows, derived from the facts that share a key: candidates for a backfill."""

from wdh.references.derivation import (
    Derivation,
)

__all__ = [
    "Derivation",
]
