"""Row security hides rows from a role; a function that cannot see them must not take them for missing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from wdh import SetupError, fill_null_only, insert_missing, load

HIDDEN = "row security hides rows of it from the role"


@pytest.fixture
def role(database: Any) -> Iterator[str]:
    """A role that is no superuser, of whose table a policy hides the row A."""
    name = f"loader_{secrets.token_hex(6)}"
    database.execute(
        f"CREATE ROLE {name}; CREATE TABLE t (k text, v text); INSERT INTO t VALUES ('A', NULL);"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON t TO {name};"
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (k <> 'A')"
    )
    yield name
    database.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.mark.parametrize("row_security", ["on", "off"])
@pytest.mark.parametrize(
    "call",
    [
        lambda conn: insert_missing("t", ["k"], [{"k": "A", "v": "x"}], conn),
        lambda conn: fill_null_only("t", ["k"], [{"k": "A", "v": "x"}], ["v"], conn),
        lambda conn: load("t", [{"k": "A", "v": "x"}], pk=["k"], conn=conn),
    ],
    ids=["insert_missing", "fill_null_only", "load"],
)
def test_no_function_works_where_rows_are_hidden(database: Any, role: str, call: Any, row_security: str) -> None:
    with database.connect(options=f"-c row_security={row_security}") as connection:
        connection.cursor().execute(f"SET ROLE {role}")
        with pytest.raises(SetupError, match=HIDDEN):
            call(connection)
    assert database.rows("SELECT k, v FROM t") == [("A", None)]
