"""What authors write: any of a hook's arguments, in any order, and answers of any type that the hook takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wdh import Batch, Columns, FactRows, Facts, Note, RunContext, StepRecorder, Table, Target, WarehouseReader, hooks
from wdh import Reference as Ref


@hooks.provide_refs
def provide_refs() -> dict[str, dict[str, object]]:
    return {}


@hooks.provide_settings
def provide_settings(domain: str | None) -> Mapping[str, Any] | None:
    return None if domain else {}


@hooks.provide_tables
def provide_tables(refs: Sequence[Ref], columns: Columns | None) -> dict[str, Table]:
    assert columns is not None
    return {ref.name: Table({}) for ref in refs}


@hooks.reshape
def reshape(batch: Batch) -> list[Batch]:
    return [batch]


@hooks.transform
def transform(context: RunContext, batch: Batch, *, domain: object, width: int = 4) -> Facts:
    return Facts.from_rows(row.fact({"a": str(domain), "b": str(context.period), "c": width}) for row in batch.rows())


@hooks.skip_facts
def skip_facts(
    domain: str, context: RunContext, facts: FactRows, warehouse: WarehouseReader | None, settings: Any
) -> str | Note | None:
    return Note(domain, context.domain, {}) if facts.count and warehouse else settings


@hooks.load_facts
def load_facts(target: Target, steps: StepRecorder) -> bool:
    steps.skip(target.sql)
    return True


@hooks.run_finished
def tell(domain: str, report: Mapping[str, Any]) -> None: ...


@hooks.run_failed
def tell_failure(exit_code: int, error: Mapping[str, Any]) -> None: ...


@hooks.write_demo
def write_demo(folder: Path, seed: int) -> str:
    return str(folder / str(seed))


def test_a_decorated_function_keeps_its_type(batch: Batch, context: RunContext) -> None:
    tell("shops", {})
    assert transform(context, batch, domain="shops").totals == 0
