"""A table in text that nobody described: its form is proposed with its columns, and its pattern finds it again."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from wdh.configuration.values import make_domain
from wdh.errors import DataError
from wdh.inspection import inspect_sheet, inspect_workbook, propose_entry
from wdh.settings import TextFormat


def test_the_form_of_a_text_is_proposed_with_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "门店销售202411.csv"
    rows = [["2024-11", f"{n:04d}", f"门店{n}", f"{n * 1000:,}.50", f"{n}.5%"] for n in range(1, 40)]
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["月报"], ["月度", "店号", "名称", "金额", "毛利"], *rows])
    found = inspect_sheet(path)
    entry = propose_entry(found)
    assert {one.name: one.kind for one in found.columns} == {
        "月度": "month",
        "店号": "code",
        "名称": "text",
        "金额": "amount",
        "毛利": "percent",
    }
    assert (entry["table"], entry["text"]) == ("门店销售", {"encoding": "gb18030", "delimiter": ";"})
    assert [bool(re.search(entry["pattern"], f"门店销售202412{end}")) for end in (".csv", ".xlsx")] == [True, False]
    domain = make_domain("sales", entry, refs={}, settings={})
    assert (domain.text, domain.sheet) == (TextFormat("gb18030", ";"), 0)


def test_what_cannot_be_told_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Straße;Größe\nMüller;1\nMöller;2\n".encode("cp1252"))
    with pytest.raises(DataError, match="its encoding cannot be told"):
        inspect_sheet(path)
    assert [one.name for one in inspect_workbook(path, text=TextFormat("windows-1252")).columns] == ["Straße", "Größe"]


def test_a_month_in_the_name_and_a_shifted_row_are_told_as_what_they_are(tmp_path: Path) -> None:
    """A file in text has no sheet with a name of its own, and a cell that was moved is bad in every kind."""
    path = tmp_path / "门店202411.csv"
    path.write_text("店号,金额\n0001,1.5\n0002,2.5\n0003,1,234.5\n", encoding="utf-8")
    found = inspect_workbook(path)
    (month,) = found.shape.keys["constants"].values()
    assert (list(month), found.expected.rows) == (["file"], 1)
    assert {one.name: one.kind for one in found.columns} == {"店号": "code", "金额": "amount", "月度": "month"}
    assert not [one for one in found.columns if "all but" in one.evidence[0]]
