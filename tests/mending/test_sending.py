"""``--report-dir`` writes the workbooks that go back to their senders, of each run that has rejects."""

from __future__ import annotations

from pathlib import Path

from support.reds import load, red_cells

from wdh.mending.recognising import find_mark
from wdh.settings import Limits, TextFormat

from .conftest import SHEET, Desk

ROWS = [
    [202411, "0001", "甲", "上海", 1.5, None],
    [202411, "0002", "乙", "东京", 2.5, "=x"],
    [202411, "0003", "丙", "北京", "三", None],
]


def states(path: Path) -> list[str]:
    return [cell.value for cell in load(path)[SHEET]["A"][2:]]


def test_a_refused_delivery_goes_back_with_its_faults_in_red(desk: Desk) -> None:
    desk.deliver("202411销售.xlsx", ROWS)
    out = desk.folder / "out"
    ended = desk.run("--execute", "--report-dir", str(out))
    assert ended.code == 3
    path = out / "mend-202411销售.xlsx"
    assert f"written: {path}" in ended.err
    assert {each.name for each in out.iterdir()} == {"report.html", "report.json", "rejects.xlsx", path.name}
    assert states(path) == ["in order #3", "to mend #4", "to mend #5"]
    page = load(path)[SHEET]
    assert red_cells(page) == {"E4", "F5"}
    assert page["E4"].comment.text.startswith("Unknown value [wdh]\n'东京' is none of the values")
    mark = find_mark(path, limits=Limits(), text=TextFormat())
    assert mark is not None
    assert (mark.run_id, mark.sheets[0].states) == (None, "arr")


def test_the_rows_of_a_run_that_went_on_are_loaded(desk: Desk) -> None:
    desk.deliver("202411销售.xlsx", ROWS)
    out = desk.folder / "out"
    planned = desk.run("--max-rejects", "2", "--report-dir", str(out))
    assert planned.code == 0
    assert states(out / "mend-202411销售.xlsx")[0] == "in order #3"
    report = desk.run("--execute", "--max-rejects", "2", "--report-dir", str(out)).report
    assert states(out / "mend-202411销售.xlsx")[0] == "loaded #3"
    mark = find_mark(out / "mend-202411销售.xlsx", limits=Limits(), text=TextFormat())
    assert mark is not None
    assert mark.run_id == report["run_id"]


def test_a_delivery_that_is_mended_leaves_no_red_workbook(desk: Desk) -> None:
    out = desk.folder / "out"
    desk.deliver("202411销售.xlsx", ROWS)
    assert desk.run("--report-dir", str(out)).code == 3
    desk.deliver("202411销售.xlsx", ROWS[:1])
    assert desk.run("--report-dir", str(out)).code == 0
    assert {each.name for each in out.iterdir()} == {"report.html", "report.json"}


def test_values_that_the_warehouse_does_not_take_go_back_too(desk: Desk) -> None:
    desk.workspace.database.execute('alter table public."门店销售" alter column "店铺名称" type varchar(2)')
    desk.deliver("202411销售.xlsx", [ROWS[0], [202411, "0002", "长长长", "上海", 1, None]])
    out = desk.folder / "out"
    ended = desk.run("--execute", "--report-dir", str(out))
    assert ended.code == 3
    assert red_cells(load(out / "mend-202411销售.xlsx")[SHEET]) == {"D4"}


def test_withheld_values_go_into_no_workbook(desk: Desk) -> None:
    desk.deliver("202411销售.xlsx", ROWS)
    out = desk.folder / "out"
    ended = desk.run("--report-dir", str(out), "--withhold-values")
    assert ended.code == 3
    assert not list(out.glob("mend-*"))
    assert "No workbook to mend was written, as it would hold values, and values are withheld." in ended.err


def test_what_was_mended_in_the_red_workbook_is_loaded(desk: Desk) -> None:
    """The whole way, by the workbook that wdh wrote itself, mended in the folder where it lies."""
    import openpyxl

    desk.deliver("202411销售.xlsx", ROWS)
    out = desk.folder / "out"
    assert desk.run("--execute", "--max-rejects", "2", "--report-dir", str(out)).code == 0
    path = out / "mend-202411销售.xlsx"
    book = openpyxl.load_workbook(path)
    book[SHEET]["E4"], book[SHEET]["F5"] = "北京", 3
    book.save(path)
    desk.load(path, more=["--report-dir", str(out)])
    assert path.exists()
    assert [fact[1:] for fact in desk.facts()] == [
        ("0001", "甲", "上海", "1.50"),
        ("0002", "乙", "北京", "2.50"),
        ("0003", "丙", "北京", "3.00"),
    ]
