"""Columns declared as data are those of the vocabulary: one set of cleaners, one contract."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from support.batches import make_batch

from wdh import Column, Columns, amount, boolean, choice, code, date, integer, month, percent, text
from wdh import datetime as moment
from wdh.columns import declare_column, declare_columns
from wdh.columns.declared import KINDS
from wdh_schemas import read_contract

SAME: Mapping[str, tuple[Any, Column]] = {
    "a kind alone": ("month", month("x")),
    "text": (
        {"kind": "text", "source": "名", "aliases": ["名称"], "blank": ["(空白)"], "max_length": 255},
        text("x", source="名", aliases=["名称"], blank=["(空白)"], max_length=255),
    ),
    "code": (
        {"kind": "code", "width": 4, "upper": True, "drop": "-_ ", "required": True, "mapping": {"A": "B"}},
        code("x", width=4, upper=True, drop="-_ ", required=True, mapping={"A": "B"}),
    ),
    "date": ({"kind": "date", "default": "2024-11-30"}, date("x", default=datetime.date(2024, 11, 30))),
    "datetime": ({"kind": "datetime", "formats": ["%d.%m.%Y"]}, moment("x", formats=["%d.%m.%Y"])),
    "amount": (
        {"kind": "amount", "scale": 4, "precision": 20, "range": [0, None], "default": 0, "currency": ["USD", "$"]},
        amount("x", scale=4, precision=20, low=0, default=0, currency=["USD", "$"]),
    ),
    "percent": ({"kind": "percent", "range": [None, 1.5], "scale": 4}, percent("x", high=1.5, scale=4)),
    "integer": ({"kind": "integer", "range": [1, 9]}, integer("x", low=1, high=9)),
    "choice": (
        {"kind": "choice", "values": ["甲", "乙"], "mapping": {"一": "甲"}, "default": "一"},
        choice("x", values=["甲", "乙"], mapping={"一": "甲"}, default="甲"),
    ),
    "boolean": (
        {"kind": "boolean", "mapping": {"已": True, "未": False}},
        boolean("x", mapping={"已": True, "未": False}),
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_a_declared_column_is_that_of_the_vocabulary(case: str) -> None:
    declared, spoken = SAME[case]
    assert declare_column("x", declared) == spoken


def test_the_contract_has_the_kinds_and_arguments_of_the_vocabulary() -> None:
    entry = read_contract("columns")["$defs"]["entry"]["properties"]
    assert read_contract("columns")["$defs"]["kind"]["enum"] == list(KINDS)
    arguments = {name for word in KINDS.values() for name in inspect.signature(word).parameters}
    assert arguments - {"name", "low", "high"} == entry.keys() - {"kind", "range", "provisional"}


def test_a_kind_takes_just_the_keys_that_its_contract_allows() -> None:
    """Each key the contract keeps for some kinds is an argument of the words of these kinds, and of no other."""
    for rule in read_contract("columns")["$defs"]["entry"]["allOf"]:
        allowed = rule["if"].get("properties", {}).get("kind", {}).get("enum")
        if allowed is None:
            continue
        (key,) = rule["else"]["properties"]
        argument = "low" if key == "range" else key
        assert {kind for kind, word in KINDS.items() if argument in inspect.signature(word).parameters} == set(allowed)


@pytest.mark.parametrize("name", ["1", "A"])
def test_a_default_stands_for_blank_cells_and_for_a_column_that_the_sheet_lacks(name: str) -> None:
    columns = declare_columns(
        {name: "text", "金额": {"kind": "amount", "default": 0}, "类": {"kind": "text", "default": "其他"}}
    )
    facts = columns.clean(make_batch({name: ["a", "b", "c", "d"], "金额": [1.5, None, "-", "#N/A"]}))
    assert facts.columns["金额"] == [1.5, 0, 0]
    assert facts.columns["类"] == ["其他"] * 3
    assert [(reject.cell, reject.reason) for reject in facts.rejects] == [("B5", "error_value")]


def test_a_default_must_be_what_a_cell_of_the_column_could_be() -> None:
    for make in (
        lambda: amount("额", scale=2, default=0.005),
        lambda: month("月", default="2024-13"),
        lambda: text("名", default=" "),
        lambda: integer("个", low=1, default=0),
        lambda: choice("类", values=["甲"], default="丙"),
    ):
        with pytest.raises(ValueError, match=r"^.: the default .* cannot stand in this column\. "):
            make()
    with pytest.raises(ValueError, match="has no use for a default"):
        text("名", required=True, default="x")


def test_a_mapping_turns_some_texts_into_others_and_leaves_the_rest() -> None:
    columns = declare_columns(
        {
            "机构": {"kind": "text", "mapping": {"北京 分": "北京分公司"}},
            "号": {"kind": "code", "width": 3, "mapping": {"7": "007", "9": "1000"}},
        }
    )
    facts = columns.clean(make_batch({"机构": ["北京分", "北 京分 ", "上海分", None], "号": [9, "１", 7, "12"]}))
    assert facts.columns["机构"] == ["北京分公司", "北京分公司", "上海分", None]
    assert facts.columns["号"] == ["1000", "001", "007", "012"]


def test_a_mapping_of_codes_may_be_written_as_the_sheet_shows_them() -> None:
    """The spellings are read as cells are: padded, in capitals, without what is dropped."""
    code_of = {"kind": "code", "width": 4, "upper": True, "drop": "-", "mapping": {"12": "9999", "a-1": "zz"}}
    facts = declare_columns({"号": code_of}).clean(make_batch({"号": [12, "0012", "A1", "a-1", "13"]}))
    assert facts.columns["号"] == ["9999", "9999", "ZZ", "ZZ", "0013"]
    with pytest.raises(ValueError, match=r"^号: the spelling '²' cannot stand in this column\. "):
        declare_column("号", {"kind": "code", "mapping": {"²": "2"}})
    with pytest.raises(ValueError, match="'12' stands for|'0012' stands for"):
        declare_column("号", {"kind": "code", "width": 4, "mapping": {"12": "a", "0012": "b"}})


def test_words_of_a_boolean_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="'A' stands for True and False"):
        declare_column("是", {"kind": "boolean", "mapping": {"a": True, "A": False}})


@pytest.mark.parametrize(
    "declared",
    [
        {"额（元）": "amount"},
        {"x": {"kind": "amount", "source": "额（ 元 ）"}},
        {"x": {"kind": "amount", "aliases": ["额\n(元)"]}},
    ],
)
def test_headers_are_declared_as_a_sheet_may_show_them(declared: Any) -> None:
    """Brackets of either width, blanks and line breaks: the batch has them in one form, and so must the column."""
    facts = declare_columns(declared).clean(make_batch({"额(元)": [3]}))
    assert list(facts.columns.values()) == [[3]]
    assert facts.notes == ()


def test_limits_are_exact_at_any_precision() -> None:
    column = amount("额", scale=10, precision=38)
    assert column.sql_type == "numeric(38,10)"
    facts = Columns(amount("额", scale=4, precision=30)).clean(make_batch({"额": ["1" + "0" * 26, "9" * 26]}))
    assert facts.columns["额"] == [Decimal("9" * 26)]
    assert [reject.reason for reject in facts.rejects] == ["out_of_range"]


def test_a_whole_number_is_never_more_than_a_bigint_holds() -> None:
    column = integer("个", low=0, high=10**20)
    facts = Columns(column).clean(make_batch({"个": ["10000000000000000000", str(2**63 - 1)]}))
    assert facts.columns["个"] == [2**63 - 1]
    assert column.sql_type == "bigint"


def test_an_amount_beyond_its_range_is_refused_with_its_cell() -> None:
    facts = declare_columns({"额": {"kind": "amount", "range": [0, 100]}}).clean(
        make_batch({"额": [0, 100.0, -0.01, "101"]})
    )
    assert facts.columns["额"] == [0, 100.0]
    assert [(reject.cell, reject.reason) for reject in facts.rejects] == [
        ("A4", "out_of_range"),
        ("A5", "out_of_range"),
    ]


def test_declared_total_words_mark_rows_that_are_no_facts() -> None:
    facts = declare_columns({"店": "text", "额": "amount"}, totals=["合计"]).clean(
        make_batch({"店": ["a", "合计"], "额": [1, 1]})
    )
    assert (len(facts), facts.totals) == (1, 1)


TYPES = {
    "text": (text("x"), "text"),
    "short text": (text("x", max_length=9, mapping={"a": "b"}), "varchar(9)"),
    "code": (code("x"), "text"),
    "month": (month("x"), "date"),
    "day": (date("x"), "date"),
    "moment": (moment("x"), "timestamp"),
    "any amount": (amount("x"), "numeric"),
    "scaled amount": (amount("x", scale=4, precision=20), "numeric(20,4)"),
    "amount of a range": (amount("x", scale=2, low=0, high=100), "numeric(5,2)"),
    "fraction": (amount("x", scale=2, low=-0.5, high=0.5), "numeric(2,2)"),
    "open scale": (amount("x", scale=2), "numeric"),
    "percent": (percent("x"), "numeric(8,6)"),
    "number": (integer("x"), "bigint"),
    "small number": (integer("x", low=0, high=12), "integer"),
    "choice": (choice("x", values=["a"]), "text"),
    "boolean": (boolean("x"), "boolean"),
}


@pytest.mark.parametrize("case", TYPES)
def test_a_column_has_the_type_that_holds_its_values_and_no_more(case: str, database: Any) -> None:
    column, expected = TYPES[case]
    assert column.sql_type == expected
    database.execute(f"CREATE TABLE t (x {expected})")
    kind = column.kind
    for bound in (getattr(kind, "low", None), getattr(kind, "high", None)):
        if bound is not None and abs(Decimal(bound)) < Decimal("1E+100"):
            database.execute("INSERT INTO t VALUES (%s)", (bound,))


def test_columns_are_given_one_by_one() -> None:
    columns = Columns(text("a"), text("b"))
    assert [column.name for column in columns] == ["a", "b"]
