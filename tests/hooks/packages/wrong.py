"""Faults of authors: the line before each decorated function says what a checker must find there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wdh import Batch, Columns, FactRows, Facts, hooks


# a hook that is misspelt
@hooks.transfrom
def transfrom(batch: Batch) -> Facts | None:
    raise NotImplementedError


# an argument that is misspelt
@hooks.transform
def transform_rows(bacth: Batch) -> Facts | None:
    raise NotImplementedError


# an argument that is misspelt, and has no type
@hooks.transform
def transform_untyped(bacth):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return None


# an argument of another hook
@hooks.provide_refs
def refs_of_columns(domain: str, columns: Columns | None) -> None:
    raise NotImplementedError


# an argument of another type
@hooks.transform
def transform_text(batch: str) -> Facts | None:
    raise NotImplementedError


# an argument that is never None, it says
@hooks.skip_facts
def skip_without_settings(facts: FactRows, settings: Mapping[str, Any]) -> str | None:
    raise NotImplementedError


# an argument that a plugin is given as None
@hooks.provide_settings
def settings_of_a_domain(domain: str) -> Mapping[str, Any] | None:
    raise NotImplementedError


# an answer of another type
@hooks.transform
def transform_to_batches(batch: Batch) -> list[Facts]:
    raise NotImplementedError


# an answer where there is none
@hooks.run_finished
def finish_with_a_text(domain: str) -> str:
    raise NotImplementedError


# a veto that is no reason
@hooks.skip_facts
def skip_by_truth(facts: FactRows) -> bool:
    raise NotImplementedError


# arguments that are not taken by name
@hooks.transform
def transform_by_place(batch: Batch, /) -> Facts | None:
    raise NotImplementedError


# a coroutine
@hooks.transform
async def transform_later(batch: Batch) -> Facts | None:
    raise NotImplementedError


# an argument of another type than the hook gives
@hooks.run_failed
def tell_code(exit_code: str) -> None:
    raise NotImplementedError
