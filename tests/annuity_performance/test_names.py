"""Customer names: which texts are none, how they are cleaned, and what plans say of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.performance import note_cases, read_rows

from wdh import RunContext
from wdh.facts.cells import CellValue
from wdh_annuity.names import Clean, make_cleaning
from wdh_annuity.settings import make_rules


def cleaning(**rules: object) -> Clean:
    """Make the cleaning that ``customer_names`` with these keys asks for."""
    return make_cleaning(make_rules(RunContext("annuity_performance", {"customer_names": rules})).names)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("青禾示例有限公司", "青禾示例有限公司"),
        ("青 禾\u3000示例有限公司", "青禾示例有限公司"),
        ('「青禾」『示例』"有限公司', "青禾示例有限公司"),
        ("（南湖）青禾示例有限公司", "青禾示例有限公司"),
        ("青禾示例有限公司及下属子企业", "青禾示例有限公司"),
        ("青禾示例有限公司(团托)", "青禾示例有限公司"),
        ("青禾示例有限公司-养老", "青禾示例有限公司"),
        ("青禾示例有限公司－福利", "青禾示例有限公司"),
        ("青禾示例有限公司—养老", "青禾示例有限公司"),
        ("青禾示例有限公司-12", "青禾示例有限公司"),
        ("青禾示例有限公司-A", "青禾示例有限公司"),
        ("青禾示例有限公司-已转出", "青禾示例有限公司"),
        ("青禾示例有限公司——待转出", "青禾示例有限公司"),
        ("青禾示例有限公司（保留账户）", "青禾示例有限公司"),
        ("原-青禾示例有限公司", "青禾示例有限公司"),
        ("已转出－青禾示例有限公司-2", "青禾示例有限公司"),
        ("(已转出)青禾示例有限公司(停业)-3", "青禾示例有限公司"),
        ("青禾示例有限公司（南湖）（北桥）", "青禾示例有限公司"),
        ("青禾示例会计师事务所(特殊普通合伙)", "青禾示例会计师事务所（特殊普通合伙）"),
        ("青禾示例（有限合伙）", "青禾示例（有限合伙）"),
        ("青禾示例(有限合伙)-已转出", "青禾示例（有限合伙）"),
        ("青禾(控股)有限公司", "青禾（控股）有限公司"),
        ("ＡＢＣ示例１号", "ABC示例1号"),
        ("保留账户管理", "保留账户管理"),
        ("青禾示例（保留账户管理）", "青禾示例（保留账户管理）"),
        ("青禾示例-保留账户管理", "青禾示例-保留账户管理"),
        ("原青禾示例", "原青禾示例"),
        ("集合", "集合"),
        ("（已转出）", "（已转出）"),
        ("-已转出", "-已转出"),
        ("及下属子企业", "及下属子企业"),
    ],
)
def test_a_name_is_cleaned(typed: str, clean: str) -> None:
    """By the rules of the business; a name of which nothing would remain stays."""
    assert cleaning()(typed) == clean
    facts = read_rows({"客户名称": typed})
    assert facts.columns["客户名称"] == [clean]
    assert note_cases(facts, "cleaned_customer") == ({} if typed == clean else {f"{typed} → {clean}": 1})


@given(st.text("青禾示例（）()-—原已转出A1 「及下属子企业团托有限合伙", min_size=1, max_size=20))
def test_a_clean_name_is_clean(name: str) -> None:
    """Cleaning twice is cleaning once, and leaves something."""
    clean = cleaning()
    once = clean(name)
    assert clean(once) == once
    assert once or not name.split()


def test_the_rules_of_cleaning_are_data() -> None:
    """Every list can be changed, and cleaning as a whole be switched off."""
    assert cleaning(clean=False)("（南湖）青禾 -养老") == "（南湖）青禾 -养老"
    changed = cleaning(removed=["示例"], endings=["甲"], status_words=["休眠"], kept_brackets=["南湖"])
    assert changed("青禾示例（南湖)-休眠甲") == "青禾（南湖）"
    assert changed("青禾-已转出") == "青禾-已转出"
    nothing = cleaning(removed=[], endings=[], status_words=[], kept_brackets=[])
    assert nothing("青禾-已转出(有限合伙)") == "青禾-已转出"


@pytest.mark.parametrize(
    "cell", [None, "null", "NULL", "空白", "(空白)", "（空白）", "无", "N/A", "n/a", "-", "--", "—", "——", "0", 0, 0.0]
)
def test_a_placeholder_is_no_name(cell: CellValue) -> None:
    """The row has no name, and so its plan is asked for one."""
    facts = read_rows(
        {"客户名称": cell, "计划类型": "集合计划"}, {"客户名称": cell, "计划名称": "青禾有限公司企业年金计划"}
    )
    assert facts.columns["客户名称"] == [None, "青禾有限公司"]
    assert facts.rejects == ()


@pytest.mark.parametrize(
    ("kind", "plan", "name"),
    [
        ("单一计划", "青禾示例有限公司企业年金计划", "青禾示例有限公司"),
        ("单一计划", "青禾示例有限公司 企业年金计划", "青禾示例有限公司"),
        ("单一计划", "青禾示例（南湖）企业年金计划", "青禾示例"),
        ("单一计划", "企业年金计划", None),
        ("单一计划", "青禾示例有限公司", None),
        ("单一计划", None, None),
        ("集合计划", "示例青禾企业年金计划", None),
        ("集合计划", "示例青禾企业年金集合计划", None),
        ("职业年金", "青禾示例企业年金计划", None),
        (None, "青禾示例企业年金计划", None),
    ],
)
def test_the_plan_of_one_owner_names_him(kind: str | None, plan: str | None, name: str | None) -> None:
    """A blank name of a single plan is taken from the plan's; any other stays blank, and no row is refused for it."""
    facts = read_rows({"客户名称": None, "计划类型": kind, "计划名称": plan})
    assert facts.columns["客户名称"] == [name]
    assert facts.rejects == ()
    assert note_cases(facts, "customer_from_plan") == ({} if name is None else {name: 1})
    assert note_cases(facts, "cleaned_customer") == {}


def test_the_endings_of_plans_are_data() -> None:
    settings = {"customer_names": {"from_plans": {"职业年金": "职业年金计划"}}}
    row: dict[str, CellValue] = {"客户名称": None, "计划类型": "职业年金", "计划名称": "示例厅职业年金计划"}
    assert read_rows(row, settings=settings).columns["客户名称"] == ["示例厅"]


def test_a_name_of_the_sheet_is_never_taken_from_the_plan() -> None:
    facts = read_rows({"客户名称": "远澜示例", "计划名称": "青禾有限公司企业年金计划"})
    assert (facts.columns["客户名称"], facts.notes) == (["远澜示例"], ())


def test_the_account_name_is_the_name_as_typed() -> None:
    """Where the sheet has no such column; where it has, its cell stands, blank or not."""
    row: dict[str, CellValue] = {"客户名称": "青禾 示例(南湖)-已转出"}
    absent = read_rows(row, {"客户名称": None}, without=["年金账户名"])
    assert absent.columns["年金账户名"] == ["青禾 示例(南湖)-已转出", None]
    assert note_cases(absent, "absent_column") == {}
    assert read_rows(row, row | {"年金账户名": "无"}).columns["年金账户名"] == ["青禾示例集团年金", None]
