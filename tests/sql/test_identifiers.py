"""A name gets into SQL exactly, or not at all."""

from __future__ import annotations

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


def test_only_text_is_a_name() -> None:
    with pytest.raises(TypeError, match="must be a str, not int"):
        quote_ident(12)  # type: ignore[arg-type]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=15))
def test_unquoting_gives_the_name_back(name: str) -> None:
    quoted = quote_ident(name)
    assert quoted[0] == quoted[-1] == '"'
    assert quoted[1:-1].replace('""', '"') == name
    assert quoted[1:-1].replace('""', "").count('"') == 0
