"""The shape of a sheet's rows: what stands outside the table is put beside each row, and wide rows are made long."""

from wdh.reshaping.groups import unpivot
from wdh.reshaping.reshaping import AS_IT_IS, Origin, Reshaping, make_reshaping

__all__ = ["AS_IT_IS", "Origin", "Reshaping", "make_reshaping", "unpivot"]
