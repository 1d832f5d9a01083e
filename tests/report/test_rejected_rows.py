"""How many rows were rejected is one number on the terminal, in the JSON, on the page and in the red workbook."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.testing.database import Database

CONFIGURATION = """
domains:
  sales:
    pattern: sales
    sheet: sales
    schema: public
    table: sales
    pk: [month, shop]
    columns:
      month: {kind: month, required: true}
      shop: {kind: code, width: 4, required: true}
      city: {kind: choice, values: [Shanghai, Beijing]}
      amount: {kind: amount, scale: 2}
      receipt: integer
    checks:
      unique: receipt
    refs:
      shops:
        schema: public
        table: shops
        key: [shop]
        on_key_conflict: reject
        columns: {shop: shop, city: city}
"""
HEADER = ["month", "shop", "city", "amount", "receipt"]
ROWS = [
    ["2024-11", "0001", "Shanghai", 10, 1],
    ["2024-12", "0001", "Beijing", 11, 1],
    ["2024-11", "0002", "Shangai", 20, 3],
    ["2024-11", "0003", "Beijing", "about", 4],
    ["2024-11", "0004", "Beijing", 40, 5],
    ["2024-12", "0004", "Shanghai", 41, 6],
    ["2024-11", "0005", "Beijing", 50, 7],
]
"""Rows 3 and 7 contradict rows 2 and 6; the receipt of row 3 is that of row 2; rows 4 and 5 cannot be read."""


@pytest.fixture
def workspace(tmp_path: Path, database: Database) -> Workspace:
    (tmp_path / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    write_rows(tmp_path / "sales.xlsx", [HEADER, *ROWS], sheet="sales")
    return Workspace(tmp_path, database)


def test_a_row_that_contradicts_another_is_counted_as_rejected_everywhere(workspace: Workspace) -> None:
    """Rows 3, 4, 5 and 7: a row counts once, however much is wrong with it."""
    ended = workspace.job("sales", "--max-rejects", "9", "--report-dir", str(workspace.folder / "back"))
    assert ended.code == 3
    document = json.loads((workspace.folder / "back" / "report.json").read_text("utf-8"))
    (sheet,) = document["workbooks"]
    rows = {reject["row"] for reject in document["rejects"]}
    assert {(reject["reason"], reject["row"]) for reject in document["rejects"]} >= {
        ("key_conflict", 3),
        ("key_conflict", 7),
        ("unknown_choice", 4),
        ("not_a_number", 5),
        ("not_unique", 3),
    }
    assert (sheet["data_rows"], sheet["rejected"], sheet["facts"]) == (7, len(rows), 7 - len(rows))
    assert document["error"]["facts"]["rejected_rows"] == len(rows)
    cells = {reject["cell"] for reject in document["rejects"]}
    said = f"{len(cells)} cells in {len(rows)} rows could not be"
    assert f"{said} taken over" in ended.out
    assert f"{len(rows)} rows cannot be loaded" in ended.err
    page = read_text(workspace.folder / "back" / "report.html")
    assert f"{said} understood" in page
    assert f" {len(rows)} rows rejected" in page
    assert f"sheet sales 7 {7 - len(rows)} {len(rows)} 0 0 0" in page
    assert count_to_mend(load_workbook(workspace.folder / "back" / "mend-sales.xlsx")) == len(rows)


def read_text(page: Path) -> str:
    """Read the English of a page, without its elements."""
    text = re.sub(r'(?s)<(script|style).*?</\1>|<span lang="zh">.*?</span>', "", page.read_text("utf-8"))
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", text)).split())


def count_to_mend(book: Any) -> int:
    return sum(str(cell.value).startswith("to mend #") for cell in book["sales"]["A"])
