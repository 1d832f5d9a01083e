"""A plan that is to be approved, drawn for people: what it would do, where, and who vouches for it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from wdh.approval import Approval, Signature
from wdh.report.terminal import plain as _text
from wdh.report.terminal import section as _section
from wdh.report.terminal import table as _table
from wdh.sql.shown import show_sql

_STYLES = {Signature.GOOD: "green", Signature.BAD: "bold red"}


def show_approval(approval: Approval, signature: Signature, *, name: str) -> RenderableType:
    """Draw the document ``name``. What is drawn is what it says: only --approved holds it against the warehouse."""
    content = approval.content
    return Group(
        Text.assemble(("wdh", "bold"), f" · {content['run']['domain']} · a plan to be approved"),
        _text(f"{approval.id}, made {approval.made_at}"),
        _text(f"Signature: {signature.value}.", style=_STYLES.get(signature, "")),
        *_section("Files", _workbooks(content["workbooks"])),
        *_section("Code", _plugins(content)),
        *_section("Plan", _steps(content["plan"]["steps"])),
        *_forecast(content["forecast"]),
        *_section("Warehouse", *_warehouse(content["warehouse"])),
        *_section("SQL", *_sql(content["plan"]["steps"])),
        *_section("To apply it", *_advice(_command(approval, name))),
    )


def _workbooks(workbooks: Sequence[Mapping[str, Any]]) -> RenderableType:
    table = _table("file", "sheet", "facts", "rejected", "sha256", numbers=("facts", "rejected"))
    for each in workbooks:
        counts = (f"{each['facts']:,}", f"{each['rejected']:,}")
        table.add_row(_text(each["file"]), _text(each["sheet"]), *counts, _hash(each["sha256"]))
    return table


def _hash(text: str) -> Text:
    return _text(text[:12])


def _command(approval: Approval, name: str) -> str:
    """Write the command that applies the plan; options at their defaults are left out."""
    run = approval.content["run"]
    given = {
        "--mode": run["mode"] if run["mode"] != "delete_insert" else None,
        "--backfill-refs": ",".join(run["backfill_refs"]) if run["backfill_refs"] != ["all"] else None,
        "--backfill-mode": run["backfill_mode"],
        "--pk": ",".join(run["pk"]),
        "--sheet": str(run["sheet"]),
        "--period": run["period"],
        "--max-files": None if run["max_files"] is None else str(run["max_files"]),
        "--max-rejects": run["max_rejects"] if run["max_rejects"] != "0" else None,
        "--reader": run["reader"] if run["reader"] != "auto" else None,
        "--approved": name,
        "--sign-key": None if approval.signature is None else "env:NAME",
    }
    flags = [flag for flag in ("--skip-facts", "--withhold-values") if run[flag[2:].replace("-", "_")]]
    words = [word for option, value in given.items() if value is not None for word in (option, value)]
    return shlex.join(["wdh-run", "--domain", run["domain"], *flags, *words])


def _plugins(content: Mapping[str, Any]) -> RenderableType:
    table = _table("what", "version", "sha256")
    for name, each in content["plugins"].items():
        table.add_row(_text(name), _text(each["version"]), _hash(each["code"]))
    table.add_row("configuration", "", _hash(content["configuration"]))
    return table


def _steps(steps: Sequence[Mapping[str, Any]]) -> RenderableType:
    table = _table("step", "operation", "table", "rows", numbers=("step", "rows"))
    for place, step in enumerate(steps, start=1):
        rows = f"{step['rows']:,}" if "rows" in step else ""
        table.add_row(str(place), _text(step["operation"].lower()), _text(step["table"]), rows)
    return table


def _forecast(forecast: Mapping[str, Any]) -> Iterator[RenderableType]:
    facts = forecast["facts"]
    if forecast["references"]:
        yield from _section("References", _references(forecast["references"]))
    if facts is not None:
        yield from _section("Facts", _periods(facts))
        if any(period.get("sums") for period in facts["periods"].values()):
            yield from _section("Sums", _sums(facts["periods"]))
    if forecast["unknown"]:
        yield from _section("Not counted", *(_text(f"{sentence}.") for sentence in forecast["unknown"]))


def _references(references: Mapping[str, Any]) -> RenderableType:
    numbers = ("candidates", "inserted", "filled", "untouched", "disagreeing")
    table = _table("reference", *numbers, numbers=numbers)
    for name, each in references.items():
        counts = (each["candidates"], each["inserted"], each["rows_filled"], each["untouched"])
        table.add_row(_text(name), *(f"{count:,}" for count in (*counts, sum(each["disagreeing"].values()))))
    return table


def _periods(facts: Mapping[str, Any]) -> RenderableType:
    numbers = ("before", "deleted", "inserted", "after", "left behind")
    table = _table(facts["period_column"] or "period", *numbers, numbers=numbers)
    for name, each in facts["periods"].items():
        after = each["before"] - each["deleted"] + each["inserted"]
        counts = (each["before"], each["deleted"], each["inserted"], after)
        left = "" if each["left_behind"] is None else f"{each['left_behind']:,}"
        table.add_row(_text(name), *(f"{count:,}" for count in counts), left)
    return table


def _sums(periods: Mapping[str, Any]) -> RenderableType:
    table = _table("period", "amount", "sum before", "sum after", numbers=("sum before", "sum after"))
    for name, each in periods.items():
        for column, amount in each.get("sums", {}).items():
            table.add_row(_text(name), _text(column), _text(amount["before"]), _text(amount["after"]))
    return table


def _warehouse(warehouse: Mapping[str, Any]) -> Iterator[RenderableType]:
    system = warehouse["system"] or "unknown: the role may not ask for its number"
    yield _text(f"server {system}, database {warehouse['database']} ({warehouse['database_oid']})")
    yield _text(f"latest run in {warehouse['ledger']}: {warehouse['latest_run'] or 'none'}")
    for target, traits in warehouse["targets"].items():
        yield _text(target)
        table = _table("", "", "")
        table.show_header = False
        for kind, every in traits.items():
            for name, shown in every.items():
                table.add_row(_text(kind, style="dim"), _text(name), _text(shown.split(" · ")[0]))
        yield table


def _sql(steps: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
    for place, step in enumerate(steps, start=1):
        if "sql" in step:
            yield _text(f"-- step {place}", style="dim")
            yield Text(show_sql("\n".join(step["sql"]) + ";"))
        elif "sql_sha256" in step:
            yield _text(f"-- step {place}: a statement of {step['package']}, SHA-256 {step['sql_sha256'][:12]}")


def _advice(command: str) -> Iterator[RenderableType]:
    yield _text(command)
    yield _text(
        "This plans again from the same files, and applies the plan only if it is still the one above. Nobody asked "
        "the warehouse here."
    )
