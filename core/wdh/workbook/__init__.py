"""Reads workbooks: a sheet's rows, exactly as the workbook shows them, by column batches."""

from __future__ import annotations

from wdh.settings import Limits
from wdh.workbook.book import Workbook, open_sheet, open_sheets
from wdh.workbook.lower_rows import LowerRows
from wdh.workbook.package.guard import hash_workbook
from wdh.workbook.readers import ReaderName
from wdh.workbook.sheet import Sheet

__all__ = ["Limits", "LowerRows", "ReaderName", "Sheet", "Workbook", "hash_workbook", "open_sheet", "open_sheets"]
