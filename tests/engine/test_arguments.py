"""What the engine's functions take: what cannot be meant is a ValueError that names it, before anything is sent."""

from __future__ import annotations

from collections import UserDict, UserList, deque
from typing import Any

import pytest

import wdh

NOT_ROWS = [
    pytest.param("text", "a str", id="a text"),
    pytest.param("", "a str", id="an empty text"),
    pytest.param(b"text", "a bytes", id="bytes"),
    pytest.param({"k": 1}, "a dict", id="one row"),
    pytest.param({}, "a dict", id="an empty dict"),
    pytest.param(None, "None", id="None"),
    pytest.param(5, "an int", id="a number"),
    pytest.param(({"k": 1} for _ in range(1)), "a generator", id="a generator"),
    pytest.param(iter([{"k": 1}]), "a list_iterator", id="an iterator"),
    pytest.param({("k", 1)}, "a set", id="a set"),
    pytest.param({"k": {"k": 1}}.values(), "a dict_values", id="a view"),
    pytest.param(map(dict, [{"k": 1}]), "a map", id="a map"),
]
NOT_ROW = [
    pytest.param("text", "a str", id="a text"),
    pytest.param(None, "None", id="None"),
    pytest.param(("k", 1), "a tuple", id="a tuple"),
    pytest.param([("k", 1)], "a list", id="pairs"),
    pytest.param({"k"}, "a set", id="a set"),
    pytest.param(5, "an int", id="a number"),
]
NOT_NAMES = [
    pytest.param("ab", "a str", id="a text"),
    pytest.param("k", "a str", id="the one column's name"),
    pytest.param(b"k", "a bytes", id="bytes"),
    pytest.param({"k": 1}, "a dict", id="a mapping"),
    pytest.param({"k"}, "a set", id="a set, which has no order"),
    pytest.param((name for name in "k"), "a generator", id="a generator"),
    pytest.param(5, "an int", id="a number"),
]
NOT_A_NAME = [None, 5, b"k", "", "年" * 22, "a\0b", ("k",)]


def insert_missing(rows: Any) -> Any:
    return wdh.insert_missing("t", ["k"], rows)


def fill_null_only(rows: Any) -> Any:
    return wdh.fill_null_only("t", ["k"], rows, ["v"])


def append(rows: Any) -> Any:
    return wdh.load("t", rows, "append")


def replace(rows: Any) -> Any:
    return wdh.load("t", rows, "delete_insert", ["k"])


FUNCTIONS = [insert_missing, fill_null_only, append, replace]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("rows", "shown"), NOT_ROWS)
def test_rows_are_a_list_of_mappings(function: Any, rows: Any, shown: str) -> None:
    """A text is a sequence, too; an iterator could be read only once; one row is no list of rows."""
    with pytest.raises(ValueError, match=f"rows must be a list of mappings from column to value, not {shown}$"):
        function(rows)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("row", "shown"), NOT_ROW)
def test_a_row_that_is_no_mapping_is_named_by_its_number(function: Any, row: Any, shown: str) -> None:
    with pytest.raises(ValueError, match=f"row 1 must be a mapping from column to value, not {shown}$"):
        function([{"k": 1, "v": 2}, row])


@pytest.mark.parametrize("kind", [list, tuple, deque, UserList])
@pytest.mark.parametrize("row", [dict, UserDict])
def test_any_sequence_of_any_mappings_will_do(kind: Any, row: Any) -> None:
    for function in FUNCTIONS:
        plans = function(kind([row({"k": 1, "v": "a"}), row({"k": 2, "v": "b"})]))["sql_plans"]
        assert plans[-1][2] == ((1, "a"), (2, "b"))


@pytest.mark.parametrize(("names", "shown"), NOT_NAMES)
def test_columns_are_a_list_of_names(names: Any, shown: str) -> None:
    """``key_cols="ab"`` would be the columns a and b to Python, and is meant as the column ab, or by mistake."""
    rows = [{"a": 1, "b": 2, "k": 3}]
    for argument, call in (
        ("key_cols", lambda: wdh.insert_missing("t", names, rows)),
        ("key_cols", lambda: wdh.fill_null_only("t", names, rows, ["b"])),
        ("updatable_cols", lambda: wdh.fill_null_only("t", ["a"], rows, names)),
        ("pk", lambda: wdh.load("t", rows, "delete_insert", names)),
        ("pk", lambda: wdh.load("t", rows, "append", names)),
    ):
        with pytest.raises(ValueError, match=f"^{argument} must be a list of column names, not {shown}$"):
            call()


@pytest.mark.parametrize("name", NOT_A_NAME)
def test_a_column_is_named_by_a_text_that_postgresql_takes(name: Any) -> None:
    rows = [{"k": 1}]
    for call in (
        lambda: wdh.insert_missing("t", [name], rows),
        lambda: wdh.insert_missing("t", ["k"], [{"k": 1, name: 2}]),
        lambda: wdh.fill_null_only("t", ["k"], rows, [name]),
        lambda: wdh.fill_null_only("t", ["k"], [{"k": 1, name: 2}], ["v"]),
        lambda: wdh.load("t", rows, "delete_insert", [name]),
        lambda: wdh.load("t", rows, "append", [name]),
        lambda: wdh.load("t", [{"k": 1, name: 2}], "append"),
    ):
        with pytest.raises(ValueError, match="identifier"):
            call()


