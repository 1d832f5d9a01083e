"""Facts come out of the spool as they went in, and every line is still known by its sheet row."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wdh.errors import DataError
from wdh.facts import Facts, Place
from wdh.facts.copytext import NULL, CopyWriter, copy_value, rows_text
from wdh.facts.profiles import NOTHING, Profile, profile_of, profiles_of
from wdh.facts.spool import Spool

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6) | st.sampled_from(
    ["", "\\N", "\t", "a\\", "\n", "\r\n", "1.0", "部"]
)
NUMBERS = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-999, 999).map(float)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | st.sampled_from([-0.0, 1e-10, 1e22, Decimal("1.0"), Decimal("0E-9"), Decimal("1E+3"), Decimal("-0.0")])
)
COLUMNS = st.sampled_from([TEXTS, NUMBERS, TEXTS | st.none(), NUMBERS | st.none(), TEXTS | NUMBERS | st.booleans()])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NULL),
        ("甲", "甲"),
        ("", ""),
        ("a\tb\nc\rd\\e", "a\\tb\\nc\\rd\\\\e"),
        ("\\N", "\\\\N"),
        (12, "12"),
        (12.0, "12"),
        (10936191575.21, "10936191575.21"),
        (1e-10, "1e-10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12.50"), "12.50"),
        (True, "t"),
        (False, "f"),
        (datetime.date(2024, 11, 1), "2024-11-01"),
        (datetime.datetime(2024, 11, 1, 12, 30), "2024-11-01 12:30:00"),  # noqa: DTZ001 - sheets know no zones
    ],
)
def test_each_value_has_one_copy_text(value: Any, text: str) -> None:
    assert copy_value(value) == text


@pytest.mark.parametrize("value", ["a\0b", "\ud800", float("nan"), float("inf"), Decimal("-Infinity"), Decimal("NaN")])
def test_a_value_postgresql_cannot_hold_names_its_row_and_column(value: Any) -> None:
    with Spool(()) as spool, pytest.raises(DataError, match="f.xlsx, sheet 明细, row 8: 值") as error:
        spool.append(Facts([7, 8], {"键": ["A", "B"], "值": [None, value]}), file="f.xlsx", sheet="明细")
    assert error.value.may_quote_values, "a report that withholds values leaves its sentence out"


def test_columns_that_appear_later_are_null_in_earlier_rows_and_missing_ones_in_later() -> None:
    with Spool(()) as spool:
        spool.append(Facts([2], {"a": ["x"]}), file="f", sheet="s")
        spool.append(Facts([3], {"b": [1], "c": [2]}), file="f", sheet="s")
        facts = spool.facts()
        assert facts.columns == ("a", "b", "c")
        assert b"".join(facts.chunks()) == b"x\t\\N\t\\N\n\\N\t1\t2\n"


def test_numbers_that_are_equal_but_not_the_same_do_not_share_their_text() -> None:
    with Spool(()) as spool:
        spool.append(Facts([2, 3, 4], {"a": [True, 1, Decimal("1.00")]}), file="f", sheet="s")
        assert b"".join(spool.facts().chunks()) == b"t\n1\n1.00\n"


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=1, max_size=6))
def test_every_line_is_located_and_scopes_are_distinct_in_order(batches: list[list[str]]) -> None:
    with Spool(("f", "k")) as spool:
        expected, row = [], 2
        for number, values in enumerate(batches):
            rows = list(range(row, row + len(values)))
            columns = {"f": [number] * len(values), "k": values}
            spool.append(Facts(rows, columns), file=f"f{number}", sheet="s", letters={"k": "D"})
            expected += [Place(f"f{number}", "s", each, f"D{each}", "k") for each in rows]
            row += len(values) + 3
        facts = spool.facts()
        assert [facts.place(line, "k") for line in range(1, facts.count + 1)] == expected
        assert facts.place(1, "f") == Place("f0", "s", 2, None, "f"), "no sheet column is known for it"
        flat = [(number, value) for number, values in enumerate(batches) for value in values]
        assert facts.scopes == tuple(dict.fromkeys(flat))
        assert b"".join(facts.chunks()).decode().splitlines() == [f"{number}\t{value}" for number, value in flat]


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=9), st.data())
def test_the_hash_of_facts_does_not_know_how_they_were_cut_into_batches(values: list[str], data: st.DataObject) -> None:
    """Another reader, or another size of batches, must not make a second append of the same facts look like another."""
    cut = data.draw(st.integers(1, len(values) - 1))
    hashes = []
    for parts in ([values], [values[:cut], values[cut:]]):
        with Spool(()) as spool:
            for part in parts:
                spool.append(Facts(list(range(2, 2 + len(part))), {"a": part}), file="f", sheet="s")
            hashes.append(spool.facts().sha256)
    assert hashes[0] == hashes[1]


def test_no_facts_have_no_lines_and_a_hash() -> None:
    with Spool(["a"]) as spool:
        facts = spool.facts()
        assert list(facts.chunks()) == []
        assert list(facts.lines([])) == []
        assert len(facts.sha256) == 64


def test_a_column_that_comes_later_was_null_before() -> None:
    with Spool(()) as spool:
        spool.append(Facts([2], {"a": ["x"]}), file="f", sheet="s")
        spool.append(Facts([3], {"a": ["y"], "b": [1]}), file="f", sheet="s")
        profiles = spool.facts().profiles
    assert [profiles[name].has_null for name in "ab"] == [False, True]


def test_a_scope_in_two_workbooks_is_an_error_that_names_both() -> None:
    """One after the other the second would replace the first; together both would stay."""
    with Spool(("月", "号")) as spool:
        spool.append(Facts([2], {"月": ["10"], "号": ["A"]}), file="十月.xlsx", sheet="s")
        spool.append(Facts([3], {"月": ["10"], "号": ["A"]}), file="十月.xlsx", sheet="s")
        with pytest.raises(DataError, match="十月.xlsx and 十一月.xlsx both have facts of 月 10, 号 A"):
            spool.append(Facts([2], {"月": ["10"], "号": ["A"]}), file="十一月.xlsx", sheet="s")


def test_candidates_carry_their_number_as_the_last_column() -> None:
    assert rows_text([("A", None), ("B", "x\ty")]) == "A\t\\N\t0\nB\tx\\ty\t1\n"


def test_the_distinct_values_of_any_column_come_back_as_they_were() -> None:
    """Without a delete scope, too, as in append mode; in order of appearance, over all batches, blanks as None."""
    first, second = datetime.date(2024, 11, 1), datetime.date(2024, 10, 1)
    moment = datetime.datetime(2024, 11, 1, 12, 30, tzinfo=datetime.timezone.utc)
    with Spool(()) as spool:
        columns = {"月": [first, first, None], "名": ["a\tb\\N", "甲", "甲"], "数": [12, 12.0, Decimal("12.50")]}
        spool.append(Facts([2, 3, 4], columns), file="f", sheet="s")
        columns = {
            "月": [second, first],
            "名": ["", None],
            "数": [12.5, None],
            "是": [True, False],
            "时": [moment, None],
        }
        spool.append(Facts([5, 6], columns), file="f", sheet="s")
        facts = spool.facts()
        found = {column: facts.distinct_values(column) for column in facts.columns}
    assert found == {
        "月": (first, None, second),
        "名": ("a\tb\\N", "甲", "", None),
        "数": (Decimal(12), Decimal("12.5"), None),
        "是": (None, True, False),
        "时": (None, moment),
    }


def test_what_a_column_mixes_comes_as_text_and_a_column_that_is_not_there_is_an_error() -> None:
    with Spool(("a",)) as spool:
        spool.append(Facts([2, 3], {"a": [datetime.date(2024, 11, 1), "x"]}), file="f", sheet="s")
        facts = spool.facts()
        assert facts.distinct_values("a") == ("2024-11-01", "x")
        with pytest.raises(ValueError, match="'b' is no column of the facts, which have a"):
            facts.distinct_values("b")


def test_no_facts_have_no_column_to_ask_about() -> None:
    with Spool(("a",)) as spool, pytest.raises(ValueError, match="is no column"):
        spool.facts().distinct_values("a")


@given(values=COLUMNS.flatmap(lambda kind: st.lists(kind, min_size=1, max_size=8)))
def test_a_column_is_written_as_its_values_are_each_by_itself(values: list[Any]) -> None:
    assert CopyWriter().texts(values) == list(map(copy_value, values))


@given(values=st.lists(NUMBERS | st.none(), min_size=1, max_size=8))
def test_a_profile_never_tells_less_than_there_is(values: list[Any]) -> None:
    values = [1, *values]
    texts = list(map(copy_value, values))
    profile = profile_of(values, texts)
    assert profile.kinds == {*map(type, values)}
    assert profile.longest == max(map(len, texts))
    plain = [text if text == NULL else f"{Decimal(text):f}" for text in texts]
    parts = [text.lstrip("-").partition(".") for text in plain]
    assert profile.decimals == max(len(decimals) for _, _, decimals in parts)
    assert max(len(whole.lstrip("0")) for whole, _, _ in parts) <= profile.whole <= max(map(len, (NULL, *plain)))


def test_texts_among_numbers_with_an_exponent_are_left_to_a_second_look() -> None:
    values: list[Any] = [1.5e-7, "eins"]
    profile = profile_of(values, list(map(copy_value, values)))
    assert min(profile.whole, profile.decimals) >= 1_000


@given(
    rows=st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1))
)
def test_lines_come_back_as_they_went_in(rows: list[list[str]]) -> None:
    columns = {f"c{place}": list(column) for place, column in enumerate(zip(*rows, strict=True))}
    with Spool(()) as spool:
        spool.append(Facts(range(2, len(rows) + 2), columns), file="f", sheet="s")
        facts = spool.facts()
        assert [list(values) for _, values in facts.lines(facts.columns)] == rows


def _facts(rows: range, **columns: Any) -> Facts:
    return Facts(list(rows), {name: [value] * len(rows) for name, value in columns.items()})


def test_what_another_spool_has_written_follows_with_its_lines_profiles_and_scopes() -> None:
    parts = [
        _facts(range(2, 5), 月="11", 额=1.5),
        _facts(range(9, 11), 月="12", 额=None),
        _facts(range(20, 21), 月="11", 额=22),
    ]
    with Spool(("月",)) as upper, Spool(("月",)) as lower, Spool(("月",)) as whole:
        for part in parts:
            whole.append(part, file="f.xlsx", sheet="明细", letters={"额": "C"})
            (upper if part is parts[0] else lower).append(part, file="f.xlsx", sheet="明细", letters={"额": "C"})
        assert upper.take_over(lower.written(), lower._file)
        upper.append(_facts(range(30, 31), 月="13", 额=0), file="g.xlsx", sheet="明细")
        whole.append(_facts(range(30, 31), 月="13", 额=0), file="g.xlsx", sheet="明细")
        joined, one = upper.facts(), whole.facts()
        assert (joined.count, joined.scopes, joined.profiles, joined.sha256) == (
            one.count,
            one.scopes,
            one.profiles,
            one.sha256,
        )
        assert list(joined.lines(["额"])) == list(one.lines(["额"]))
        assert [joined.place(line, "额") for line in range(1, 8)] == [one.place(line, "额") for line in range(1, 8)]


def test_facts_that_were_read_through_are_not_read_again_for_their_hash() -> None:
    """COPY reads them; a loader of a domain's own may make others of them, or stop before the end."""
    with Spool(()) as spool:
        spool.append(_facts(range(2, 5), 甲="a", 乙="b"), file="f.xlsx", sheet="明细")
        spool.append(_facts(range(5, 9), 甲="c", 乙="d"), file="f.xlsx", sheet="明细")
        plain, read, begun = spool.facts(), spool.facts(), spool.facts()
        expected = plain.sha256
        next(begun.chunks())
        assert b"".join(read.chunks())
        assert (begun.sha256, replace(read, columns=("甲", "丙")).sha256 == expected) == (expected, False)
    assert read.sha256 == expected


