"""The workbook of rejects shows each value as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from wdh.facts import Reject
from wdh.report.files import write_report


@pytest.mark.parametrize("value", ["_x0041_", "a_x000D_x0041_", "_x005F_", "__x0041__", "_x41_", "=1+1"])
def test_a_value_that_looks_like_an_escape_is_none(tmp_path: Path, value: str) -> None:
    """Excel undoes the escapes of a stored text, and so does openpyxl by the function called here."""
    reject = Reject("f.xlsx", "s", 2, "A2", "名", value, reason="no_text", sentence="is none")
    write_report(tmp_path, {}, rejects=[reject])
    rows = load_workbook(tmp_path / "rejects.xlsx")["rejects"].iter_rows(min_row=2, values_only=True)
    assert unescape(str(next(rows)[5])) == value


@pytest.mark.parametrize("value", ["#N/A", "=A1", "+1", "-1", "@x", "abc"])
def test_a_value_stays_a_text_whatever_it_looks_like(tmp_path: Path, value: str) -> None:
    reject = Reject("f.xlsx", "s", 2, "A2", "名", value, reason="no_text", sentence="is none")
    write_report(tmp_path, {}, rejects=[reject, reject])
    sheet = load_workbook(tmp_path / "rejects.xlsx")["rejects"]
    assert [(row[5].data_type, row[5].value) for row in sheet.iter_rows(min_row=2)] == [("s", value)] * 2
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:H3")
