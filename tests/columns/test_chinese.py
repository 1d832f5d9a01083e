"""A reject is read by whoever sent the workbook, in his language: its code stays, its sentence is Chinese."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.left_english import find_english

from wdh.checking.reasons import DISCREET, CheckReason
from wdh.checking.reasons import SENTENCES as CHECK_SENTENCES
from wdh.columns import Columns, Reason, amount, choice, code, month, text
from wdh.columns.reasons import SENTENCES
from wdh.facts import Batch, Reject
from wdh.words.language import in_english, say, speaking

ALL = (
    *((reason.value, sentence) for reason, sentence in SENTENCES.items()),
    *((reason.value, sentence) for reason, sentence in (*CHECK_SENTENCES.items(), *DISCREET.items())),
)
COLUMNS = (month("月度"), code("代码", required=True), amount("金额"), choice("类型", values=["甲"]), text("备注"))
ROWS = {
    "月度": ["202413", 202410.5, "202410", "202410"],
    "代码": ["0012", True, None, "两\n行"],
    "金额": ["1,23", "abc", "#N/A", "USD 5"],
    "类型": ["乙", "a", "甲", "甲"],
    "备注": ["", "x", "y", "z"],
}


@pytest.fixture
def _chinese() -> Iterator[None]:
    with speaking("zh"):
        yield


def clean() -> tuple[Reject, ...]:
    """Clean rows of which each has faults."""
    letters = dict(zip(ROWS, "ABCDE", strict=True))
    batch = Batch("一.xlsx", "明细", list(range(2, 6)), ROWS, letters)
    return Columns(*COLUMNS).clean(batch).rejects


@pytest.mark.usefixtures("_chinese")
@pytest.mark.parametrize(("reason", "sentence"), ALL, ids=[reason for reason, _ in ALL])
def test_the_sentence_of_each_reason_is_chinese(reason: str, sentence: str) -> None:
    assert reason in {each.value for each in (*Reason, *CheckReason)}
    assert say(sentence) != sentence
    assert find_english(say(sentence)) == []


@pytest.mark.usefixtures("_chinese")
def test_rejects_have_no_english_left_in_them() -> None:
    rejects = clean()
    assert {reject.row for reject in rejects} == {2, 3, 4, 5}
    assert {reject.sentence: found for reject in rejects if (found := find_english(reject.sentence))} == {}


def test_the_english_and_the_code_of_a_reject_are_the_same_in_any_language() -> None:
    """Programs read the code and the English."""
    english = clean()
    with speaking("zh"):
        chinese = clean()
    assert [(reject.reason, reject.cell) for reject in chinese] == [(reject.reason, reject.cell) for reject in english]
    assert [in_english(reject.sentence) for reject in chinese] == [reject.sentence for reject in english]
    assert all(one.sentence != other.sentence for one, other in zip(chinese, english, strict=True))
