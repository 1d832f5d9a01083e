"""The differences of what would be done now from what was approved: a sentence for every value that differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from wdh.approval.document import Content
from wdh.words.language import join, say
from wdh.words.printable import show_controls

_HASH: Final = re.compile("[0-9a-f]{64}|[0-9a-f]{32}")
_SHOWN: Final = 12

Path = tuple[str, ...]
Leaves = Mapping[Path, Any]
_ABSENT: Final = object()


def find_differences(approved: Content, now: Content) -> tuple[str, ...]:
    """Say what is another now. Empty: the two are equal."""
    withheld = approved["run"]["withhold_values"]
    if withheld != now["run"]["withhold_values"]:
        if withheld:
            return (
                say(
                    "request: the approval was made with the values withheld; make it again as the run is to be "
                    "(--withhold-values)"
                ),
            )
        return (
            say(
                "request: the approval was made without the values withheld; make it again as the run is to be "
                "(--withhold-values)"
            ),
        )
    before, after = dict(_leaves(approved)), dict(_leaves(now))
    changed = [
        path for path in dict.fromkeys((*before, *after)) if before.get(path, _ABSENT) != after.get(path, _ABSENT)
    ]
    return tuple(show_controls(_say(path, before, after)) for path in changed)


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every value that has no parts, with the names that lead to it. What is empty has none; SQL is one value."""
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _leaves(each, (*path, str(name)))
    elif isinstance(value, list) and value and not isinstance(value[0], str):
        for place, each in enumerate(value, start=1):
            yield from _leaves(each, (*path, str(place)))
    else:
        yield path, value


def _say(path: Path, before: Leaves, after: Leaves) -> str:
    approved, now = before.get(path, _ABSENT), after.get(path, _ABSENT)
    match path:
        case ("configuration",):
            return say("configuration: what data_sources.yml and the packages say of the domain is another now")
        case ("plan", "sha256"):
            return say("plan: the rows or statements that would be sent are others now")
        case ("plan", "steps", step, "sql") if _ABSENT not in (approved, now):
            return say("plan: step {step}: the statement is another now", step=step)
        case ("warehouse", "latest_run"):
            return _say_latest(approved, now)
        case _:
            return say(
                "{path}: approved {approved}, now {now}",
                path=_name(path, before, after),
                approved=_show(approved),
                now=_show(now),
            )


def _name(path: Path, before: Leaves, after: Leaves) -> str:
    """Name what differs: files, the request, plugins, the plan, the forecast, the target, or the warehouse itself."""
    match path:
        case ("workbooks", place, *names):
            key = ("workbooks", place, "file")
            parts = [say("files"), str(before.get(key, after.get(key))), *names]
        case ("inputs", file):
            parts = [say("files"), file, "sha256"]
        case ("run", *names):
            parts = [say("request"), *names]
        case ("plan", "steps", step, *names):
            parts = [say("plan"), say("step {step}", step=step), *names]
        case ("warehouse", "targets", table, *names):
            parts = [say("target"), table, *names]
        case _:
            parts = list(path)
    return join(": ", (parts[0], join(", ", parts[1:])))


def _say_latest(approved: object, now: object) -> str:
    if now is None:
        return say(
            "ledger: the latest run of the domain was {approved}, and the ledger has none now", approved=approved
        )
    since = say("when the ledger had none") if approved is None else say("after run {approved}", approved=approved)
    return say("ledger: another run was committed since, {now}; the plan was approved {since}", now=now, since=since)


def _show(value: object) -> str:
    if value is _ABSENT:
        return say("nothing")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or say("none")
    if not isinstance(value, str):
        return say("none")
    return _HASH.sub(lambda found: found[0][:_SHOWN] + "…", value) or say("an empty text")
