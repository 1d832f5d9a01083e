"""A name gets into SQL exactly, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wdh.sql.identifiers import quote_ident, quote_qualified


@pytest.mark.parametrize(
    ("schema", "table", "sql"),
    [
        ("public", "年金计划", '"public"."年金计划"'),
        ("档案", "年金计划", '"档案"."年金计划"'),
        (None, "年金计划", '"年金计划"'),
        ("", "年金计划", '"年金计划"'),
        ("  ", "年金计划", '"年金计划"'),
        ('a"b', "t.u", '"a""b"."t.u"'),
        ("p%", "t%s", '"p%"."t%s"'),
    ],
)
def test_a_table_is_named_with_its_schema_or_bare(schema: str | None, table: str, sql: str) -> None:
    assert quote_qualified(schema, table) == sql


@pytest.mark.parametrize("name", ["", "a\0b", "年" * 22, "x" * 64, "\ud800"])
def test_a_name_that_postgresql_would_cut_or_refuse_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        quote_ident(name)


@pytest.mark.parametrize("name", ["年" * 21, "x" * 63])
def test_the_longest_names_pass(name: str) -> None:
    assert quote_ident(name) == f'"{name}"'


@pytest.mark.parametrize("name", [None, 5, 0, True, 1.5, b"plans", ["plans"], ("public", "plans"), object])
def test_what_is_no_text_is_no_name(name: Any) -> None:
    """It is told as every other name that cannot be: earlier deployments caught ValueError around all of them."""
    with pytest.raises(ValueError, match="an identifier must be a non-empty string, not "):
        quote_ident(name)
    with pytest.raises(ValueError, match="an identifier must be a non-empty string, not "):
        quote_qualified("public", name)
    with pytest.raises(ValueError, match="an identifier must be a non-empty string, not "):
        quote_qualified(None, name)


@pytest.mark.parametrize("schema", [5, 0, False, 1.5, b"public", b"", [], ["public"], object])
def test_a_schema_is_a_text_or_none(schema: Any) -> None:
    """What is falsy is not thereby blank: whoever passes 0 meant something else."""
    with pytest.raises(ValueError, match="an identifier must be a non-empty string, not "):
        quote_qualified(schema, "plans")


@pytest.mark.parametrize("schema", ["a\0b", "年" * 22, "\ud800"])
def test_a_schema_that_postgresql_would_cut_or_refuse_is_an_error(schema: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        quote_qualified(schema, "plans")


@pytest.mark.parametrize("schema", [None, "", " ", "\t\n", "\u3000"])
def test_a_table_without_a_name_is_an_error_whatever_its_schema(schema: str | None) -> None:
    with pytest.raises(ValueError, match="an identifier must be a non-empty string, not ''"):
        quote_qualified(schema, "")
    assert quote_qualified(schema, "年金计划") == '"年金计划"'


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=15))
def test_unquoting_gives_the_name_back(name: str) -> None:
    quoted = quote_ident(name)
    assert quoted[0] == quoted[-1] == '"'
    assert quoted[1:-1].replace('""', '"') == name
    assert quoted[1:-1].replace('""', "").count('"') == 0
