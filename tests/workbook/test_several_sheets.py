"""Several sheets of a workbook: which are meant, and that each is closed before the next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from wdh.errors import DataError
from wdh.workbook import Workbook, open_sheets


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name in ("仓库B", "说明", "仓库A", "仓库 C"):
        sheet = book.create_sheet(name)
        for row in (["码", "额"], [name, 1]):
            sheet.append(row)
    book["仓库 C"].sheet_state = "hidden"
    path = tmp_path_factory.mktemp("sheets") / "一.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["仓库*"], ("仓库B", "仓库A")),
        (["仓库A", "仓库B"], ("仓库A", "仓库B")),
        (["仓库A", "仓库?", "仓库A"], ("仓库A", "仓库B")),
        (["仓库[!A]", "仓库C"], ("仓库B", "仓库 C")),
        ([1, "仓*A"], (1, "仓库A")),
    ],
)
def test_sheets_are_meant_by_name_place_or_pattern_and_hidden_ones_by_name(
    path: Path, wanted: Sequence[Any], names: tuple[Any, ...]
) -> None:
    with Workbook(path) as book:
        assert book.choose_sheets(wanted) == names


@pytest.mark.parametrize("wanted", [["仓库A", "仓库D"], ["货*"]])
def test_a_name_or_pattern_without_a_sheet_is_refused_with_those_there_are(path: Path, wanted: Sequence[str]) -> None:
    with Workbook(path) as book, pytest.raises(DataError, match=r"there is no sheet .* Its sheets: 仓库B, 说明"):
        book.choose_sheets(wanted)


def test_sheets_are_read_one_after_the_other(path: Path, reader: Any) -> None:
    read = []
    for sheet in open_sheets(path, ["仓库*", "仓库C"], reader=reader):
        read.append((sheet.sheet, sheet.reader, [cell for batch in sheet.batches() for cell in batch.columns["码"]]))
    assert read == [("仓库B", reader, ["仓库B"]), ("仓库A", reader, ["仓库A"]), ("仓库 C", reader, ["仓库 C"])]
