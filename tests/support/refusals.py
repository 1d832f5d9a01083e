"""Applies that a server refuses, as a role of its own where privileges matter."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from support.runs import planned
from wdh.apply import apply_plan
from wdh.apply.ledger import Ledger
from wdh.errors import DatabaseError, WdhError

TABLES = """
CREATE TABLE "计划" ("号" text UNIQUE, "名" text, "机构" text);
CREATE TABLE "明细" ("月" date, "计划" text, "名称" text, "机构" text, "额" numeric)"""
LOADER = """
GRANT USAGE, CREATE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON "计划", "明细" TO {role}"""
"""What a role needs that loads, put where {role} stands."""
_PASSWORD = secrets.token_hex(8)


def row(plan: str, **values: Any) -> dict[str, Any]:
    """Give a row of the sheet; ``values`` replace those by which rows are alike."""
    return {"月": "2024-11-01", "计划": plan, "名称": "甲", "机构": "北京", "额": 1, **values}


def refused(
    warehouse: Any,
    rows: Sequence[Mapping[str, Any]],
    *,
    connection: Any = None,
    kind: type[WdhError] = DatabaseError,
    ledger: Ledger | None = None,
    **how: Any,
) -> WdhError:
    """Apply, be refused with just this ``kind`` of error, and find the tables as they were."""
    before = contents(warehouse)
    with planned(rows, **how) as plan, pytest.raises(WdhError) as caught:
        apply_plan(plan, connection or warehouse.connect(), lock_timeout="500ms", ledger=ledger)
    assert contents(warehouse) == before
    assert type(caught.value) is kind, caught.value.message
    assert ".." not in caught.value.message
    assert "--debug" not in caught.value.message
    return caught.value


def contents(warehouse: Any) -> list[object]:
    """Read both tables, each row as text."""
    return [warehouse.rows(f'SELECT t::text FROM "{table}" t ORDER BY 1') for table in ("计划", "明细")]


def cells(error: WdhError) -> list[str]:
    """Give the places that an error names."""
    places: list[str] = error.facts.get("places", [])  # type: ignore[assignment]
    return places


@contextmanager
def a_role(warehouse: Any, *grants: str) -> Iterator[str]:
    """Make a role that is no superuser and has ``grants``, in each of which {role} stands for it; drop it again.

    Its tables must not be locked at the end.
    """
    role = f"loader_{secrets.token_hex(4)}"
    warehouse.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{_PASSWORD}'")
    try:
        for grant in grants:
            warehouse.execute(grant.format(role=role))
        yield role
    finally:
        warehouse.execute(f"SET lock_timeout = '10s'; DROP OWNED BY {role}; DROP ROLE {role}")


def connect_as(warehouse: Any, role: str, **parameters: Any) -> Any:
    """Connect as a role of :func:`a_role`."""
    return warehouse.connect(user=role, password=_PASSWORD, **parameters)


def trigger(table: str, body: str, *, when: str = "BEFORE INSERT", each: str = "ROW", name: str = "t") -> str:
    """Write a trigger that runs ``body`` and then gives the row back."""
    return (
        f"CREATE FUNCTION {name}_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$;"
        f'CREATE TRIGGER {name} {when} ON "{table}" FOR EACH {each} EXECUTE FUNCTION {name}_f()'
    )
