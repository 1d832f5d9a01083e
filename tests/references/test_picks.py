"""Each pick means what the configuration says, and any split of the rows gives the same reference rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.picks import RULES
from support.thoroughness import examples

from wdh.errors import SetupError
from wdh.facts import Facts
from wdh.references import Derivation
from wdh.references.picks import PICKS
from wdh.settings import ColumnRule, Reference
from wdh.sql.identifiers import Target

KEY = ColumnRule("编码", source="代码")


def derive(
    rule: ColumnRule, rows: list[tuple[object, ...]], *, columns: tuple[str, ...] = ("代码", "值", "额")
) -> object:
    """Derive one reference from rows of (代码, 值, 额); return what ``rule`` picked, by key."""
    derivation = Derivation(reference(rule))
    derivation.absorb(facts(rows, columns=columns), workbook=0)
    return {row[0]: row[1] for row in derivation.candidates().rows}


def reference(*rules: ColumnRule, **settings: object) -> Reference:
    return Reference("编", Target("public", "编码表"), ("编码",), (KEY, *rules), **settings)  # type: ignore[arg-type]


def facts(rows: list[tuple[object, ...]], *, columns: tuple[str, ...] = ("代码", "值", "额"), start: int = 2) -> Facts:
    numbers = list(range(start, start + len(rows)))
    return Facts(numbers, {name: [row[place] for row in rows] for place, name in enumerate(columns)})


ROWS = [
    ("A", None, 1.0),
    ("A", "乙", 5.0),
    ("A", "甲", 9.0),
    ("A", "乙", 2.0),
    ("B", "甲", None),
    (None, "丙", 99.0),
    ("A", None, None),
]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(ColumnRule("值", "值"), {"A": "乙", "B": "甲"}, id="first non-blank, in sheet order"),
        pytest.param(ColumnRule("值", "值", "last"), {"A": "乙", "B": "甲"}, id="last non-blank"),
        pytest.param(ColumnRule("值", "值", "most_frequent"), {"A": "乙", "B": "甲"}, id="most frequent"),
        pytest.param(
            ColumnRule("值", "值", "max_by", by="额"), {"A": "甲", "B": "甲"}, id="row with the largest amount"
        ),
        pytest.param(
            ColumnRule("值", "值", "min_by", by="额"), {"A": None, "B": "甲"}, id="row with the smallest amount"
        ),
        pytest.param(
            ColumnRule("值", "值", "concat_distinct", order=("甲", "乙", "丁")),
            {"A": "甲+乙", "B": "甲"},
            id="distinct values in the given order, others left out",
        ),
        pytest.param(
            ColumnRule("值", "值", "concat_distinct", separator="/"),
            {"A": "乙/甲", "B": "甲"},
            id="distinct values in sheet order",
        ),
        pytest.param(ColumnRule("值", "值", "count_distinct"), {"A": 2, "B": 1}, id="number of distinct values"),
        pytest.param(ColumnRule("值", None, "constant", value="有效"), {"A": "有效", "B": "有效"}, id="constant"),
        pytest.param(
            ColumnRule("值", "值", "template", format='["{}"]'), {"A": '["乙"]', "B": '["甲"]'}, id="template"
        ),
    ],
)
def test_each_pick_means_what_the_configuration_says(rule: ColumnRule, expected: object) -> None:
    assert derive(rule, ROWS) == expected


def test_a_tie_goes_to_the_row_with_the_largest_tie_break_then_to_the_first() -> None:
    rule = ColumnRule("值", "值", "most_frequent", tie_break="额")
    assert derive(rule, [("A", "甲", 1.0), ("A", "乙", Decimal("2.5")), ("A", "乙", None), ("A", "甲", 2.0)]) == {
        "A": "乙"
    }
    assert derive(rule, [("A", "甲", 2.0), ("A", "乙", 2)]) == {"A": "甲"}
    assert derive(rule, [("A", "甲", None), ("A", "乙", None)]) == {"A": "甲"}


def test_numbers_are_compared_as_the_workbook_shows_them() -> None:
    """The number 0.1 and the text 0.1 are a tie, though the float 0.1 is a little more than a tenth."""
    rule = ColumnRule("值", "值", "max_by", by="额")
    assert derive(rule, [("A", "文本", Decimal("0.1")), ("A", "数字", 0.1)]) == {"A": "文本"}


@pytest.mark.parametrize(
    "rule",
    [
        ColumnRule("值", "值", "max_by", by="额"),
        ColumnRule("值", "值", "min_by", by="额"),
        ColumnRule("值", "值", "most_frequent", tie_break="额"),
    ],
    ids=lambda rule: rule.pick,
)
def test_amounts_that_cannot_be_compared_are_refused_by_the_row_of_each_kind(rule: ColumnRule) -> None:
    """A day, a number and a text decide nothing between them; rows of other keys are not touched by it."""
    derivation = Derivation(reference(rule))
    rows = [
        ("A", "甲", 5),
        ("A", "甲", "五"),
        ("A", "甲", datetime.date(2024, 11, 1)),
        ("A", "甲", None),
        ("B", "乙", 1),
    ]
    derivation.absorb(facts(rows), workbook=3)
    found = derivation.candidates()
    assert found.rows == (("A", None), ("B", "乙"))
    assert [(each.source, each.value, each.place) for each in found.refusals] == [
        ("额", 5, (3, 2)),
        ("额", "五", (3, 3)),
        ("额", datetime.date(2024, 11, 1), (3, 4)),
    ]
    assert found.refusals[1].sentence == (
        "the text '五' cannot be compared with the number 5 and the day 2024-11-01 in another row of the same key: "
        "make the cells of this column all of one kind"
    )


FORMATS = [
    ColumnRule("值", "额", "first", format="%y%m"),
    ColumnRule("值", "额", "last", format="%y%m"),
    ColumnRule("值", "额", "most_frequent", format="%y%m"),
    ColumnRule("值", "额", "max_by", by="值", format="%y%m"),
    ColumnRule("值", "额", "concat_distinct", format="%y%m"),
    ColumnRule("值", "额", "template", format="{:%y%m}新建"),
]


@pytest.mark.parametrize("rule", FORMATS, ids=lambda rule: rule.pick)
def test_a_value_that_has_no_such_format_is_refused_by_its_row(rule: ColumnRule) -> None:
    derivation = Derivation(reference(rule))
    derivation.absorb(facts([("A", "甲", "十一月"), ("B", "甲", datetime.date(2024, 11, 1))], start=7), workbook=0)
    found = derivation.candidates()
    assert [row[1] is None for row in found.rows] == [True, False]
    (refusal,) = found.refusals
    assert (refusal.source, refusal.value, refusal.place) == ("额", "十一月", (0, 7))
    assert refusal.sentence.startswith("the text '十一月' cannot be written in the format '")
    assert refusal.sentence.endswith("correct the cell, or the format in data_sources.yml")


@pytest.mark.parametrize("rule", FORMATS, ids=lambda rule: rule.pick)
def test_a_format_that_can_write_none_of_the_values_is_at_fault_and_no_cell(rule: ColumnRule) -> None:
    """In the whole run: the values may be of several workbooks, and each may look as if its cell were at fault."""
    derivation = Derivation(reference(rule))
    derivation.absorb(facts([("A", "甲", "十一月"), ("B", "甲", 11)]), workbook=0)
    derivation.absorb(facts([("C", "甲", "十二月"), ("D", None, None)]), workbook=1)
    with pytest.raises(SetupError) as raised:
        derivation.candidates()
    assert raised.value.facts["setting"] == "refs.编.columns.值.format"
    assert "is no format for the values of '额': Invalid format specifier" in raised.value.message


def test_every_value_that_cannot_be_joined_is_refused_and_one_that_can_keeps_the_format_from_being_at_fault() -> None:
    derivation = Derivation(reference(ColumnRule("值", "额", "concat_distinct", format="%y%m")))
    rows = [("A", "甲", "十月"), ("A", "甲", datetime.date(2024, 11, 1)), ("A", "甲", "十二月")]
    derivation.absorb(facts(rows), workbook=0)
    assert [each.place for each in derivation.candidates().refusals] == [(0, 2), (0, 4)]


def test_cells_that_are_refused_for_another_reason_are_told_though_the_format_wrote_nothing() -> None:
    derivation = Derivation(reference(ColumnRule("值", "额", "max", format=".1f")))
    derivation.absorb(facts([("A", "甲", "五"), ("B", "甲", True)]), workbook=0)
    assert [each.value for each in derivation.candidates().refusals] == ["五", True]


def test_a_number_that_is_too_large_for_its_format_is_refused_by_its_row() -> None:
    """10**400 is no float, which f writes: Python says so by an OverflowError."""
    derivation = Derivation(reference(ColumnRule("值", "额", format=".1f")))
    derivation.absorb(facts([("A", "甲", 10**400), ("B", "甲", 1)]), workbook=0)
    assert [each.value for each in derivation.candidates().refusals] == [10**400]


def test_a_format_writes_the_month_into_the_remark() -> None:
    rule = ColumnRule("备注", "月度", format="%y%m_新建")
    row = ("A", datetime.date(2024, 11, 1))
    assert derive(rule, [row], columns=("代码", "月度")) == {"A": "2411_新建"}


def test_a_sum_is_exact_whatever_numbers_it_is_of() -> None:
    """Ten tenths are one; what is tiny is not lost beside what is huge; a float counts as the digits that are shown."""
    rule = ColumnRule("和", "额", "sum")
    assert derive(rule, [("A", None, 0.1)] * 10) == {"A": Decimal("1.0")}
    assert derive(rule, [("A", None, 2**70), ("A", None, Decimal("1e-30")), ("A", None, -(2**70))]) == {
        "A": Decimal("1e-30")
    }
    assert derive(rule, [("A", None, 1e200), ("A", None, 1), ("A", None, -1e200)]) == {"A": Decimal(1)}
    assert derive(rule, [("A", None, 1.5), ("A", None, None), ("B", None, None)]) == {"A": Decimal("1.5"), "B": None}


def test_every_cell_that_cannot_be_added_up_is_refused() -> None:
    """Also a boolean, which Python would take for 0 or 1, and a number beyond those of PostgreSQL."""
    derivation = Derivation(reference(ColumnRule("和", "额", "sum")))
    strange = ["五", True, datetime.date(2024, 11, 1), Decimal("1e131072"), Decimal("1e-16384")]
    derivation.absorb(facts([("A", None, 1), *(("A", None, value) for value in strange)]), workbook=0)
    found = derivation.candidates()
    assert found.rows == (("A", None),)
    assert [(each.place, each.value) for each in found.refusals] == [((0, 3 + n), v) for n, v in enumerate(strange)]
    assert found.refusals[0].sentence == "the text '五' cannot be added up: write a number, or clear the cell"


@pytest.mark.parametrize(
    ("values", "least", "most"),
    [
        pytest.param([3, 0.25, Decimal("-7"), None], Decimal("-7"), 3, id="numbers, by size"),
        pytest.param(["b", "B", "乙", "10", "9"], "10", "乙", id="texts, by code points"),
        pytest.param(
            [datetime.date(2024, 2, 29), datetime.date(2023, 12, 31)],
            datetime.date(2023, 12, 31),
            datetime.date(2024, 2, 29),
            id="days",
        ),
        pytest.param([None, ""], None, None, id="blanks alone"),
    ],
)
def test_the_least_and_the_most_of_values_of_one_kind(values: list[object], least: object, most: object) -> None:
    rows: list[tuple[object, ...]] = [("A", None, value) for value in values]
    assert derive(ColumnRule("果", "额", "min"), rows) == {"A": least}
    assert derive(ColumnRule("果", "额", "max"), rows) == {"A": most}


def test_the_month_of_the_first_day_can_be_written_in_a_format() -> None:
    rows: list[tuple[object, ...]] = [("A", None, datetime.date(2024, 11, day)) for day in (30, 1)]
    assert derive(ColumnRule("果", "额", "min", format="%y%m%d"), rows) == {"A": "241101"}


@pytest.mark.parametrize("pick", ["min", "max"])
def test_of_equal_numbers_the_same_one_is_taken_in_every_order(pick: str) -> None:
    """They are written differently: 1, 1.0 and 1.00 are three texts in a text column."""
    rule = ColumnRule("果", "额", pick)
    rows: list[tuple[object, ...]] = [("A", None, value) for value in (Decimal("1.00"), 1, 1.0)]
    orders = (derive(rule, list(order)) for order in permutations(rows))
    assert {repr(found) for found in orders} == {"{'A': 1}"}
    tenths: list[tuple[object, ...]] = [("A", None, value) for value in (Decimal("0.10"), 0.1)]
    assert {repr(derive(rule, list(order))) for order in permutations(tenths)} == {"{'A': 0.1}"}


@pytest.mark.parametrize("pick", ["min", "max"])
def test_values_of_two_kinds_and_booleans_have_no_least_and_no_most(pick: str) -> None:
    derivation = Derivation(reference(ColumnRule("果", "额", pick)))
    moment = datetime.datetime.fromisoformat("2024-11-01 08:00")
    rows = [("A", None, "五"), ("A", None, moment.date()), ("A", None, moment), ("B", None, True), ("B", None, 5)]
    derivation.absorb(facts(rows), workbook=0)
    refusals = derivation.candidates().refusals
    assert [each.place for each in refusals] == [(0, 2), (0, 3), (0, 4), (0, 5)]
    assert refusals[2].sentence.startswith(
        "the moment 2024-11-01 08:00:00 cannot be compared with the text '五' and the day 2024-11-01 in another row"
    )
    assert refusals[3].sentence.startswith("the boolean True has no order: ")


def test_blanks_of_the_reference_count_as_blank_in_keys_and_values() -> None:
    derivation = Derivation(reference(ColumnRule("值", "值"), blank=("(空白)",)))
    derivation.absorb(
        facts([("(空白)", "甲", 1), ("A", "(空白)", 1), ("A", "", 1), ("A", "乙", 1), ("", "丙", 1)]), workbook=0
    )
    assert derivation.candidates().rows == (("A", "乙"),)


def test_a_key_without_a_required_column_is_reported_and_not_a_candidate() -> None:
    derivation = Derivation(reference(ColumnRule("值", "值"), required=("值",)))
    derivation.absorb(facts([("A", None, 1), ("B", "甲", 1)]), workbook=0)
    found = derivation.candidates()
    assert found.rows == (("B", "甲"),)
    assert found.incomplete == ((("A",), ("值",)),)


def test_facts_that_disagree_about_a_first_pick_are_named_with_both_places() -> None:
    derivation = Derivation(reference(ColumnRule("值", "值")))
    derivation.absorb(facts([("A", "甲", 1), ("A", "甲", 1)]), workbook=0)
    derivation.absorb(facts([("A", "乙", 1)], start=7), workbook=1)
    (conflict,) = derivation.candidates().disagreements
    assert (conflict.key, conflict.column, conflict.values) == (("A",), "值", ("甲", "乙"))
    assert conflict.places == ((0, 2), (1, 7))


def test_a_pick_that_cannot_disagree_hides_no_other_that_does() -> None:
    derivation = Derivation(reference(ColumnRule("额", "额", "last"), ColumnRule("值", "值")))
    derivation.absorb(facts([("A", "甲", 1), ("A", "乙", 2)]), workbook=0)
    (conflict,) = derivation.candidates().disagreements
    assert (conflict.column, conflict.values) == ("值", ("甲", "乙"))


def test_values_that_are_equally_frequent_by_the_hundred_are_a_tie() -> None:
    rule = ColumnRule("值", "值", "most_frequent", tie_break="额")
    assert derive(rule, [("A", "甲", 1), ("A", "乙", 2)] * 300) == {"A": "乙"}


numbers = st.one_of(st.none(), st.floats(-100, 100), st.decimals(-100, 100, places=2), st.integers(-100, 100))
amounts = st.one_of(numbers, numbers, st.sampled_from(["x", "y"]), st.dates(max_value=datetime.date(2, 1, 1)))
values = st.one_of(st.none(), st.sampled_from(["a", "b", "c", ""]))
fact_rows = st.tuples(st.sampled_from(["A", "B", None]), values, amounts)
COLUMNS = ("代码", "v", "n")
all_picks = [replace(rule, column=name) for name, rule in RULES.items()]


def test_the_laws_are_held_to_every_pick() -> None:
    assert {rule.pick for rule in RULES.values()} == PICKS.keys()


@settings(max_examples=examples(2_000))
@given(files=st.lists(st.lists(fact_rows, max_size=12), min_size=1, max_size=3), data=st.data())
def test_any_split_of_the_rows_into_files_batches_and_orders_gives_the_same_reference_rows(
    files: list[list[tuple[object, ...]]], data: st.DataObject
) -> None:
    """The merge law: merge(a, b) over any split of the rows equals one pass, with disagreements and refusals."""
    whole = Derivation(reference(*all_picks))
    for workbook, rows in enumerate(files):
        whole.absorb(facts(rows, columns=COLUMNS), workbook=workbook)
    batches = [batch for workbook, rows in enumerate(files) for batch in cut(rows, data, workbook=workbook)]
    parts = [Derivation(reference(*all_picks)) for _ in range(3)]
    owners = data.draw(st.lists(st.integers(0, 2), min_size=len(batches), max_size=len(batches)))
    for place in data.draw(st.permutations(range(len(batches)))):
        workbook, batch = batches[place]
        parts[owners[place]].absorb(batch, workbook=workbook)
    merged = Derivation(reference(*all_picks))
    for place in data.draw(st.permutations(range(3))):
        merged.merge(parts[place])
    left, right = whole.candidates(), merged.candidates()
    assert right.rows == left.rows
    assert sorted(map(repr, right.disagreements)) == sorted(map(repr, left.disagreements))
    assert right.refusals == left.refusals


def cut(rows: list[tuple[object, ...]], data: st.DataObject, *, workbook: int) -> Iterator[tuple[int, Facts]]:
    """Cut the rows of a file into batches, each with the file's ordinal."""
    bounds = sorted({0, len(rows), *data.draw(st.sets(st.integers(0, len(rows))))})
    for first, last in pairwise(bounds):
        yield workbook, facts(rows[first:last], columns=COLUMNS, start=first + 2)


def test_rules_that_read_a_column_the_facts_lack_are_an_error_that_names_it() -> None:
    from wdh.errors import PluginError

    with pytest.raises(PluginError, match=r"refs\.编 reads the fact column '没有', .* it returns 代码, 值, 额"):
        derive(ColumnRule("值", "没有"), ROWS)


def test_several_key_columns_make_one_key_and_a_blank_part_makes_none() -> None:
    rules = (ColumnRule("编码", "代码"), ColumnRule("值", "值"), ColumnRule("额", "额", "last"))
    derivation = Derivation(Reference("双", Target(None, "双"), ("编码", "值"), rules))
    derivation.absorb(facts([("A", "甲", 1), ("A", "乙", 2), ("A", None, 3), ("A", "甲", 4)]), workbook=0)
    found = derivation.candidates()
    assert found.columns == ("编码", "值", "额")
    assert found.rows == (("A", "乙", 2), ("A", "甲", 4))
