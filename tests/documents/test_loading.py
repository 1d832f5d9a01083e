"""docs/loading.md: each hook is installed and run, and report and table are those that the page shows."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.distributions import write_distribution
from support.scripts import DOCS
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.testing.database import Database

HEAD, *SECTIONS = (DOCS / "loading.md").read_text(encoding="utf-8").split("\n## ")
PACKAGE = """
import datetime

from wdh import Columns, Target, amount, hookimpl, month, quote_ident, text

SALES = Columns(month("month"), text("shop"), text("name"), amount("amount", scale=2))


@hookimpl
def transform(batch):
    return SALES.clean(batch)


"""
CONFIGURATION = "domains:\n  sales: {pattern: sales, sheet: sales, schema: public, table: sales, pk: [month, shop]}\n"
LOCKS = """
    steps.statement(target, "CREATE TABLE locks AS SELECT l.relation::regclass::text AS name, l.mode FROM pg_locks l "
                    "WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation'", purpose="see")
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A section of the page: the tables, the hook, lines of the report, and the rows afterwards."""

    title: str
    tables: str
    hook: str
    report: tuple[str, ...]
    rows: list[tuple[str, ...]]


def block(language: str, section: str) -> str | None:
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return None if found is None else found[1]


def table(section: str) -> list[tuple[str, ...]]:
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return rows[rows.index(("month", "shop", "name", "amount")) + 1 :]


def examples() -> Iterator[Example]:
    for section in SECTIONS:
        report = block("text", section)
        if report is not None:
            tables, hook = block("sql", section) or block("sql", HEAD), block("python", section)
            assert tables is not None
            assert hook is not None
            yield Example(section.splitlines()[0], tables, hook, tuple(report.splitlines()), table(section))


@pytest.fixture
def place(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (tmp_path / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    rows = [(month, shop, name, float(amount)) for month, shop, name, amount in table(HEAD)]
    write_rows(tmp_path / "sales.xlsx", [("month", "shop", "name", "amount"), *rows], sheet="sales")
    yield Workspace(tmp_path, database)
    sys.modules.pop("wdh_sales", None)


def install(place: Workspace, hook: str) -> None:
    points = {"wdh.domains": {"sales": "wdh_sales"}}
    modules = {"wdh_sales": PACKAGE + hook}
    write_distribution(place.folder / "site", "wdh-sales", entry_points=points, modules=modules)


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example.title)
def test_the_report_and_the_rows_are_those_of_the_page(place: Workspace, example: Example) -> None:
    place.database.execute(example.tables)
    install(place, example.hook)
    planned = place.job("sales")
    assert planned.code == 0, planned.err
    ended = place.job("sales", "--execute")
    assert ended.code == 0, ended.err
    assert [line for line in example.report if line not in ended.out] == []
    found = place.database.rows("SELECT month::text, shop, name, amount::text FROM sales ORDER BY 1, 2")
    assert found == example.rows


def test_a_swap_takes_the_locks_that_the_page_names(place: Workspace) -> None:
    (example,) = [example for example in examples() if "swapped" in example.title]
    place.database.execute(example.tables)
    early = example.hook.replace(
        '        record(f"ALTER TABLE {target.sql} DETACH',
        f'{LOCKS.replace("    ", "        ")}        record(f"ALTER TABLE {{target.sql}} DETACH',
        1,
    )
    install(place, early.replace("    return True", LOCKS.replace("locks AS", "later AS") + "    return True"))
    ended = place.job("sales", "--execute")
    assert ended.code == 0, ended.err
    before, after = (set(place.database.rows(f"SELECT name, mode FROM {name}")) for name in ("locks", "later"))
    tables = {"sales", "sales_2024_11"}
    assert {("sales", "ShareRowExclusiveLock"), ("sales_2024_11", "ShareRowExclusiveLock")} <= before
    assert not {(name, "AccessExclusiveLock") for name in tables} & before
    assert ("sales", "AccessExclusiveLock") in after
