"""The reference pages are what the code says: each code, event, variable and key is there with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import ModuleType

import pytest
from support.scripts import DOCS, load_writer

from wdh.columns.reasons import Reason
from wdh.command.summary import SEVERITY

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    return load_writer("write_reference")


@pytest.fixture(scope="module")
def pages(writer: ModuleType) -> Mapping[str, str]:
    """All pages, written once."""
    written: Mapping[str, str] = writer.write_pages()
    return written


@pytest.mark.parametrize("page", ["reference.md", "exit-codes.md", "reject-codes.md", "events.md", "variables.md"])
def test_the_page_is_current(pages: Mapping[str, str], page: str) -> None:
    """If this fails, run python docs/write_reference.py and look at what it changed."""
    assert (DOCS / page).read_text(encoding="utf-8") == pages[page]


def test_every_exit_code_of_a_command_has_a_next_step(writer: ModuleType) -> None:
    rows = re.findall(r"(?m)^\| (\d+) \|.* \| ([^|]+) \|$", writer.exit_codes())
    assert {int(code) for code, _ in rows} == set(SEVERITY)


def test_every_code_of_a_reject_has_a_sentence(writer: ModuleType) -> None:
    rows = dict(re.findall(r"(?m)^\| `([a-z_]+)` \| ([^|]*) \|", writer.reject_codes()))
    assert rows.keys() >= {reason.value for reason in Reason} | writer.other_reasons().keys()
    assert writer.other_reasons().keys() >= {"blank_key", "does_not_fit", "key_conflict", "pick_refused"}
    assert [code for code, meaning in rows.items() if not meaning.endswith(".")] == []
