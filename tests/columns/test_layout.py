"""All columns of a sheet together: headers, rows, rejects and totals."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from support.batches import make_batch

from wdh.columns import Columns, amount, code, integer, month, text
from wdh.errors import DataError
from wdh.facts.cells import CellValue, Merged
from wdh.facts.values import Outside

SHEET = Columns(
    month("月度", required=True),
    code("代码", aliases=["店号", "编号"], required=True),
    text("机构名称", aliases=["机构"]),
    amount("流失_含待遇支付", source="流失(含待遇支付)", scale=2),
    totals=["合计", "小计"],
)


def test_a_column_is_named_for_the_database_and_found_by_its_header() -> None:
    """流失(含待遇支付) arrives as 流失_含待遇支付."""
    facts = SHEET.clean(make_batch({"月度": [202411], "代码": ["A"], "流失(含待遇支付)": [1.5]}))
    assert facts.columns["流失_含待遇支付"] == [1.5]


def test_all_headers_are_known_in_order() -> None:
    """The reader is told every header that may occur, aliases included."""
    assert SHEET.headers == ("月度", "代码", "店号", "编号", "机构名称", "机构", "流失(含待遇支付)")
    assert SHEET.names == ("月度", "代码", "机构名称", "流失_含待遇支付")


def test_a_column_that_the_sheet_lacks_is_null() -> None:
    """Facts have the same columns whatever the sheet has."""
    facts = SHEET.clean(make_batch({"月度": [202411, 202412], "店号": ["A", "B"], "备注": ["x", "y"]}))
    assert facts.columns["代码"] == ["A", "B"]
    assert facts.columns["机构名称"] == [None, None]
    assert "备注" not in facts.columns


def test_of_several_headers_the_first_with_a_value_wins_row_by_row() -> None:
    """The order is the one of the declaration, not that of the sheet."""
    batch = make_batch(
        {"编号": ["c", "c", "c"], "店号": ["b", None, "b"], "月度": [202411] * 3, "代码": [None, " ", "a"]}
    )
    assert SHEET.clean(batch).columns["代码"] == ["b", "c", "a"]


def test_a_bad_cell_under_an_alias_is_named_by_its_own_header() -> None:
    """The reject points at the cell that decided, not at the column's first header."""
    batch = make_batch({"月度": [202411], "代码": [None], "店号": [1.5]})
    (reject,) = SHEET.clean(batch).rejects
    assert (reject.cell, reject.column, reject.value) == ("C2", "店号", "1.5")


def test_missing_required_columns_are_all_named_with_near_matches() -> None:
    """One error names every missing column, what it may be called, and what the sheet has instead."""
    with pytest.raises(DataError) as caught:
        SHEET.clean(make_batch({"月渡": [202411], "機構": ["x"]}))
    message = caught.value.message
    assert "月度 (did you mean 月渡?)" in message
    assert "代码 or 店号 or 编号" in message
    assert "facts.xlsx, sheet 规模明细" in message
    assert caught.value.facts["columns"] == ("月度", "代码")


def test_a_caller_may_require_a_header_whose_cells_may_be_blank() -> None:
    """A domain with defaults for blank cells still wants the column to be there."""
    optional = Columns(text("名称"), code("代码"))
    optional.require(make_batch({"名称": ["x"]}))
    with pytest.raises(DataError, match="代码"):
        optional.require(make_batch({"名称": ["x"]}), ["代码"])


def test_every_bad_cell_of_a_row_makes_its_reject() -> None:
    """The operator sees all that is wrong at once, in the order of rows and columns, and the row is no fact."""
    batch = make_batch(
        {
            "流失(含待遇支付)": ["x", 1, "#N/A"],
            "月度": [202413, 202411, 202411],
            "代码": [None, "B", 1.5],
        },
        first_row=7,
    )
    facts = SHEET.clean(batch)
    assert [(r.cell, r.reason) for r in facts.rejects] == [
        ("B7", "month_out_of_range"),
        ("C7", "missing_value"),
        ("A7", "not_a_number"),
        ("C9", "fraction_in_code"),
        ("A9", "error_value"),
    ]
    assert facts.row_numbers == [8]
    assert {name: list(column) for name, column in facts.columns.items()}["代码"] == ["B"]


def test_a_reject_says_where_and_what() -> None:
    """File, sheet, row, cell, column and raw value are fields; the sentence says what to do."""
    (reject,) = SHEET.clean(make_batch({"月度": ["2024年13月"], "代码": ["A"]}, first_row=42)).rejects
    assert (reject.file, reject.sheet, reject.row, reject.cell, reject.column, reject.value) == (
        "facts.xlsx",
        "规模明细",
        42,
        "A42",
        "月度",
        "2024年13月",
    )
    assert reject.sentence.endswith("correct the year or the month.")


