"""The facts of 规模明细, quirk by quirk."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.batches import cut_batch, join_facts, make_batch
from support.performance import GOOD, make_rows, note_cases, read_rows

import wdh_annuity_performance
from wdh import DataError, RunContext, SetupError
from wdh.facts.cells import UNCACHED, CellValue, Merged
from wdh_annuity_performance.tables import FACTS

NOTHING: dict[str, CellValue] = dict.fromkeys(GOOD)
NAMELESS: dict[str, CellValue] = {"客户名称": None, "计划名称": None}
TEMPORARY = {"unknown_company": "temporary"}
"""What has held before an unknown company could be NULL."""
NOVEMBER = datetime.date(2024, 11, 1)

ARRIVE: dict[str, tuple[str, CellValue, str, object]] = {
    "月度 as 202411": ("月度", 202411, "月度", NOVEMBER),
    "月度 as the text 202411": ("月度", "202411", "月度", NOVEMBER),
    "月度 as 2024年11月": ("月度", "2024年11月", "月度", NOVEMBER),
    "月度 as 24年11月": ("月度", "24年11月", "月度", NOVEMBER),
    "月度 as 2024-11": ("月度", "2024-11", "月度", NOVEMBER),
    "月度 as 2024/11/1": ("月度", "2024/11/1", "月度", NOVEMBER),
    "月度 as 2024.11": ("月度", "2024.11", "月度", NOVEMBER),
    "月度 as a date": ("月度", datetime.datetime.fromisoformat("2024-11-30"), "月度", NOVEMBER),
    "月度 merged": ("月度", Merged(202411, "A2:A9"), "月度", NOVEMBER),
    "计划代码 is upper-cased and loses -, _ and blanks": ("计划代码", "z-00_0 3", "计划代码", "Z0003"),
    "计划代码 in full width": ("计划代码", "Ｚ０００３", "计划代码", "Z0003"),
    "计划代码 as a number": ("计划代码", 12.0, "计划代码", "12"),
    "计划代码 keeps its leading zeros": ("计划代码", "0012", "计划代码", "0012"),
    "组合代码 loses its F": ("组合代码", "F123", "组合代码", "123"),
    "组合代码 loses one F": ("组合代码", "FF12", "组合代码", "F12"),
    "组合代码 with an F inside stays": ("组合代码", "AF12", "组合代码", "AF12"),
    "组合代码 of nothing but an F stays": ("组合代码", "F", "组合代码", "F"),
    "组合代码 whose F begins no plain code stays": ("组合代码", "F12-3", "组合代码", "F12-3"),
    "组合代码 keeps dashes and case": ("组合代码", "p-0_1", "组合代码", "p-0_1"),
    "组合代码 with a zero-width character": ("组合代码", "F\u200b123", "组合代码", "123"),
    "机构代码 in full width": ("机构代码", "Ｇ０１", "机构代码", "G01"),
    "年金账户号 keeps its C and zeros": ("年金账户号", "C0012", "年金账户号", "C0012"),
    "company_id is upper-cased and loses -, _ and blanks": ("company_id", "a-6_0 1", "company_id", "A601"),
    "客户名称 loses its blanks": ("客户名称", "\u3000青禾\n示例\u200b", "客户名称", "青禾示例"),
    "计划名称 is trimmed": ("计划名称", "\u3000青禾\n示例\u200b", "计划名称", "青禾 示例"),
    "组合名称 keeps its brackets": ("组合名称", "青禾（示例）", "组合名称", "青禾（示例）"),
    "计划名称 (空白) is blank": ("计划名称", "(空白)", "计划名称", None),
    "期初资产规模 exactly": ("期初资产规模", 10936191575.21, "期初资产规模", 10936191575.21),
    "供款 with thousands": ("供款", "1,234.50", "供款", Decimal("1234.50")),
    "供款 in full width": ("供款", "１，２３４．５０", "供款", Decimal("1234.50")),
    "供款 with ¥": ("供款", "¥1,234.50", "供款", Decimal("1234.50")),
    "供款 in brackets": ("供款", "(1,234.50)", "供款", Decimal("-1234.50")),
    "供款 as a dash": ("供款", "-", "供款", None),
    "供款 as 暂无": ("供款", "暂无", "供款", None),
    "供款 as N/A": ("供款", "N/A", "供款", None),
    "流失(含待遇支付) is 流失_含待遇支付": ("流失(含待遇支付)", 7, "流失_含待遇支付", 7),
    "当期收益率 with %": ("当期收益率", "5.36%", "当期收益率", Decimal("0.0536")),
    "当期收益率 in full width": ("当期收益率", "５．３６％", "当期收益率", Decimal("0.0536")),
    "当期收益率 bare": ("当期收益率", 5.36, "当期收益率", 5.36),
}
REFUSED: dict[str, tuple[str, CellValue, str]] = {
    "month 13": ("月度", 202413, "month_out_of_range"),
    "a year before 2000": ("月度", "1999年12月", "month_out_of_range"),
    "月度 as a bare serial": ("月度", 45600, "not_a_month"),
    "月度 blank": ("月度", None, "missing_value"),
    "#N/A in an amount": ("供款", "#N/A", "error_value"),
    "#REF! in a name": ("客户名称", "#REF!", "error_value"),
    "#DIV/0! in the rate": ("当期收益率", "#DIV/0!", "error_value"),
    "a merged amount": ("期末资产规模", Merged(5, "K2:K3"), "merged_number"),
    "a formula without a stored result": ("流失", UNCACHED, "formula_without_value"),
    "a rate past 10": ("当期收益率", 10.5, "out_of_range"),
    "an amount beyond numeric(20,4)": ("投资收益", 1e16, "out_of_range"),
    "a name beyond varchar(255)": ("客户名称", "年" * 256, "too_long"),
    "an account beyond varchar(50)": ("年金账户号", "7" * 51, "too_long"),
    "a company_id beyond varchar(50)": ("company_id", "7" * 51, "too_long"),
    "a code with lost digits": ("年金账户号", 1.2345e17, "digits_lost"),
}


@pytest.mark.parametrize(("header", "cell", "column", "expected"), ARRIVE.values(), ids=ARRIVE)
def test_a_quirk_comes_out_right(header: str, cell: CellValue, column: str, expected: object) -> None:
    """Each spelling of the field arrives as what it means."""
    facts = read_rows({header: cell})
    assert facts.rejects == ()
    assert facts.columns[column] == [expected]


@pytest.mark.parametrize(("header", "cell", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_quirk_without_one_meaning_is_refused_by_cell(header: str, cell: CellValue, reason: str) -> None:
    """What cannot come out right is a reject that names its cell, and the row beside it is a fact."""
    facts = read_rows({}, {header: cell})
    (reject,) = facts.rejects
    assert (reject.reason, reject.row, reject.column) == (reason, 3, header)
    assert reject.cell is not None
    assert facts.row_numbers == [2]


def test_a_good_row_arrives_as_it_is() -> None:
    """Every column of the fact table but its key and stamps is there, in its order, and nothing else."""
    facts = read_rows({})
    assert list(facts.columns) == [name for name in FACTS.columns if name not in ("created_at", "updated_at")]
    expected = {("流失_含待遇支付" if h == "流失(含待遇支付)" else h): [cell] for h, cell in GOOD.items()}
    assert {name: list(column) for name, column in facts.columns.items()} == expected | {"月度": [NOVEMBER]}
    assert (facts.rejects, facts.totals, facts.notes) == ((), 0, ())


@pytest.mark.parametrize(
    ("header", "alias", "column"),
    [("机构名称", "机构", "机构名称"), ("company_id", "公司代码", "company_id")],
)
def test_other_headers_for_a_column(header: str, alias: str, column: str) -> None:
    """机构 is 机构名称, and 公司代码 is asked where company_id is absent or blank."""
    assert read_rows({alias: "甲"}, without=[header]).columns[column] == ["甲"]
    assert read_rows({alias: "甲", header: None}, {alias: "甲"}).columns[column] == ["甲", GOOD[header]]


@pytest.mark.parametrize(
    ("account", "group", "expected"),
    [(None, "C0012", "0012"), (None, "0012", "0012"), (None, "C", None), ("700", "C0012", "700"), (None, None, None)],
)
def test_a_group_account_loses_its_leading_c(account: CellValue, group: CellValue, expected: str | None) -> None:
    """集团企业客户号 stands for 年金账户号 where that is blank, without its C."""
    facts = read_rows({"年金账户号": account, "集团企业客户号": group})
    assert facts.columns["年金账户号"] == [expected]
    assert "集团企业客户号" not in facts.columns


@pytest.mark.parametrize(
    ("year", "month"),
    [(2024, 11), (2024.0, 11.0), ("2024", "11"), ("2024年", "11月"), ("24", "１１"), (24, "11月"), ("24年", 11)],
)
def test_year_and_month_instead_of_a_month(year: CellValue, month: CellValue) -> None:
    """Two columns 年 and 月 make up 月度, and are no columns of the facts."""
    facts = read_rows({"年": year, "月": month}, without=["月度"])
    assert facts.columns["月度"] == [NOVEMBER]
    assert next(iter(facts.columns)) == "月度"
    assert not {"年", "月"} & set(facts.columns)


def test_a_bad_year_and_a_bad_month_are_named_by_their_own_cells() -> None:
    """Month 13, a year before 2000, and blanks are bad cells here, too."""
    batch = make_rows(
        {"年": 2024, "月": 13},
        {"年": 1999, "月": 12},
        {"年": None, "月": 12},
        {**NOTHING, "年": "合计", "月": None},
        without=["月度"],
    )
    facts = wdh_annuity_performance.transform(batch, RunContext("annuity_performance"))
    assert [(r.row, r.column, r.reason) for r in facts.rejects] == [
        (2, "月", "unknown_choice"),
        (3, "年", "unknown_choice"),
        (4, "年", "missing_value"),
    ]
    assert facts.totals == 1


def test_a_sheet_without_any_month_is_refused() -> None:
    """Without 月度, and without both 年 and 月, no row can be a fact."""
    with pytest.raises(DataError, match="月度"):
        read_rows({"年": 2024}, without=["月度"])


def test_a_sheet_without_plan_codes_is_refused() -> None:
    """Default codes are for blank cells, not for a missing column."""
    with pytest.raises(DataError, match="计划代码"):
        read_rows({}, without=["计划代码"])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("集合计划", "AN001"), ("单一计划", "AN002")],
)
@pytest.mark.parametrize("blank", [None, " ", "(空白)", "--"])
def test_a_blank_plan_code_follows_the_kind_of_plan(kind: str, expected: str, blank: CellValue) -> None:
    """A blank 计划代码 is AN001 or AN002, and the note says how many rows got it."""
    facts = read_rows({"计划代码": blank, "计划类型": kind}, {})
    assert facts.columns["计划代码"] == [expected, "Z0003"]
    assert note_cases(facts, "default_plan_code") == {expected: 1}


@pytest.mark.parametrize("kind", [None, "职业年金", "(空白)"])
def test_any_other_blank_plan_code_is_a_rejected_row(kind: CellValue) -> None:
    """Without a default the row is refused at its 计划代码."""
    facts = read_rows({"计划代码": None, "计划类型": kind})
    (reject,) = facts.rejects
    assert (reject.reason, reject.cell, reject.column, reject.value) == ("no_plan_code", "D2", "计划代码", None)
    assert (len(facts), facts.notes) == (0, ())


@pytest.mark.parametrize(
    ("business", "kind", "expected"),
    [
        ("企年受托", "集合计划", "QTAN001"),
        ("企年投资", "单一计划", "QTAN002"),
        ("职年受托", "职业年金", "QTAN003"),
        ("职年投资", None, "QTAN003"),
        ("职年受托", "集合计划", "QTAN003"),
        ("企年受托", "其他", None),
        (None, None, None),
    ],
)
def test_a_blank_portfolio_code_follows_business_and_plan(
    business: CellValue, kind: CellValue, expected: str | None
) -> None:
    """QTAN003 for 职年受托 and 职年投资, else QTAN001 or QTAN002 by 计划类型, else NULL."""
    facts = read_rows({"组合代码": "(空白)", "业务类型": business, "计划类型": kind})
    assert facts.columns["组合代码"] == [expected]
    assert note_cases(facts, "default_portfolio_code") == ({} if expected is None else {expected: 1})


@pytest.mark.parametrize(
    ("business", "expected"),
    [
        *(("企年投资", "PL201"), ("企年受托", "PL202"), ("职年投资", "PL203"), ("职年受托", "PL204")),
        *(("自有险资", "PL205"), ("直投", "PL206"), ("三方", "PL207"), ("团养", "PL208"), ("企康", "PL209")),
        *(("企业年金", "PL210"), ("职业年金", "PL211"), ("其他", "PL301")),
    ],
)
def test_a_blank_product_line_follows_the_business(business: str, expected: str) -> None:
    """Where the column is absent or blank, 业务类型 decides; where it is filled, it stays."""
    assert read_rows({"业务类型": business}, without=["产品线代码"]).columns["产品线代码"] == [expected]
    facts = read_rows({"业务类型": business, "产品线代码": None}, {"业务类型": business, "产品线代码": "PL999"})
    assert facts.columns["产品线代码"] == [expected, "PL999"]


def test_a_product_line_that_nobody_knows_is_null_and_said() -> None:
    """No row is lost for it, and no NULL is silent."""
    facts = read_rows({"业务类型": "新业务", "产品线代码": None}, {"业务类型": None, "产品线代码": None})
    assert facts.columns["产品线代码"] == [None, None]
    assert note_cases(facts, "no_product_line") == {"新业务": 1, "(空白)": 1}


COMPANIES = {
    "company_ids": {
        "by_plan": {"z-0003": "in plan"},
        "by_account": {"７00001": "in-account"},
        "by_name": {"青禾 示例（集团）": "in_name"},
    }
}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "600001001"),
        ({"company_id": None, "公司代码": "c-2"}, "C2"),
        ({"company_id": None}, "INPLAN"),
        ({"company_id": None, "计划代码": "Z9"}, "INACCOUNT"),
        ({"company_id": None, "计划代码": "Z9", "年金账户号": None, "集团企业客户号": "C700001"}, "INACCOUNT"),
        ({"company_id": None, "计划代码": "Z9", "年金账户号": None, "客户名称": "青禾示例(集团)"}, "INNAME"),
        ({"company_id": None, "计划代码": "Z9", "年金账户号": "7", "客户名称": "青禾示例（集团） "}, "INNAME"),
    ],
    ids=["company_id", "公司代码", "by plan", "by account", "by group account", "by name", "by name in another width"],
)
def test_where_a_company_id_comes_from(row: dict[str, CellValue], expected: str) -> None:
    """The sheet, then the plan, the account and the name of the settings: the first hit wins."""
    facts = read_rows(row, settings=COMPANIES)
    assert facts.columns["company_id"] == [expected]
    assert {note.code for note in facts.notes} <= {"cleaned_customer"}


def test_a_company_that_nobody_knows_gets_a_stable_temporary_id() -> None:
    """IN_ and 16 hex digits of the HMAC-SHA256 of the normalised name; the note lists the names and their rows."""
    facts = read_rows({"客户名称": "青禾示例"}, {"客户名称": "青 禾示例"}, {"客户名称": "其他"}, without=["company_id"])
    digest = hmac.new(b"wdh", "青禾示例".encode(), hashlib.sha256).hexdigest()[:16]
    first, second, third = facts.columns["company_id"]
    assert first == second == f"IN_{digest}"
    assert third != first
    assert note_cases(facts, "temporary_company_id") == {"青禾示例": 2, "其他": 1}


def test_temporary_ids_are_keyed_by_the_salt() -> None:
    """WDH_ALIAS_SALT changes the ids; unset and empty are the same fixed default."""

    def temporary(environment: dict[str, str]) -> object:
        return read_rows({}, without=["company_id"], environment=environment).columns["company_id"][0]

    assert temporary({}) == temporary({"WDH_ALIAS_SALT": ""})
    assert temporary({"WDH_ALIAS_SALT": "甲"}) == temporary({"WDH_ALIAS_SALT": "甲"})
    assert len({temporary({}), temporary({"WDH_ALIAS_SALT": "甲"}), temporary({"WDH_ALIAS_SALT": "乙"})}) == 3


@pytest.mark.parametrize(("without", "cell"), [((), "I2"), (("客户名称",), None)], ids=["blank", "no such column"])
def test_a_row_that_belongs_to_nobody_is_refused(without: tuple[str, ...], cell: str | None) -> None:
    """No company_id, no mapping, no name, and unknown_company wants one: a reject, at 客户名称 where there is one."""
    facts = read_rows(NAMELESS, without=["company_id", *without], settings=TEMPORARY)
    (reject,) = facts.rejects
    assert (reject.reason, reject.cell, reject.row) == ("no_company", cell, 2)
    assert len(facts) == 0


def test_a_row_may_lack_both_and_is_refused_for_both() -> None:
    """Each fault of a row is a reject of its own, and the row is counted once."""
    row = NAMELESS | {"计划代码": None, "计划类型": None}
    facts = read_rows(row, {}, without=["company_id"], settings=TEMPORARY)
    assert [reject.reason for reject in facts.rejects] == ["no_plan_code", "no_company"]
    assert facts.row_numbers == [3]


def test_notes_are_about_facts_only() -> None:
    """A refused row is not counted among those that were completed."""
    row: dict[str, CellValue] = {
        "计划代码": None,
        "计划类型": None,
        "组合代码": None,
        "产品线代码": None,
        "业务类型": "新业务",
    }
    assert read_rows({**row, "业务类型": "职年受托"}, row, without=["company_id"]).notes == ()
    nobody: dict[str, CellValue] = {
        **NAMELESS,
        "计划代码": None,
        "组合代码": None,
        "产品线代码": None,
        "业务类型": "新业务",
    }
    assert read_rows(nobody, without=["company_id"], settings=TEMPORARY).notes == ()


def test_rejects_are_in_the_order_of_the_sheet() -> None:
    """Bad cells and rows without an owner are told together, row by row."""
    facts = read_rows(NAMELESS, {"供款": "x"}, NAMELESS, without=["company_id"], settings=TEMPORARY)
    assert [(r.row, r.reason) for r in facts.rejects] == [(2, "no_company"), (3, "not_a_number"), (4, "no_company")]


@pytest.mark.parametrize("word", ["合计", "总 计", "小计：", Merged("合计", "A2:E2")])
@pytest.mark.parametrize("header", ["月度", "计划代码", "客户名称"])
def test_a_total_row_is_no_fact(word: CellValue, header: str) -> None:
    """合计, 总计 and 小计 rows are counted as such, whatever else is in them."""
    facts = read_rows({**NOTHING, header: word, "供款": "x"}, {})
    assert (facts.totals, facts.row_numbers, facts.rejects) == (1, [3], ())


def test_every_default_can_be_changed_by_a_company() -> None:
    """Codes, product lines and total words are data of the configuration."""
    settings = {
        "default_plan_codes": {"新计划": "NEW1"},
        "default_portfolio_codes": {"by_plan_type": {"新计划": "NEW2"}},
        "product_lines": {"新业务": "NEW3"},
        "total_words": ["汇总"],
    }
    row: dict[str, CellValue] = {"计划代码": None, "组合代码": None, "产品线代码": None}
    facts = read_rows(
        {**row, "计划类型": "新计划", "业务类型": "新业务"},
        {**NOTHING, "客户名称": "汇总"},
        {"客户名称": "合计"},
        settings=settings,
    )
    assert [facts.columns[name][0] for name in row] == ["NEW1", "NEW2", "NEW3"]
    assert (facts.totals, facts.columns["客户名称"][1]) == (1, "合计")


@pytest.mark.parametrize("company_ids", [{"by_plan": {"Z1": "--"}}, {"by_account": {"1": "x" * 51}}])
def test_a_setting_that_no_row_can_have_is_a_fault_of_the_setup(company_ids: dict[str, dict[str, str]]) -> None:
    """A company id that is blank or too long names the value and where to mend it."""
    with pytest.raises(SetupError, match=r"company_id.*data_sources\.yml"):
        read_rows({}, settings={"company_ids": company_ids})


CELLS = st.sampled_from(
    [
        "合计",
        "(空白)",
        "",
        "甲",
        "乙",
        "F12",
        "C7",
        "z-1",
        "集合计划",
        "单一计划",
        "职年受托",
        "企年投资",
        "1,5",
        "-",
        "#N/A",
    ]
) | st.sampled_from([None, 1, 12.0, 0.5, 1.00005, 202411, True, UNCACHED, Merged("甲", "A2:A3"), float("nan")])


@st.composite
def batches(draw: st.DrawFn) -> Any:
    """Draw rows of which some cells are anything at all."""
    rows = draw(
        st.lists(st.dictionaries(st.sampled_from([*GOOD, "集团企业客户号", "公司代码"]), CELLS), min_size=1, max_size=8)
    )
    return make_rows(*rows, without=draw(st.sampled_from([(), ("company_id",), ("company_id", "产品线代码")])))


@given(batches(), st.sets(st.integers(1, 7)))
def test_facts_rejects_and_totals_are_all_rows_wherever_they_are_cut(batch: Any, places: set[int]) -> None:
    """No row is lost or invented, and batches of any size give the same facts, rejects, totals and notes."""
    context = RunContext("annuity_performance", COMPANIES)
    whole = wdh_annuity_performance.transform(batch, context)
    parts = [wdh_annuity_performance.transform(part, context) for part in cut_batch(batch, places)]
    assert join_facts(parts) == join_facts([whole])
    refused = {reject.row for reject in whole.rejects}
    assert len(whole) + len(refused) + whole.totals == len(batch)
    assert not refused & set(whole.row_numbers)


def test_an_empty_batch_is_no_fact() -> None:
    """A batch without rows gives the columns without values."""
    facts = wdh_annuity_performance.transform(make_batch({h: [] for h in GOOD}), RunContext("annuity_performance"))
    assert (len(facts), facts.rejects, facts.notes) == (0, (), ())
    assert "company_id" in facts.columns
