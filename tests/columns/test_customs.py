"""A kind of one's own: a function of a package reads the cells, and its faults are the package's."""

from __future__ import annotations

import datetime
import re
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from support.batches import read_cell

from wdh.columns import Columns, custom
from wdh.facts import Batch, FactValue, Refusal, Reject
from wdh.facts.cells import UNCACHED, CellValue, ErrorValue, Merged
from wdh.testing import KindConformance


def read_iban(value: object) -> str | Refusal:
    """Read an account number; the check digits are left out here."""
    text = str(value).replace(" ", "").upper()
    if len(text) < 15 or len(text) > 34 or not text[:2].isalpha() or not text.isascii() or not text.isalnum():
        return Refusal("not_an_iban", f"{value!r} is no IBAN: write it like DE89 3704 0044 0532 0130 00.")
    return text


def read_points(value: object) -> int | Refusal:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 100 and value == int(value):
        return int(value)
    return Refusal("no_points", "Write 0 to 100.")


IBAN = custom("iban", read_iban, "varchar(34)", source="账号", blank=["无"])
POINTS = custom("points", read_points, "integer")


class TestIban(KindConformance):
    """The laws, kept by a kind that names things."""

    column = IBAN
    examples: ClassVar = {"de89 3704 0044 0532 0130 00": "DE89370400440532013000", "无": None}
    refused: ClassVar = ["DE00", 12, datetime.date(2024, 11, 30)]


class TestPoints(KindConformance):
    """The laws, kept by a kind of numbers."""

    column = POINTS
    examples: ClassVar = {12: 12, 99.0: 99}
    refused: ClassVar = ["x", 101, 1.5, True]


def test_a_value_is_read_and_a_refusal_is_a_reject_that_quotes_the_cell() -> None:
    batch = Batch("a.xlsx", "s", [2, 3], {"账号": [" de89370400440532013000 ", " DE00 "]}, {"账号": "C"})
    facts = Columns(IBAN).clean(batch)
    assert facts.columns == {"iban": ["DE89370400440532013000"]}
    sentence = "'DE00' is no IBAN: write it like DE89 3704 0044 0532 0130 00."
    assert facts.rejects == (Reject("a.xlsx", "s", 3, "C3", "账号", " DE00 ", "not_an_iban", sentence),)


@pytest.mark.parametrize("cell", [None, "", " \u3000", "\u200b", "无"])
def test_blanks_are_null_and_the_function_is_not_asked(cell: CellValue) -> None:
    assert read_cell(custom("a", lambda _: 1 / 0, "text", blank=["无"]), cell) is None


@pytest.mark.parametrize("cell", ["#REF!", UNCACHED, ErrorValue("#BUSY!")])
def test_faulty_cells_are_refused_and_the_function_is_not_asked(cell: CellValue) -> None:
    assert isinstance(read_cell(custom("a", lambda _: 1 / 0, "text"), cell), Reject)


def test_a_merged_cell_names_its_range_but_in_a_column_of_numbers() -> None:
    assert read_cell(custom("a", str, "text"), Merged("x", "A2:A3")) == "x"
    refused = read_cell(custom("a", int, "numeric(10, 2)"), Merged(5, "A2:A3"))
    assert isinstance(refused, Reject)
    assert refused.reason == "merged_number"


def test_the_number_format_is_given_to_a_function_that_has_an_argument_for_it() -> None:
    def read(value: object, number_format: str | None) -> str:
        return f"{value} {number_format}"

    batch = Batch("a.xlsx", "s", [2, 3], {"a": [12, 12]}, {"a": "A"}, {"a": ["0000", None]})
    assert Columns(custom("a", read, "text")).clean(batch).columns == {"a": ["12 0000", "12 None"]}


@pytest.mark.parametrize("answer", [float("nan"), Decimal("NaN"), float("inf"), b"x", [1], object(), "a\0", "\ud800"])
def test_an_answer_that_no_column_takes_is_the_functions_fault(answer: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="the function of column 'a' returned"):
        read_cell(custom("a", lambda _: answer, "text"), "x")


@pytest.mark.parametrize("refusal", [Refusal("", "x"), Refusal("two words", "x"), Refusal("x", " ")])
def test_a_refusal_has_a_code_and_a_sentence(refusal: Refusal) -> None:
    with pytest.raises(ValueError, match="its reason is a code"):
        read_cell(custom("a", lambda _: refusal, "text"), "x")


