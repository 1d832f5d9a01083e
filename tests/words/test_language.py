"""Sentences are said in the language that was chosen; codes and values never depend on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from wdh.words.language import LANGUAGES, bilingual, choose_language, in_english, say, say_count, speak, spoken


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    speak("en")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"WDH_LANG": "zh"}, "zh"),
        ({"WDH_LANG": "zh-CN"}, "zh"),
        ({"WDH_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LC_MESSAGES": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "de_DE.UTF-8"}, "zh"),
        ({"LANG": "zh.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_is_that_of_the_environment(environment: Mapping[str, str], language: str) -> None:
    assert choose_language(environment) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_no_catalogue_knows_is_said_in_english(language: str) -> None:
    speak(language)
    assert spoken() == language
    assert say("a {thing} that nobody translated: {{}}", thing="{x}") == "a {x} that nobody translated: {}"
    assert say("{braces} without values") == "{braces} without values"
    assert say("") == ""
    assert (
        say_count("{count} cell of {sheet}", "{count} cells of {sheet}", 1200, sheet="规模明细")
        == "1,200 cells of 规模明细"
    )


def test_another_language_is_refused() -> None:
    with pytest.raises(ValueError, match="'tlh' is not one of en, zh"):
        speak("tlh")


def test_a_package_says_its_sentence_in_both_languages_and_programs_get_the_english() -> None:
    assert bilingual("{cell} is no office", "{cell} 不是机构", cell="B7") == "B7 is no office"
    speak("zh")
    said = bilingual("{cell} is no office", "{cell} 不是机构", cell="B7")
    assert said == "B7 不是机构"
    assert in_english(said) == "B7 is no office"
