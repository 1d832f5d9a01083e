"""A statement that psycopg2 could not send is found out without a connection, and one that it could send is not."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wdh.plan.recorder import find_fault

TEXTS = ["%", "%%", "%s", "%(a)s", "%(b)s", "%(a)", "%(", "%d", "% s", "%5s", "%(a)d", "a", "'", " ", "(", ")", "\0"]
VALUES = st.sampled_from(["x", 1, None, "%s", "a\0b", "\ud800"])


@pytest.mark.parametrize(
    ("sql", "parameters", "fault"),
    [
        ("SELECT 1", None, None),
        ("SELECT 5 % 2", None, None),
        ("SELECT %s, 5 %% 2", (1,), None),
        ("SELECT %(a)s", {"a": 1, "b": 2}, None),
        ("SELECT 1", (), None),
        ("x LIKE 'a%' AND y = %s", (1,), 'has a bare % beside parameters, at "%\' AND y = %s"; write %% for'),
        ("SELECT 5 % 2", (), "a bare %"),
        ("SELECT %d", (1,), "a bare % beside parameters, at '%d'"),
        ("SELECT %s", (), "has 1 placeholders (%s) and 0 parameters"),
        ("SELECT 1", (1,), "has 0 placeholders (%s) and 1 parameters"),
        ("SELECT %(a)s", {}, "has no parameter for %(a)s"),
        ("SELECT %s", {"a": 1}, "write %(name)s, as the parameters are a mapping"),
        ("SELECT %(a)s", (1,), "write %s, as the parameters are a sequence"),
        ("SELECT '\0'", None, "has a NUL character in its text"),
        ("SELECT '\ud800'", None, "has a character that is no Unicode"),
        ("SELECT %s", ("a\0",), "has a NUL character in the parameter 'a\\x00'"),
    ],
)
def test_what_cannot_be_sent_is_said_in_words(sql: str, parameters: Any, fault: str | None) -> None:
    found = find_fault(sql, parameters)
    assert found is None if fault is None else found is not None and fault in found


@pytest.fixture(scope="module")
def cursor(postgres_server: Any) -> Any:
    with postgres_server.fresh_database() as database, database.connect() as connection:
        yield connection.cursor()


@given(
    st.lists(st.sampled_from(TEXTS), max_size=5).map(lambda parts: "x" + "".join(parts)),
    st.none() | st.lists(VALUES, max_size=3).map(tuple) | st.dictionaries(st.sampled_from(["a", "b", ""]), VALUES),
)
def test_psycopg2_sends_what_is_taken_and_nothing_more_is_refused_than_it_drops(
    cursor: Any, sql: str, parameters: Any
) -> None:
    """What psycopg2 takes and is refused: parameters without a placeholder, which it drops, and ``%(a)%``.

    It takes that for a percent sign, and sends the placeholder that follows as it stands.
    """
    fault = find_fault(sql, parameters)
    try:
        cursor.mogrify(sql, parameters)
    except (TypeError, ValueError, IndexError, KeyError, psycopg2.ProgrammingError):
        assert fault is not None
    else:
        is_dropped = fault is not None and "has 0 placeholders" in fault
        is_named_percent = fault is not None and "%(a)%" in sql
        assert fault is None or is_dropped or is_named_percent or "\0" in sql or _hides(parameters)


def _hides(parameters: Any) -> bool:
    """Say whether a value that cannot be sent is not asked for by the text."""
    values = parameters.values() if isinstance(parameters, dict) else parameters or ()
    return any(value in ("a\0b", "\ud800") for value in values)
