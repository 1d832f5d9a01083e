"""What a run says about workbooks that others wrote: the reader and why, hidden sheets, a renamed header."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.readings import give_up_after
from support.workbooks import write_rows

from wdh.words.headers import normalise_header

ROWS: list[list[Any]] = [
    [f"2024-{n:02}", f"00{n:02}", "东风店", "北京", "直营", n, 0.1, True, None] for n in range(1, 13)
]


def hide(workbook: Path) -> None:
    """Hide the sheet of a workbook, and its column of amounts."""
    with zipfile.ZipFile(workbook) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    book, sheet = "xl/workbook.xml", "xl/worksheets/sheet1.xml"
    parts[book] = parts[book].replace(b'state="visible"', b'state="veryHidden"')
    parts[sheet] = parts[sheet].replace(b"<sheetData>", b'<cols><col min="6" max="6" hidden="1"/></cols><sheetData>')
    with zipfile.ZipFile(workbook, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)


def report(place: Any, *arguments: str) -> Any:
    result = place.run("--output", "json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def notes(document: Any) -> dict[str, dict[str, int]]:
    return {note["code"]: note["cases"] for note in document["notes"]}


@pytest.mark.parametrize("arguments", [[], ["--execute"]], ids=["planned", "executed"])
def test_a_run_whose_fast_reader_gives_up_loads_each_row_once_and_says_why(
    place: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    place.write(ROWS)
    place.database.execute(place.tool("ddl", "sales").stdout)
    give_up_after(monkeypatch, 1)
    result = place.run("--output", "json", "--log-format", "json", "--log-level", "info", *arguments)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    (file,) = document["workbooks"]
    assert (file["facts"], file["reader"]) == (12, "openpyxl")
    (case,) = notes(document)["read_by_openpyxl"]
    assert "the fast reader gave up after row" in case
    events = [json.loads(line) for line in result.stderr.splitlines()]
    chosen = [(event["reader"], event["why"]) for event in events if event["event"] == "reader_chosen"]
    assert chosen[0] == ("fast", "it reads the sheet exactly")
    assert [reader for reader, _ in chosen] == ["fast", "openpyxl"]


def test_a_run_tells_of_a_hidden_sheet_and_of_hidden_columns_that_it_read(place: Any) -> None:
    place.write(ROWS)
    (workbook,) = place.folder.glob("*.xlsx")
    hide(workbook)
    told = notes(report(place))
    assert told["hidden_sheet"] == {f"{workbook.name}, sheet 销售": 12}
    assert told["hidden_columns"] == {f"{workbook.name}, sheet 销售, F (销售额)": 12}


@pytest.mark.parametrize("renamed", ["销售额(元)", "*销售额", "销售额：万元", "销 售 额 *"])
def test_a_column_whose_header_was_renamed_is_told_with_the_header_that_may_be_meant(place: Any, renamed: str) -> None:
    header = ["月度", "店号", "店铺名称", "城市", "类型", renamed, "毛利率", "营业", "备注"]
    write_rows(place.folder / "2024年11月门店销售.xlsx", [header, *ROWS], sheet="销售")
    assert notes(report(place))["absent_column"] == {f"销售额 ({normalise_header(renamed)}?)": 12}
