"""Discovery: which workbooks below the data directory a run is about, and why.

Only names, folders and modification times are looked at; no workbook is opened here. Of those that lie elsewhere,
``depot`` fetches what was chosen.
"""

from wdh.discovery.depot import DepotAddress, Depots, Fetched, read_address
from wdh.discovery.findings import Considered, Findings, FoundWorkbook, Months, describe_place
from wdh.discovery.search import find_workbooks

__all__ = [
    "Considered",
    "DepotAddress",
    "Depots",
    "Fetched",
    "Findings",
    "FoundWorkbook",
    "Months",
    "describe_place",
    "find_workbooks",
    "read_address",
]
