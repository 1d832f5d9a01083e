"""The catalogues are complete, as they would be written now, and say nothing that the code does not give them."""

from __future__ import annotations

import gettext
import importlib.util
import string
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from support.chinese import DONE

pytest.importorskip("babel")

ROOT: Final = Path(__file__).parents[2]
BESIDE: Final = ("click", "help")
"""Catalogues of sentences that stand in no folder of the core."""


@pytest.fixture(scope="module")
def writing() -> Iterator[ModuleType]:
    """The script that writes the catalogues."""
    spec = importlib.util.spec_from_file_location("write_catalogues", ROOT / "docs" / "write_catalogues.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def catalogues(writing: ModuleType) -> dict[str, Any]:
    """The catalogues as they would be written now, of the folders whose sentences are said.

    Of click's sentences, which differ by its version, those that are written down.
    """
    names = {*BESIDE, *(folder or "wdh" for folder in DONE)}
    made = {name: found for name, found in writing.make_catalogues("zh").items() if name in names}
    return {**made, "click": writing.read_catalogue("zh", "click")}


def test_every_sentence_has_a_translation(writing: ModuleType, catalogues: dict[str, Any]) -> None:
    assert [text for catalogue in catalogues.values() for text in writing.untranslated(catalogue)] == []


def test_the_files_of_the_translators_are_as_they_would_be_written(
    writing: ModuleType, catalogues: dict[str, Any]
) -> None:
    for name, catalogue in catalogues.items():
        written = writing.read_catalogue("zh", name)
        assert {message.id for message in written} == {message.id for message in catalogue}, name


def test_the_compiled_catalogue_has_just_these_sentences(writing: ModuleType, catalogues: dict[str, Any]) -> None:
    compiled: Any = gettext.translation("wdh", writing.CATALOGUES, ["zh"])
    for catalogue in catalogues.values():
        for message in filter(lambda message: message.id, catalogue):
            if isinstance(message.id, tuple):
                assert compiled.ngettext(*message.id, 2) == message.string[0]
            else:
                assert compiled.gettext(message.id) == message.string


def test_a_translation_has_the_placeholders_of_its_sentence(catalogues: dict[str, Any]) -> None:
    for catalogue in catalogues.values():
        for message in filter(lambda message: message.id, catalogue):
            english = message.id[1] if isinstance(message.id, tuple) else message.id
            chinese = message.string[0] if isinstance(message.string, tuple) else message.string
            assert _placeholders(chinese) == _placeholders(english), english


def test_one_sentence_has_one_translation(catalogues: dict[str, Any]) -> None:
    """All catalogues are compiled into one."""
    told: dict[Any, set[Any]] = defaultdict(set)
    for catalogue in catalogues.values():
        for message in filter(lambda message: message.id, catalogue):
            told[message.id].add(message.string)
    assert {sentence: several for sentence, several in told.items() if len(several) > 1} == {}


def _placeholders(text: str) -> set[tuple[str | None, str | None, str | None]]:
    try:
        return {part[1:] for part in string.Formatter().parse(text) if part[1] is not None}
    except ValueError:  # braces that are braces
        return set()
