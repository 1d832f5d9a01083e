"""The tests that docs/testing.md shows pass as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wdh.testing.database import Server

pytestmark = pytest.mark.once

SHOPS = """
from wdh import Refusal, custom


def read_sku(value):
    text = str(value).upper()
    return text if text.startswith("SKU-") else Refusal("not_a_sku", f"{value!r} is no SKU: write SKU-0012.")


SKU = custom("sku", read_sku, "varchar(12)")
"""
"""The package of which the page tests a kind of column."""
PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


def test_the_tests_of_the_page_pass(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, postgres_server: Server
) -> None:
    monkeypatch.setenv("WDH_TEST_DSN", postgres_server.dsn)
    _, *blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (pytester.path / "wdh_shops.py").write_text(SHOPS, encoding="utf-8")
    pytester.syspathinsert()
    for place, block in enumerate(blocks):
        (pytester.path / f"test_page_{place}.py").write_text(block, encoding="utf-8")
    known = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    result = pytester.runpytest_inprocess("-W", "error", "-W", known, "-p", "no:cacheprovider")
    result.assert_outcomes(passed=18)
