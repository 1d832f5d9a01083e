"""Red workbooks go to a folder for their owner alone, beside what others put there; each is of one workbook."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from support.opendocument import number, row, sheet, text, write
from support.reds import fault, load, red_cells, send, send_one
from support.workbooks import write_rows

from wdh.facts import Reject
from wdh.mending.kinds import show_accepted, show_kind
from wdh.mending.mark import MARK_SHEET, OtherFile, read_mark
from wdh.mending.outbox import remove_red_books
from wdh.mending.recognising import find_mark
from wdh.settings import Limits, TextFormat

SHEET = "销售"
ROWS = [
    ["月份", "代码", "金额"],
    [202411, "0001", 1.5],
    [202411, "0002", "x"],
    [202411, "=0003", 3],
    ["合计", None, 4.5],
]


@pytest.fixture
def original(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "2024年11月.xlsx", ROWS, sheet=SHEET)


def states(path: Path, name: str = SHEET) -> Sequence[str | None]:
    return [cell.value for cell in load(path)[name]["A"]][1:]


def bad(file: str, cell: str = "C3") -> Reject:
    return fault(file, SHEET, cell)


def test_a_refused_run_says_which_rows_are_in_order(original: Path) -> None:
    path = send_one(original, [bad(original.name)], sheet=SHEET, totals=((5, 5),))
    assert path.name == "mend-2024年11月.xlsx"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert states(path) == ["in order #2", "to mend #3", "in order #4", "no data #5"]


def test_a_run_that_went_on_says_which_rows_are_loaded(original: Path) -> None:
    path = send_one(original, [bad(original.name)], sheet=SHEET, run_id="r1", is_loaded=True)
    assert states(path) == ["loaded #2", "to mend #3", "loaded #4", "loaded #5"]


def test_the_mark_says_what_the_workbook_was_made_of(original: Path, tmp_path: Path) -> None:
    other = write_rows(tmp_path / "b.xlsx", ROWS, sheet=SHEET)
    path = send_one(original, [bad(original.name)], sheet=SHEET, run_id="r1", others=[other])
    mark = find_mark(path, limits=Limits(), text=TextFormat())
    assert mark is not None
    assert (mark.domain, mark.run_id, mark.file, mark.folder) == ("sales", "r1", original.name, str(tmp_path))
    assert [each.file for each in mark.others] == ["b.xlsx"]
    assert isinstance(mark.others[0], OtherFile)
    assert (mark.sheets[0].rows, mark.sheets[0].states) == (("2", "3", "4", "5"), "araa")
    assert read_mark([cell.value for cell in load(path)[MARK_SHEET]["A"]]) == mark


def test_names_of_red_workbooks_never_clash(original: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "MEND-2024年11月.xlsx").write_text("mine")
    (out / "mend-2024年11月 (2).xlsx").symlink_to(tmp_path / "victim.xlsx")
    path = send_one(original, [bad(original.name)], sheet=SHEET)
    assert path.name == "mend-2024年11月 (3).xlsx"
    assert (out / "MEND-2024年11月.xlsx").read_text() == "mine"
    assert not (tmp_path / "victim.xlsx").exists()


def test_a_very_long_name_is_cut(tmp_path: Path) -> None:
    original = write_rows(tmp_path / f"{'长' * 80}.xlsx", ROWS, sheet=SHEET)
    path = send_one(original, [bad(original.name)], sheet=SHEET)
    assert path.name.startswith("mend-长长")
    assert len(path.name.encode()) <= 255


def test_those_of_an_earlier_run_are_removed_unless_somebody_saved_them(original: Path, tmp_path: Path) -> None:
    first = send_one(original, [bad(original.name)], sheet=SHEET)
    second = send_one(original, [bad(original.name)], sheet=SHEET)
    third = send_one(original, [bad(original.name)], sheet=SHEET)
    begun = openpyxl.load_workbook(second)
    begun.save(second)
    own = tmp_path / "out" / "mend-own.xlsx"
    own.write_text("mine")
    remove_red_books(tmp_path / "out", kept=[third])
    assert {path for path in (first, second, third, own) if path.exists()} == {second, third, own}


def test_workbooks_of_one_name_are_told_and_not_mixed_up(original: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    other = write_rows(tmp_path / "b" / original.name, ROWS, sheet=SHEET)
    sent = send(original, [bad(original.name)], sheets=[SHEET], others=[other])
    assert (sent.paths, len(sent.remarks)) == ((), 1)
    assert "Several workbooks of this run have this name" in sent.remarks[0]


def test_all_sheets_that_were_read_of_a_workbook_go_back(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    book = openpyxl.Workbook()
    for name in ("甲", "乙", "不读"):
        page = book.create_sheet(name)
        for line in ROWS:
            page.append([f"'{cell}" if cell == "=0003" else cell for cell in line])
    book.save(path)
    sent = send(path, [fault(path.name, "乙", "C3")], sheets=["甲", "乙"])
    made = load(sent.paths[0])
    assert made.sheetnames == ["甲", "乙", "To mend", MARK_SHEET]
    assert (red_cells(made["甲"]), red_cells(made["乙"])) == (set(), {"D3"})


def test_a_table_in_text_goes_back_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("月份,代码,金额\n202411,0001,1.5\n202411,=1+1,x\n", encoding="utf-8")
    page = load(send_one(path, [fault(path.name, "a", "C3")], sheet="a"))["a"]
    assert [[cell.value for cell in line] for line in page["B1:D3"]] == [
        ["月份", "代码", "金额"],
        ["202411", "0001", "1.5"],
        ["202411", "=1+1", "x"],
    ]
    assert page["C3"].quotePrefix
    assert (red_cells(page), page["D3"].comment.author) == ({"D3"}, "wdh")


def test_a_spreadsheet_of_libreoffice_goes_back_with_its_values(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ods", sheet(row(text("月份", "代码")), row(number("202411"), text("0001")), name=SHEET))
    page = load(send_one(path, [fault(path.name, SHEET, "B2")], sheet=SHEET))[SHEET]
    assert [[cell.value for cell in line] for line in page["B1:C2"]] == [["月份", "代码"], [202411, "0001"]]
    assert red_cells(page) == {"C2"}


def test_one_that_came_back_has_one_first_column_and_only_new_faults_in_red(original: Path) -> None:
    first = send_one(original, [bad(original.name), bad(original.name, "B4")], sheet=SHEET)
    book = openpyxl.load_workbook(first)
    book[SHEET]["D3"] = 2.5
    book[SHEET].delete_rows(2)
    book[SHEET].append([None, 202411, "0009", "new"])
    book.save(first)
    mark = find_mark(first, limits=Limits(), text=TextFormat())
    assert mark is not None
    again = send_one(first, [bad(first.name, "C3")], sheet=SHEET, marks={first: mark})
    page = load(again)[SHEET]
    assert again.name == first.name
    assert [cell.value for cell in page[1]] == ["State [wdh]", "月份", "代码", "金额"]
    assert [cell.value.partition(" #")[0] for cell in page["A"][1:]] == ["in order", "to mend", "in order", "in order"]
    assert [cell.value.partition(" #")[2][:1] for cell in page["A"][1:]] == ["3", "4", "5", "+"]
    assert red_cells(page) == {"C3"}
    assert page["D2"].comment is None
    made = find_mark(again, limits=Limits(), text=TextFormat())
    assert made is not None
    assert (made.file, made.sha256) == (mark.file, mark.sha256)
    assert made.sheets[0].rows[-1] == "2", "a row that is gone stays known"
    assert {*made.sheets[0].first_prints} == {"3"}


def test_forty_faults_of_all_kinds_are_grouped_by_kind(tmp_path: Path) -> None:
    text = Path("docs/reject-codes.md").read_text("utf-8").split("## Note codes")[0]
    codes = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert len(codes) > 40
    rows = [["月份", *"甲乙丙丁"], *([202411, 1, 2, 3, 4] for _ in range(60))]
    path = write_rows(tmp_path / "many.xlsx", rows, sheet=SHEET)
    rejects = [fault(path.name, SHEET, f"{'BCDE'[place % 4]}{place + 2}", code) for place, code in enumerate(codes)]
    made = load(send_one(path, rejects, sheet=SHEET))
    summary = [[cell.value for cell in line] for line in made["To mend"].iter_rows(max_col=4)]
    heads = [line for line in summary if line[2] in codes]
    assert [line[0] for line in heads] == [show_kind(code) for code in codes]
    assert all(head[0] != head[2] for head in heads), "each code of wdh has a title"
    assert [line[3] for line in heads] == [
        None if (accepted := show_accepted(code)) is None else f"Accepted: {accepted}." for code in codes
    ]
    assert len(red_cells(made[SHEET])) == len(codes)


def test_comments_and_links_of_very_many_faults_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("faults", "copying"):
        monkeypatch.setattr(f"wdh.mending.{name}.MOST_COMMENTS", 3)
    monkeypatch.setattr("wdh.mending.summary.MOST_OF_KIND", 2)
    path = write_rows(tmp_path / "many.xlsx", [["月份", "代码"], *([1, 2] for _ in range(9))], sheet=SHEET)
    made = load(send_one(path, [fault(path.name, SHEET, f"B{row}") for row in range(2, 11)], sheet=SHEET))
    page, summary = made[SHEET], made["To mend"]
    assert len(red_cells(page)) == 9
    assert sum(1 for line in page.iter_rows() for cell in line if cell.comment) == 3
    assert sum(1 for cell in summary["A"] if cell.hyperlink) == 2
    lines = [cell.value for cell in summary["A"] if cell.value]
    assert "… and 7 more cells; they are red, and the first column says which rows are to be mended." in lines
    assert "Only the first 3 red cells have a comment; all of them are red." in lines
