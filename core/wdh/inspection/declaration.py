"""One column as a domain declares it: a kind and its options, the same words in YAML and in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wdh.columns import Column
from wdh.columns.declared import declare_column


@dataclass(frozen=True, slots=True)
class Declaration:
    """How a column is to be read: ``kind`` is a word of the column vocabulary, ``options`` its arguments by name.

    ``name`` is the database column; the option ``source`` is there where the header is another.
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def column(self) -> Column:
        """Make the column of the vocabulary."""
        return declare_column(self.name, {"kind": self.kind, **self.options})

    def having(self, **options: Any) -> Declaration:
        """Say the same with further options."""
        return Declaration(self.name, self.kind, {**self.options, **options})

    def written(self) -> str | dict[str, Any]:
        """Write it as a ``columns:`` entry of data_sources.yml: the kind alone, or a mapping."""
        return {"kind": self.kind, **self.options} if self.options else self.kind
