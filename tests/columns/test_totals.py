"""Total rows are found by the rule, however quickly most texts are passed over."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.thoroughness import examples

from wdh.cells import Merged
from wdh.columns.characters import squeeze
from wdh.columns.totals import TotalRows, TotalWords

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
cells = st.one_of(st.none(), texts, st.floats(allow_nan=False), st.builds(Merged, texts | st.none(), st.just("A1:A2")))
words = st.lists(st.sampled_from(["合计", "total", "が", "한", "é"]), min_size=1, max_size=3, unique=True)


@settings(max_examples=examples(400))
@given(words, st.lists(cells, max_size=8))
@example(["が"], ["小か\u3099"])
@example(["한"], ["\u1112\u1161\u11ab"])
@example(["é"], ["cafe\u0301"])
@example(["合计"], ["合计：\u3000"])
def test_a_cell_ends_with_a_total_word_or_is_blank_as_the_plain_rule_says(known: list[str], column: list[Any]) -> None:
    rule = TotalWords.of(known)
    ending, blank = TotalRows(rule).judge(column)
    for cell in column:
        text = cell.value if isinstance(cell, Merged) else cell
        assert (cell in ending) == (isinstance(text, str) and rule.end(squeeze(text)))
        assert (cell in blank) == (text is None or (isinstance(text, str) and not squeeze(text)))
