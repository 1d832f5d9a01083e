"""Every fault of a configuration is told in Chinese where Chinese is spoken, in the same place."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.configurations import ORIGIN, SALES, SHOPS
from support.left_english import find_english

from wdh.configuration import Fault, find_faults
from wdh.configuration.yaml_words import SENTENCES, say_yaml
from wdh.domain.loading import JUDGES
from wdh.words.language import in_english, say, speaking

FAULTY = sorted((Path(__file__).parent / "faulty").glob("*.yml"))


def find(path: Path) -> tuple[Fault, ...]:
    """Find the faults of a file of the folder."""
    return find_faults(path, {"shops": SHOPS, "sales": SALES}, judges=JUDGES)


@pytest.mark.parametrize("path", FAULTY, ids=[path.stem for path in FAULTY])
def test_the_faults_of_a_file_have_no_english_left_in_them(path: Path) -> None:
    english = find(path)
    with speaking("zh"):
        chinese = find(path)
    assert {str(fault): found for fault in chinese if (found := find_english(fault.message, [ORIGIN]))} == {}
    assert [in_english(fault.message) for fault in chinese] == [fault.message for fault in english]
    assert [(fault.path, fault.line) for fault in chinese] == [(fault.path, fault.line) for fault in english]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_the_yaml_library_says_has_its_chinese(sentence: str) -> None:
    with speaking("zh"):
        assert find_english(say(sentence)) == []


def test_what_the_yaml_library_says_is_the_same_in_english() -> None:
    for said in (
        "expected <block end>, but found '<scalar>'",
        "expected ',' or '}', but got '<x>'",
        "a new sentence 7",
    ):
        assert say_yaml(said) == said
