"""The example examples/wdh_bank: its check finds each wrong balance by cell, however the sheet is read."""

from __future__ import annotations

import ast
import random
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.distributions import write_distribution
from support.helpers import record_helpers
from support.workbooks import write_rows

from wdh.intake import files as running
from wdh.intake import sharing
from wdh.run import RejectLimit, RunRequest, TooManyRejects, carry_out
from wdh.workbook import apart, open_sheets

pytestmark = pytest.mark.once

EXAMPLE = Path(__file__).parents[2] / "examples" / "wdh_bank"
ROWS, BROKEN = 20_000, 40
HEADER = ["日期", "账号", "流水号", "户名", "收入", "支出", "余额"]
"""Rows 2 and on; the balance is the column G."""
BEGINNINGS = [1 + 100 * place for place in range(20, 30)]
"""Rows with which a batch of 100 begins."""


def write_statement(path: Path) -> list[str]:
    """Write a statement of three accounts, and give the cells of its wrong balances."""
    chance = random.Random(17)  # noqa: S311 - made-up amounts, no secret
    broken = sorted({*BEGINNINGS[:9], 1 + 2048, *chance.sample([row for row in range(5, ROWS) if row % 100 > 9], 30)})
    assert len(broken) == BROKEN
    balances = {"A1": 100_000, "A2": 5, "A3": -70_000}  # in cents
    rows: list[list[Any]] = []
    for place in range(ROWS):
        account = chance.choice([*balances])
        received, spent = chance.randrange(100_000), chance.randrange(100_000)
        balances[account] += received - spent
        shown = balances[account] + (chance.choice([-1, 1, 10_000]) if place + 2 in broken else 0)
        day = f"2024-11-{1 + place * 30 // ROWS:02d}"
        rows.append([day, account, f"T{place:05d}", "户", received / 100, spent / 100 or None, shown / 100])
    write_rows(path, [HEADER, *rows], sheet="流水")
    return [f"G{row}" for row in broken]


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("bank")
    cells = write_statement(folder / "2024年11月对账单.xlsx")
    text = (EXAMPLE / "data_sources.yml").read_text(encoding="utf-8")
    (folder / "data_sources.yml").write_text(text, encoding="utf-8")
    return folder, cells


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the package, which only one test sees."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("wdh_bank", None)


def install(site: Path, source: Path) -> None:
    modules = {"wdh_bank": source.read_text(encoding="utf-8")}
    write_distribution(site, "wdh-bank", entry_points={"wdh.domains": {"bank": "wdh_bank"}}, modules=modules)


def find_refused(folder: Path, *, config: str = "data_sources.yml") -> list[tuple[str | None, str]]:
    """Plan a run that lets no reject pass, and give the cell and the reason of each."""
    with pytest.raises(TooManyRejects) as caught:
        carry_out(RunRequest("bank", folder / config, folder), open_warehouse=pytest.fail)
    return [(reject.cell, reject.reason) for reject in caught.value.intake.rejects]