@pytest.mark.parametrize("rows", [[], [{"k": 1}]])
@pytest.mark.parametrize(("schema", "table"), [(None, ""), (None, None), ("public", 5), (5, "t"), ("年" * 22, "t")])
def test_a_table_has_a_name_even_where_there_is_nothing_to_do(rows: Any, schema: Any, table: Any) -> None:
    for call in (
        lambda: wdh.insert_missing(table, ["k"], rows, schema=schema),
        lambda: wdh.fill_null_only(table, ["k"], rows, ["v"], schema=schema),
        lambda: wdh.load(table, rows, "append", schema=schema),
    ):
        with pytest.raises(ValueError, match="identifier"):
            call()


@pytest.mark.parametrize("rows", [[], [{"k": 1}]])
@pytest.mark.parametrize("size", [0, -1, None, "10", 2.5])
def test_a_batch_has_a_whole_number_of_rows(rows: Any, size: Any) -> None:
    for call in (
        lambda: wdh.insert_missing("t", ["k"], rows, chunk_size=size),
        lambda: wdh.load("t", rows, "append", chunk_size=size),
    ):
        with pytest.raises(ValueError, match="chunk_size must be at least 1"):
            call()


def test_a_column_named_twice_counts_once() -> None:
    ((_, sql, rows),) = wdh.insert_missing("t", ["k", "k"], [{"k": 1}])["sql_plans"]
    assert sql.endswith('ON CONFLICT ("k") DO NOTHING')
    ((_, sql, rows),) = wdh.fill_null_only("t", ["k"], [{"k": 1, "v": 2}], ["v", "v"])["sql_plans"]
    assert sql.count('"v" = coalesce') == 1
    assert rows == ((1, 2),)


@pytest.mark.parametrize("pk", [None, [], ()])
def test_delete_insert_needs_to_know_what_to_delete(pk: Any) -> None:
    for rows in ([], [{"k": 1}]):
        with pytest.raises(ValueError, match="delete_insert needs pk"):
            wdh.load("t", rows, "delete_insert", pk)


@pytest.mark.parametrize("pk", [None, [], ["k"], ["m"]])
def test_append_deletes_nothing_and_needs_no_pk(pk: Any) -> None:
    """A pk that rows do not have adds no column of NULLs to them."""
    result = wdh.load("t", [{"v": 1}], "append", pk)
    assert (result["deleted"], result["inserted"]) == (0, 1)
    ((operation, sql, rows),) = result["sql_plans"]
    assert (operation, sql.splitlines()[0], rows) == ("INSERT", 'INSERT INTO "t" ("v")', ((1,),))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_rows_without_columns_are_told(function: Any) -> None:
    with pytest.raises(ValueError, match="the rows have no columns|a row has a blank key"):
        function([{}, {}])


def test_nothing_to_do_uses_no_connection() -> None:
    """No row, or no value to fill in: whatever is passed as connection is not even looked at."""
    nobody: Any = object()
    assert wdh.insert_missing("t", ["k"], [], nobody) == {"inserted": 0, "batches": 0, "sql_plans": []}
    nothing = {"updated": 0, "batches": 0, "sql_plans": []}
    assert wdh.fill_null_only("t", ["k"], [], ["v"], nobody) == nothing
    assert wdh.fill_null_only("t", ["k"], [{"k": 1, "v": 2}], [], nobody) == nothing
    assert wdh.fill_null_only("t", ["k"], [{"k": 1, "v": None}, {"k": 2}], ["v"], nobody) == nothing
    assert wdh.fill_null_only("t", ["k"], [{"k": 1, "v": 2}], ["w"], nobody) == nothing
    assert wdh.fill_null_only("t", ["k"], [{"k": 1, "v": 2}], ["k"], nobody) == nothing
    loaded = {"mode": "append", "table": "t", "deleted": 0, "inserted": 0, "batches": 0, "sql_plans": []}
    assert wdh.load("t", [], "append", conn=nobody) == loaded
    assert wdh.load("t", [], "delete_insert", ["k"], conn=nobody) == loaded | {"mode": "delete_insert"}


def test_one_value_to_fill_in_is_an_operation_for_all_rows() -> None:
    rows = [{"k": 1, "v": None, "w": None}, {"k": 2, "v": None, "w": 0}]
    result = wdh.fill_null_only("t", ["k"], rows, ["v", "w"])
    assert (result["updated"], result["batches"], len(result["sql_plans"])) == (2, 1, 1)


def test_a_load_says_the_table_as_it_was_named() -> None:
    """As it did in earlier deployments; the SQL has it with its schema."""
    result = wdh.load("规模明细", [{"k": 1}], "append", schema="public")
    assert result["table"] == "规模明细"
    assert result["sql_plans"][0][1].startswith('INSERT INTO "public"."规模明细" (')
