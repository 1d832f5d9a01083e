"""Facts go into data frames and come back exactly, with their row numbers; what is not exact is refused."""

from __future__ import annotations

import builtins
import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.thoroughness import examples

import wdh
from wdh import Batch, Columns, Facts, SetupError
from wdh.facts import FactValue

WHY = "pandas, polars, pyarrow and nanoarrow are tried where the extra test_frames is installed"
pytest.importorskip("nanoarrow", reason=WHY)
pa = pytest.importorskip("pyarrow", reason=WHY)
pl = pytest.importorskip("polars", reason=WHY)
pd = pytest.importorskip("pandas", reason=WHY)

Frames = dict[str, Callable[[Any], Any]]
FRAMES: Frames = {
    "polars": lambda facts: pl.DataFrame(facts),
    "pyarrow": lambda facts: facts.to_arrow(),
    "pandas with types of Arrow": lambda facts: pa.table(facts).to_pandas(types_mapper=pd.ArrowDtype),
    "pandas with types of its own": lambda facts: pa.table(facts).to_pandas(),
}

_moments = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))  # noqa: DTZ001 - as of a sheet
_floats = st.floats(-1e15, 1e15).map(lambda number: round(number, 9))
_decimals = st.decimals(-(10**15), 10**15, places=6)
_kinds: Mapping[str, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(exclude_categories=["Cs"])),
    "small": st.integers(-(1 << 63), (1 << 63) - 1),
    "large": st.integers(-(10**38) + 1, 10**38 - 1),
    "boolean": st.booleans(),
    "date": st.dates(),
    "moment": _moments,
    "zoned": _moments.map(lambda moment: moment.replace(tzinfo=datetime.timezone.utc)),
    "float": _floats,
    "decimal": _decimals,
    "number": st.one_of(_floats, _decimals, st.integers(-(10**15), 10**15)),
    "nothing": st.none(),
}


@st.composite
def all_kinds(draw: st.DrawFn) -> Facts:
    """Draw facts with a column of each type that a fact can have, and NULLs among them."""
    count = draw(st.integers(0, 4))
    numbers = list(range(2, 2 + count))
    columns = {
        name: draw(st.lists(st.one_of(st.none(), kind), min_size=count, max_size=count))
        for name, kind in _kinds.items()
    }
    return Facts(numbers, columns)


def exact(value: FactValue) -> FactValue:
    """Give what a value is in a frame: a float is the decimal of its repr."""
    return Decimal(repr(value)) if isinstance(value, float) else value


@pytest.mark.once
@pytest.mark.parametrize("way", FRAMES)
@settings(max_examples=examples(25))
@given(all_kinds())
def test_every_value_comes_back_exactly(way: str, facts: Facts) -> None:
    if way == "pandas with types of its own":  # which makes floats of integers where one is missing
        for name in ("small", "large", "number"):
            facts = facts.derive(name, lambda fact, name=name: fact[name] or 0)  # type: ignore[misc]
    back = facts.with_frame(FRAMES[way](facts))
    assert back.row_numbers == facts.row_numbers
    assert back.columns == {name: list(map(exact, values)) for name, values in facts.columns.items()}
    for name, kind in {"text": str, "boolean": bool, "date": datetime.date, "moment": datetime.datetime}.items():
        assert {*map(type, back.columns[name])} <= {kind, type(None)}
    assert {*map(type, back.columns["small"])} <= {int, type(None)}
    assert Facts.from_frame(FRAMES[way](facts), facts.row_numbers).row_numbers == facts.row_numbers


SHEET = Batch(
    "a.xlsx",
    "订单",
    [2, 3, 4, 5],
    {"币种": ["USD", "EUR", None, "合计"], "金额": [1.5, "2.005", 3, 7], "日期": ["2024-11-01", None, None, None]},
    {"币种": "A", "金额": "B", "日期": "C"},
)
COLUMNS = Columns(wdh.text("币种"), wdh.amount("金额", scale=2), wdh.date("日期"), wdh.integer("数量"))
FACTS = COLUMNS.clean(SHEET)


def test_a_frame_has_the_row_numbers_and_the_same_types_for_every_batch_of_a_sheet() -> None:
    table = pa.table(FACTS)
    assert table.column_names == ["row_number", "币种", "金额", "日期", "数量"]
    assert table["row_number"].to_pylist() == [2, 3, 4]
    assert table["金额"].to_pylist() == [Decimal("1.50"), Decimal("2.01"), Decimal("3.00")]
    blank = {header: [None] * 4 for header in SHEET.columns}
    for columns in (blank, {header: [] for header in SHEET.columns}):
        numbers = [2, 3, 4, 5][: len(columns["币种"])]
        other = dataclasses.replace(SHEET, row_numbers=numbers, columns=columns)
        assert pa.table(COLUMNS.clean(other)).schema == table.schema


