"""docs/shapes.md, docs/computed.md: each sheet is written, each configuration run, and the facts are those shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from support.scripts import DOCS

from wdh.domain.loading import check_configuration
from wdh.run import RunRequest, carry_out

PAGES = [(DOCS / name).read_text(encoding="utf-8") for name in ("shapes.md", "computed.md")]
SECTIONS = [section for page in PAGES for section in page.split("\n## ")[1:]]
SHEETLESS = [section for section in SECTIONS if "|---" not in section]
NUMBER = re.compile(r"-?\d+(\.\d+)?")
Table = list[list[str]]


@dataclass(frozen=True, slots=True)
class Example:
    """A section of the page: the path of the workbook, its sheets, the configuration, and the facts."""

    title: str
    file: str
    sheets: dict[str, Table]
    configuration: str
    facts: Table


def read_table(lines: Sequence[str]) -> Table:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("|")]
    return [rows[0], *rows[2:]]


def examples() -> Iterator[Example]:
    for section in SECTIONS:
        if section in SHEETLESS:
            continue
        above, configuration, below = re.split(r"```(?:yaml)?\n", section)
        file = re.search(r"In `(\S+\.xlsx)`", above)
        parts = re.split(r"^The sheet `(\S+)`:$", above, flags=re.MULTILINE)
        names = parts[1::2] or ["Sheet1"]
        sheets = dict(zip(names, map(read_table, map(str.splitlines, parts[2::2] or parts)), strict=True))
        title = section.splitlines()[0]
        yield Example(title, file[1] if file else "一.xlsx", sheets, configuration, read_table(below.splitlines()))


def write(folder: Path, example: Example) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, table in example.sheets.items():
        sheet = book.create_sheet(name)
        for row in table[1:]:
            sheet.append([float(cell) if NUMBER.fullmatch(cell) and cell[0] != "0" else cell or None for cell in row])
    path = folder / example.file
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


@pytest.mark.parametrize("reader", ["fast", "openpyxl"])
@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example.title)
def test_the_facts_of_each_example_are_those_that_the_page_shows(tmp_path: Path, example: Example, reader: Any) -> None:
    write(tmp_path, example)
    lines = ["domains:", "  stock:", "    pattern: xlsx", "    table: 库存"]
    config = tmp_path / "data_sources.yml"
    config.write_text("\n".join([*lines, *(f"    {line}" for line in example.configuration.splitlines())]))
    names, *expected = example.facts
    found: list[list[str]] = []

    def on_plan(plan: Any) -> None:
        facts = next(step.facts for step in plan.steps if hasattr(step, "facts"))
        found.extend([value or "" for value in values] for _, values in facts.lines(names))

    request = RunRequest("stock", config, tmp_path, reader=reader)
    carry_out(request, open_warehouse=pytest.fail, on_plan=on_plan)
    assert [[value.removesuffix(".0") for value in row] for row in found] == expected


@pytest.mark.parametrize("section", SHEETLESS, ids=lambda section: section.splitlines()[0])
def test_a_configuration_without_a_sheet_has_no_faults(tmp_path: Path, section: str) -> None:
    configuration = section.split("```yaml\n")[1].split("```")[0]
    if not configuration.startswith("defaults:"):
        lines = ["domains:", "  stock:", "    pattern: xlsx", "    table: 库存"]
        configuration = "\n".join([*lines, *(f"    {line}" for line in configuration.splitlines())])
    config = tmp_path / "data_sources.yml"
    config.write_text(configuration, encoding="utf-8")
    assert check_configuration(config) == ()
