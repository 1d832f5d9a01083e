"""The document of a plan: what would be done, and where, without one value of the business.

Names, counts, hashes, and the sums of each period are in it. Of what a package says in words of its own (a statement,
the reason of a veto) only a hash is, as nobody knows what it repeats. A document is read strictly, by its contract, and
two are compared leaf by leaf.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from wdh.apply.fingerprint import Fingerprint
from wdh.apply.forecast import FactForecast, Forecast, PeriodForecast
from wdh.apply.forecast.counts import count_facts, count_reference, upserted
from wdh.errors import NotApproved, SetupError, assert_never
from wdh.plan import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Plan,
    Skip,
    Stage,
    Statement,
    Step,
    Upsert,
)
from wdh.words.language import in_english, join, later, say
from wdh.words.printable import sentence, show_controls

VERSION: Final = 1
"""Raised with every change of the form: an older document is made again."""

ALL_FACTS: Final = "all"
"""The name of the one period where no column tells periods apart."""

Content = Mapping[str, Any]
"""The part that is compared, in JSON's values: texts, whole numbers, and none of them with a fraction."""

_LARGEST = 16 << 20
_HEAD = ("wdh_approval", "id", "made_at", "signature")

_HASH: Final = re.compile("[0-9a-f]{64}|[0-9a-f]{32}")
_SHOWN: Final = 12
Way = tuple[str, ...]
"""The names that lead to a value of a document."""

Leaves = Mapping[Way, Any]
_ABSENT: Final = object()


class Subject(Struct, frozen=True):
    """The part of an approval that is known before the warehouse is asked.

    ``request`` are the options that decide the plan; ``workbooks`` have ``file``, ``sheet`` and ``sha256`` each;
    ``plugins`` have ``version`` and ``code``, by their distribution. ``withholds``: sums, and the names of periods,
    are left out, too. ``inputs`` are the hashes of the files that packages declared, by name.
    """

    request: Mapping[str, Any]
    workbooks: Sequence[Mapping[str, Any]]
    configuration: str
    plugins: Mapping[str, Mapping[str, str]]
    plan_hash: str
    withholds: bool = False
    inputs: Mapping[str, str] = field(default_factory=dict)


class Approval(Struct, frozen=True):
    """A plan that was written down. ``made_at`` is ISO 8601 with a time zone; ``signature`` None: nobody signed it.

    ``id`` names the document in the ledger, so that it is good for one run.
    """

    id: str
    made_at: str
    content: Content
    signature: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The whole in JSON's values."""
        head = {"wdh_approval": VERSION, "id": self.id, "made_at": self.made_at}
        return {**head, **self.content, **({} if self.signature is None else {"signature": self.signature})}

    @property
    def unsigned(self) -> Approval:
        """The same without its signature."""
        return replace(self, signature=None)


