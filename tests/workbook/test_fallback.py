"""No dead end: whatever the fast reader's library raises, openpyxl reads the sheet, and it is said why."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from support.readings import give_up_after, read_whole
from support.workbooks import merge_xml, sheet_xml, text_xml, write_package, write_rows

from wdh.errors import SetupError
from wdh.workbook import open_sheet
from wdh.workbook.rows.fast_rows import FastReaderFailed, FastRows

ROWS = 40


def text(cell: str, value: str) -> str:
    return f'<c r="{cell}" t="inlineStr"><is>{text_xml(value)}</is></c>'


def write(folder: Path, **options: Any) -> Path:
    """A sheet with blank rows, a hidden one, a date, a code, and a range that is merged over all of its rows."""
    rows = "".join(
        f'<row r="{n}"{" hidden=" + chr(34) + "1" + chr(34) if n == 20 else ""}>{text(f"A{n}", f"名{n}")}'
        f'<c r="B{n}" s="1"><v>{45000 + n}</v></c><c r="C{n}" s="2"><v>{n}</v></c></row>'
        for n in range(3, ROWS + 1)
        if n not in (11, 12, 30)
    )
    head = f'<row r="1">{text("A1", "名")}{text("B1", "日")}{text("C1", "码")}{text("D1", "组")}</row>'
    first = f'<row r="2">{text("A2", "名2")}{text("D2", "甲组")}</row>'
    xml = sheet_xml(head + first + rows, tail=merge_xml(f"D2:D{ROWS}"))
    return write_package(folder / "一.xlsx", xml, formats=["yyyy-mm-dd", "0000"], **options)


@pytest.mark.parametrize("batch_rows", [1, 3, 8, 50])
@pytest.mark.parametrize("given", [0, 1, 2, 5])
def test_a_sheet_that_the_library_gives_up_in_the_middle_is_read_on_by_openpyxl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_rows: int, given: int
) -> None:
    """Each row is given once, with the same cells, formats, merged ranges, blank and hidden rows."""
    path = write(tmp_path)
    whole = read_whole(path, reader="openpyxl", batch_rows=batch_rows)
    assert read_whole(path, reader="fast", batch_rows=batch_rows).same() == whole.same()
    give_up_after(monkeypatch, given)
    read = read_whole(path, reader="fast", batch_rows=batch_rows)
    assert read.same() == whole.same()
    assert read.reader == "openpyxl"
    assert "the fast reader gave up after row" in (read.fallback or "")
    assert "RuntimeError: what is this?" in (read.fallback or "")


def test_what_the_library_raises_is_one_fault_and_what_others_raise_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panic of the library is no Exception; an interruption and a lack of memory are none of its faults."""
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})
    path = write(tmp_path)
    for error in (panic("index out of bounds"), OSError("gone"), ValueError("odd"), ZeroDivisionError()):
        with monkeypatch.context() as patch:
            give_up_after(patch, 1, error=error)
            assert read_whole(path, reader="fast", batch_rows=4).reader == "openpyxl"
    for error in (KeyboardInterrupt(), SystemExit(1)):
        with monkeypatch.context() as patch:
            give_up_after(patch, 1, error=error)
            with pytest.raises(type(error)):
                read_whole(path, reader="fast", batch_rows=4)


def test_a_library_that_fails_in_opening_is_one_that_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import python_calamine_plus

    def fail(_: object) -> None:
        raise python_calamine_plus.CalamineError("Unrecognized sheet:type")

    monkeypatch.setattr(python_calamine_plus, "load_workbook", fail)
    read = read_whole(write(tmp_path), reader="fast")
    assert len(read.rows) == ROWS - 4
    assert read.fallback == "the fast reader gave up after row 0 (CalamineError: Unrecognized sheet:type)"


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_the_reader_and_why_it_was_chosen_are_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, kept, logger = write(tmp_path), Kept(), logging.getLogger("wdh")
    before = logger.level
    monkeypatch.setattr(logger, "handlers", [kept])
    logger.setLevel(logging.INFO)

    def logged() -> list[tuple[str, str]]:
        events = [(r.reader, r.why) for r in kept.records if r.getMessage() == "reader_chosen"]  # type: ignore[attr-defined]
        kept.records.clear()
        return events

    read_whole(path, reader="openpyxl")
    assert logged() == [("openpyxl", "it was asked for")]
    read_whole(path, reader="auto")
    assert logged() == [("fast", "it reads the sheet exactly")]
    read_whole(write_package(tmp_path / "二.xlsx", sheet_xml(f'<row r="1">{text("A1", "码")}</row>{ODD}')))
    assert [reader for reader, _ in logged()] == ["openpyxl"]
    give_up_after(monkeypatch, 1)
    read_whole(path, reader="fast", batch_rows=4)
    assert [reader for reader, _ in logged()] == ["fast", "openpyxl"]
    logger.setLevel(before)


ODD = '<row r="2"><c r="A2" t="inlineStr"><is><t> x </t></is></c></row>'


def test_a_sheet_says_that_it_was_read_by_openpyxl_where_the_fast_reader_was_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path)
    for reader, failing in (("openpyxl", False), ("fast", False), ("fast", True)):
        if failing:
            give_up_after(monkeypatch, 1)
        with open_sheet(path, sheet=0, reader=reader, batch_rows=4) as sheet:
            rows = sum(map(len, sheet.batches()))
            notes = [*sheet.notes(rows)]
        assert [note.code for note in notes] == (["read_by_openpyxl"] if failing else [])
    assert list(notes[0].cases.values()) == [rows]
    assert "一.xlsx, sheet 规模明细: the fast reader gave up after row" in next(iter(notes[0].cases))


def test_a_fault_that_openpyxl_finds_too_is_told_as_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_up_after(monkeypatch, 1)
    path = write_package(tmp_path / "一.xlsx", sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="2">'))
    with pytest.raises(Exception, match="is damaged after row") as caught:
        read_whole(path, reader="fast")
    assert not isinstance(caught.value, FastReaderFailed)
    assert FastRows.faults == (FastReaderFailed,)


def test_a_reader_that_there_is_not_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """Programs name one without the command line's choice."""
    write_rows(tmp_path / "a.xlsx", [["a"], [1]])
    with pytest.raises(SetupError, match=r"no reader 'calamine'; there are auto, fast, openpyxl"):
        open_sheet(tmp_path / "a.xlsx", sheet=0, reader="calamine")
