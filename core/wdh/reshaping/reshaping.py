"""The reshaping of the batches of one sheet before their columns are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msgspec import Struct

from wdh.facts import Batch
from wdh.reshaping.constants import Fixed, Origin, fix_constants
from wdh.reshaping.groups import Long, make_long
from wdh.settings import Domain

__all__ = ["AS_IT_IS", "Origin", "Reshaping", "make_reshaping"]


class Reshaping(Struct, frozen=True):
    """Puts ``fixed`` values beside the rows of a sheet, and makes wide rows ``long`` (None: they are not wide)."""

    fixed: tuple[Fixed, ...] = ()
    long: Long | None = None

    def parts(self, batch: Batch) -> Iterator[Batch]:
        """Give the rows of a batch in their new shape: as often as there are groups, each as a batch of its own.

        So a row has one number and one letter for each of its columns in every part. Parts may be empty; the same
        place in the parts of two batches is the same group.
        """
        whole = _add(batch, self.fixed) if self.fixed else batch
        return iter((whole,)) if self.long is None else self.long.parts(whole)


AS_IT_IS = Reshaping()


def make_reshaping(domain: Domain, origin: Origin) -> Reshaping:
    """Say what is done with the rows of a sheet. Raises DataError where it lacks what the domain asks for."""
    long = None if domain.unpivot is None else make_long(domain.unpivot, origin)
    return Reshaping(tuple(fix_constants(domain.constants, origin)), long)


def _add(batch: Batch, fixed: tuple[Fixed, ...]) -> Batch:
    size = len(batch)
    formats = {each.header: [each.number_format] * size for each in fixed if each.number_format is not None}
    return replace(
        batch,
        columns={**batch.columns, **{each.header: [each.value] * size for each in fixed}},
        formats={**batch.formats, **formats},
        outside={**batch.outside, **{each.header: each.outside for each in fixed}},
    )
