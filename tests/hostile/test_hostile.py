"""Hostile input ends in a sentence that says what to do, with its own exit code, and nothing is written.

The long cases, and all of them in bounded memory, are run by proof/hostile.py.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from msgspec import structs
from support.hostile import BOOK, CASES, CHANGES, HEAD, MOMENTS, READERS, Case, book, change, interfere, prepare, row
from support.workbooks import write_rows

from wdh.command.failures import exit_with, unexpected
from wdh.command.run import main as job_command
from wdh.configuration.values import make_limits
from wdh.errors import DataError
from wdh.facts import Reject
from wdh.intake.tally import Intake
from wdh.logs import Log, configure_logs
from wdh.report.blocks import Result
from wdh.report.files import write_report
from wdh.report.reporters import REPORTERS
from wdh.report.summary import summarise_intake
from wdh.settings import Limits
from wdh.words.printable import show_controls, show_lines
from wdh.workbook import open_sheet
from wdh.workbook.rows.headers import name_columns
from wdh.workbook.survey.exactness import _any_of
from wdh_schemas import read_contract

QUICK = [case for case in CASES if case.is_quick and not case.driven]
FIERCE = "\x1b[31m\x9b1m\x07\x08\u202e\r赤\udcff"


def run(case: Case, folder: Path, *options: str) -> tuple[int, str]:
    """Run a case as the command would be; give its exit code and all it said."""
    arguments = [*prepare(case, folder), "--log-level", "INFO", *options]
    ended = CliRunner().invoke(job_command, arguments, env={"COLUMNS": "200"})
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.output


@pytest.mark.many
@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name.replace("/", " "))
def test_hostile_input_is_told_by_its_name_or_taken_in_its_bounds(tmp_path: Path, case: Case) -> None:
    code, said = run(case, tmp_path / "数据")
    assert code == case.code, said
    assert re.search(case.says, said), said
    assert not any(mark in said for mark in "\x1b\x9b\x07")


@pytest.mark.many
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("reader", READERS)
def test_a_workbook_changed_at_any_moment_is_a_data_error(tmp_path: Path, reader: str, how: str, moment: str) -> None:
    """The tally's hash is that of the bytes that were read, or there is no tally."""
    path = write_rows(tmp_path / BOOK, [["码"]] + [[n] for n in range(2000)])
    restore = interfere(moment, lambda: change(path, how))
    try:
        with (
            pytest.raises(DataError, match=f"{BOOK}: was changed while it was read. Run again") as caught,
            open_sheet(path, sheet=0, reader=reader, batch_rows=500) as sheet,  # type: ignore[arg-type]
        ):
            list(sheet.batches())
    finally:
        restore()
    assert caught.value.facts["file"] == str(path)


def test_a_fault_in_an_unchanged_workbook_is_not_laid_to_a_change(tmp_path: Path) -> None:
    book(HEAD + row(3) + row(2))(tmp_path)
    with pytest.raises(DataError, match="follows row 3"):
        open_sheet(tmp_path / BOOK, sheet=0)


def test_nothing_is_written_for_what_is_refused(tmp_path: Path) -> None:
    """Neither a server is started nor a file made beside the workbooks; the report says that it failed."""
    case = next(case for case in CASES if case.name == "cells at XFD")
    home = tmp_path / "home"
    ended = CliRunner().invoke(
        job_command,
        [*prepare(case, tmp_path / "数据"), "--execute", "--report-dir", str(tmp_path / "report")],
        env={"HOME": str(home), "XDG_DATA_HOME": str(home)},
    )
    assert ended.exit_code == 3
    assert not home.exists()
    assert sorted(path.name for path in (tmp_path / "数据").iterdir()) == [BOOK, "data_sources.yml"]
    document = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert document["executed"] is False
    assert document["error"]["facts"]["limit"] == "columns"


@pytest.mark.parametrize("reader", READERS)
def test_a_file_name_that_is_not_utf_8_reaches_every_output(tmp_path: Path, reader: str) -> None:
    """On a terminal and in rejects.xlsx it is escaped; in JSON it reads back as the name on the disk."""
    case = next(case for case in CASES if case.name == "a name that is not UTF-8")
    report = tmp_path / "report"
    options = ("--reader", reader, "--report-dir", str(report), "--output", "json", "--log-level", "ERROR")
    code, said = run(case, tmp_path / "数据", *options)
    assert code == 0, said
    (tally,) = json.loads((report / "report.json").read_text(encoding="utf-8"))["workbooks"]
    assert os.fsencode(tally["path"]).endswith(b"/\xff" + BOOK.encode())
    assert (tally["file"], tally["reader"]) == (f"\\udcff{BOOK}", reader)
    assert json.loads(next(line for line in said.splitlines() if line[0] == "{"))["workbooks"] == [tally]


