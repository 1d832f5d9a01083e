"""Generated Python says what it should, and looks as a formatter would leave it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wdh.scaffold.python import Call, show_text, show_value

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
PIECES = ("店铺", "a", "'", '"', "\\", "{", "}", "%", "\n", "\t", "é", "\u202e", "😀", "-", " ", "ﬁ", "\x00", "𠀀")


@given(st.text())
def test_a_text_is_written_so_that_it_is_read_back(text: str) -> None:
    assert eval(show_text(text)) == text  # noqa: S307 - that it may be evaluated is what is tested
    assert "\n" not in show_text(text)


@given(VALUES, st.integers(0, 12), st.booleans())
def test_a_value_is_written_so_that_it_is_read_back(value: Any, indent: int, is_spread: bool) -> None:
    assert eval(show_value(value, indent=indent, is_spread=is_spread)) == value  # noqa: S307 - the same


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("店铺", '"店铺"'),
        ("it's", '"it\'s"'),
        ('a "b"', "'a \"b\"'"),
        ("a '\"", '"a \'\\""'),
        ("\\d{2}", '"\\\\d{2}"'),
    ],
)
def test_quotes_are_those_that_need_no_escape(text: str, shown: str) -> None:
    assert show_text(text) == shown


def test_what_does_not_fit_into_a_line_has_a_line_for_each_item() -> None:
    call = Call("choice", ["类型"], {"values": [f"第{n}种类型的计划书" for n in range(3)]})
    assert show_value(call, indent=4, taken=1).splitlines() == [
        "choice(",
        '        "类型",',
        '        values=["第0种类型的计划书", "第1种类型的计划书", "第2种类型的计划书"],',
        "    )",
    ]


def make_value(random: Random, depth: int) -> Any:
    """Make up a value of texts, lists, mappings and calls, with the widths that decide about lines."""
    kind = random.randrange(4) if depth else 3
    if kind == 0:
        return [make_value(random, depth - 1) for _ in range(random.randrange(5))]
    if kind == 1:
        return {make_text(random): make_value(random, depth - 1) for _ in range(random.randrange(4))}
    if kind == 2:
        named = {f"key_{n}": make_value(random, depth - 1) for n in range(random.randrange(3))}
        return Call("text", [make_text(random)], named)
    return random.choice([make_text(random), random.randrange(10**6), True, None])


def make_text(random: Random) -> str:
    return "".join(random.choice(PIECES) for _ in range(random.randrange(16)))


def test_a_formatter_and_a_linter_change_nothing(tmp_path: Path) -> None:
    """ruff with its default rules, on 400 values that were made up with every kind of character and width."""
    random = Random(7)  # noqa: S311 - values of no meaning
    lines = [f"VALUE_{n} = {show_value([make_value(random, 3)], is_spread=True)}\n" for n in range(400)]
    path = tmp_path / "values.py"
    path.write_text("from wdh import text\n\n" + "".join(lines), encoding="utf-8")
    for command in (["format", "--diff"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(path)],
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout[:4000] + done.stderr