BATCHES = st.lists(
    st.tuples(
        st.lists(st.sampled_from("甲乙丙丁"), unique=True),
        st.sampled_from(["1.5", "a\tb", None, "\\N", "长" * 9]),
        st.integers(0, 3),
    ),
    max_size=3,
)


@given(files=st.lists(BATCHES, max_size=4))
@example(files=[[(["甲"], "1.5", 2)], [(["乙"], "a\tb", 1)], [(["乙", "甲"], "1.5", 1)]])
def test_columns_that_are_missing_new_or_in_another_order_come_out_as_from_one_spool(
    files: list[list[tuple[list[str], str | None, int]]],
) -> None:
    with Spool(("月",)) as joined, Spool(("月",)) as whole:
        for place, batches in enumerate(files):
            with Spool(("月",)) as other:
                for first, (columns, value, rows) in enumerate(batches):
                    facts = _facts(range(9 * first, 9 * first + rows), 月=str(place), **dict.fromkeys(columns, value))
                    arranged = replace(facts, columns={name: facts.columns[name] for name in [*columns, "月"]})
                    for spool in (whole, other):
                        spool.append(arranged, file=f"{place}.xlsx", sheet="明细", workbook=place)
                assert joined.take_over(other.written(), other._file)
        one, other_way = joined.facts(), whole.facts()
        assert replace(one, _file=other_way._file) == other_way
        assert b"".join(one.chunks()) == b"".join(other_way.chunks())


