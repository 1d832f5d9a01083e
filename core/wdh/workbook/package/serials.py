"""Dates as a sheet keeps them: days since an epoch."""

from __future__ import annotations

import datetime

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from wdh.facts.cells import PlainValue
from wdh.workbook.rows.blocks import NO_DATE


def read_serial(serial: float, *, epoch_1904: bool, duration: bool) -> PlainValue:
    """Turn a number with a date format into a datetime, a time (below one day) or a duration.

    A number that no calendar has (negative, past the year 9999) gives :data:`NO_DATE`.
    """
    epoch = MAC_EPOCH if epoch_1904 else WINDOWS_EPOCH
    try:
        value: PlainValue = from_excel(serial, epoch, timedelta=duration)
    except (OverflowError, ValueError):
        return NO_DATE
    if isinstance(value, datetime.datetime) and value < epoch:
        return NO_DATE
    return value
