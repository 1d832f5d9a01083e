"""The hidden mark is read as it was written, and a row's fingerprint is the same once its workbook is saved again."""

from __future__ import annotations

import datetime

import pytest

from wdh.facts import Batch
from wdh.mending.fingerprints import show_rows
from wdh.mending.mark import (
    DamagedMark,
    Mark,
    OtherFile,
    SheetMark,
    is_header,
    read_mark,
    read_state,
    write_header,
    write_mark,
    write_state,
)

ROWS = 100_000
SHEET = SheetMark(
    "明细",
    ("月度", "金额"),
    (*map(str, range(4, ROWS)), "+0123456789ab", str(ROWS + 7)),
    "ar" + "a" * (ROWS - 4),
    bytes(range(100)) * 6 * ((ROWS - 2) // 100) + bytes(98 * 6),
    {"5": b"abcdef"},
)
OTHER = OtherFile("乙.xlsx", "/data", 9, "cd" * 32)
MARK = Mark("shops", None, "甲.xlsx", "/data/甲", 12, "ab" * 32, (SHEET,), (OTHER,))


def test_a_mark_is_read_as_it_was_written_and_its_cells_hold_what_a_cell_may() -> None:
    texts = write_mark(MARK)
    assert read_mark(texts) == MARK
    assert max(map(len, texts)) <= 32_767
    assert all(text[0] == "w" for text in texts)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda _: [], "first cell"),
        (lambda texts: ["hello", *texts[1:]], "first cell"),
        (lambda texts: texts[:-1], "not as they were"),
        (lambda texts: [texts[0], *(text.swapcase() for text in texts[1:])], "not as they were"),
        (lambda texts: [texts[0].replace("wdh 1", "wdh 2"), *texts[1:]], "later wdh"),
    ],
)
def test_a_mark_that_is_not_as_it_was_written_is_damaged(change, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DamagedMark, match=says):
        read_mark(change(list(write_mark(MARK))))


@pytest.mark.parametrize("row", ["12", "+0123456789ab", "+0123456789ab.3"])
def test_the_cell_of_a_state_names_its_row(row: str) -> None:
    assert read_state(write_state("拒收 #5", row)) == row
    assert read_state(write_state("rejected", row) + " ") == row


@pytest.mark.parametrize("cell", [None, "", "done", 12, "#12 done"])
def test_any_other_cell_names_none(cell: object) -> None:
    assert read_state(cell) is None


def test_the_header_of_the_states_is_known_in_any_language() -> None:
    assert is_header(write_header("行状态"))
    assert not is_header("State")
    assert not is_header(None)


DAY = datetime.datetime(2024, 1, 31)  # noqa: DTZ001 - as a cell has it
HALF, MICROSECOND = datetime.timedelta(hours=12), datetime.timedelta(microseconds=1)


def _prints(*cells: object) -> list[bytes]:
    batch = Batch(
        file="a", sheet="b", row_numbers=list(range(len(cells))), columns={"c": list(cells)}, letters={"c": "A"}
    )
    return list(show_rows(batch, ("c", "gone")).prints())


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (1, 1.0),
        (-0.0, 0),
        ("a\r\nb ", "a\nb"),
        ("", None),
        (" ", None),
        (DAY, datetime.date(2024, 1, 31)),
        (DAY + HALF, DAY + HALF - MICROSECOND),
        (datetime.time(8, 30), datetime.time(8, 30, 0, 1)),
    ],
)
def test_what_saving_again_changes_does_not_change_a_fingerprint(one: object, same: object) -> None:
    first, second = _prints(one, same)
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, "1"), (1, True), (1.5, 1.25), ("a", "b"), (None, 0), (12, datetime.timedelta(seconds=12)), ("a", "A")],
)
def test_another_cell_has_another_fingerprint(one: object, other: object) -> None:
    first, second = _prints(one, other)
    assert first != second
