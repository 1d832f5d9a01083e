"""docs/reference.md is what the code says: each code, event, variable and key is there with a sentence."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from support.scripts import DOCS, load_writer

from wdh.columns.reasons import Reason

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    return load_writer("write_reference")


def test_the_page_is_current(writer: ModuleType) -> None:
    """If this fails, run python docs/write_reference.py and look at what it changed."""
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == writer.write_page()


def test_every_event_of_the_log_has_a_sentence_and_no_other_has_one(writer: ModuleType) -> None:
    assert writer.find_events().keys() == writer.EVENTS.keys()


def test_every_code_of_a_reject_has_a_sentence(writer: ModuleType) -> None:
    rows = dict(re.findall(r"(?m)^\| `([a-z_]+)` \| ([^|]*) \|", writer.reject_codes()))
    assert rows.keys() >= {reason.value for reason in Reason} | writer.other_reasons().keys()
    assert writer.other_reasons().keys() >= {"blank_key", "does_not_fit", "key_conflict", "pick_refused"}
    assert [code for code, meaning in rows.items() if not meaning.endswith(".")] == []
