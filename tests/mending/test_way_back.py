"""A mended workbook is read as the sheet that was sent back: nothing is loaded twice, and nothing is lost."""

from __future__ import annotations

from typing import Any

import openpyxl
from mending.conftest import CONFIGURATION, SHEET, Desk
from support.red_books import change, mend

from wdh.mending.mark import MARK_SHEET

ROWS = [
    ["2024-11", "0001", "甲店", "上海", 10, "a"],
    ["2024-11", "0002", "乙店", "上海", "abc", "b"],
    ["2024-11", "0003", "丙店", "火星", 30, None],
    ["2024-11", "0004", "丁店", "北京", 40, None],
]
CLEAN = [
    ("2024-11", "0001", "甲店", "上海", "10.00"),
    ("2024-11", "0002", "乙店", "上海", "20.00"),
    ("2024-11", "0003", "丙店", "广州", "30.00"),
    ("2024-11", "0004", "丁店", "北京", "40.00"),
]


def codes(report: dict[str, Any]) -> dict[str, list[str]]:
    return {note["code"]: list(note["cases"]) for note in report["notes"]}


def test_all_of_a_refused_delivery_is_loaded_once_it_is_mended(desk: Desk) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    assert desk.run("--execute").code == 3
    back = desk.send_back(file, [4, 5])
    mend(back, SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    report = desk.load(back)
    assert desk.facts() == CLEAN
    assert codes(report)["mended"] == ["202411销售.xlsx, sheet 销售: rows 4-5"]


def test_rows_that_were_loaded_are_not_appended_twice(desk: Desk) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    first = desk.load(file, mode="append", more=["--max-rejects", "2"])
    back = desk.send_back(file, [4, 5], run_id=first["run_id"])
    mend(back, SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    report = desk.load(back, mode="append")
    assert desk.facts() == CLEAN
    assert codes(report)["mended_loaded"] == ["202411销售.xlsx, sheet 销售: rows 3, 6"]
    again = desk.load(back, mode="append")
    assert desk.facts() == CLEAN
    assert codes(again)["mended_loaded"] == ["202411销售.xlsx, sheet 销售: rows 3-6"]


def test_a_row_that_was_loaded_and_is_changed_is_refused_by_an_append_and_told_by_a_replacement(desk: Desk) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    first = desk.load(file, mode="append", more=["--max-rejects", "2"])
    back = desk.send_back(file, [4, 5], run_id=first["run_id"])
    mend(back, SHEET, {(3, "店铺名称"): "别店", (4, "销售额"): 20, (5, "城市"): "广州"})
    refused = desk.run("--execute", "--mode", "append", "--file", str(back))
    assert refused.code == 3
    assert "changed_after_load" in refused.out
    assert len(desk.facts()) == 2
    report = desk.load(back)
    assert codes(report)["mended_changed"] == ["202411销售.xlsx, sheet 销售: row 3"]
    assert desk.facts() == [("2024-11", "0001", "别店", "上海", "10.00"), *CLEAN[1:]]


def test_a_workbook_of_which_the_mark_is_gone_is_refused(desk: Desk) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    back = desk.send_back(file, [4, 5])
    book = openpyxl.load_workbook(back)
    del book[MARK_SHEET]
    book.save(back)
    ended = desk.run("--execute", "--file", str(back))
    assert ended.code == 3
    assert "the hidden sheet _wdh_mark is gone" in ended.out
    assert desk.facts() == []


def test_a_mark_that_was_changed_is_refused(desk: Desk) -> None:
    back = desk.send_back(desk.deliver("202411销售.xlsx", ROWS), [4, 5])
    book = openpyxl.load_workbook(back)
    book[MARK_SHEET]["A2"] = book[MARK_SHEET]["A2"].value[:-1]
    book.save(back)
    ended = desk.run("--execute", "--file", str(back))
    assert ended.code == 3
    assert "its cells are not as they were" in ended.out


def test_a_workbook_whose_first_column_is_gone_is_refused(desk: Desk) -> None:
    back = desk.send_back(desk.deliver("202411销售.xlsx", ROWS), [4, 5])
    change(back, SHEET, lambda page: page.delete_cols(1))
    ended = desk.run("--execute", "--file", str(back))
    assert ended.code == 3
    assert "its first column is not the one that wdh put there" in ended.out


def test_the_mark_of_another_workbook_is_refused(desk: Desk) -> None:
    rows = [["2024-11", f"{number:04d}", "店", "上海", number, None] for number in range(1, 21)]
    others = [["2024-11", f"{number:04d}", "铺", "上海", number, None] for number in range(1, 21)]
    first = desk.send_back(desk.deliver("202411销售.xlsx", rows), [])
    other = desk.send_back(desk.deliver("202411别的销售.xlsx", others), [])
    texts = [cell.value for cell in openpyxl.load_workbook(other)[MARK_SHEET]["A"]]
    book = openpyxl.load_workbook(first)
    for number, text in enumerate(texts, start=1):
        book[MARK_SHEET].cell(number, 1, text)
    book.save(first)
    ended = desk.run("--execute", "--file", str(first))
    assert ended.code == 3
    assert "only 0 are in this sheet" in ended.out


def test_a_workbook_that_was_sent_back_for_another_domain_or_sheet_is_refused(desk: Desk) -> None:
    back = desk.send_back(desk.deliver("202411销售.xlsx", ROWS), [4, 5])
    ended = desk.run("--execute", "--file", str(back), "--sheet", "明细")
    assert ended.code == 3
    assert "was sent back for the sheet 销售 of 202411销售.xlsx, and this run reads the sheet 明细" in ended.err
    desk.workspace.config.write_text(CONFIGURATION.replace("sales:", "shops:"), encoding="utf-8")
    ended = desk.run("--execute", "--file", str(back), domain="shops")
    assert ended.code == 3
    assert "was sent back for the domain sales" in ended.out
    assert desk.facts() == []


def test_the_other_files_of_a_delivery_are_read_along_or_asked_for(desk: Desk) -> None:
    later = [["2024-12", row[1], row[2], "上海", 5, None] for row in ROWS]
    first, second = desk.deliver("202411销售.xlsx", ROWS), desk.deliver("202412销售.xlsx", later)
    back = desk.send_back(first, [4, 5], others=[second])
    mend(back, SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    moved = second.rename(desk.folder / "archive.xlsx")
    assert codes(desk.load(back))["mended_along"] == ["archive.xlsx, with 202411销售.xlsx"]
    assert len(desk.facts()) == 8
    moved.unlink()
    ended = desk.run("--execute", "--file", str(back))
    assert ended.code == 2
    assert "archive.xlsx is to be read along" in ended.err, "as it was loaded the last time"
    moved = desk.deliver("archive.xlsx", later[:2])
    ended = desk.run("--execute", "--file", str(back))
    assert ended.code == 2
    assert "The file there is another one now." in ended.out
    assert len(desk.load(back, moved)["workbooks"]) == 2


def test_two_versions_of_one_file_are_not_loaded_together(desk: Desk) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    back = desk.send_back(file, [4, 5])
    ended = desk.run("--execute", "--file", str(back), "--file", str(file))
    assert ended.code == 2
    assert "are both versions of 202411销售.xlsx" in ended.err


def test_a_mended_workbook_is_found_by_its_name_below_the_data_directory(desk: Desk) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    back = desk.send_back(file, [4, 5])
    mend(back, SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    assert desk.run("--execute").report["workbooks"][0]["facts"] == 4
    assert file.exists(), "beside the file that it was made of"
    assert desk.facts() == CLEAN


def test_what_the_sender_deletes_and_adds_is_told(desk: Desk) -> None:
    first = desk.load(desk.deliver("202411销售.xlsx", ROWS), mode="append", more=["--max-rejects", "2"])
    back = desk.send_back(desk.folder / "202411销售.xlsx", [4, 5], run_id=first["run_id"])

    def delete_and_add(page: Any) -> None:
        page.delete_rows(3)
        page.delete_rows(3)
        page.append([None, "2024-11", "0009", "新店", "上海", 90])

    change(back, SHEET, delete_and_add)
    told = codes(desk.load(back, mode="append", more=["--max-rejects", "1"]))
    assert told["mended_gone"] == ["202411销售.xlsx, sheet 销售: row 4"]
    assert told["mended_gone_loaded"] == ["202411销售.xlsx, sheet 销售: row 3"]
    assert told["mended_added"] == ["202411销售.xlsx, sheet 销售: row 5"]
    assert told["mended_loaded"] == ["202411销售.xlsx, sheet 销售: row 4"]
    assert len(desk.facts()) == 3


def test_the_exit_code_tells_that_rows_are_missing_where_that_is_asked(desk: Desk) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    words = ["--file", str(file), "--max-rejects", "2"]
    assert desk.run(*words).code == 0
    assert desk.run(*words, "--rejects-exitcode").code == 20
    assert desk.run(*words, "--rejects-exitcode", "--execute").code == 20
    assert desk.run(*words, "--rejects-exitcode", "--execute", "--skip-unchanged").code == 20
    assert desk.run(*words[:2], "--rejects-exitcode", "--execute").code == 3
    back = mend(desk.send_back(file, [4, 5]), SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    assert desk.run("--file", str(back), "--rejects-exitcode", "--execute").code == 0
