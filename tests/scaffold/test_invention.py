"""The sample that is made up reads as it was made up, whatever the columns are called and however they are declared."""

from __future__ import annotations

import datetime
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.thoroughness import examples

from wdh.columns import Columns
from wdh.inspection import (
    Declaration,
    Expected,
    FilePattern,
    FoundColumn,
    FoundReference,
    Inspection,
    Scope,
)
from wdh.scaffold.invention import invent_code, invent_sample
from wdh.scaffold.package import write_workbook
from wdh.workbook import open_sheet

OPTIONS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "amount": st.sampled_from([{}, {"scale": 2}, {"scale": 6}, {"scale": 0}]),
    "boolean": st.just({}),
    "code": st.sampled_from(
        [{}, {"width": 4}, {"upper": True, "drop": "-_ "}, {"width": 6, "upper": True, "drop": "-_ ", "max_length": 50}]
    ),
    "date": st.just({}),
    "integer": st.just({}),
    "month": st.just({"required": True}),
    "percent": st.sampled_from([{}, {"scale": 9}]),
    "text": st.sampled_from([{}, {"max_length": 255, "blank": ["(空白)"]}]),
}
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
SHAPES = st.lists(st.sampled_from(["0000", "A000", "aA-00", "京A0", "0", "-", "QT0 0", "0.0E+00", "A"]), max_size=3)


@st.composite
def sheets(draw: st.DrawFn) -> Inspection:
    names = draw(st.lists(NAMES, min_size=1, max_size=8, unique=True))
    assume(not any("#" in name for name in names))
    columns = []
    for place, name in enumerate(names):
        kind = draw(st.sampled_from(sorted(OPTIONS)))
        declaration = Declaration(name, kind, draw(OPTIONS[kind]))
        columns.append(FoundColumn(declaration, name, "ABCDEFGH"[place], (), shapes=tuple(draw(SHAPES))))
    keys = [one.name for one in columns if one.kind in ("code", "text")]
    references = tuple(
        FoundReference(f"r{number}", f"t{number}", key, {}, {}, (f"r{number - 1}",) if number else (), 0, ())
        for number, key in enumerate(keys[:3])
    )
    return Inspection(
        file="2023年4月.xlsx",
        sheet="明细",
        table="明细",
        sheets=("明细",),
        header_row=draw(st.integers(1, 3)),
        rows=0,
        facts=0,
        totals=draw(st.integers(0, 1)),
        blank=0,
        hidden=0,
        columns=tuple(columns),
        left_out=(),
        expected=Expected(0, 0, ()),
        scope=Scope((names[0],), ""),
        references=references,
    )


@given(sheets())
@settings(max_examples=examples(60))
def test_the_sample_reads_as_it_was_made_up(found: Inspection) -> None:
    sample = invent_sample(found, FilePattern("", 2023, 4))
    columns = Columns(*(one.declaration.column() for one in found.columns))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(write_workbook(found, sample))
        with open_sheet(path, sheet=0, known=columns.headers) as sheet:
            (batch,) = sheet.batches()
    facts = columns.clean(batch)
    assert facts.rejects == ()
    assert (len(facts), facts.totals) == (len(sample.rows), found.totals)
    for name, values in facts.columns.items():
        assert list(map(exact, values)) == [exact(row[name].fact) for row in sample.rows]


def exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value


@pytest.mark.parametrize(
    ("shape", "codes"),
    [
        ("A0000", ["A0001", "A0002", "A0003"]),
        ("000", ["001", "002", "003"]),
        ("aA", ["aB", "aC", "aD"]),
        ("0-0", ["0-1", "0-2", "0-3"]),
        ("京00", ["甲01", "甲02", "甲03"]),
    ],
)
def test_codes_keep_their_shape_and_nothing_of_what_they_were(shape: str, codes: list[str]) -> None:
    assert [invent_code(shape, number) for number in range(3)] == codes


def test_the_month_is_that_of_the_files_name() -> None:
    month = FoundColumn(Declaration("月度", "month"), "月度", "A", ())
    base = invent_month(month, FilePattern("", 2023, 4))
    assert base == datetime.date(2023, 4, 1)
    assert invent_month(month, FilePattern("")) == datetime.date(2024, 11, 1)


def invent_month(column: FoundColumn, pattern: FilePattern) -> Any:
    found = Inspection(
        "a.xlsx", "s", "s", ("s",), 1, 0, 0, 0, 0, 0, (column,), (), Expected(0, 0, ()), Scope(("月度",), ""), ()
    )
    return invent_sample(found, pattern).rows[0]["月度"].fact
