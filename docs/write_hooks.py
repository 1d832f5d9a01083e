"""Writes core/wdh/hooks.pyi: what type checkers and editors know of the decorators in wdh.hooks.

Usage: ``python docs/write_hooks.py``. A test holds the file to what this would write.

A hook's function may take any of the hook's arguments, by name. No single type says that: the function is of one of the
types that take some of the arguments, and there is one for each choice.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from wdh import hookspecs
from wdh.registry.implementations import hook_arguments

STUB = Path(inspect.getfile(hookspecs)).with_name("hooks.pyi")
HEAD = '''\
"""What type checkers and editors know of wdh.hooks. Written by `python docs/write_hooks.py` from hookspecs.py."""
'''


def write_stub() -> str:
    """Give the whole stub."""
    signatures = {name: inspect.signature(getattr(hookspecs, name)) for name in hook_arguments()}
    named = {word for signature in signatures.values() for word in re.findall(r"\w+", str(signature))}
    parts = [
        HEAD,
        *_write_imports(named | {"Protocol", "TypeVar"}),
        *(_write_types(name, signature) for name, signature in signatures.items()),
        *(_write_decorator(name, signature) for name, signature in signatures.items()),
    ]
    return "\n".join(parts)


def _write_imports(named: set[str]) -> Iterator[str]:
    """Give those imports of hookspecs.py whose names a signature has."""
    found = {"typing": {"Any", "Protocol", "TypeVar"}}
    for node in ast.walk(ast.parse(inspect.getsource(hookspecs))):
        if isinstance(node, ast.ImportFrom):
            found.setdefault(node.module or "", set()).update(alias.name for alias in node.names)
    for module, names in sorted(found.items()):
        if used := sorted(names & named):
            yield f"from {module} import {', '.join(used)}"


def _write_types(hook: str, signature: inspect.Signature) -> str:
    """Give a type for each choice of arguments, the one with all of them first, and a variable for any of them."""
    arguments = [f"{name}: {parameter.annotation}" for name, parameter in signature.parameters.items()]
    counts = range(len(arguments), -1, -1)
    choices = [choice for count in counts for choice in itertools.combinations(arguments, count)]
    lines = []
    for number, choice in enumerate(choices):
        taken = ", ".join(["self", *(["*"] if choice else []), *choice])
        lines.append(f"class _{_name(hook)}{number}(Protocol):")
        lines.append(f"    def __call__({taken}) -> {signature.return_annotation}: ...")
    types = " | ".join(f"_{_name(hook)}{number}" for number in range(len(choices)))
    return "\n".join([*lines, f'{_name(hook)} = TypeVar("{_name(hook)}", bound={types})', ""])


def _write_decorator(hook: str, signature: inspect.Signature) -> str:
    taken = ", ".join(f"{name}: {parameter.annotation}" for name, parameter in signature.parameters.items())
    text = f"""{inspect.getdoc(getattr(hookspecs, hook))}

The function takes any of these arguments, by name: ``({taken}) -> {signature.return_annotation}``
"""
    body = textwrap.indent(text, "    ").lstrip()
    return f'def {hook}(function: {_name(hook)}, /) -> {_name(hook)}:\n    """{body}    """\n'


def _name(hook: str) -> str:
    return hook.title().replace("_", "")


if __name__ == "__main__":
    STUB.write_text(write_stub(), encoding="utf-8")