def test_a_character_of_the_cell_that_cannot_be_stored_is_the_cells() -> None:
    refused = read_cell(custom("a", str, "text"), "a\0b")
    assert isinstance(refused, Reject)
    assert refused.reason == "not_storable"


@pytest.mark.parametrize("sql_type", ["", " ", "text; DROP TABLE x", "varchar(", 5])
def test_a_type_is_the_name_of_one(sql_type: Any) -> None:
    with pytest.raises(ValueError, match="sql_type is the name of a type"):
        custom("a", str, sql_type)


@pytest.mark.parametrize(
    "sql_type", ["text", "numeric(10, 2)", "timestamp with time zone", "double precision", "text[]", 'my."Kind"']
)
def test_any_type_of_postgresql_can_be_named(sql_type: str) -> None:
    assert custom("a", str, sql_type).sql_type == sql_type


@pytest.mark.parametrize("read", ["x", pow, Columns.clean])
def test_a_function_that_cannot_be_asked_is_refused_at_once(read: Any) -> None:
    with pytest.raises(TypeError):
        custom("a", read, "text")


def test_a_default_is_read_as_a_cell_is() -> None:
    assert custom("a", read_points, "integer", default=5).default == 5
    with pytest.raises(ValueError, match="Write 0 to 100"):
        custom("a", read_points, "integer", default=500)


def broken(kind: Any, law: str, **fixtures: Any) -> str:
    """Break a law; give what is said of it."""

    class Broken(KindConformance):
        column = kind

    with pytest.raises(pytest.fail.Exception) as caught:
        getattr(Broken(), law)(**fixtures)
    return str(caught.value)


class Counter:
    """Reads a cell otherwise each time."""

    asked = 0

    def __call__(self, value: object) -> FactValue:
        del value
        self.asked += 1
        return self.asked


def test_each_law_is_broken_by_a_kind_that_breaks_it() -> None:
    assert "'x' raises ValueError" in broken(custom("a", int, "integer"), "test_every_cell_is_read_or_refused")
    assert "'x' comes to " in broken(custom("a", Counter(), "integer"), "test_reading_is_pure")
    wrong = type("Wrong", (KindConformance,), {"column": IBAN, "examples": {"x": "x"}, "refused": [" "]})
    with pytest.raises(pytest.fail.Exception) as caught:
        wrong().test_examples_come_to_their_values()
    assert "'x' comes to a reject (not_an_iban), not 'x'" in str(caught.value)
    assert "' ' comes to \\N, and is to be refused" in str(caught.value)


def test_the_law_of_the_type_is_broken_by_one_that_is_too_small(database: Any) -> None:
    said = broken(custom("a", str, "varchar(20)"), "test_postgresql_keeps_what_is_read", wdh_database=database)
    assert "which varchar(20) does not take: value too long for type character varying(20)" in said


def test_the_law_of_the_type_is_broken_by_one_that_rounds(database: Any) -> None:
    kind = custom("a", lambda value: value if value == 0.1 else None, "numeric(3, 0)")
    said = broken(kind, "test_postgresql_keeps_what_is_read", wdh_database=database)
    assert "- 0.1 comes to 0.1, which numeric(3, 0) keeps as Decimal('0')" in said


def test_the_example_of_the_documents_keeps_the_laws(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_sku(value: object) -> str | Refusal:
        text = str(value).upper()
        return text if text.startswith("SKU-") else Refusal("not_a_sku", f"{value!r} is no SKU: write SKU-0012.")

    shops = ModuleType("wdh_shops")
    monkeypatch.setattr(shops, "SKU", custom("sku", read_sku, "varchar(12)", source="货号"), raising=False)
    monkeypatch.setitem(sys.modules, "wdh_shops", shops)
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(from wdh_shops import SKU\n.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - our own page
    laws = [name for name in dir(names["TestSku"]) if name.startswith("test_")]
    for law in laws:
        fixtures = {"wdh_database": database} if law == "test_postgresql_keeps_what_is_read" else {}
        getattr(names["TestSku"](), law)(**fixtures)
    assert len(laws) == 7
