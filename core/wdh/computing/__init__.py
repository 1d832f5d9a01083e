"""Corrections and computed columns: what data_sources.yml does to the rows of a sheet before they are read."""

from wdh.computing.computing import Completed, Computing
from wdh.computing.lookups import Found, look_up
from wdh.computing.telling import RowNote

__all__ = ["Completed", "Computing", "Found", "RowNote", "look_up"]