@pytest.mark.parametrize(
    ("label", "is_total"),
    [
        ("合计", True),
        ("合 计", True),
        ("\u3000小计：", True),
        ("合计::", True),
        (Merged("合计", "B2:D2"), True),
        ("总合计", True),
        ("单一计划小计", True),
        ("合计数", False),
    ],
)
@pytest.mark.parametrize("header", ["月度", "代码", "机构名称", "机构", "机构#2"])
def test_a_total_word_in_the_first_label_marks_a_total(label: CellValue, is_total: bool, header: str) -> None:
    """A row with a total word for its month, code or name is counted, and makes no reject for its other cells."""
    columns: dict[str, list[CellValue]] = {
        "行": [1],
        "月度": [None],
        "代码": [None],
        "机构名称": [None],
        "机构": [None],
    }
    columns |= {"机构#2": [None], header: [label]}
    facts = SHEET.clean(make_batch(columns))
    assert (facts.totals == 1, facts.rejects == ()) == (is_total, is_total)
    assert len(facts) == 0


def test_a_name_that_ends_with_a_total_word_is_no_total_where_the_row_has_a_key() -> None:
    """A row is dropped only where no key tells it apart; any other with such a word is told by its cell."""
    facts = SHEET.clean(
        make_batch({"月度": [202411, 202411, None], "代码": ["1", "2", None], "机构名称": ["乙合计", "甲", "乙合计"]})
    )
    assert (facts.totals, facts.columns["机构名称"], facts.rejects) == (1, ["乙合计", "甲"], ())
    assert [dict(note.cases) for note in facts.notes if note.code == "total_word"] == [{"C2 乙合计": 1}]


def test_a_total_word_before_the_key_is_a_doubt_that_is_told() -> None:
    """The first label says total, and the row has a code: it may be a name."""
    batch = make_batch({"机构名称": ["合计"], "月度": [202411], "代码": ["A"]})
    facts = SHEET.clean(batch)
    assert (facts.totals, len(facts)) == (0, 1)
    assert "A2 合计" in dict(facts.notes[-1].cases)


@pytest.mark.parametrize("total", ["合计", "-", None, " "])
def test_a_further_total_word_and_a_blank_are_no_keys(total: CellValue) -> None:
    """合计 in every column of a row is one total, and what counts as blank is no value."""
    columns = Columns(text("组", required=True, blank=["-"]), code("码", required=True, blank=["-"]), amount("额"))
    facts = columns.clean(make_batch({"组": ["合计"], "码": [total], "额": [1]}))
    assert (facts.totals, facts.rejects) == (1, ())


def test_the_key_columns_are_those_that_are_told() -> None:
    """Where the configuration names the keys, a value in another code does not make a fact of a total."""
    columns = text("店"), code("类"), amount("额")
    batch = make_batch({"店": ["甲", "小计"], "类": ["1", "1"], "额": [1, 1]})
    assert Columns(*columns, key=["店"]).clean(batch).totals == 1
    assert Columns(*columns, key=["店", "类"]).clean(batch).totals == 0
    assert Columns(*columns).clean(batch).totals == 0, "codes stand for keys that are not known"


@pytest.mark.parametrize("label", ["项目", "名"])
def test_the_label_column_may_be_named(label: str) -> None:
    """By its header or by its column's name; then nothing before it counts."""
    columns = text("区"), text("名", source="项目"), amount("额")
    batch = make_batch({"区": ["华东", "华东"], "项目": ["甲", "合计"], "额": [1, 1]})
    assert Columns(*columns, label=label).clean(batch).totals == 1
    assert Columns(*columns).clean(batch).totals == 0


def test_a_label_column_that_the_sheet_lacks_is_told() -> None:
    """Without it every total would be taken for a fact."""
    columns = Columns(text("区"), amount("额"), label="项目")
    with pytest.raises(DataError, match=r"totals\.label names 项目.*did you mean 项 目"):
        columns.clean(make_batch({"区": ["x"], "额": [1], "项 目": ["x"]}))


def test_a_group_that_is_merged_over_its_rows_is_no_label_of_its_subtotal() -> None:
    """华东 over three rows, and 小计 beside it in the last: the group's total. 乙合计 beside it is a name."""
    columns = Columns(text("区"), text("店"), amount("额"), key=["区", "店"])
    east = Merged("华东", "A2:A5")
    facts = columns.clean(make_batch({"区": [east] * 4, "店": ["甲", "乙合计", None, "小计"], "额": [1, 2, 3, 6]}))
    assert (facts.totals, facts.row_numbers) == (1, [2, 3, 4])


