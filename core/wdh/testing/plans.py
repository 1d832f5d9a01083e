"""A plan as lines to compare."""

from __future__ import annotations

from collections.abc import Iterator

from wdh.errors import assert_never
from wdh.facts.copytext import rows_text
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, InsertRows, Skip, Statement, Step
from wdh.testing.domain import Planned


def show_plan(planned: Planned) -> list[str]:
    """Show every step with its statement and its rows; the facts by their hash, for they are many."""
    return [line for step in planned.report.plan.steps for line in _show_step(step, planned)]


def _show_step(step: Step, planned: Planned) -> Iterator[str]:
    yield f"{step.operation} {step.target.sql}"
    match step:
        case Skip():
            yield f"  {step.what}: {step.reason}"
        case Statement():
            yield f"  {step.sql}"
            yield f"  {step.purpose}, with {step.parameters!r}"
        case Append():
            yield f"  {step.sql}"
            yield f"  {step.facts.count} facts with the hash {planned.sha256}"
        case InsertMissing() | FillNullOnly() | DeleteScope() | InsertRows():
            yield f"  {step.sql}"
            yield from (f"  {line}" for line in rows_text(step.rows).splitlines())
        case _:
            assert_never(step)
