"""A function that takes a deprecated argument, or answers a deprecated hook, works, and is warned of.

The specifications are those that docs/versions.md shows: wdh's own have nothing that is deprecated.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pluggy
import pytest

from wdh import hookspecs
from wdh.hookspecs import hookimpl
from wdh.registry import implementations
from wdh.registry.implementations import Plugin, collect_implementations

PAGE = Path(__file__).parents[2] / "docs" / "versions.md"
OLD_ARGUMENT = "the argument rows is deprecated since wdh 0.3 and goes with 0.4; use batch.rows()"
OLD_HOOK = "this hook is deprecated since wdh 0.3 and goes with 0.4; use run_finished"
GATE = Plugin("gate", "wdh-gate", "1.0", "wdh.plugins", "wdh_gate")


class Old:
    @hookimpl
    def transform(self, batch: object, rows: object) -> object:
        return batch, rows

    @hookimpl
    def close_run(self, domain: str) -> None: ...


class New:
    @hookimpl
    def transform(self, batch: object) -> object:
        return batch


@pytest.fixture
def _specifications(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the specifications of the page in the place of wdh's."""
    (source,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    own = ModuleType("specifications")
    vars(own).update(PROJECT=hookspecs.PROJECT, hookspec=hookspecs.hookspec)
    exec(f"from __future__ import annotations\n{source}", vars(own))  # noqa: S102
    monkeypatch.setattr(implementations, "hookspecs", own)
    implementations.hook_arguments.cache_clear()
    yield
    implementations.hook_arguments.cache_clear()


@pytest.mark.usefixtures("_specifications")
def test_the_author_is_warned_at_the_function_and_the_operator_by_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = collect_implementations([(GATE, Old())])
    assert {(str(one.message), one.category, one.filename, one.lineno) for one in warned} == {
        (OLD_ARGUMENT, DeprecationWarning, __file__, Old.transform.__code__.co_firstlineno),
        (OLD_HOOK, DeprecationWarning, __file__, Old.close_run.__code__.co_firstlineno),
    }
    told = [(record.msg, record.plugin, record.hook, record.why) for record in caplog.records]  # type: ignore[attr-defined]
    assert told == [
        ("hook_deprecated", GATE.entry, "transform", OLD_ARGUMENT),
        ("hook_deprecated", GATE.entry, "close_run", OLD_HOOK),
    ]
    assert found["transform"][0].call({"batch": 1, "rows": 2}) == (1, 2)


@pytest.mark.usefixtures("_specifications")
def test_nobody_is_warned_of_a_function_that_takes_nothing_deprecated(caplog: pytest.LogCaptureFixture) -> None:
    found = collect_implementations([(GATE, New())])
    assert not caplog.records
    assert found["transform"][0].call({"batch": 1, "rows": 2}) == 1


def test_the_page_says_whether_anything_is_deprecated() -> None:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    options = [manager.parse_hookspec_opts(hookspecs, name) for name in vars(hookspecs)]
    deprecated = [one for one in options if one and (one["warn_on_impl"] or one["warn_on_impl_args"])]
    assert ("In this version nothing is deprecated." in PAGE.read_text(encoding="utf-8")) == (not deprecated)
