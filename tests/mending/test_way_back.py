"""A mended workbook is read as the sheet that was sent back: nothing is loaded twice, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from mending.conftest import CONFIGURATION, SHEET, Desk
from support.red_books import change, mend

from wdh.command.run import warehouse_at
from wdh.errors import DatabaseError, DataError
from wdh.mending.mark import MARK_SHEET
from wdh.plan.planning import Wishes
from wdh.run import RunRequest, carry_out_together
from wdh.settings import LoadMode
from wdh.warehouse import find_address

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


def test_of_many_ranges_of_rows_the_first_are_told_and_how_many_rows_there_are_more(desk: Desk) -> None:
    rows = [["2024-11", f"{number:04d}", "店", "上海", number, None] for number in range(3, 43)]
    rejected = [*range(4, 30, 2), *range(33, 37)]
    back = desk.send_back(desk.deliver("202411销售.xlsx", rows), rejected)
    mend(back, SHEET, {(number, "店铺名称"): "好店" for number in rejected})
    shown = ", ".join(map(str, rejected[:12]))
    assert codes(desk.load(back))["mended"] == [f"202411销售.xlsx, sheet 销售: rows {shown} and 5 more"]


def test_a_run_that_the_ledger_does_not_have_leaves_no_row_of_an_append_loaded_and_is_told(desk: Desk) -> None:
    """Rows are not taken for loaded where nobody knows of them; without a database, the mark itself is believed."""
    unknown = "00000000-0000-4000-8000-000000000009"
    back = desk.send_back(desk.deliver("202411销售.xlsx", ROWS), [4, 5], run_id=unknown)
    mend(back, SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    planned = codes(desk.run("--mode", "append", "--file", str(back)).report)
    assert planned["mended_loaded"] == ["202411销售.xlsx, sheet 销售: rows 3, 6"]
    assert planned["mended_not_asked"] == ["202411销售.xlsx"]
    assert "mended_unfamiliar" not in planned
    told = codes(desk.load(back, mode="append"))
    assert told["mended_unfamiliar"] == ["202411销售.xlsx"]
    assert "mended_loaded" not in told
    assert desk.facts() == CLEAN
    assert "mended_unfamiliar" not in codes(desk.load(back))


def begin(desk: Desk, *files: Path, mode: LoadMode, **told: Any) -> None:
    """Load files in this process, where ``told`` hears of what is done."""
    request = RunRequest(
        "sales",
        desk.workspace.config,
        desk.folder,
        execute=True,
        wishes=Wishes(load_mode=mode),
        files=files,
        workers=1,
    )
    address = find_address(desk.workspace.database.dsn, {})
    carry_out_together([request], open_warehouse=lambda: warehouse_at(address), **told)


@pytest.mark.parametrize("mode", ["append", "delete_insert"])
def test_a_workbook_that_is_replaced_after_its_rows_were_matched_is_not_loaded(desk: Desk, mode: LoadMode) -> None:
    """Which rows are loaded was found out for the one that lay there before."""
    other = desk.deliver("202410销售.xlsx", [["2024-10", *row[1:]] for row in CLEAN])
    file = desk.deliver("202411销售.xlsx", ROWS)
    first = desk.load(file, mode="append", more=["--max-rejects", "2"])
    back = mend(desk.send_back(file, [4, 5], run_id=first["run_id"]), SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    replacement = mend(back, SHEET, {(3, "店铺名称"): "别店"}, target=desk.folder / "draft.xlsx")
    before = desk.facts()

    def replace(*_: object) -> None:
        if replacement.exists():
            replacement.replace(back)

    with pytest.raises(DataError, match=r"202411销售\.xlsx: was changed while it was read"):
        begin(desk, other, back, mode=mode, on_rows=replace)
    assert not replacement.exists()
    assert desk.facts() == before


@pytest.mark.parametrize("which", ["the delivery", "another mended workbook"])
def test_an_append_is_rolled_back_where_another_run_has_loaded_rows_of_the_delivery_meanwhile(
    desk: Desk, which: str
) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    back = mend(desk.send_back(file, [4, 5]), SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    other = mend(back, SHEET, {(4, "销售额"): 25}, target=back.with_name("202411销售2.xlsx"))
    loaded = file if which == "the delivery" else other

    def load_meanwhile() -> None:
        desk.load(loaded, mode="append", more=["--max-rejects", "2"])

    with pytest.raises(DatabaseError, match="has loaded rows of this delivery since this one began"):
        begin(desk, back, mode="append", before_apply=load_meanwhile)
    assert len(desk.facts()) == (2 if loaded == file else 4)


def test_a_delivery_is_not_appended_once_its_mended_version_is(desk: Desk) -> None:
    file = desk.deliver("202411销售.xlsx", ROWS)
    back = mend(desk.send_back(file, [4, 5]), SHEET, {(4, "销售额"): 20, (5, "城市"): "广州"})
    first = desk.load(back, mode="append")
    ended = desk.run("--execute", "--mode", "append", "--file", str(file), "--max-rejects", "2")
    assert ended.code == 2
    assert f"run {first['run_id']} has loaded a mended version of a file of this run" in ended.err
    assert desk.facts() == CLEAN


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