@pytest.mark.parametrize("way", FRAMES)
def test_rows_may_be_in_any_order_and_all_else_of_the_facts_stays(way: str) -> None:
    frame = FRAMES[way](FACTS)
    turned = frame[[2, 0, 1]] if way == "polars" else frame.take([2, 0, 1])
    back = FACTS.with_frame(turned.drop(columns=["数量"]) if way.startswith("pandas") else turned)
    assert back.row_numbers == [2, 3, 4]
    assert back.columns["币种"] == ["USD", "EUR", None]
    assert (back.totals, back.rejects, back.notes, back.sums) == (1, FACTS.rejects, FACTS.notes, FACTS.sums)


def test_rows_are_refused_by_what_a_frame_found_each_at_its_cell() -> None:
    frame = pl.DataFrame(FACTS).with_columns(rate=pl.col("币种").replace_strict({"USD": 7}, default=None))
    unknown = frame.filter(pl.col("rate").is_null())
    left = FACTS.refuse(unknown["row_number"], "币种", "no_rate", "There is no rate: add it.")
    done = left.with_frame(frame.filter(pl.col("rate").is_not_null()))
    assert done.columns["rate"] == [7]
    assert [(each.cell, each.value) for each in done.rejects] == [("A3", "EUR"), ("A4", None)]
    assert sum(stretch.facts for stretch in done.sums.stretches) == 1  # type: ignore[union-attr]
    by_pandas = pa.table(FACTS).to_pandas()
    assert FACTS.refuse(by_pandas[by_pandas["币种"].isna()].row_number, "币种", "a", "b").row_numbers == [2, 3]


def test_nothing_of_a_frame_is_null() -> None:
    frame = pd.DataFrame(
        {
            "row_number": [2, 3, 4],
            "nan": [float("nan"), 1.5, 2.25],
            "nat": pd.to_datetime(["2024-11-01", None, "2024-11-02"]),
            "none": ["a", None, "b"],
            "all": [float("nan")] * 3,
        },
        index=[7, 8, 9],
    )
    back = FACTS.with_frame(frame, scale={"nan": 1})
    day = datetime.datetime(2024, 11, 1)  # noqa: DTZ001 - as of a sheet
    assert back.columns == {
        "nan": [None, Decimal("1.5"), Decimal("2.3")],
        "nat": [day, None, day + datetime.timedelta(days=1)],
        "none": ["a", None, "b"],
        "all": [None] * 3,
    }