def share(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Let a second process read the lower rows; the list grows by each time that what it read was joined."""
    record_helpers(monkeypatch)
    joined: list[bool] = []
    join = sharing.Collector.join

    def record(collector: Any, *words: Any) -> bool:
        joined.append(join(collector, *words))
        return joined[-1]

    monkeypatch.setattr(sharing.Collector, "join", record)
    return joined


@pytest.mark.parametrize(("rows", "processes"), [(100, 1), (2048, 1), (512, 2)])
def test_forty_wrong_balances_are_forty_rejects_by_cell(
    statement: tuple[Path, list[str]], site: Path, monkeypatch: pytest.MonkeyPatch, rows: int, processes: int
) -> None:
    """By batches of few rows and of many, and where a second process reads the lower rows."""
    folder, cells = statement
    install(site, EXAMPLE / "wdh_bank.py")
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=rows))
    monkeypatch.setattr(apart, "WORTH_IT_FROM", 1 << 40)
    joined = share(monkeypatch) if processes == 2 else []
    assert find_refused(folder) == [(cell, "balance_differs") for cell in cells]
    assert joined == [True] * (processes - 1)


def test_a_line_of_yaml_finds_the_same(statement: tuple[Path, list[str]], site: Path) -> None:
    """Also for a package without the hook, whose transform has the check no more."""
    folder, cells = statement
    source = (EXAMPLE / "wdh_bank.py").read_text(encoding="utf-8").partition("@hookimpl\ndef check_facts")[0]
    (site.parent / "plain.py").write_text(source, encoding="utf-8")
    install(site, site.parent / "plain.py")
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"^    checks:\n(?:      .*\n)+", page, re.MULTILINE)
    entry = (folder / "data_sources.yml").read_text(encoding="utf-8")
    (folder / "checks.yml").write_text(entry + lines, encoding="utf-8")
    assert find_refused(folder, config="checks.yml") == [(cell, "running_differs") for cell in cells]


@pytest.mark.parametrize(("rows", "column"), [(100, 1), (2048, 2)])
def test_a_check_within_batches_finds_fewer_as_the_page_says(
    statement: tuple[Path, list[str]], site: Path, monkeypatch: pytest.MonkeyPatch, rows: int, column: int
) -> None:
    """What an author had to write before: it misses where a batch begins, and blames the next row in its place."""
    folder, cells = statement
    install(site, Path(__file__).with_name("within_batches.py"))
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=rows))
    refused = {cell for cell, _ in find_refused(folder)}
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| in `transform` \|.*$", page, re.MULTILINE)
    found, wrong = len(refused & {*cells}), len(refused - {*cells})
    assert row.split("|")[2 + column].strip() == f"{found} of 40, and {wrong} right ones refused"


def test_the_example_imports_from_wdh_only() -> None:
    tree = ast.parse((EXAMPLE / "wdh_bank.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [getattr(node, "module", None) for node in imports] == ["wdh"]


def test_the_page_counts_the_lines_of_each_check() -> None:
    """Lines that are blank or only name the function are counted, too, and nothing else of the modules."""
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    before = Path(__file__).with_name("within_batches.py").read_text(encoding="utf-8")
    before = before.partition("# the check begins\n")[2].partition("    # the check ends")[0]
    after = (EXAMPLE / "wdh_bank.py").read_text(encoding="utf-8").partition("def check_facts")[2]
    counts = [len([line for line in text.splitlines() if line.strip()]) for text in (before, after)]
    rows = re.findall(r"^\| (?:in `transform`|by `check_facts`) \| (\d+) ", page, re.MULTILINE)
    assert rows == [str(count) for count in counts]


def test_a_run_that_goes_on_loads_all_others(
    statement: tuple[Path, list[str]], site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the second reading, too, is shared with another process."""
    folder, cells = statement
    install(site, EXAMPLE / "wdh_bank.py")
    monkeypatch.setattr(running, "open_sheets", partial(open_sheets, batch_rows=512))
    joined = share(monkeypatch)
    seen: list[Any] = []

    def on_plan(plan: Any) -> None:
        seen.extend(f"G{plan.facts.place(line).row}" for line in range(1, plan.facts.count + 1))

    request = RunRequest("bank", folder / "data_sources.yml", folder, reject_limit=RejectLimit(rows=BROKEN))
    report = carry_out(request, open_warehouse=pytest.fail, on_plan=on_plan).report
    assert [reject.cell for reject in report.intake.rejects] == cells
    assert seen == [f"G{row}" for row in range(2, ROWS + 2) if f"G{row}" not in {*cells}]
    (tally,) = report.intake.workbooks
    assert (tally.data_rows, tally.facts, tally.rejected) == (ROWS, ROWS - BROKEN, BROKEN)
    assert joined == [True, True]
