"""Which sheet of a workbook is inspected where none is named."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from wdh.errors import DataError
from wdh.inspection import inspect_sheet
from wdh.workbook.package import original


def write(path: Path, states: dict[str, str], *, rows: int = 2) -> Path:
    """Write a workbook of sheets in these states, each with ``rows`` rows below its header in the last of them only."""
    book = openpyxl.Workbook(write_only=True)
    for name, state in states.items():
        page = book.create_sheet(name)
        page.sheet_state = state
        page.append(["代码", "名称"])
        if name == [*states][-1] or state != "visible":
            for number in range(rows):
                page.append([f"00{number}", f"名{number}"])
    book.save(path)
    return path


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_inspected_by_its_name_only(tmp_path: Path, state: str) -> None:
    path = write(tmp_path / "一.xlsx", {"旧": state, "新": "visible"})
    assert (inspect_sheet(path).sheet, inspect_sheet(path).sheets) == ("新", ("新",))
    assert inspect_sheet(path, sheet=0).sheet == "新"
    assert inspect_sheet(path, sheet="旧").sheet == "旧"


def test_a_workbook_without_a_visible_sheet_names_the_hidden_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "一.xlsx", {"首": "visible", "旧": "hidden"})
    with pytest.raises(DataError, match=r"旧 \(hidden\)"):
        inspect_sheet(path, sheet=1)


def test_the_search_for_a_sheet_opens_the_workbook_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sheets are passed over: some workbooks have a thousand.."""
    path = write(tmp_path / "一.xlsx", {f"表{number}": "visible" for number in range(30)})
    opened: list[Path] = []
    check = original.check_file
    monkeypatch.setattr(original, "check_file", lambda path: opened.append(path) or check(path))
    found = inspect_sheet(path)
    assert (found.sheet, len(found.sheets), len(found.remarks)) == ("表29", 30, 29)
    assert len(opened) < 10