def test_nan_of_a_frame_that_tells_it_from_null_is_null_too() -> None:
    frame = pl.DataFrame({"a": [float("nan"), None, 1.5]})
    assert Facts.from_frame(frame, [2, 3, 4], scale={"a": 1}).columns == {"a": [None, None, Decimal("1.5")]}


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 300])
def test_a_text_of_any_length_comes_back(length: int) -> None:
    """Arrow keeps texts up to 12 bytes elsewhere than longer ones."""
    texts = ["x" * length, None, "店" * (length // 3)]
    for frame in (pl.DataFrame({"a": texts}), pa.table({"a": texts}), pa.table({"a": pa.array(texts, "string_view")})):
        assert Facts.from_frame(frame, [2, 3, 4]).columns == {"a": texts}


def test_a_part_of_a_frame_is_read_from_where_it_begins() -> None:
    values = {
        "t": ["a", None, "b" * 20, "c"],
        "b": [True, False, None, True],
        "d": [Decimal("1.5"), Decimal(-2), None, None],
    }
    whole = pa.StructArray.from_arrays([pa.array(each) for each in values.values()], list(values))
    parts = [pa.table(values)[1:], pl.DataFrame(values)[1:], pa.chunked_array([whole.slice(1, 1), whole.slice(2)])]
    for part in parts:
        assert Facts.from_frame(part, [2, 3, 4]).columns == {name: each[1:] for name, each in values.items()}


def test_a_dictionary_is_the_texts_that_it_stands_for() -> None:
    texts = ["u", None, "v"]
    encoded = pa.table({"a": pa.array(texts).dictionary_encode()})
    for frame in (pd.DataFrame({"a": pd.Categorical(texts)}), encoded):
        assert Facts.from_frame(frame, [2, 3, 4]).columns == {"a": texts}


def test_a_float_is_rounded_half_up_by_its_repr_as_a_cell_is() -> None:
    frame = pl.DataFrame({"a": [1.005, 0.1 * 3, -2.675], "b": [Decimal("1.005"), Decimal(0), None], "c": [1, 2, 3]})
    read = Facts.from_frame(frame, [2, 3, 4], scale={"a": 2, "b": 2, "c": 2})
    assert read.columns == {
        "a": [Decimal("1.01"), Decimal("0.30"), Decimal("-2.68")],
        "b": [Decimal("1.01"), Decimal("0.00"), None],
        "c": [1, 2, 3],
    }


def numbered(**columns: Sequence[Any]) -> Any:
    return pl.DataFrame({"row_number": [2, 3, 4], **columns})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: FACTS.with_frame(numbered(x=[None, 1.5, 2.0])), r"floats \(row 3: 1.5\), which are not exact"),
        (lambda: FACTS.with_frame(numbered(x=[0.1, 1.0, float("inf")]), scale={"x": 2}), "inf in row 4"),
        (lambda: FACTS.with_frame(numbered(x=["a"] * 3), scale={"x": 2}), "scale names 'x', which is a column of"),
        (lambda: FACTS.with_frame(numbered(x=[1] * 3), scale={"y": 2}), "scale names 'y', which is no column"),
        (lambda: FACTS.with_frame(numbered(x=[[1]] * 3)), "'x' of the frame has the Arrow format '\\+L'"),
        (lambda: FACTS.with_frame(numbered()[:2]), r"lacks row 4 of the facts.*facts.refuse\("),
        (lambda: FACTS.with_frame(pl.concat([numbered(), numbered()])), r"3 rows \(2, 3, 4\) more than once"),
        (lambda: FACTS.with_frame(pl.DataFrame({"row_number": [2, 3, 4, 5]})), "has row 5, which is no fact"),
        (lambda: FACTS.with_frame(pl.DataFrame({"row_number": [2, 3, None]})), "a row number of the frame is missing"),
        (lambda: FACTS.with_frame(pl.DataFrame({"row_number": [2.0, 3.0, 4.5]})), "are no whole numbers"),
        (lambda: FACTS.with_frame(pl.DataFrame({"row number": [2]})), "no column 'row_number'; did you mean 'row num"),
        (lambda: Facts.from_frame(numbered(), [2, 3]), "2 row numbers for 3 rows"),
        (lambda: FACTS.with_frame(pl.DataFrame(FACTS).lazy()), "a LazyFrame hands over no Arrow stream"),
        (lambda: FACTS.with_frame(pl.Series([2, 3, 4])), "a Series is one column"),
        (lambda: FACTS.with_frame(pa.table([[2], [3]], ["a", "a"])), "2 columns called 'a'"),
        (lambda: pl.DataFrame(Facts([2, 3], {"x": ["a", 1]})), r"'x' has values of several kinds \(int, str\)"),
        (lambda: pl.DataFrame(Facts([2], {"row_number": [1]})), "rename it before"),
        (lambda: pl.DataFrame(Facts([2, 3], {"x": [1e300, 1e-9]})), "more than the 38 digits"),
        (lambda: pl.DataFrame(Facts([2], {"x": [Decimal("NaN")]})), "'x' has NaN"),
        (lambda: pl.DataFrame(Facts([2], {"x": ["\ud800"]})), "not valid Unicode"),
    ],
)
def test_what_is_not_exact_or_not_meant_is_refused(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wrong()


def test_nanoseconds_are_refused_rather_than_cut_off() -> None:
    frame = pd.DataFrame({"x": pd.Series([1], dtype="datetime64[ns]")})
    with pytest.raises(ValueError, match="'x' of the frame has times finer than a microsecond"):
        Facts.from_frame(frame, [2])


def test_a_batch_is_a_frame_of_texts() -> None:
    table = pa.table(SHEET)
    assert table["金额"].to_pylist() == ["1.5", "2.005", "3", "7"]
    assert table["row_number"].to_pylist() == [2, 3, 4, 5]
    assert table["日期"].to_pylist() == ["2024-11-01", None, None, None]


@pytest.mark.parametrize(
    ("missing", "make", "command"),
    [
        ("nanoarrow", lambda: pl.DataFrame(FACTS), r"python -m pip install 'wdh\[frames\]'"),
        ("pyarrow", lambda: FACTS.to_arrow(), "python -m pip install pyarrow"),
    ],
)
def test_the_command_that_installs_what_is_missing_is_told(
    missing: str, make: Callable[[], Any], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = builtins.__import__

    def fail(name: str, *words: Any, **more: Any) -> Any:
        if name == missing:
            raise ImportError(name)
        return load(name, *words, **more)

    monkeypatch.setattr(builtins, "__import__", fail)
    with pytest.raises(SetupError, match=command):
        make()