@pytest.mark.parametrize(
    ("first", "second", "is_total"),
    [
        ("2024年11月合计", None, True),
        (None, "北京小计：", True),
        (" ", "北京小计", True),
        (7, "北京小计", True),
        ("北京", "上海小计", False),
        ("合计数", None, False),
    ],
)
def test_a_text_in_a_column_that_nobody_reads_is_a_label(
    first: CellValue,
    second: CellValue,
    is_total: bool,
) -> None:
    """A number there is none: 序号 runs on in total rows."""
    columns: dict[str, list[CellValue]] = {"甲": [first], "乙": [second], "月度": [None], "代码": [None]}
    assert SHEET.clean(make_batch(columns)).totals == is_total
    labelled = SHEET.clean(make_batch(columns | {"月度": [202411], "代码": ["A"]}))
    assert (labelled.totals, len(labelled)) == (0, 1), "a remark about a total is no total"


def test_a_whole_number_is_no_label() -> None:
    """序号 runs on in total rows, read or not."""
    columns = Columns(integer("序号"), text("店"), amount("额"))
    facts = columns.clean(make_batch({"序号": [1, 2, 3], "店": ["甲", "乙", "合计"], "额": [1, 2, 3]}))
    assert (facts.totals, facts.row_numbers) == (1, [2, 3])


def test_the_totals_row_of_a_table_of_the_sheet_is_a_total_whatever_it_says() -> None:
    batch = make_batch({"店": ["甲", "乙", "一共"], "额": [1, 2, 3]})
    facts = Columns(text("店"), amount("额")).clean(replace(batch, totals=frozenset({4})))
    assert (facts.totals, facts.row_numbers) == (1, [2, 3])
    assert facts.sums is not None
    assert [total.label for total in facts.sums.totals] == ["一共"]


def test_only_amounts_of_the_sheet_are_summed() -> None:
    """What no cell holds, as a value of the file's name, stands in no total row; nor does what the sheet lacks."""
    columns = Columns(text("店"), amount("费"), amount("额"), amount("无"))
    batch = make_batch({"店": ["甲", "乙", "合计"], "费": [7, 7, 7], "额": [1, 2, 3]})
    facts = columns.clean(replace(batch, outside={"费": Outside(None, "the name of the file")}))
    assert facts.sums is not None
    assert [{*stretch.sums} for stretch in facts.sums.stretches] == [{"额"}, {"额"}]
    assert [{*total.amounts} for total in facts.sums.totals] == [{"额"}]


@pytest.mark.parametrize(("number_format", "decimals"), [("#,##0.00", 2), ("0;-0.0", 0), ("0.0,", None), (None, None)])
def test_a_total_has_the_decimals_that_its_format_shows(number_format: str | None, decimals: int | None) -> None:
    """None where they are those of thousands, or no format says."""
    batch = make_batch({"店": ["甲", "合计"], "额": [1.005, 1.01]}, formats={"额": [None, number_format]})
    facts = Columns(text("店"), amount("额")).clean(batch)
    assert facts.sums is not None
    assert facts.sums.totals[0].amounts["额"].decimals == decimals


def test_a_row_without_any_value_is_no_total() -> None:
    """Blank rows are the reader's to skip; one that comes through is a row that lacks what is required."""
    facts = SHEET.clean(make_batch({"月度": [None], "代码": [" "]}))
    assert (facts.totals, [reject.cell for reject in facts.rejects]) == (0, ["A2", "B2"])


def test_without_total_words_no_row_is_a_total() -> None:
    """The usual words in Chinese and English stand until others are given, or none."""
    batch = make_batch({"名称": ["合计", "Grand Total", "甲 汇总"]})
    assert Columns(text("名称"), totals=[]).clean(batch).columns["名称"] == ["合计", "Grand Total", "甲 汇总"]
    assert Columns(text("名称")).clean(batch).totals == 3


@pytest.mark.parametrize(
    ("first", "second", "is_kept"),
    [
        (1.5, 1.5, True),
        (1.5, "1.50", True),
        (0.1, "0.10", True),
        (1.5, None, True),
        (1.5, "-", True),
        (1.5, 1.6, False),
        (None, 1.5, False),
        (1.5, "x", False),
        (1.005, 1.006, True),
    ],
)
def test_columns_with_the_same_header_must_agree(first: CellValue, second: CellValue, is_kept: bool) -> None:
    """A second column under a header may be blank or say the same; otherwise nobody knows which is meant."""
    batch = make_batch({"月度": [202411], "代码": ["A"], "流失(含待遇支付)": [first], "流失(含待遇支付)#2": [second]})
    facts = SHEET.clean(batch)
    assert len(facts) == is_kept
    assert [(r.cell, r.reason) for r in facts.rejects] == ([] if is_kept else [("D2", "repeated_header")])


