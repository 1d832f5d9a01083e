"""A function that takes a deprecated argument, or answers a deprecated hook, works, and is warned of.

The specifications are the test's own: those of wdh have nothing that is deprecated.
"""

from __future__ import annotations

import logging
import warnings
from types import ModuleType

import pytest

from wdh import hookspecs
from wdh.hookspecs import hookimpl, hookspec
from wdh.registry import implementations
from wdh.registry.implementations import Plugin, collect_implementations

OLD_ARGUMENT = "transform: the argument rows is deprecated since wdh 0.3 and goes with 0.4; use batch.rows()"
OLD_HOOK = "close_run is deprecated since wdh 0.3 and goes with 0.4; use run_finished"
GATE = Plugin("gate", "wdh-gate", "1.0", "wdh.plugins", "wdh_gate")


@hookspec(firstresult=True, warn_on_impl_args={"rows": DeprecationWarning(OLD_ARGUMENT)})
def transform(batch: object, rows: object) -> object:
    raise NotImplementedError


@hookspec(warn_on_impl=DeprecationWarning(OLD_HOOK))
def close_run(domain: str) -> None:
    raise NotImplementedError


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


@pytest.fixture(autouse=True)
def specifications(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ModuleType("specifications")
    vars(own).update(PROJECT=hookspecs.PROJECT, transform=transform, close_run=close_run)
    monkeypatch.setattr(implementations, "hookspecs", own)


def test_the_author_is_warned_at_the_function_and_the_operator_by_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = collect_implementations([(GATE, Old())])
    assert {(str(one.message), one.category, one.filename) for one in warned} == {
        (OLD_ARGUMENT, DeprecationWarning, __file__),
        (OLD_HOOK, DeprecationWarning, __file__),
    }
    assert {one.lineno for one in warned} == {
        Old.transform.__code__.co_firstlineno,
        Old.close_run.__code__.co_firstlineno,
    }
    told = [(record.msg, record.plugin, record.hook, record.why) for record in caplog.records]  # type: ignore[attr-defined]
    assert told == [
        ("hook_deprecated", GATE.entry, "transform", OLD_ARGUMENT),
        ("hook_deprecated", GATE.entry, "close_run", OLD_HOOK),
    ]
    assert found["transform"][0].call({"batch": 1, "rows": 2}) == (1, 2)


def test_nobody_is_warned_of_a_function_that_takes_nothing_deprecated(caplog: pytest.LogCaptureFixture) -> None:
    found = collect_implementations([(GATE, New())])
    assert not caplog.records
    assert found["transform"][0].call({"batch": 1, "rows": 2}) == 1
