"""docs/checks.md: each sheet is written and checked by what the section says, and the rejects are those shown."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import indent

import pytest
from support.distributions import write_distribution
from support.scripts import DOCS
from support.workbooks import write_rows

from wdh.run import RunRequest, TooManyRejects, carry_out

SECTIONS = (DOCS / "checks.md").read_text(encoding="utf-8").split("\n## ")[1:]
NUMBER = re.compile(r"\d+(\.\d+)?")
HEAD = "domains:\n  stock:\n    pattern: xlsx\n    table: 库存\n"


def read_table(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in (lines[0], *lines[2:])]


def read_cells(cells: Sequence[str]) -> list[float | str | None]:
    return [float(cell) if NUMBER.fullmatch(cell) else cell or None for cell in cells]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("wdh_stock", None)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.splitlines()[0])
def test_the_rejects_of_each_example_are_those_that_the_page_shows(tmp_path: Path, site: Path, section: str) -> None:
    above, kind, written, below = re.split(r"```(yaml|python)\n(.*?)```", section, maxsplit=1, flags=re.DOTALL)
    _, *rows = read_table(above)
    write_rows(tmp_path / "一.xlsx", [read_cells(row) for row in rows], sheet="Sheet1")
    entry = written if kind == "yaml" else "pk: [店铺]\n"
    (tmp_path / "data_sources.yml").write_text(HEAD + indent(entry, "    "), encoding="utf-8")
    if kind == "python":
        lines = {"wdh.domains": {"stock": "wdh_stock"}}
        write_distribution(site, "wdh-stock", entry_points=lines, modules={"wdh_stock": written})
    with pytest.raises(TooManyRejects) as caught:
        carry_out(RunRequest("stock", tmp_path / "data_sources.yml", tmp_path), open_warehouse=pytest.fail)
    found = [[str(reject.cell), reject.reason, reject.sentence] for reject in caught.value.intake.rejects]
    assert found == read_table(below)[1:]
