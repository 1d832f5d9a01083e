"""A regular expression means what Python's re says it means, and is never at work for long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wdh.words import expressions
from wdh.words.expressions import TooSlow, compile_expression

USUAL = [
    r"(?P<year>\d{2,4})年(?P<month>\d{1,2})月.*年金终稿数据",
    r"(?P<year>\d{2}|\d{4})年(?P<month>\d{1,2})月",
    r"^(?P<year>\d{4})(?P<month>\d{2})\.",
    r"sales\-(?P<year>\d{4})\-(?P<month>\d{1,2})(?:[_ -]?[vV](?P<version>\d+))?",
    r"^(?!~)(?=.*终稿)(?!.*草稿).*(?P<year>\d{4})",
    r"(?<=年)(?P<month>\d+)(?=月)",
    r"\b(?P<year>2\d{3})\b",
    r"第\w版|[\w.]+稿|\W{2}",
    r"(?P<mark>[~_])\w+(?P=mark)",
    r"{d}|a{e<=1}|[{}]|x{,2}y|\{草稿\}|{}|\N{LEFT CURLY BRACKET}",
    r"(?i)SALES (?P<year>[0-9]{4})$",
    r"(?a)\w+年",
    r"(?x) \d  \w # [ words (",
    r"(?x) [#\w]+ \# # \w\n 年",
]
"""Patterns as deployments have them, look-arounds and full-width digits included."""

HANGING = [r"(a|aa)+$", r"(.*a){20}$", r"(?:a{1,99}){1,99}$", r"(?=(a|aa)+$)b", r"(a|aa)+(?P<x>b)(?P=x)"]
PIECES = [
    "2024",
    "24",
    "年",
    "11",
    "月",
    "１１",
    "终稿",
    "草稿",
    "②",
    "_",
    "~",
    "-",
    ".",
    "xlsx",
    "sales ",
    "V3",
    "{d}",
    "a",
]


@pytest.mark.parametrize("text", USUAL)
@given(name=st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_an_expression_means_what_it_means_to_python(text: str, name: str) -> None:
    ours, theirs = compile_expression(text), re.compile(text)
    for found, expected in (
        (ours.search(name), theirs.search(name)),
        (ours.fullmatch(name), theirs.fullmatch(name)),
    ):
        assert found == (None if expected is None else expected.groupdict())
    assert ours.groups == set(theirs.groupindex)


@pytest.mark.parametrize("text", [r"(a+)+$", *HANGING])
def test_no_search_takes_long(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """An engine that tries every way needs 2 ** 40 of them, and more."""
    monkeypatch.setattr(expressions, "SECONDS", 0.1)
    expression = compile_expression(text)
    began = time.process_time()
    try:
        assert expression.search("a" * 250 + "!") is None
    except TooSlow as error:
        assert str(error).startswith("takes too long to compare with 'aaa")  # noqa: PT017 - either will do
    assert time.process_time() - began < 20


def test_many_searches_do_not_take_long_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of a folder's thousand files may take nearly as long as one may."""
    monkeypatch.setattr(expressions, "SECONDS_IN_ALL", 0.2)
    monkeypatch.setattr(expressions, "SECONDS", 0.1)
    expression = compile_expression(HANGING[0])
    for _ in range(3):
        with pytest.raises(TooSlow):
            expression.search("a" * 250 + "!")
    with pytest.raises(TooSlow):
        expression.search("a" * 22 + "!")  # some hundredths of a second, of which none is left


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("(?:a{65535}){65535}", "repeats so much"),
        ("(?:a?){4000000000}", "repeats so much"),
        ("(?:" * 90 + "a" + "){100}" * 90, "repeats so much"),
        ("(?:a{100}b){100,}(?:c{100}){100}", "repeats so much"),
        ("a{" + "9" * 900 + "}", "is not a regular expression: the repetition number is too large"),
        ("(" * 450 + ")" * 450, "nested too deep"),
        ("a" * 1001, "is 1001 characters long"),
        ("(?<=a+)b", "is not a regular expression: look-behind requires fixed-width pattern"),
        ("(", "is not a regular expression: missing ), unterminated subpattern at position 0"),
        ("[[a]", "is not a regular expression: Possible nested set at position 1"),
    ],
    ids=lambda text: text[:20],
)
def test_what_no_engine_should_be_asked_is_refused_before_it_is_used(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        compile_expression(text)