def make_reject(value: str, file: str = BOOK) -> Reject:
    return Reject(file, "明细", 2, "A2", "额", value, "bad", f"{value} is no amount")


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_value_that_starts_like_a_formula_is_text_in_the_rejects(tmp_path: Path, start: str) -> None:
    """It stays text when somebody edits the cell, too: it is marked as typed with an apostrophe."""
    write_report(tmp_path, {}, rejects=[make_reject(f"{start}cmd|' /C calc'!A0")])
    workbook = openpyxl.load_workbook(tmp_path / "rejects.xlsx")
    cell = next(cell for cell in workbook["rejects"][2] if "calc" in str(cell.value))
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert not workbook["rejects"]["A2"].quotePrefix
    workbook.close()


def test_what_a_name_cannot_say_in_utf_8_can_stand_in_the_rejects(tmp_path: Path) -> None:
    write_report(tmp_path, {}, rejects=[make_reject("1", file=f"\udcff{BOOK}")])
    workbook = openpyxl.load_workbook(tmp_path / "rejects.xlsx")
    assert workbook["rejects"]["A2"].value == f"\\udcff{BOOK}"
    workbook.close()


def test_a_value_cannot_steer_the_terminal_from_the_report() -> None:
    page = summarise_intake(Intake((), (make_reject(FIERCE),), (), ()))
    drawn = "\n".join(REPORTERS["text"](Result(None, page), None))
    assert "\\x1b[31m\\x9b1m\\x07\\x08\\u202e\\x0d赤\\udcff" in drawn
    assert set(drawn) & set(FIERCE) <= set("赤[31m")


@pytest.mark.parametrize("debug", [False, True])
def test_a_value_cannot_steer_the_terminal_from_an_error(capsys: pytest.CaptureFixture[str], debug: bool) -> None:
    assert exit_with(DataError(f"{FIERCE}\nsecond line"), debug=debug) == 3
    assert unexpected(ValueError(FIERCE), debug=debug) == 1
    said = capsys.readouterr().err
    assert "赤\\udcff\nsecond line" in said
    assert not set(said) & set("\x1b\x9b\x07\x08\u202e\r\udcff")


def test_a_value_cannot_steer_the_terminal_from_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="INFO", form="console")
    Log().info("workbook_read", file=FIERCE.replace("\r", ""))  # what has a \r, structlog itself writes as a repr
    said = capsys.readouterr().err
    assert "\\x1b[31m" in said
    assert not set(said) & set("\x1b\x9b\x07\x08\u202e\r\udcff")


def test_only_the_text_of_several_lines_keeps_its_line_breaks() -> None:
    assert show_controls("a\nb\tc") == "a\\x0ab\\x09c"
    assert show_lines("a\nb\tc") == "a\nb\\x09c"
    assert show_controls("年 é 👨👩👧") == "年 é 👨👩👧"


def test_the_limits_of_the_configuration_are_those_of_the_values() -> None:
    """What an editor calls the default is what wdh uses where the file is silent; sizes are MiB there."""
    keys = read_contract("data_sources")["properties"]["limits"]["properties"]
    assert make_limits({key: entry["default"] for key, entry in keys.items()}) == Limits()
    for key in keys:
        changed = structs.asdict(make_limits({key: 7}))
        differing = {name: value for name, value in changed.items() if value != getattr(Limits(), name)}
        assert differing == ({key.replace("_mib", "_bytes"): 7 << 20 if key.endswith("_mib") else 7})


def test_equal_headers_are_numbered_whatever_stands_between() -> None:
    assert name_columns(["额", "额#2", "额", "额", "额#2"]) == ("额", "额#2", "额#3", "额#4", "额#2#2")


@pytest.mark.parametrize("numbers", [[0], [7, 70, 700], [1, 12, 123, 2, 23], range(0, 5000, 3), range(1000)])
def test_the_search_for_styles_finds_these_and_no_others(numbers: Sequence[int]) -> None:
    search = re.compile(_any_of(map(str, numbers)))
    assert {number for number in range(6000) if search.fullmatch(str(number))} == set(numbers)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links")
def test_a_cell_past_the_last_column_is_named_and_an_empty_one_is_not(tmp_path: Path) -> None:
    sound = HEAD + row(2) + '<row r="3"><c r="XFD3"/><c r="A4"/></row>'
    book(sound.replace('<c r="A4"/>', ""))(tmp_path)
    with open_sheet(tmp_path / BOOK, sheet=0) as sheet:
        assert sum(len(batch) for batch in sheet.batches()) == 1
    book(sound.replace('<c r="XFD3"/>', '<c r="XFD3"><v>1</v></c>').replace('<c r="A4"/>', ""))(tmp_path)
    with pytest.raises(DataError, match="XFD3 holds something past the last column allowed") as caught:
        open_sheet(tmp_path / BOOK, sheet=0)
    assert (caught.value.facts["cell"], caught.value.facts["limit"]) == ("XFD3", "columns")
