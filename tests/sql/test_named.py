"""Parameters of a statement are what PostgreSQL would not take for anything else, and nothing beside them changes."""

from __future__ import annotations

import pytest

from wdh.sql.named import find_names, write_placeholders


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("SELECT :a, :b+:a", "SELECT %(a)s, %(b)s+%(a)s"),
        ("a::text, b :: text, x := 1", "a::text, b :: text, x := 1"),
        ("':a' || E'\\':a' || 'it''s :a' || x", "':a' || E'\\':a' || 'it''s :a' || x"),
        ("nameE'\\' || :a", "nameE'\\' || %(a)s"),
        ('":a" "b"":a"', '":a" "b"":a"'),
        ("-- :a\n:a /* :a /* :a */ :a */ :a", "-- :a\n%(a)s /* :a /* :a */ :a */ %(a)s"),
        ("$$ :a $x$ $$ :a $月$ :a $$ :a $月$ a$b$:a", "$$ :a $x$ $$ %(a)s $月$ :a $$ :a $月$ a$b$%(a)s"),
        ("x LIKE '5%' AND 5 % 3 = :月度", "x LIKE '5%%' AND 5 %% 3 = %(月度)s"),
        ("/* never closed :a", "/* never closed :a"),
        ("'never closed :a", "'never closed %(a)s"),
    ],
)
def test_parameters_are_found_outside_of_quotes_and_comments(text: str, written: str) -> None:
    assert write_placeholders(text) == written
    assert ("a" in find_names(text)) == ("%(a)s" in written)
