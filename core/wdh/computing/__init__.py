"""Corrections and computed columns: what data_sources.yml does to the rows of a sheet before they are read."""

from wdh.computing.computing import Computing
from wdh.computing.corrections import RowNote
from wdh.computing.lookups import Found, look_up

__all__ = ["Computing", "Found", "RowNote", "look_up"]
