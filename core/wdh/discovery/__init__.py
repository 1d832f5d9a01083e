"""Discovery: which workbooks below the data directory a run is about, and why.

Only names, folders and modification times are looked at; no workbook is opened here.
"""

from wdh.discovery.findings import Considered, Findings, FoundWorkbook, Months, describe_place
from wdh.discovery.search import find_workbooks

__all__ = ["Considered", "Findings", "FoundWorkbook", "Months", "describe_place", "find_workbooks"]
