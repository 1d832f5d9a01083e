"""A plugin of pytest: what coverage finds is put down to the test that ran it, by its id."""

from __future__ import annotations

from collections.abc import Iterator

import coverage
import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let the lines that are run from here on be this test's."""
    watching = coverage.Coverage.current()
    if watching is not None:
        watching.switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        if watching is not None:
            watching.switch_context("")
