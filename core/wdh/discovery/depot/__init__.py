"""Depots: where workbooks lie, be it a folder here or a bucket or server elsewhere, and how they are fetched."""

from wdh.discovery.depot.address import DepotAddress, read_address
from wdh.discovery.depot.depots import Depots, Fetched
from wdh.discovery.depot.entries import Entry, Version

__all__ = ["DepotAddress", "Depots", "Entry", "Fetched", "Version", "read_address"]
