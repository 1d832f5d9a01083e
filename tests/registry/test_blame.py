"""A package that fails is told the line of its own code, and the row that it failed on."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from support.distributions import write_distribution

from wdh.context import RunContext
from wdh.errors import DataError, PluginError
from wdh.facts import Batch
from wdh.registry import load_domain

Installer = Callable[..., Path]
CONTEXT = RunContext("shops")
HEAD = "from wdh import Facts, OutcomeUnknown, WdhError, hookimpl\n"
ROWS = 1_000


def make_batch(rows: int = ROWS) -> Batch:
    cells = [str(row) for row in range(2, rows + 2)]
    return Batch("a.xlsx", "规模明细", range(2, rows + 2), {"a": cells}, {"a": "A"}, {"a": ["@"] * rows})


def fail(batch: Batch) -> PluginError:
    with pytest.raises(PluginError) as caught:
        load_domain("shops").transform(batch, CONTEXT)
    return caught.value


@pytest.mark.parametrize("row", [2, 500, 777, ROWS + 1])
def test_the_one_row_on_which_transform_raises_is_found_and_named(install: Installer, row: int) -> None:
    install(
        f"{HEAD}@hookimpl\ndef transform(batch):\n    return Facts.from_rows(map(read, batch.rows()))\n"
        f"def read(row):\n    if row['a'] == '{row}': raise ValueError('odd')\n    return row.fact({{'a': row['a']}})\n"
    )
    error = fail(make_batch())
    assert str(error) == (
        "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), hook transform: raised ValueError: odd; correct the package "
        f"or ask its author (--debug shows the traceback) (wdh_shops.py:6 in read; a.xlsx, sheet 规模明细, row {row})"
    )
    named = {name: error.facts[name] for name in ("line", "file", "sheet", "row")}
    assert named == {"line": "wdh_shops.py:6 in read", "file": "a.xlsx", "sheet": "规模明细", "row": row}
    assert ", in read" in "".join(traceback.format_exception(error))


def test_the_search_asks_a_few_times_and_no_row_twice_over(install: Installer) -> None:
    source = f"{HEAD}asked = []\n@hookimpl\ndef transform(batch):\n    asked.append(len(batch))\n    1 / 0\n"
    install(source)
    assert "row 2)" in str(fail(make_batch()))
    import wdh_shops  # type: ignore[import-not-found]  # written just now

    assert sum(wdh_shops.asked) <= 2 * ROWS
    assert len(wdh_shops.asked) <= 12


def test_where_no_row_fails_by_itself_all_that_may_be_it_are_named(install: Installer) -> None:
    install(f"{HEAD}@hookimpl\ndef transform(batch):\n    if len(batch) > 300: raise ValueError\n    return 5\n")
    assert "row 2 to" not in str(fail(make_batch()))
    assert "(wdh_shops.py:4 in transform; a.xlsx, sheet 规模明细, rows 2 to 501)" in str(fail(make_batch()))


def test_a_row_that_fails_otherwise_alone_is_not_blamed(install: Installer) -> None:
    install(
        f"{HEAD}@hookimpl\ndef transform(batch):\n    if len(batch) == {ROWS}: raise ValueError\n    raise KeyError\n"
    )
    assert f"rows 2 to {ROWS + 1})" in str(fail(make_batch()))


def test_a_search_that_hangs_ends_with_what_is_known(install: Installer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wdh.registry.blame.SEARCH_SECONDS", 0.2)
    install(
        f"{HEAD}@hookimpl\ndef transform(batch):\n    if len(batch) == {ROWS}: raise ValueError('x')\n"
        "    while True: pass\n"
    )
    assert f"(wdh_shops.py:4 in transform; a.xlsx, sheet 规模明细, rows 2 to {ROWS + 1})" in str(fail(make_batch()))


def test_a_wrong_answer_is_told_with_the_line_of_the_function_and_the_rows(install: Installer) -> None:
    install(f"{HEAD}@hookimpl\ndef transform(batch):\n    return {{}}\n")
    assert str(fail(make_batch(3))).endswith("(wdh_shops.py:2; a.xlsx, sheet 规模明细, rows 2 to 4)")


def test_facts_that_cannot_even_be_looked_at_are_the_packages_fault(install: Installer) -> None:
    odd = "class Odd(list):\n    def __iter__(self): raise RuntimeError('lazy')\n"
    install(f"{HEAD}{odd}@hookimpl\ndef transform(batch): return Facts(Odd([2]), {{'a': ['x']}})\n")
    assert "returned Facts that cannot be read (RuntimeError: lazy); use lists" in str(fail(make_batch(1)))


def test_a_loop_is_told_with_the_line_that_it_turned_in(install: Installer) -> None:
    install(f"{HEAD}@hookimpl\ndef transform(batch):\n    while True: pass\n")
    with pytest.raises(PluginError, match=r"took longer .* \(wdh_shops\.py:4 in transform; a\.xlsx, .*, row 2\)"):
        load_domain("shops", time_limit=0.2).transform(make_batch(1), CONTEXT)


def test_the_line_is_the_packages_own_where_another_library_raises(install: Installer) -> None:
    install(f"{HEAD}import json\n@hookimpl\ndef transform(batch):\n    json.loads('{{')\n")
    assert "(wdh_shops.py:5 in transform; " in str(fail(make_batch(1)))


def test_a_line_of_a_module_inside_a_package_is_named_from_the_package_on(site: Path) -> None:
    modules = {
        "wdh_shops.plugin": f"{HEAD}from wdh_shops.facts import read\n@hookimpl\ndef transform(batch): read(batch)\n",
        "wdh_shops.facts": "def read(batch):\n    raise LookupError\n",
    }
    points = {"wdh.domains": {"shops": "wdh_shops.plugin"}}
    write_distribution(site, "wdh-shops", entry_points=points, modules=modules)
    assert "(wdh_shops/facts.py:2 in read; " in str(fail(make_batch(1)))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def transform(:\n", "wdh_shops.py:1"),
        ("\nimport not_there\n", "wdh_shops.py:2"),
        ("{}['x']", "wdh_shops.py:1"),
    ],
)
def test_an_import_that_fails_is_told_with_its_line(install: Installer, source: str, line: str) -> None:
    install(source)
    with pytest.raises(PluginError, match=rf"{re.escape(f'({line})')}$"):
        load_domain("shops")


@pytest.mark.parametrize("error", ["OutcomeUnknown('x')", "WdhError('x')"])
def test_an_error_that_only_wdh_can_know_of_is_not_believed(install: Installer, error: str) -> None:
    """An outcome that is unknown would tell the operator to run again; a bare WdhError, that wdh is at fault."""
    install(f"{HEAD}@hookimpl\ndef transform(batch): raise {error}\n")
    assert f"raised {error.partition('(')[0]}: x; a hook raises DataError for a workbook" in str(fail(make_batch(1)))


def test_a_refusal_of_the_whole_sheet_is_asked_for_once(install: Installer) -> None:
    install(f"{HEAD}from wdh import DataError\n@hookimpl\ndef transform(batch): raise DataError('no 店')\n")
    with pytest.raises(DataError, match=r"^no 店$"):
        load_domain("shops").transform(make_batch(), CONTEXT)
