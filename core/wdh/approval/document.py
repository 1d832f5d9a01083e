"""The document of a plan: what would be done, and where, without one value of the business.

Names, counts, hashes, and the sums of each period are in it. Of what a package says in words of its own (a statement,
the reason of a veto) only a hash is, as nobody knows what it repeats. A document is read strictly, by its contract.
"""

from __future__ import annotations

import hashlib
import json
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
from wdh.words.language import in_english, say
from wdh.words.printable import sentence

VERSION: Final = 1
"""Raised with every change of the form: an older document is made again."""

ALL_FACTS: Final = "all"
"""The name of the one period where no column tells periods apart."""

Content = Mapping[str, Any]
"""The part that is compared, in JSON's values: texts, whole numbers, and none of them with a fraction."""

_LARGEST = 16 << 20
_HEAD = ("wdh_approval", "id", "made_at", "signature")


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
        return take_approval(parse(content))
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


def take_approval(document: Any) -> Approval:
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
