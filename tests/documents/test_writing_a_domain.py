"""docs/writing-a-domain.md: its examples do what they show, and its tables have what the code has."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

from wdh import hookspecs

pytest.importorskip("polars", reason="the page is tried where the extra test_frames is installed")
pytest.importorskip("nanoarrow", reason="the page is tried where the extra test_frames is installed")

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-domain.md"
TEXT = PAGE.read_text(encoding="utf-8")
NOT_OF_A_DOMAIN = {"run_finished", "run_failed"}


def signatures() -> dict[str, tuple[str, str]]:
    """Give the arguments and the answer of each hook, as its specification writes them."""
    module = ast.parse(Path(hookspecs.__file__).read_text(encoding="utf-8"))
    found = {}
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and any("hookspec" in ast.unparse(mark) for mark in node.decorator_list):
            arguments = ", ".join(f"`{ast.unparse(argument)}`" for argument in node.args.args)
            found[node.name] = arguments, f"`{ast.unparse(node.returns) if node.returns else ''}`"
    return found


def test_every_example_does_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_doctest(TEXT, {}, PAGE.name, str(PAGE), 0)
    found = doctest.DocTestRunner().run(examples)
    assert len(examples.examples) > 25
    assert found.failed == 0, capsys.readouterr().out


def test_each_hook_of_a_domain_has_its_arguments_and_its_answer() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| (`\w+: .*`) \| (`.*`) \|$", TEXT)
    shown = {hook: (arguments, answer.replace("\\|", "|")) for hook, arguments, answer in rows}
    shown = {hook: (arguments.replace("\\|", "|"), answer) for hook, (arguments, answer) in shown.items()}
    assert shown == {hook: told for hook, told in signatures().items() if hook not in NOT_OF_A_DOMAIN}


def test_every_example_package_is_listed() -> None:
    packages = {path.parent.name for path in (PAGE.parents[1] / "examples").glob("*/setup.cfg")}
    assert set(re.findall(r"(?m)^\| \[examples/(\w+)\]", TEXT)) == packages