def test_what_tells_periods_otherwise_is_not_taken_over() -> None:
    day = datetime.date(2024, 11, 1)
    with Spool((), period_columns=("月",)) as upper, Spool((), period_columns=("月",)) as lower:
        upper.append(_facts(range(2, 3), 月=day), file="f.xlsx", sheet="明细")
        before = upper.facts()
        lower.append(_facts(range(3, 4), 月="11"), file="g.xlsx", sheet="明细")
        assert not upper.take_over(lower.written(), lower._file)
        assert upper.facts() == before


def test_a_scope_of_another_workbook_is_found_out_as_it_is_taken_over() -> None:
    with Spool(("月",)) as upper, Spool(("月",)) as lower:
        upper.append(_facts(range(2, 3), 月="11"), file="f.xlsx", sheet="明细")
        lower.append(_facts(range(2, 3), 月="11"), file="g.xlsx", sheet="明细")
        with pytest.raises(DataError, match="both have facts of 月 11"):
            upper.take_over(lower.written(), lower._file)


def test_lines_that_are_the_same_are_found_within_batches_and_across_them() -> None:
    with Spool(()) as spool:
        for texts in (["a", "b"], ["c", "a"], ["d", "d"], ["e", "b"]):
            spool.append(Facts(range(2, 4), {"甲": texts}), file="f", sheet="s")
        assert sorted(spool.facts().repeated_lines()) == [(1, 4), (2, 8), (5, 6)]
    with Spool(()) as spool:
        spool.append(Facts(range(2, 5), {"甲": ["a", "a", "b"]}), file="f", sheet="s")
        assert list(spool.facts().repeated_lines()) == [(1, 2)]


def test_a_writer_takes_no_value_for_an_equal_one_of_another_column() -> None:
    """True, 1 and 1.0 are equal, and so are 1.5 and 1.50; a writer keeps what it has written."""
    writer = CopyWriter()
    columns: list[list[Any]] = [[True, None], [1, 2], [Decimal("1.50"), Decimal("1.5")], ["a", None, datetime.date.min]]
    assert [writer.texts(values) for values in columns] == [[copy_value(value) for value in each] for each in columns]


def test_rows_have_the_profiles_of_their_columns() -> None:
    rows = [("12", 1.25), ("1", 100), *[("123", None)] * 4_000]
    assert profiles_of(("字", "数"), rows) == {
        "字": Profile(frozenset((str,)), 3, 0, 0),
        "数": Profile(frozenset((float, int, type(None))), 4, 3, 2),
    }
    assert profiles_of(("字",), []) == {"字": NOTHING}
