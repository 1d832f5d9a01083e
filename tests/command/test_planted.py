"""The shipped domain, on the tables of its own DDL, runs no function or operator that another role made in public."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from support.situations.planting import PLANT

LOCKED = """
plugins:
  period_lock:
    table: {schema: public, table: 关账, month: 月, domain: 域}
"""


@pytest.fixture
def planted(workspace: Any) -> Iterator[Any]:
    """A workspace in whose database a role that may only CREATE in public has planted all it can."""
    other = f"planter_{secrets.token_hex(6)}"
    database = workspace.database
    database.execute('CREATE TABLE "关账" ("月" varchar(20), "域" varchar(40))')
    database.execute(
        f"CREATE ROLE {other}; GRANT CREATE ON SCHEMA public TO {other};" + PLANT.replace("{other}", other)
    )
    try:
        yield workspace
    finally:
        database.execute(f"DROP OWNED BY {other}; DROP ROLE {other}")


@pytest.mark.parametrize("path", ["public", "public, pg_catalog"])
def test_a_run_its_second_and_the_history_run_no_planted_code(planted: Any, path: str) -> None:
    """Every planted function raises an error; the shipped tables have varchar keys, which planted operators fit."""
    planted.database.execute(f"ALTER DATABASE {planted.database.name} SET search_path = {path}")
    planted.rewrite(lambda text: text + LOCKED)
    for _ in range(2):
        ended = planted.job("--execute", "--skip-unchanged")
        assert ended.code == 0, ended.err
        planted.rewrite(lambda text: text + "\n")
    ended = planted.job("--execute", "--mode", "append", "--backfill-mode", "insert_and_fill")
    assert ended.code == 0, ended.err
    ended = planted.tool("history", "--config", str(planted.config))
    assert ended.code == 0, ended.err
    assert ended.out.count("annuity_performance") >= 2
