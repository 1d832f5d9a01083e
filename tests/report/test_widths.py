"""On a terminal no line is wider than it, no word is broken, and numbers stand at the right, in any language."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from wdh.report.blocks import Line, Pairs, Result, Section, Table, Title
from wdh.report.terminal import report_text
from wdh.report.widths import cut, shorten, width_of, wrap

WIDTHS = (60, 80, 120)
LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789_.-/\"'"
HAN = "年金计划组合代码期末资产规模【】（）"

words = st.text(LATIN, min_size=1, max_size=30) | st.text(HAN, min_size=1, max_size=30)
names = st.text(LATIN + HAN, min_size=1, max_size=60)
sentences = st.lists(words | names, min_size=1, max_size=40).map(" ".join)
numbers = st.integers(-(10**9), 10**9).map("{:,}".format)
widths = st.sampled_from(WIDTHS)


def columns_of(text: str) -> int:
    """Count the columns of a text by Unicode's own property, for characters that are one or two wide."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def draw(width: int, *page: Any) -> list[str]:
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in report_text(Result(None, page), width)]


def pieces(lines: list[str]) -> list[str]:
    return " ".join(lines).split()


def is_cut(piece: str, word: str) -> bool:
    head, found, tail = piece.partition("…")
    return bool(found) and word.startswith(head) and word.endswith(tail) and len(head) + len(tail) < len(word)


def assert_whole(drawn: list[str], sentence: str, *, width: int) -> None:
    """Every word is there, whole or cut in its middle; only Chinese may go on in the next line."""
    left = pieces(drawn)
    for word in sentence.split():
        if left[0] == word or is_cut(left[0], word):
            assert left[0] == word or columns_of(word) > width - 6
            del left[0]
            continue
        assert columns_of(word) > width - 6 or re.search("[，。；：、！？）》”]", word), (word, drawn)
        rest = word
        while rest:
            assert rest.startswith(left[0]), (word, drawn)
            assert not re.search(r"[!-~]$", left[0]) or not re.match(r"[!-~]", rest[len(left[0]) :]), (word, drawn)
            rest = rest[len(left.pop(0)) :]
    assert left == []


@given(sentences, widths, st.integers(0, 2))
@example("年金" * 30 + " a", 60, 0)
@example("2024年11月年金终稿数据.xlsx " * 9, 60, 0)
def test_a_sentence_is_wrapped_between_its_words(sentence: str, width: int, level: int) -> None:
    drawn = draw(width, Line(sentence, level=level))
    assert max(map(columns_of, drawn)) <= width
    assert_whole(drawn, sentence, width=width - 2 * level)


@given(st.lists(st.tuples(names, sentences, numbers, names, numbers), min_size=1, max_size=4), widths)
def test_a_table_fits_and_its_numbers_stand_whole_at_the_right(rows: list[tuple[str, ...]], width: int) -> None:
    headers = ("file", "what is wrong", "rows filled", "表", "n")
    drawn = draw(width, Section("s", [Table(headers, rows, ("rows filled", "n"))]))
    assert max(map(columns_of, drawn)) <= width
    lines = "\n".join(drawn)
    for row in rows:
        assert re.search(rf"(?<![\d,-]){re.escape(row[2])}(?![\d,])", lines)
    end = next((columns_of(line) for line in drawn[2:4] if line.endswith("  n")), None)
    if end is not None:  # it is a table: else each row is a list of its values
        assert all(any(line.endswith(f" {row[4]}") and columns_of(line) == end for line in drawn) for row in rows)


@given(st.lists(st.tuples(words, sentences), min_size=1, max_size=5), widths)
def test_what_is_said_behind_labels_fits(rows: list[tuple[str, str]], width: int) -> None:
    drawn = draw(width, Title("t"), Section("s", [Pairs([(label[:12], text) for label, text in rows])]))
    assert max(map(columns_of, drawn)) <= width


@given(st.lists(st.tuples(names, sentences), min_size=1, max_size=5), widths)
def test_a_short_column_is_one_line_a_row(rows: list[tuple[str, str]], width: int) -> None:
    drawn = draw(width, Table(("note", "what"), [(name[:12], text) for name, text in rows], short=("what",)))
    assert len(drawn) == 1 + len(rows)
    assert max(map(columns_of, drawn)) <= width


@given(names, st.integers(1, 70))
def test_a_name_is_cut_in_its_middle(name: str, width: int) -> None:
    found = cut(name, width)
    assert columns_of(found) <= width
    assert found == name or is_cut(found, name)


@given(sentences, st.integers(10, 130))
def test_a_shortened_sentence_ends_behind_a_word_of_it(sentence: str, width: int) -> None:
    found = shorten(sentence, width)
    assert columns_of(found) <= width
    if found.endswith(" …"):
        assert sentence.startswith(found.removesuffix(" …").partition("…")[0])


@pytest.mark.parametrize("width", WIDTHS)
def test_chinese_prose_breaks_behind_its_punctuation(width: int) -> None:
    text = "没有写入任何数据，这只是执行计划；" * 6
    lines = wrap(text, width)
    assert all(line[-1] in "，；" for line in lines)
    assert "".join(lines) == text


def test_every_character_is_as_wide_as_rich_says() -> None:
    characters = map(chr, (*range(0xA0, 0xD800), *range(0xE000, 0x20000)))
    assert [each for each in characters if width_of(each) != cell_len(each)] == []


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from(HAN + LATIN + "…—→│")))
def test_every_text_is_as_wide_as_rich_says(text: str) -> None:
    assert width_of(text) == cell_len(text)
