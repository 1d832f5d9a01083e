"""Reading ahead in a process of its own gives the same rows, and leaves nothing behind whatever comes."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import os
import pickle
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.other_process import Failing, Leaving, answer_rudely
from support.readings import read_whole
from support.workbooks import merge_xml, sheet_xml, write_package, write_rows

from wdh.errors import DataError, SetupError
from wdh.workbook import ahead, open_sheet, survey
from wdh.workbook.fast_rows import FastRows

DAY = datetime.datetime(2024, 11, 1)  # noqa: DTZ001 - sheets know no zones
VALUES = ("甲", None, 1, True, 1.0, 0.0, -0.0, 1.5, "1", DAY, datetime.time(7, 30), False)


@pytest.fixture(autouse=True)
def hurry() -> Iterator[None]:
    """No test may wait for ever for a process that does not answer."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("waits for an answer that does not come"))
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def is_gone(process: ahead.ReaderProcess) -> bool:
    """Say whether the system knows no such process any more."""
    try:
        os.kill(process._process.pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ahead.ReaderProcess]]:
    """Read ahead however small a sheet is; all processes that were started must have ended."""
    started: list[ahead.ReaderProcess] = []
    start = ahead.ReaderProcess.__init__

    def record(process: ahead.ReaderProcess) -> None:
        start(process)
        started.append(process)

    monkeypatch.setattr(ahead, "WORTH_IT_FROM", 0)
    monkeypatch.setattr(ahead.ReaderProcess, "is_possible", staticmethod(lambda: True))
    monkeypatch.setattr(ahead.ReaderProcess, "__init__", record)
    yield started
    assert started
    assert all(map(is_gone, started))


