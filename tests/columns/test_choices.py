"""Columns with few values."""

from __future__ import annotations

import datetime

import pytest
from support.batches import read_cell

from wdh.columns import boolean, choice
from wdh.facts import Reject
from wdh.facts.cells import CellValue, Merged

KIND = choice(
    "计划类型", values=["集合计划", "单一计划"], mapping={"集合": "集合计划", "1": "单一计划"}, blank=["(空白)"]
)
MARK = boolean("是否统括")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("集合计划", "集合计划"),
        (" 集合 计划\u3000", "集合计划"),
        ("集合", "集合计划"),
        (1, "单一计划"),
        ("１", "单一计划"),
        (Merged("集合", "A2:A3"), "集合计划"),
        ("(空白)", None),
        (None, None),
    ],
)
def test_a_choice_is_one_of_its_values(cell: CellValue, expected: str | None) -> None:
    """A known spelling, blanks and width aside, is the value it stands for."""
    assert read_cell(KIND, cell) == expected


def test_an_unknown_choice_names_the_near_one() -> None:
    """What is no value of the column is refused, and the value that was meant is named."""
    reject = read_cell(KIND, "集合计画")
    assert isinstance(reject, Reject)
    assert reject.reason == "unknown_choice"
    assert "did you mean '集合计划'" in reject.sentence


def test_a_choice_that_is_near_nothing_lists_the_values() -> None:
    """Without a near value the sentence says which there are."""
    reject = read_cell(KIND, "x")
    assert isinstance(reject, Reject)
    assert "集合计划, 单一计划" in reject.sentence
    assert "…" not in reject.sentence


def test_of_many_values_the_first_are_listed() -> None:
    reject = read_cell(choice("类", values=[f"第{number}类" for number in range(9)]), "x")
    assert isinstance(reject, Reject)
    assert "第7类, …" in reject.sentence


def test_a_date_is_no_choice() -> None:
    """A date where a word is expected keeps the text column's reason."""
    reject = read_cell(KIND, datetime.date(2024, 11, 1))
    assert isinstance(reject, Reject)
    assert reject.reason == "date_instead"


@pytest.mark.parametrize("arguments", [{}, {"values": ["甲", "乙"], "mapping": {" 甲": "乙"}}])
def test_a_choice_must_be_decidable(arguments: dict[str, object]) -> None:
    """No values at all, or one spelling for two values, is a slip of the domain's author."""
    with pytest.raises(ValueError, match=r"values or a mapping|stands for"):
        choice("计划类型", **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(True, True), ("是", True), (1, True), (1.0, True), ("yes", True), (False, False), ("否", False), ("０", False)],
)
def test_yes_and_no(cell: CellValue, expected: object) -> None:
    """TRUE, 是 and 1 are yes; FALSE, 否 and 0 are no."""
    assert read_cell(MARK, cell) is expected


@pytest.mark.parametrize("cell", [2, "也许", datetime.date(2024, 11, 1)])
def test_neither_yes_nor_no_is_refused(cell: CellValue) -> None:
    """Nothing else is taken for yes or no."""
    reject = read_cell(MARK, cell)
    assert isinstance(reject, Reject)
    assert reject.reason == "not_a_boolean"


def test_a_number_is_the_word_that_its_format_shows() -> None:
    """1 in the format "否";;"是" shows 否: where a format shows a word, the word counts."""
    column = boolean("营业")
    assert read_cell(column, 1, number_format='"是";;"否"') is True
    assert read_cell(column, 1, number_format='"否";;"是"') is False
    assert read_cell(column, 0, number_format='"否";;"是"') is True
    assert read_cell(column, 1, number_format="0.00") is True
    assert read_cell(column, 1, number_format=";;;") is None
    assert isinstance(read_cell(column, 1, number_format='"或许"'), Reject)