def write_down(approval: Approval) -> bytes:
    """Write the document for people and programs: indented JSON in UTF-8."""
    text = json.dumps(approval.document, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")  # of a file name that is not UTF-8, as JSON writes it


def make_content(subject: Subject, plan: Plan, *, forecast: Forecast, fingerprint: Fingerprint) -> Content:
    """Say what would be done. ``plan`` is as the catalogue has completed it."""
    hidden = subject.withholds
    return {
        "run": dict(subject.request),
        "workbooks": [dict(workbook) for workbook in subject.workbooks],
        **({"inputs": dict(subject.inputs)} if subject.inputs else {}),
        "configuration": subject.configuration,
        "plugins": {name: dict(each) for name, each in sorted(subject.plugins.items())},
        "plan": {"sha256": subject.plan_hash, "steps": [_step(step) for step in plan.steps]},
        "forecast": {
            "references": {each.reference: count_reference(each) for each in forecast.references},
            "facts": None if forecast.facts is None else _facts(forecast.facts, hidden=hidden),
            "unknown": in_english(list(forecast.unknown)),
        },
        "warehouse": _warehouse(fingerprint),
    }


def _warehouse(fingerprint: Fingerprint) -> dict[str, Any]:
    document = msgspec.to_builtins(fingerprint)
    return {name: document[name] for name in ("system", "database_oid", "database", "ledger", "latest_run", "targets")}


def _step(step: Step) -> dict[str, Any]:
    document: dict[str, Any] = {"operation": step.operation, "table": step.target.sql}
    match step:
        case InsertMissing() | FillNullOnly() | DeleteScope() | InsertRows() | Append():
            return document | {"rows": step.planned, "sql": step.sql.split("\n")}
        case Upsert():
            sql = step.sql if step.update_sql is None else f"{step.update_sql}\n{step.sql}"
            return document | {"rows": step.planned, "sql": sql.split("\n")}
        case Stage():
            return document | {"rows": step.planned, "sql": step.create_sql.split("\n")}
        case Statement():
            return document | {"package": step.origin, "sql_sha256": _hash(step.sql)}
        case Skip():
            return document | {"what": step.what, "reason_sha256": _hash(in_english(step.reason))}
        case _:
            assert_never(step)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _facts(forecast: FactForecast, *, hidden: bool) -> dict[str, Any]:
    return {
        **count_facts(forecast),
        "periods": {
            _name(period, place, hidden=hidden): _period(period, hidden=hidden, is_upsert=bool(forecast.key))
            for place, period in enumerate(forecast.periods, start=1)
        },
    }


def _name(period: PeriodForecast, place: int, *, hidden: bool) -> str:
    if period.period is None:
        return ALL_FACTS
    return f"period {place}" if hidden else period.period


def _period(period: PeriodForecast, *, hidden: bool, is_upsert: bool) -> dict[str, Any]:
    counts = {
        "before": period.before,
        "deleted": period.deleted,
        "inserted": period.inserted,
        "left_behind": period.left_behind,
        **upserted(period, is_upsert=is_upsert),
    }
    if hidden:
        return counts
    sums = {
        column: {name: str(value) for name, value in msgspec.structs.asdict(amount).items()}
        for column, amount in period.amounts.items()
    }
    return counts | {"sums": sums}


def read_approval(path: Path) -> Approval:
    """Read an approval. Raises SetupError where the file cannot be read, NotApproved where it is no approval."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise SetupError(
            say(
                "the approval {path} cannot be read: {strerror}. Nothing was touched.",
                path=path,
                strerror=error.strerror,
            )
        ) from error
    try:
        if len(content) > _LARGEST:
            raise ValueError(say("it has more than {largest:,} bytes", largest=_LARGEST))
        return _take_approval(parse(content))
    except (ValueError, RecursionError) as error:
        raise NotApproved(
            say(
                "{path} is no approval that this wdh can read: {error} `wdh-run --plan-out FILE` writes one. "
                "Nothing was written.",
                path=path,
                error=sentence(str(error)),
            ),
            path=str(path),
        ) from error


def parse(content: bytes) -> Any:
    """Parse JSON strictly. Raises ValueError for what is none, for a key that is there twice, and for a fraction."""
    return json.loads(
        content.decode("utf-8"),
        object_pairs_hook=_take_pairs,
        parse_float=_refuse_number,
        parse_constant=_refuse_number,
    )


def _take_approval(document: Any) -> Approval:
    """Check a document against its contract. Raises ValueError with the first fault."""
    for fault in find_faults(document):
        raise ValueError(fault)
    content = {name: value for name, value in document.items() if name not in _HEAD}
    return Approval(document["id"], document["made_at"], content, document.get("signature"))


def find_faults(document: Any) -> Iterator[str]:
    """Say where a document is not as its contract has it; first, if it is of another version."""
    from jsonschema import Draft202012Validator

    from wdh_schemas import APPROVAL, read_contract

    errors = Draft202012Validator(read_contract(APPROVAL)).iter_errors(document)
    for error in sorted(errors, key=lambda error: list(error.absolute_path) != ["wdh_approval"]):
        place = ".".join(map(str, error.absolute_path)) or say("the document")
        yield say("{place}: {fault}", place=place, fault=error.message.splitlines()[0][:200])


def _take_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    taken = dict(pairs)
    if len(taken) < len(pairs):
        raise ValueError(say("a key is there twice"))
    return taken


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(say("the number {text} is not a whole one", text=text[:20]))


def find_differences(approved: Content, now: Content) -> tuple[str, ...]:
    """Say what is another now. Empty: the two are equal."""
    withheld = approved["run"]["withhold_values"]
    if withheld != now["run"]["withhold_values"]:
        with_them = later(
            "request: the approval was made with the values withheld; make it again as the run is to be "
            "(--withhold-values)"
        )
        without = later(
            "request: the approval was made without the values withheld; make it again as the run is to be "
            "(--withhold-values)"
        )
        return (say(with_them if withheld else without),)
    before, after = dict(_leaves(approved)), dict(_leaves(now))
    changed = [
        path for path in dict.fromkeys((*before, *after)) if before.get(path, _ABSENT) != after.get(path, _ABSENT)
    ]
    return tuple(show_controls(_say(path, before, after)) for path in changed)


def _leaves(value: Any, path: Way = ()) -> Iterator[tuple[Way, Any]]:
    """Give every value that has no parts, with the names that lead to it. What is empty has none; SQL is one value."""
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _leaves(each, (*path, str(name)))
    elif isinstance(value, list) and value and not isinstance(value[0], str):
        for place, each in enumerate(value, start=1):
            yield from _leaves(each, (*path, str(place)))
    else:
        yield path, value


def _say(path: Way, before: Leaves, after: Leaves) -> str:
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
                path=_name_part(path, before, after),
                approved=_show(approved),
                now=_show(now),
            )


def _name_part(path: Way, before: Leaves, after: Leaves) -> str:
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