def write_mixture(path: Path, *, rows: int = 300) -> Path:
    """Write a sheet whose columns have few values or many, of one kind or of all."""
    lines = (
        [number, VALUES[number % len(VALUES)], VALUES[number // 50 % len(VALUES)], number / 7] for number in range(rows)
    )
    return write_rows(path, [["数", "杂", "少", "分"], *lines])


@pytest.mark.parametrize("batch_rows", [1, 64, 2048])
def test_the_rows_are_those_of_this_process(
    tmp_path: Path, processes: list[ahead.ReaderProcess], monkeypatch: pytest.MonkeyPatch, batch_rows: int
) -> None:
    """Type by type: 1, 1.0 and True are equal, and so are 0.0 and -0.0."""
    path = write_mixture(tmp_path / "一.xlsx")
    there = read_whole(path, reader="fast", batch_rows=batch_rows)
    monkeypatch.setattr(ahead, "WORTH_IT_FROM", 1 << 40)
    here = read_whole(path, reader="fast", batch_rows=batch_rows)
    assert len(processes) == 1
    assert (there.reader, there.rows) == (here.reader, here.rows) == ("fast", here.rows)
    for name in ("数", "杂", "少", "分"):
        assert list(map(repr, there.column(name))) == list(map(repr, here.column(name)))


def test_the_library_may_not_be_looked_for_in_the_working_directory(
    tmp_path: Path, processes: list[ahead.ReaderProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_mixture(tmp_path / "一.xlsx", rows=3)
    for module in ("python_calamine_plus", "pickle", "wdh"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    assert read_whole(path, reader="fast").rows == (2, 3, 4)
    assert len(processes) == 1


def test_what_an_installation_prints_at_its_start_is_no_answer(
    tmp_path: Path, processes: list[ahead.ReaderProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a sitecustomize or a .pth file may. The rows still come from the other process."""
    path = write_mixture(tmp_path / "一.xlsx", rows=3)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text('print("hello")')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.setattr(FastRows, "blocks", lambda *_: pytest.fail("read here"))
    assert read_whole(path, reader="fast").rows == (2, 3, 4)
    assert len(processes) == 1


@pytest.mark.parametrize("error", [pickle.UnpicklingError, EOFError, ValueError, AttributeError])
def test_a_process_whose_answer_cannot_be_read_is_ended(
    processes: list[ahead.ReaderProcess], monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """It waits for what to do next, and would wait for ever."""
    monkeypatch.setattr(ahead, "_GRACE", 0.1, raising=False)
    process = ahead.ReaderProcess()
    process.ask(answer_rudely, error)
    with pytest.raises(ahead.ReaderEnded, match="gave an answer that cannot be read"):
        process.receive()
    assert is_gone(process)
    process.ask(answer_rudely, error)  # is found out as the answer is waited for
    with pytest.raises(ahead.ReaderEnded):
        process.receive()
    process.close()
    assert processes == [process]


def test_closing_early_ends_the_process(tmp_path: Path, processes: list[ahead.ReaderProcess]) -> None:
    with open_sheet(write_mixture(tmp_path / "一.xlsx"), sheet=0, reader="fast", batch_rows=8) as sheet:
        next(sheet.batches())
    assert len(processes) == 1


def test_the_last_row_ends_the_process(tmp_path: Path, processes: list[ahead.ReaderProcess]) -> None:
    with open_sheet(write_mixture(tmp_path / "一.xlsx"), sheet=0, reader="fast", batch_rows=8) as sheet:
        for _ in sheet.batches():
            assert not is_gone(processes[0])
        assert is_gone(processes[0])


def test_rows_that_are_closed_end_the_process(tmp_path: Path, processes: list[ahead.ReaderProcess]) -> None:
    with open_sheet(write_mixture(tmp_path / "一.xlsx"), sheet=0, reader="fast", batch_rows=8) as sheet:
        with contextlib.closing(sheet.batches()) as batches:  # type: ignore[type-var]
            next(batches)
            assert not is_gone(processes[0])
        assert is_gone(processes[0])


def read_until(path: Path, error: type[BaseException]) -> None:
    """Take rows of a sheet until this comes."""
    with open_sheet(path, sheet=0, reader="fast", batch_rows=8) as sheet:
        for _ in sheet.batches():
            raise error


class Unclosable:
    """Rows whose closing is interrupted."""

    def __init__(self, error: type[BaseException]) -> None:
        self._error = error

    def close(self) -> None:
        """Fail."""
        raise self._error


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_whatever_ends_the_reading_ends_the_process(
    tmp_path: Path,
    processes: list[ahead.ReaderProcess],
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    """Whether it comes from whoever takes the rows, or as the sheet is being closed."""
    path = write_mixture(tmp_path / "一.xlsx")
    with pytest.raises(error):
        read_until(path, error)
    assert is_gone(processes[0])
    sheet = open_sheet(path, sheet=0, reader="fast", batch_rows=8)
    monkeypatch.setattr(sheet, "_blocks", Unclosable(error))
    with pytest.raises(error):
        sheet.close()
    assert is_gone(processes[1])


@pytest.mark.parametrize("asked", [1, 2], ids=["the look", "the rows"])
def test_an_interruption_of_the_opening_ends_the_process(
    tmp_path: Path, processes: list[ahead.ReaderProcess], monkeypatch: pytest.MonkeyPatch, asked: int
) -> None:
    receive, answers = ahead.ReaderProcess.receive, itertools.count(1)

    def interrupt(process: ahead.ReaderProcess) -> Any:
        if next(answers) == asked:
            raise KeyboardInterrupt
        return receive(process)

    path = write_mixture(tmp_path / "一.xlsx")
    monkeypatch.setattr(survey, "_PIECE", 4096)  # so that there is a lower part
    monkeypatch.setattr(ahead.ReaderProcess, "receive", interrupt)
    with pytest.raises(KeyboardInterrupt):
        open_sheet(path, sheet=0, reader="fast")
    assert is_gone(processes[0])


READING = """
import sys, time
from wdh.workbook import ahead, open_sheet
ahead.WORTH_IT_FROM = 0
ahead.ReaderProcess.is_possible = staticmethod(lambda: True)
start = ahead.ReaderProcess.__init__
def tell(process):
    start(process)
    print(process._process.pid, flush=True)
ahead.ReaderProcess.__init__ = tell
from pathlib import Path
with open_sheet(Path(sys.argv[1]), sheet=0, reader="fast", batch_rows=8) as sheet:
    for batch in sheet.batches():
        print("read", flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_is_ended(tmp_path: Path, ended_by: signal.Signals) -> None:
    """Not even where it could not clean up: the process ends by itself, as nobody waits for its answers."""
    path = write_mixture(tmp_path / "一.xlsx", rows=6_000)
    command = [sys.executable, "-c", READING, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        assert run.stdout.readline() == "read\n"
        os.kill(pid, 0)
        run.send_signal(ended_by)
        run.communicate()  # which waits for all that hold its standard error, the reader process too
    assert run.returncode == -ended_by


@pytest.mark.parametrize("killed_by", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("before", [1, 2], ids=["the look", "the rows"])
def test_a_process_that_ended_before_the_first_rows_is_not_needed(
    tmp_path: Path,
    processes: list[ahead.ReaderProcess],
    monkeypatch: pytest.MonkeyPatch,
    before: int,
    killed_by: signal.Signals,
) -> None:
    """The sheet is read in this process then, from its first row."""
    ask, asked = ahead.ReaderProcess.ask, itertools.count(1)

    def end_and_ask(process: ahead.ReaderProcess, *words: Any) -> None:
        if next(asked) == before:
            os.kill(process._process.pid, killed_by)
            os.waitid(os.P_PID, process._process.pid, os.WEXITED | os.WNOWAIT)
        ask(process, *words)

    monkeypatch.setattr(ahead.ReaderProcess, "ask", end_and_ask)
    path = write_mixture(tmp_path / "一.xlsx")
    result = read_whole(path, reader="fast", batch_rows=8)
    assert (result.reader, result.rows) == ("fast", tuple(range(2, 302)))
    assert len(processes) == 1
    assert next(asked) == 3


@pytest.mark.parametrize(
    ("killed_by", "told"),
    [
        (signal.SIGKILL, r"signal 9 \(SIGKILL, probably for lack of memory\)"),
        (signal.SIGTERM, r"signal 15 \(SIGTERM\)"),
    ],
)
def test_a_process_that_was_ended_is_no_end_of_the_sheet_and_no_fault_of_it(
    tmp_path: Path, processes: list[ahead.ReaderProcess], killed_by: signal.Signals, told: str
) -> None:
    """It is said where it happened, and what to do."""
    path = write_mixture(tmp_path / "一.xlsx", rows=6_000)
    with open_sheet(path, sheet=0, reader="fast", batch_rows=8) as sheet:
        assert sheet.reader == "fast"
        batches = sheet.batches()
        next(batches)
        os.kill(processes[0]._process.pid, killed_by)
        with pytest.raises(SetupError, match=told) as caught:
            list(batches)
    assert not isinstance(caught.value, DataError)
    assert caught.value.exit_code == 2
    assert caught.value.facts.items() >= {"file": str(path), "sheet": "规模明细", "code": -killed_by}.items()
    assert re.match("一.xlsx, sheet 规模明细: after row [0-9]+, the process that reads it was", caught.value.message)
    assert "Nothing was written. Run again; " in caught.value.message
    assert "--reader openpyxl" in caught.value.message


def test_a_process_that_left_between_two_blocks_is_told_by_its_code(processes: list[ahead.ReaderProcess]) -> None:
    process = ahead.ReaderProcess()
    answers = ahead.RowsAhead(process, Leaving()).blocks(8)  # type: ignore[arg-type]
    assert next(answers).columns == [["甲"]]
    with pytest.raises(ahead.ReaderEnded, match="ended with code 3"):
        next(answers)
    assert processes == [process]


def test_a_sheet_that_is_not_fit_is_never_read_by_it(
    tmp_path: Path, processes: list[ahead.ReaderProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is asked to read has been judged; it does not wait for the sheet to be closed."""
    asked: list[Any] = []
    monkeypatch.setattr(ahead.RowsAhead, "__init__", lambda *words: asked.append(words))
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2" t="e"><v>#SPILL!</v></c></row>'
    with open_sheet(write_package(tmp_path / "一.xlsx", sheet_xml(rows)), sheet=0, reader="fast") as sheet:
        assert sheet.reader == "openpyxl"
        assert is_gone(processes[0])
        assert [list(batch.columns["1"]) for batch in sheet.batches()] == [["#SPILL!"]]
    assert not asked
    assert len(processes) == 1


def test_a_sheet_that_is_refused_ends_it(tmp_path: Path, processes: list[ahead.ReaderProcess]) -> None:
    rows = '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>'
    path = write_package(tmp_path / "一.xlsx", sheet_xml(rows))
    with pytest.raises(DataError, match="row 1 follows row 2"):
        open_sheet(path, sheet=0, reader="fast")
    assert len(processes) == 1


def test_merged_ranges_and_formats_are_found_in_what_comes_from_it(
    tmp_path: Path, processes: list[ahead.ReaderProcess]
) -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>{n}.5</v></c></row>' for n in range(2, 9))
    head = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t></is></c><c r="B1" t="inlineStr"><is><t>乙</t></is></c></row>'
    )
    path = write_package(tmp_path / "一.xlsx", sheet_xml(head + cells, tail=merge_xml("A3:A5")))
    result = read_whole(path, reader="fast", batch_rows=2)
    assert [getattr(cell, "value", cell) for cell in result.column("甲")] == [2, 3, 3, 3, 6, 7, 8]
    assert len(processes) == 1


@pytest.mark.parametrize(
    ("error", "told", "said"),
    [(KeyError, ValueError, "after 8"), (MemoryError, MemoryError, None), (ZeroDivisionError, RuntimeError, "after 8")],
)
def test_what_fails_there_is_raised_here(
    processes: list[ahead.ReaderProcess], error: type[Exception], told: type[Exception], said: str | None
) -> None:
    """A fault of the file is one of those the reader names; another keeps its traceback."""
    process = ahead.ReaderProcess()
    answers = ahead.RowsAhead(process, Failing(error)).blocks(8)  # type: ignore[arg-type]
    try:
        with pytest.raises(told, match=said):
            next(answers)
    finally:
        process.close()
    assert processes == [process]


def test_one_processor_reads_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert not ahead.ReaderProcess.is_possible()


def test_where_no_process_can_be_started_this_one_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no pipe is left open."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(ahead, "WORTH_IT_FROM", 0)
    monkeypatch.setattr(ahead.ReaderProcess, "is_possible", staticmethod(lambda: True))
    monkeypatch.setattr(subprocess, "Popen", refuse)
    path = write_mixture(tmp_path / "一.xlsx")
    pipe = os.pipe()
    list(map(os.close, pipe))
    result = read_whole(path, reader="fast")
    assert (result.reader, len(result.rows)) == ("fast", 300)
    again = os.pipe()
    list(map(os.close, again))
    assert again == pipe
