"""Questions to the warehouse that are noted: what a plugin was answered decides the run as a workbook does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wdh.apply.reading import WarehouseReader
from wdh.errors import WdhError
from wdh.process import observation
from wdh.run.readings import Reading, TableRead, Unknown, hash_rows
from wdh.sql.identifiers import Target

_PLAIN = (str, int, float, bool, type(None))


class NotingReader(WarehouseReader):
    """A reader that keeps every question with the hash of its answer, in ``readings``, for a later run to compare."""

    readings: tuple[Reading, ...] = ()

    def rows(
        self,
        target: Target,
        columns: Sequence[str],
        *,
        where: Mapping[str, object] | None = None,
        most: int | None = None,
    ) -> tuple[tuple[Any, ...], ...]:
        """Read rows as :meth:`WarehouseReader.rows` does, and note the question."""
        by = observation.watched_package() or "data_sources.yml"
        try:
            with observation.unwatched():
                found = super().rows(target, columns, where=where, most=most)
        except WdhError:  # which the plugin may take for an answer
            self._note(Unknown("asked the warehouse and was refused", by))
            raise
        plain = {name: value for name, value in (where or {}).items() if isinstance(value, _PLAIN)}
        if len(plain) == len(where or {}):
            self._note(TableRead(target, tuple(columns), plain, hash_rows(found), by))
        else:
            self._note(Unknown(f"asked {target.sql} for a value that the ledger cannot keep", by))
        return found

    def _note(self, reading: Reading) -> None:
        self.readings = (*self.readings, reading)
