"""An editor has something to show for every public name: classes with their members, functions, values, and hooks."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from types import ModuleType

import pytest

import wdh
from wdh import hooks, testing
from wdh.facts import cells, values

PUBLIC = [(module, name) for module in (wdh, testing) for name in module.__all__]
CLASSES = [(module, name) for module, name in PUBLIC if isinstance(getattr(module, name), type)]
FUNCTIONS = [(module, name) for module, name in PUBLIC if inspect.isfunction(getattr(module, name))]
OTHERS = {name for _, name in set(PUBLIC) - {*CLASSES, *FUNCTIONS}}


def find_bare(public: type) -> Iterator[str]:
    """Name the members of a class, and of what it is made of, that have no docstring; "": the class has none."""
    if not vars(public).get("__doc__"):
        yield ""
    for base in public.__mro__:
        if not base.__module__.startswith("wdh"):
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(tree, ast.ClassDef)
        members = vars(base).get("__annotations__", {}).keys() - find_described(tree.body)
        members |= {name for name, member in vars(base).items() if is_function(member) and not member.__doc__}
        yield from (name for name in members if not name.startswith("_"))


def is_function(member: object) -> bool:
    return isinstance(member, property) or inspect.isfunction(getattr(member, "__func__", member))


def find_described(body: list[ast.stmt]) -> set[str]:
    """Name the variables of a class or module with a docstring below them."""
    found = set()
    for statement, below in itertools.pairwise(body):
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            if isinstance(statement, ast.AnnAssign):
                found.add(ast.unparse(statement.target))
            elif isinstance(statement, ast.Assign):
                found |= set(map(ast.unparse, statement.targets))
    return found


@pytest.mark.parametrize(("module", "name"), CLASSES)
def test_a_public_class_and_each_of_its_members_has_a_docstring(module: ModuleType, name: str) -> None:
    assert sorted(find_bare(getattr(module, name))) == []


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_a_public_function_has_a_docstring(module: ModuleType, name: str) -> None:
    assert inspect.getdoc(getattr(module, name))


def test_a_public_value_or_type_has_a_docstring_below_it() -> None:
    modules = (cells, values)
    described = {name for module in modules for name in find_described(ast.parse(inspect.getsource(module)).body)}
    assert OTHERS - {"hookimpl"} <= described  # pluggy's, which describes itself


@pytest.mark.parametrize("name", dir(hooks))
def test_a_decorator_says_when_its_hook_is_called_and_what_it_may_answer(name: str) -> None:
    assert inspect.getdoc(getattr(hooks, name))


class Bare:
    described: int
    """Has one."""
    bare: int

    def call(self) -> None: ...


def test_what_has_no_docstring_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test itself can fail."""
    monkeypatch.setattr(Bare, "__module__", "wdh")
    monkeypatch.setattr(inspect, "getsource", lambda _: SOURCE)
    assert sorted(find_bare(Bare)) == ["", "bare", "call"]


SOURCE = inspect.getsource(Bare)
