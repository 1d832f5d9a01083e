"""Blank is one thing: a text that is blank in a row is blank as a cell, as a header and as a key, and the reverse."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from support.batches import make_batch
from support.thoroughness import examples

from wdh.columns import Columns, amount, boolean, choice, code, date, integer, month, text
from wdh.facts import Facts
from wdh.intake import refuse_blank_scopes
from wdh.references import Derivation
from wdh.settings import ColumnRule, Reference
from wdh.sql.identifiers import Target
from wdh.words.blanks import UNSEEN, is_blank
from wdh.words.characters import squeeze, trim
from wdh.words.headers import normalise_header
from wdh.workbook import open_sheet
from wdh.workbook.rows.batches import select_rows
from wdh.workbook.rows.blocks import Block
from wdh.workbook.rows.merges import Merges

ODD = "".join(
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in ("Zs", "Zl", "Zp", "Cc", "Cf")
)
odd_texts = st.lists(st.sampled_from(UNSEEN) | st.sampled_from(ODD) | st.characters(codec="utf-8"), max_size=4)
REFERENCE = Reference("things", Target(None, "things"), ("k",), (ColumnRule("k", "k"),))
EVERY_KIND = Columns(
    *(word(word.__name__) for word in (text, code, month, date, amount, integer, boolean)),
    choice("choice", values=["x"]),
    totals=(),
)


def is_blank_row(value: str) -> bool:
    """Ask the reader of rows."""
    return not len(select_rows(Block.of_rows([2], [[value]]), Merges([], columns=9)))


def is_blank_cell(value: str) -> bool:
    """Ask every kind of column."""
    facts = EVERY_KIND.clean(make_batch({name: [value] for name in EVERY_KIND.names}))
    answers = {values == [None] for values in facts.columns.values()} if len(facts) else {False}
    assert len(answers) == 1, "all kinds agree"
    return answers.pop()


def is_blank_scope(value: str) -> bool:
    """Ask the delete scope."""
    return not len(refuse_blank_scopes(Facts([2], {"k": [value]}), make_batch({"k": [value]}), scope=["k"]))


def is_blank_key(value: str) -> bool:
    """Ask the key of a reference."""
    derivation = Derivation(REFERENCE)
    derivation.absorb(Facts([2], {"k": [value]}), workbook=0)
    return not derivation.candidates().rows


@settings(max_examples=examples(400))
@given(odd_texts.map("".join))
@example("\u2003")
@example("\u3164")
@example("\u200b\ufeff\u00ad")
@example("\x01")
@example("")
@example("\u2800")
@example("\ufe0f")
@example("\x1c\u2028\u0085")
def test_row_cell_header_and_key_agree_what_is_blank(value: str) -> None:
    """One definition: whichever asks, the same texts are blank."""
    blank = is_blank(value)
    assert is_blank_row(value) == blank
    assert (normalise_header(value) == "") == blank
    assert is_blank_scope(value) == blank
    assert is_blank_key(value) == blank
    if blank:
        assert is_blank_cell(value)
    elif trim(value) == value and squeeze(value).isalpha():  # a dash or a fault is no text and no blank
        assert EVERY_KIND.clean(make_batch({"text": [value]})).columns["text"] == [value]


@pytest.mark.parametrize("character", [c for c in ODD if unicodedata.category(c) != "Cf"], ids=ascii)
def test_every_blank_and_every_control_of_unicode_is_blank(character: str) -> None:
    """White space of any width, line and paragraph separators, and controls are nothing that a cell says."""
    assert is_blank(character)
    assert is_blank_row(character)


@pytest.mark.parametrize("value", ["0", "-", "\u0600", "a\u200b", "\u3000x", 0, 0.0, False])
def test_what_can_be_seen_is_not_blank(value: object) -> None:
    """A zero, a dash and a visible sign of the category of format characters stand for something."""
    assert not is_blank(value)


WORDS = ("(空白)", "无", "N/A", "Å", "ﬁ")
ERRORS = ("#N/A", "#REF!")


@given(st.text(st.sampled_from("(空白)（无#＃NＮ/A\u030aÅÅﬁfi RREF! \u3000\u200b\u0301´甲"), max_size=6))
@example("\u200b（空 白）")
@example("A\u030a")
@example("＃Ｎ／Ａ")
def test_a_blank_word_is_known_by_its_compatibility_form_whatever_it_begins_with(value: str) -> None:
    facts = Columns(text("a", blank=WORDS)).clean(make_batch({"a": [value], "b": [1]}))
    if squeeze(value) in ERRORS:
        assert [reject.reason for reject in facts.rejects] == ["error_value"]
    elif is_blank(value) or squeeze(value) in {squeeze(word) for word in WORDS}:
        assert facts.columns["a"] == [None]
    else:
        assert not facts.rejects
        assert facts.columns["a"] == [trim(value)]


@pytest.mark.parametrize("reader", ["fast", "openpyxl"])
def test_a_row_of_odd_blanks_is_passed_over_by_both_readers(tmp_path: Path, reader: str) -> None:
    """A row that holds only U+2003 is no row; nor does a header of it name a column."""
    book = Workbook()
    for row in (["代码", "\u2003", "名称"], ["1", None, "甲"], ["\u2003", "\u3164", "\u2800"], ["2", None, "乙"]):
        book.active.append(row)
    book.save(tmp_path / "blank.xlsx")
    with open_sheet(tmp_path / "blank.xlsx", sheet=0, reader=reader) as sheet:  # type: ignore[arg-type]
        batches = list(sheet.batches())
    assert sheet.headers == ("代码", "名称")
    assert [number for batch in batches for number in batch.row_numbers] == [2, 4]
    assert sum(batch.blank for batch in batches) == 1


def test_a_blank_key_names_the_cell_that_it_was_read_from() -> None:
    """The column under another header, too: the cell is that of the sheet. A derived column has none."""
    batch = make_batch({"店号": ["1", None], "额": [1, 2]})
    facts = Columns(code("代码", source="店号"), amount("额")).clean(batch)
    (reject,) = refuse_blank_scopes(facts, batch, scope=["额", "代码"]).rejects
    assert (reject.cell, reject.column, reject.row, reject.reason) == ("A3", "代码", 3, "blank_key")
    derived = Facts([2, 3], {"月": [None, "x"]})
    (reject,) = refuse_blank_scopes(derived, batch, scope=["月"]).rejects
    assert (reject.cell, reject.row) == (None, 2)
