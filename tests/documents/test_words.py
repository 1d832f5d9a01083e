"""Sentences for readers begin with their subject, which is no question word."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUESTION = re.compile(r"(?:Who|Whoever|Whom|Whose|What|Whatever|Where|Wherever)\b")


def docstrings() -> Iterator[tuple[str, str]]:
    """Give every text that stands by itself in a module, with its place: docstrings, and those of constants."""
    for source in ("core", "plugins", "schemas"):
        for path in sorted((ROOT / source).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                match node:
                    case ast.Expr(ast.Constant(str(text))):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def descriptions(found: object) -> Iterator[str]:
    """Give the descriptions of a JSON Schema."""
    if isinstance(found, dict):
        if isinstance(text := found.get("description"), str):
            yield text
        yield from (text for value in found.values() for text in descriptions(value))
    elif isinstance(found, list):
        yield from (text for value in found for text in descriptions(value))


def test_no_docstring_begins_with_a_question_word() -> None:
    """The first line of a docstring says what the thing does or is, in the terms of the field."""
    texts = dict(docstrings())
    assert len(texts) > 1_000
    assert [place for place, text in texts.items() if QUESTION.match(text.lstrip())] == []


def test_no_description_of_a_contract_begins_with_a_question_word() -> None:
    """The descriptions of keys become the pages of reference."""
    contracts = sorted((ROOT / "schemas").rglob("*.schema.json"))
    texts = [text for path in contracts for text in descriptions(json.loads(path.read_text("utf-8")))]
    assert len(texts) > 100
    assert [text for text in texts if QUESTION.match(text)] == []
