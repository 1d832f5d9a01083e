"""The page of a plan that is to be approved: what it would do, where, and who vouches for it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wdh.approval import Approval, Signature
from wdh.report.blocks import Block, Code, Line, Section, Table, Title
from wdh.sql.shown import show_sql
from wdh.words.language import later, say
from wdh.words.printable import show_controls

_DIGITS = 12


def show_approval(approval: Approval, signature: Signature, *, name: str) -> Iterator[Block]:
    """Show the document ``name``. What is shown is what it says: only --approved holds it against the warehouse."""
    content = approval.content
    yield Title(say("{domain} · a plan to be approved", domain=content["run"]["domain"]))
    yield Line(say("{id}, made {time}", id=approval.id, time=approval.made_at))
    yield Line(say("Signature: {signature}.", signature=say(signature.value)))
    yield Section(say("Files"), [_workbooks(content["workbooks"]), *_inputs(content.get("inputs", {}))])
    yield Section(say("Code"), [_plugins(content)])
    yield Section(say("Plan"), [_steps(content["plan"]["steps"])])
    yield from _forecast(content["forecast"])
    yield Section(say("Warehouse"), list(_warehouse(content["warehouse"])))
    yield Section(say("SQL"), [Code("sql", list(_sql(content["plan"]["steps"])))])
    command = show_controls(write_command(approval, name))
    yield Section(say("To apply it"), [Code("console", [command]), Line(say(_ADVICE))])


_ADVICE = later(
    "This plans again from the same files, and applies the plan only if it is still the one above. Nobody asked the "
    "warehouse here."
)


def _workbooks(workbooks: Sequence[Mapping[str, Any]]) -> Table:
    numbers = (say("facts"), say("rejected"))
    rows = [
        (each["file"], each["sheet"], f"{each['facts']:,}", f"{each['rejected']:,}", each["sha256"][:_DIGITS])
        for each in workbooks
    ]
    return Table((say("file"), say("sheet"), *numbers, "sha256"), rows, numbers)


def _inputs(inputs: Mapping[str, str]) -> Iterator[Table]:
    if inputs:
        yield Table((say("read by a package"), "sha256"), [(name, each[:_DIGITS]) for name, each in inputs.items()])


def write_command(approval: Approval, name: str) -> str:
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
    accepted = [word for guard in run["accept"] for word in ("--accept", guard)]
    without = [word for name in run.get("without_plugins", ()) for word in ("--without-plugin", name)]
    return shlex.join(["wdh-run", "--domain", run["domain"], *flags, *without, *accepted, *words])


def _plugins(content: Mapping[str, Any]) -> Table:
    rows = [(name, each["version"], each["code"][:_DIGITS]) for name, each in content["plugins"].items()]
    return Table(
        (say("what"), say("version"), "sha256"),
        [*rows, (say("configuration"), "", content["configuration"][:_DIGITS])],
    )


def _steps(steps: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (str(place), step["operation"].lower(), step["table"], f"{step['rows']:,}" if "rows" in step else "")
        for place, step in enumerate(steps, start=1)
    ]
    return Table((say("step"), say("operation"), say("table"), say("rows")), rows, (say("step"), say("rows")))


def _forecast(forecast: Mapping[str, Any]) -> Iterator[Section]:
    facts = forecast["facts"]
    if forecast["references"]:
        yield Section(say("References"), [_references(forecast["references"])])
    if facts is not None:
        yield Section(say("Facts"), [_periods(facts)])
        if any(period.get("sums") for period in facts["periods"].values()):
            yield Section(say("Sums"), [_sums(facts["periods"])])
    if forecast["unknown"]:
        yield Section(say("Not counted"), [Line(f"{sentence}.") for sentence in forecast["unknown"]])


def _references(references: Mapping[str, Any]) -> Table:
    numbers = (say("candidates"), say("inserted"), say("filled"), say("untouched"), say("disagreeing"))
    rows = []
    for name, each in references.items():
        counts = (each["candidates"], each["inserted"], each["rows_filled"], each["untouched"])
        rows.append((name, *(f"{count:,}" for count in (*counts, sum(each["disagreeing"].values())))))
    return Table((say("reference"), *numbers), rows, numbers)


def _periods(facts: Mapping[str, Any]) -> Table:
    updated = ("updated",) if "updated" in facts else ()
    numbers = (
        say("before"),
        say("deleted"),
        say("inserted"),
        *([say("updated")] if updated else []),
        say("after"),
        say("left behind"),
    )
    rows = []
    for name, each in facts["periods"].items():
        after = each["before"] - each["deleted"] + each["inserted"] + each.get("moved", 0)
        left = "" if each["left_behind"] is None else f"{each['left_behind']:,}"
        counts = (each["before"], each["deleted"], each["inserted"], *(each[count] for count in updated), after)
        rows.append((name, *(f"{count:,}" for count in counts), left))
    return Table((facts["period_column"] or say("period"), *numbers), rows, numbers)


def _sums(periods: Mapping[str, Any]) -> Table:
    rows = [
        (name, column, amount["before"], amount["after"])
        for name, each in periods.items()
        for column, amount in each.get("sums", {}).items()
    ]
    numbers = (say("sum before"), say("sum after"))
    return Table((say("period"), say("amount"), *numbers), rows, numbers)


def _warehouse(warehouse: Mapping[str, Any]) -> Iterator[Line | Table]:
    system = warehouse["system"] or say("unknown: the role may not ask for its number")
    place = {"database": warehouse["database"], "oid": warehouse["database_oid"]}
    yield Line(say("server {system}, database {database} ({oid})", system=system, **place))
    latest = warehouse["latest_run"] or say("none")
    yield Line(say("latest run in {ledger}: {run}", ledger=warehouse["ledger"], run=latest))
    for target, traits in warehouse["targets"].items():
        rows = [(kind, name, shown.split(" · ")[0]) for kind, every in traits.items() for name, shown in every.items()]
        yield Table((target, say("name"), say("what")), rows)


def _sql(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for place, step in enumerate(steps, start=1):
        if "sql" in step:
            yield show_controls(say("-- step {place}", place=place))
            yield show_sql("\n".join(step["sql"]) + ";")
        elif "sql_sha256" in step:
            said = say(
                "-- step {place}: a statement of {package}, SHA-256 {sha256}",
                place=place,
                package=step["package"],
                sha256=step["sql_sha256"][:_DIGITS],
            )
            yield show_controls(said)
