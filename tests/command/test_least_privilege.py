"""The privileges that docs/privileges.md names are enough for a run and its commands, and none of them is too many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import make_dsn
from support.refusals import _PASSWORD, a_role

pytestmark = pytest.mark.once

DOCUMENT = Path(__file__).parents[2] / "docs" / "privileges.md"
BLOCK = re.search(r"```sql\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
assert BLOCK is not None
GRANTS = [line for line in BLOCK[1].splitlines() if line.startswith("GRANT")]


@pytest.fixture
def closed(workspace: Any) -> Any:
    """A workspace in whose database nobody but its owner may do anything by default."""
    name = workspace.database.name
    workspace.database.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC")
    return workspace


def granted(workspace: Any, grants: list[str]) -> Any:
    """Make a role with the privileges of the document."""
    own = [grant.replace("loader", "{role}").replace("warehouse", workspace.database.name) for grant in grants]
    return a_role(workspace.database, *own)


@pytest.fixture
def loader(closed: Any) -> Iterator[dict[str, str]]:
    """The variables with which a command is the role of the document, and nobody else."""
    with granted(closed, GRANTS) as role:
        assert closed.database.rows(
            f"SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = '{role}'"
        ) == [(False, False, False, False)]
        yield {"WDH_DATABASE__URI": dsn_of(closed, role)}


def dsn_of(workspace: Any, role: str) -> str:
    dsn: str = make_dsn(**{**workspace.database.parameters, "user": role, "password": _PASSWORD})
    return dsn


def test_they_are_enough_to_plan_load_load_again_fill_append_and_list(closed: Any, loader: dict[str, str]) -> None:
    for arguments in (
        (),
        ("--execute",),
        ("--execute", "--skip-unchanged"),
        ("--execute", "--backfill-mode", "insert_and_fill", "--max-files", "3"),
        ("--execute", "--mode", "append", "--max-files", "2"),
        ("--execute", "--skip-facts"),
    ):
        ended = closed.job(*arguments, environment=loader)
        assert ended.code == 0, (arguments, ended.err)
    assert len(closed.contents("规模明细")["规模明细"]) > 0
    ended = closed.tool("history", "--config", str(closed.config), environment=loader)
    assert ended.code == 0, ended.err
    assert ended.out.count("annuity_performance") >= 4


def test_they_are_enough_for_the_demonstration_in_tables_that_an_owner_made(
    closed: Any, loader: dict[str, str], tmp_path: Path
) -> None:
    folder = str(tmp_path / "demo")
    for _ in range(2):
        ended = closed.tool("demo", "--directory", folder, "--dsn", loader["WDH_DATABASE__URI"])
        assert ended.code == 0, ended.err
    assert closed.database.rows('SELECT count(*) FROM "规模明细"') == [(9000,)]


def test_without_tables_the_demonstration_says_what_it_may_not_do(bare_workspace: Any, tmp_path: Path) -> None:
    database = bare_workspace.database
    database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with a_role(database, "GRANT USAGE ON SCHEMA public TO {role}") as role:
        ended = bare_workspace.tool("demo", "--directory", str(tmp_path / "d"), "--dsn", dsn_of(bare_workspace, role))
    assert ended.code == 2
    assert "permission denied for schema public" in ended.err


def without(grant: str) -> Iterator[tuple[str, str]]:
    """Give each privilege of a GRANT, and the statement without it."""
    privileges, place = grant.removeprefix("GRANT ").split(" ON ")
    for left_out in privileges.split(", "):
        rest = [privilege for privilege in privileges.split(", ") if privilege != left_out]
        yield left_out, f"GRANT {', '.join(rest)} ON {place}" if rest else ""


LESS = [
    pytest.param(grant, less, id=f"{left_out} {grant.split()[-3]}")
    for grant in GRANTS
    if "wdh_runs" not in grant
    for left_out, less in without(grant)
]


@pytest.mark.parametrize(("grant", "less"), LESS)
def test_without_any_of_them_the_run_is_refused_and_nothing_is_touched(closed: Any, grant: str, less: str) -> None:
    with granted(closed, [less if each == grant else each for each in GRANTS if less or each != grant]) as role:
        ended = closed.job("--execute", environment={"WDH_DATABASE__URI": dsn_of(closed, role)})
    assert ended.code == 2, ended.err
    assert re.search(r"GRANT|does not exist|permission denied", ended.err)
    assert closed.contents() == {"规模明细": [], "年金计划": [], "组合计划": []}


def test_without_those_of_the_ledger_the_run_is_not_recorded_and_says_so(closed: Any) -> None:
    with granted(closed, [grant for grant in GRANTS if "wdh_runs" not in grant]) as role:
        ended = closed.job("--execute", environment={"WDH_DATABASE__URI": dsn_of(closed, role)})
    assert "wdh_runs" in ended.err + ended.out
    assert ended.code in (0, 2)
