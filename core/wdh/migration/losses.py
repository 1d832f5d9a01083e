"""The things of an old file that could not be carried over, each with its place there."""

from __future__ import annotations

from wdh.configuration.document import Document
from wdh.configuration.faults import Fault, KeyPath, show_path


class Losses:
    """Collects what was lost of one file; faults of its YAML are the first."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found = list(document.faults)

    @property
    def found(self) -> tuple[Fault, ...]:
        """All of them, in the order of their lines."""
        return tuple(sorted(dict.fromkeys(self._found), key=lambda fault: (fault.line or 0, fault.column or 0)))

    def tell(self, path: KeyPath, message: str) -> None:
        """Say of the key at ``path`` what became of it."""
        line, column = self._document.place(path).key
        self._found.append(Fault(str(self._document.path), line, column, show_path(path), message))
