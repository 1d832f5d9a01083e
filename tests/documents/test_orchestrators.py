"""docs/orchestrators.md says what the integration takes and does, and shows the example as it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from wdh.integrations.job import RETRIED

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "orchestrators.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "core" / "wdh" / "integrations" / "dagster"


def test_the_definitions_are_the_example() -> None:
    (block,) = re.findall(r"(?ms)^```python\n(.*?)^```$", PAGE)
    assert (ROOT / "examples" / "dagster" / "definitions.py").read_text(encoding="utf-8").endswith(block)
    assert len([line for line in block.splitlines() if line]) <= 5


def test_every_argument_is_listed_and_no_other() -> None:
    tree = ast.parse((PACKAGE / "definitions.py").read_text(encoding="utf-8"))
    (function,) = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "build_definitions"]
    taken = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
    table = PAGE.partition("| argument |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    assert sorted(re.findall(r"`(\w+)`", "".join(rows))) == sorted(taken)


def test_the_ops_and_the_checks_are_named() -> None:
    ops = re.findall(r"def (\w+_op)\(context", (PACKAGE / "ops.py").read_text(encoding="utf-8"))
    checks = re.search(r"CHECKS: Final = \((.*)\)", (PACKAGE / "results.py").read_text(encoding="utf-8"))
    assert len(ops) == 5
    assert checks is not None
    names = [*ops, *re.findall(r"\w+", checks[1])]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_the_exit_codes_that_are_tried_again_are_those_of_the_integration() -> None:
    assert f"| {', '.join(map(str, RETRIED))} | try again later" in PAGE


def test_every_example_of_a_scheduler_is_named() -> None:
    folders = ("airflow", "cron", "dagster", "kubernetes", "systemd")
    files = [path for folder in folders for path in (ROOT / "examples" / folder).iterdir() if path.is_file()]
    assert len(files) >= len(folders)
    assert [path.name for path in files if f"(../{path.relative_to(ROOT).as_posix()})" not in PAGE] == []
