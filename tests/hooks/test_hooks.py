"""``wdh.hooks`` has a decorator for each hook, which marks a function as ``@hookimpl`` does, and checkers know it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from support.scripts import load_writer

from wdh import hooks, hookspecs
from wdh.registry.implementations import Plugin, collect_implementations, hook_arguments


class Package:
    """Stands for a module: its attributes are functions."""


def test_what_checkers_and_editors_know_follows_from_the_specifications() -> None:
    """If this fails, run python docs/write_hooks.py and look at what it changed."""
    writer = load_writer("write_hooks")
    assert writer.STUB.read_text(encoding="utf-8") == writer.write_stub()


def test_there_is_a_decorator_for_each_hook_and_nothing_else() -> None:
    stub = ast.parse(Path(str(hooks.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    declared = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    assert declared == set(dir(hooks)) == set(hook_arguments())


@pytest.mark.parametrize("hook", hook_arguments())
def test_a_decorated_function_is_itself_and_answers_the_hook_whatever_its_name(hook: str) -> None:
    def clean() -> None: ...

    package = Package()
    package.clean = getattr(hooks, hook)(clean)  # type: ignore[attr-defined]
    (found,) = collect_implementations([(Plugin("x", "x"), package)])[hook]
    assert found.function is clean


def test_a_misspelt_hook_is_told_with_the_one_that_is_meant() -> None:
    with pytest.raises(AttributeError, match="wdh has no hook 'transfrom'; did you mean 'transform'"):
        hooks.transfrom  # type: ignore[attr-defined]  # noqa: B018


def test_help_says_when_the_hook_is_called() -> None:
    assert hooks.transform.__doc__ == hookspecs.transform.__doc__
    shown = subprocess.run(
        [sys.executable, "-c", "from wdh import hooks; help(hooks.transform)"], capture_output=True, encoding="utf-8"
    )
    assert "Turn one batch of sheet rows into facts and rejects." in shown.stdout
