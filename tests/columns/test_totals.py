"""The words of total rows: what a cell says that has one, however quickly most texts are passed over."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.thoroughness import examples

from wdh.columns.totals import TotalWords
from wdh.words.total_words import TOTAL_WORDS

WORDS = TotalWords(TOTAL_WORDS)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("合计", ""),
        ("合 计", ""),
        ("合计：", ""),
        ("\u3000小计:: ", ""),
        ("（合计）", ""),
        ("*总计*", ""),
        ("计", ""),
        ("Σ", ""),
        ("∑", ""),
        ("TOTAL", ""),
        ("Ｔｏｔａｌ：", ""),
        ("grand  total", ""),
        ("Sub-Total", ""),
        ("SUBTOTAL", ""),
        ("Sum", ""),
        ("本页合计", ""),
        ("甲 汇总", "甲"),
        ("华东小计", "华东"),
        ("华 东 小 计", "华 东"),
        ("East Total", "east"),
        ("华东Total", "华东"),
        ("2024年11月累计", "2024年11月"),
        ("甲（小计）", "甲"),
    ],
)
def test_a_total_word_stands_alone_or_behind_a_groups_name(text: str, group: str) -> None:
    """Case, width, blanks and marks around are nothing."""
    word = WORDS.find(text)
    assert word is not None
    assert word.group == group


@pytest.mark.parametrize(
    "text",
    [
        "合计数",
        "会计",
        "会 计",
        "设计",
        "统计",
        "Ipsum",
        "Subtotals A",
        "Totale",
        "合计%",
        "甲Σ",
        "Σ甲",
        "",
        " ",
        ":",
        "总",
        "小 计 表",
    ],
)
def test_what_only_holds_the_letters_of_a_word_is_no_total(text: str) -> None:
    """A word inside another one, or with something behind it, says nothing of the row."""
    assert WORDS.find(text) is None


@pytest.mark.parametrize("text", ["总计", "甲 总计", "Grand Total"])
def test_a_grand_total_is_above_a_total_and_that_above_a_subtotal(text: str) -> None:
    """What a row covers ends at the last total of its level or a higher one."""
    levels = [WORDS.find(one) for one in ("甲 汇总", "East Total", "合计", text)]
    assert [word.level for word in levels if word] == [0, 1, 2, 3]


@pytest.mark.parametrize("word", [" ", "：", "\u200b", "\u3164", "()"])
def test_a_word_of_which_nothing_is_compared_is_refused(word: str) -> None:
    """It would make a total of every row."""
    with pytest.raises(ValueError, match="blank"):
        TotalWords(["合计", word])


endings = st.sampled_from(
    [
        "合计",
        "总计:",
        "小计：",
        "total",
        "ＴＯＴＡＬ",
        "が",
        "か\u3099",
        "한",
        "\u1112\u1161\u11ab",
        " ",
        "\u200b",
        "\u3000",
    ]
)
texts = st.one_of(st.text(max_size=6), st.lists(st.one_of(endings, st.text(max_size=2)), max_size=4).map("".join))
words = st.lists(st.sampled_from(["合计", "total", "がい", "한국", "éa"]), min_size=1, max_size=3, unique=True)


@settings(max_examples=examples(400))
@given(words, texts)
@example(["がい"], "小か\u3099い")
@example(["合计"], "合计：\u3000")
def test_the_last_character_passes_over_no_text_with_a_word(known: list[str], text: str) -> None:
    """A finder that looks at every text, as with another character behind, finds the same."""
    rule = TotalWords(known)
    patient = TotalWords(known)
    patient._may_end = {text[-1:]: True}  # type: ignore[assignment]
    assert rule.find(text) == patient.find(text)