def test_formats_belong_to_their_cells() -> None:
    """The number format of a row is applied to that row alone, and the same number may be two codes."""
    batch = make_batch({"月度": [202411] * 3, "代码": [12, 12, 12]}, formats={"代码": ["0000", None, '"C"0000']})
    assert SHEET.clean(batch).columns["代码"] == ["0012", "12", "C0012"]


def test_equal_values_of_different_types_are_not_taken_for_each_other() -> None:
    """1, 1.0, True and "1" are equal to a dictionary, and TRUE is no number."""
    sheet = Columns(text("名称"), amount("金额"))
    facts = sheet.clean(make_batch({"名称": [1, True, 1.0], "金额": [1, True, 1.0]}))
    assert facts.columns == {"名称": ["1", "1"], "金额": [1, 1.0]}
    assert [(r.cell, r.reason) for r in facts.rejects] == [("B3", "boolean_instead")]
    merged = [Merged(1, "A2:A9"), Merged(True, "A2:A9"), Merged(1.0, "A2:A9")]
    assert Columns(text("名称")).clean(make_batch({"名称": merged})).columns["名称"] == ["1", "TRUE", "1"]


def test_an_empty_batch_has_no_facts() -> None:
    """A batch without rows is a batch all the same."""
    facts = SHEET.clean(make_batch({"月度": [], "代码": []}))
    assert (len(facts), facts.totals, facts.rejects, facts.columns["代码"]) == (0, 0, (), [])


@pytest.mark.parametrize("columns", [(), (text("甲"), code("甲"))], ids=["none", "twice"])
def test_columns_must_have_names_of_their_own(columns: tuple[object, ...]) -> None:
    """A layout without columns, or with two of one name, is a slip of the domain's author."""
    with pytest.raises(ValueError, match="names of their own"):
        Columns(*columns)  # type: ignore[arg-type]


def test_a_blank_total_word_is_refused() -> None:
    """A blank total word would make a total of every row."""
    with pytest.raises(ValueError, match="blank"):
        Columns(text("甲"), totals=["合计", " "])


def test_one_text_instead_of_a_list_of_aliases_is_refused() -> None:
    """aliases="机构" would mean the two headers 机 and 构."""
    with pytest.raises(TypeError, match="lists of texts"):
        text("机构名称", aliases="机构")


_LIGHT = """
import importlib.util, sys, types
package = types.ModuleType("wdh")  # the package without its public list, which brings more than the vocabulary
package.__path__ = list(importlib.util.find_spec("wdh").submodule_search_locations)
sys.modules["wdh"] = package
import wdh.columns
print(*{"openpyxl", "psycopg2", "jsonschema", "rich", "ruamel", "structlog", "pluggy"} & set(sys.modules))
"""


def test_the_vocabulary_is_light_to_import() -> None:
    """No reader, driver or validator is loaded by describing columns."""
    done = subprocess.run([sys.executable, "-c", _LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_column_that_the_sheet_lacks_is_told_with_the_header_that_may_be_meant() -> None:
    """An optional column under another header is empty in every fact; nobody should have to find that out later."""
    columns = Columns(text("名称"), amount("供款"), amount("流失"))
    facts = columns.clean(make_batch({"名称": ["甲", "乙"], "供款(元)": [777, 1]}))
    assert facts.columns["供款"] == [None, None]
    (note,) = facts.notes
    assert (note.code, dict(note.cases)) == ("absent_column", {"供款 (供款(元)?)": 2, "流失": 2})
    assert columns.clean(make_batch({"名称": ["甲"], "供款": [1], "流失": [2]})).notes == ()
    (note,) = columns.clean(make_batch({"名称": ["甲"], "本月供款额": [1], "流失": [2]})).notes
    assert note.cases == {"供款 (本月供款额?)": 1}


def test_a_bad_cell_under_another_header_of_the_column_is_a_reject() -> None:
    """The first header's value decides, but a fault beside it is not passed over."""
    columns = Columns(code("代码", aliases=["编号"]))
    facts = columns.clean(make_batch({"代码": ["A", "B"], "编号": ["#REF!", "B"]}))
    assert list(facts.columns["代码"]) == ["B"]
    assert [(reject.cell, reject.column) for reject in facts.rejects] == [("B2", "编号")]
