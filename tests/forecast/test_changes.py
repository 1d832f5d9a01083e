"""Every change of a reference is listed: the first 1,000 of each kind on the page, all of them in changes.xlsx."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from wdh.apply.forecast import ChangeList, Listed, references

SHOWN: Final = 1_000
FORMULAS: Final = ("=1+1", "+86", "-x", "@you", "<script>alert(1)</script>", "#N/A", "_x0041_")
"""Names of shops that mean something to Excel or to a browser."""

Line = tuple[Any, ...]


def fill(sales: Any, *, new: int, filled: int, differing: int, same: int = 3) -> list[Line]:
    """Put shops into the warehouse and the workbook; give the changes that there are, as changes.xlsx has them."""
    numbers = iter(range(1, new + filled + differing + same + 1))
    rows, known, expected = [], [], []

    def take(count: int) -> Iterable[tuple[str, str]]:
        for _ in range(count):
            number = next(numbers)
            yield f"{number:06d}", f"店{number}"

    for code, name in take(differing):
        rows.append((code, name, "北京"))
        old = dict(enumerate(FORMULAS)).get(len(known), f"旧{name}")
        known.append((code, old, "北京"))
        expected.append(("differing", "shops", code, "店铺名称", old, name, None))
    for code, name in take(filled):
        rows.append((code, name, "北京"))
        known.append((code, name, None))
        expected.append(("filled", "shops", code, "城市", None, "北京", None))
    for code, name in take(new):
        rows.append((code, name, "北京"))
        expected.append(("new", "shops", code, None, None, None, None))
    for code, name in take(same):
        rows.append((code, name, "北京"))
        known.append((code, name, "北京"))
    sales.write([["202411", code, name, city, 1] for code, name, city in rows])
    sales.database.execute("TRUNCATE 店铺, 门店销售")
    values = (", ".join("NULL" if value is None else f"'{value}'" for value in row) for row in known)
    sales.database.execute(f"INSERT INTO 店铺 VALUES ({'), ('.join(values)})")
    return expected


def read_changes(folder: Path) -> list[Line]:
    """Read all rows of changes.xlsx, whatever sheets they are on; each value is text."""
    book = load_workbook(folder / "changes.xlsx")
    lines = []
    for sheet in book.worksheets:
        head, *rows = list(sheet.iter_rows())
        names = ["change", "reference", "key 1", "column", "in the warehouse", "in the workbooks", "rows"]
        assert [cell.value for cell in head] == names
        assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
        lines += [tuple(None if cell.value is None else unescape(cell.value) for cell in row) for row in rows]
        assert sheet.auto_filter.ref == f"A1:G{len(rows) + 1}"
    return lines


def read_page(folder: Path) -> str:
    text = (folder / "report.html").read_text("utf-8")
    text = re.sub(r'(?s)<(script|style)[ >].*?</\1>|<span lang="zh">.*?</span>', "", text)
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", text)).split())


@pytest.mark.parametrize("how", ["--forecast", "--execute"])
def test_all_changes_are_in_the_workbook_and_the_first_of_each_kind_on_the_page(sales: Any, how: str) -> None:
    """The report for programs keeps 20 of a kind, and the terminal says where the others are."""
    expected = fill(sales, new=SHOWN + 1, filled=SHOWN, differing=SHOWN + 1)
    folder = sales.folder / "report"
    ended = sales.ask(how, "--report-dir", str(folder))
    assert ended.code == 0, ended.err
    assert "--report-dir DIR writes all changes to changes.xlsx" in ended.out
    assert f"written: {folder / 'changes.xlsx'}" in ended.err
    assert Counter(read_changes(folder)) == Counter(expected)
    page = read_page(folder)
    told = "The first 1,000 of 1,001 are here. All of them are in changes.xlsx, beside this page."
    assert page.count(told) == 2, "of the filled ones all are there"
    assert page.count(" NULL 北京 ") == SHOWN
    assert "000005 店铺名称 <script>alert(1)</script> 店5" in page
    (shops,) = json.loads((folder / "report.json").read_text("utf-8"))["forecast"]["references"]
    assert [len(shops[name]) for name in ("new_keys", "fills", "differences")] == [20, 20, 20]
    assert [shops["inserted"], *shops["filled"].values(), *shops["differing"].values()] == [1001, 0, 1000, 1001]


def test_changes_are_the_same_however_they_are_cut(sales: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "CHUNK", 37)
    monkeypatch.setattr(references, "_VALUES", 1)
    monkeypatch.setattr("wdh.report.files._MOST_ROWS", 50)
    expected = fill(sales, new=60, filled=50, differing=48)
    assert sales.ask("--forecast", "--report-dir", str(sales.folder / "report")).code == 0
    assert len(load_workbook(sales.folder / "report" / "changes.xlsx").sheetnames) == 4
    assert len(read_changes(sales.folder / "report")) == len(expected) == 158
    assert {line[2] for line in read_changes(sales.folder / "report")} == {line[2] for line in expected}


def test_what_facts_disagree_about_is_in_the_workbook_without_a_warehouse_too(sales: Any) -> None:
    sales.write([["202411", "0001", "甲店", "天津", 1], ["202410", "0001", "甲店", "北京", 2]])
    folder = sales.folder / "report"
    assert sales.ask("--plan-only", "--dsn", "host=127.0.0.1 port=1", "--report-dir", str(folder)).code == 0
    place = "2024年11月门店销售.xlsx 2; 2024年11月门店销售.xlsx 3"
    assert read_changes(folder) == [
        ("disagreement", "shops", "0001", "城市", None, value, place) for value in ("天津", "北京")
    ]
    assert "Facts that disagree: the first is taken" in read_page(folder)
    sales.write([["202411", "0001", "甲店", "天津", 1]])
    assert sales.ask("--plan-only", "--dsn", "host=127.0.0.1 port=1", "--report-dir", str(folder)).code == 0
    assert not (folder / "changes.xlsx").exists(), "that of an earlier run"


@pytest.mark.parametrize("how", ["option", "configuration"])
def test_withheld_values_are_in_no_list(sales: Any, how: str) -> None:
    fill(sales, new=30, filled=30, differing=30)
    if how == "configuration":
        sales.config.write_text("withhold_values: true\n" + sales.config.read_text("utf-8"), "utf-8")
    more = ["--withhold-values"] if how == "option" else []
    folder = sales.folder / "report"
    assert sales.ask("--forecast", "--report-dir", str(folder), *more).code == 0
    assert not (folder / "changes.xlsx").exists()
    page = read_page(folder)
    assert "旧店" not in page
    assert "Of 90 changes of references, 40 are listed" in page


def test_a_list_begins_anew_and_goes_back() -> None:
    """A transaction is tried again, and a reference may be left out halfway. What was read stays as it was."""
    changes = [Listed("differing", "shops", (str(number), None), "城市", None, "北\n京") for number in range(50_000)]
    with ChangeList() as kept:
        assert (kept.is_kept, list(kept.read())) == (False, [])
        kept.add(changes)
        kept.begin()
        assert (kept.is_kept, list(kept.read())) == (True, [])
        kept.add(changes[:3])
        end = kept.end
        kept.add(changes)
        assert list(kept.read()) == [*changes[:3], *changes]
        kept.back_to(end)
        kept.add(changes[7:9])
        first = kept.read()
        assert next(first) == changes[0]
        assert list(kept.read()) == [*changes[:3], *changes[7:9]]
        assert list(first) == [*changes[1:3], *changes[7:9]]
