"""A plan that is to be approved, and one that was: its document is made of the warehouse as it is, before any write."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from wdh.apply import Check, Ledger, look_at
from wdh.apply.applying import Warehouse
from wdh.apply.faults import refuse_faults
from wdh.apply.fingerprint import read_fingerprint
from wdh.apply.forecast import forecast
from wdh.apply.ledger import find_use, hash_plan
from wdh.apply.preparation import queue
from wdh.apply.recording import complete_ledger, turn_of
from wdh.apply.session import begin_reading
from wdh.approval import Approval, Signature, Subject, check_signature, find_differences, make_content, sign
from wdh.errors import DatabaseError, NotApproved, SetupError
from wdh.logs import Log
from wdh.plan import Plan
from wdh.registry.hooks import Hooks
from wdh.report import Report
from wdh.run.installation import hash_packages
from wdh.run.record import describe, hash_inputs
from wdh.run.request import RunRequest
from wdh.settings import Configuration, Domain
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import say

log = Log()

_SHOWN = 12
_WORKBOOK = ("file", "sheet", "sha256", "facts", "totals", "rejected")


def refuse_unapproved(request: RunRequest, configuration: Configuration) -> None:
    """Raise where a run may not begin: nothing approved it, though that is asked for, or a signature does not hold."""
    approved, is_required = request.approved, configuration.approvals == "required"
    if approved is None:
        if request.execute and is_required:
            raise SetupError(
                say(
                    "approvals: required in data_sources.yml: --execute alone is not enough. Write the plan with "
                    "--plan-out FILE --sign-key KEY, have it read, and apply it with --approved FILE --sign-key "
                    "KEY. Nothing was touched."
                )
            )
        return
    match check_signature(approved, request.signing_key):
        case Signature.BAD:
            raise NotApproved(
                say(
                    "approval {id}: {signature}. Nothing was written.",
                    id=approved.id,
                    signature=say(Signature.BAD.value),
                ),
                approval=approved.id,
            )
        case Signature.NONE if is_required or request.signing_key is not None:
            raise NotApproved(
                say(
                    "approval {id}: {signature}, and a signature is asked for. Sign it as it is made, with "
                    "--plan-out FILE --sign-key KEY. Nothing was written.",
                    id=approved.id,
                    signature=say(Signature.NONE.value),
                ),
                approval=approved.id,
            )
        case Signature.UNCHECKED:
            raise SetupError(
                say(
                    "approval {id} is signed: give the key that checks it with --sign-key. Nothing was touched.",
                    id=approved.id,
                )
            )


class Planned(Struct, frozen=True):
    """A plan as it was made, before the catalogue has completed it, with what else its document says of the run."""

    subject: Subject
    plan: Plan
    ledger: Target


def describe_plan(
    request: RunRequest, configuration: Configuration, report: Report, *, hooks: Hooks, withholds: bool
) -> Planned:
    """Say what is known of a run before the warehouse is asked."""
    asked = _describe(request, configuration.domain, withholds=withholds)
    workbooks = [{name: getattr(tally, name) for name in _WORKBOOK} for tally in report.intake.workbooks]
    hashed = _hash_configuration(configuration, report)
    code = hash_packages(hooks)
    inputs = hash_inputs(request.config.absolute().parent)
    subject = Subject(asked, workbooks, hashed, code, hash_plan(report.plan), withholds, inputs)
    return Planned(subject, report.plan, configuration.ledger)


def approve(planned: Planned, warehouse: Warehouse, request: RunRequest) -> Approval:
    """Make the document of a plan at the warehouse as it is; signed, where the request has a key.

    All in one READ ONLY transaction. Raises SetupError where the warehouse does not fit the plan, DatabaseError where
    it does not answer.
    """
    import psycopg2

    log.info("warehouse_asked", database=warehouse.described)
    try:
        with warehouse.connect() as connection:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:
                begin_reading(
                    cursor,
                    lock_timeout=request.lock_timeout,
                    statement_timeout=request.statement_timeout,
                    time_zone=planned.plan.time_zone,
                )
                content = _make_content(planned, cursor)
            connection.rollback()
    except psycopg2.Error as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DatabaseError(
            say("the warehouse does not say where the plan would be applied: {said}. Nothing was written.", said=said),
            sqlstate=error.pgcode,
        ).quoting() from error
    made_at = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    approval = Approval(str(uuid.uuid4()), made_at, content)
    return approval if request.signing_key is None else sign(approval, request.signing_key)


def make_check(approved: Approval, planned: Planned) -> Check:
    """Make what an apply asks under the locks, before its first write, each time that it is tried.

    The check raises NotApproved where what would be done is not what was approved.
    """

    def check(cursor: Cursor, book: Ledger | None) -> None:
        if book is None:
            raise SetupError(
                say(
                    "an approval is good for one run, and the ledger {ledger} keeps which: without it, nobody "
                    "can tell. Let the role create it, or read and write it (`wdh ddl DOMAIN`). Nothing was "
                    "written.",
                    ledger=planned.ledger.sql,
                )
            )
        queue(cursor, turn_of(book.oid, planned.plan.domain))  # no other run of it is recorded until this one is over
        missing, why = complete_ledger(book, cursor)
        if "approval" in missing:
            raise SetupError(
                say(
                    "an approval is good for one run, and the ledger {target} cannot keep which: {why}. Nothing "
                    "was written.",
                    target=book.target.sql,
                    why=why,
                )
            )
        _refuse_used(approved, book, cursor)
        _refuse_other(approved, _make_content(planned, cursor))

    return check


def _refuse_used(approved: Approval, book: Ledger, cursor: Cursor) -> None:
    used = find_use(book, cursor, approval=approved.id)
    if used is not None:
        raise NotApproved(
            say(
                "approval {id} was used: run {run} applied it at {moment}, says {target}. It is good for one "
                "run; make a new one with --plan-out. Nothing was written.",
                id=approved.id,
                run=used[0],
                moment=used[1],
                target=book.target.sql,
            ),
            approval=approved.id,
            run_id=used[0],
        )


def _refuse_other(approved: Approval, now: Mapping[str, Any]) -> None:
    differences = find_differences(approved.content, now)
    if differences:
        more = len(differences) - _SHOWN
        lines = [*differences[:_SHOWN], *([say("and {more:,} more", more=more)] if more > 0 else [])]
        raise NotApproved(
            "\n  ".join((say("the plan is not the one of approval {id}; nothing was written:", id=approved.id), *lines))
            + say("\nSee whether this is meant; if so, write the plan anew with --plan-out and have it approved."),
            approval=approved.id,
            differences=differences,
        )


def _make_content(planned: Planned, cursor: Cursor) -> Mapping[str, Any]:
    look = look_at(planned.plan, cursor)
    refuse_faults(look.faults.without_denied)  # who only asks may do without the privileges of writing
    domain = planned.plan.domain
    return make_content(
        planned.subject,
        look.plan,
        forecast=forecast(look.plan, cursor, tables=look.tables),
        fingerprint=read_fingerprint(cursor, look.tables.values(), book=planned.ledger, domain=domain),
    )


def _describe(request: RunRequest, domain: Domain, *, withholds: bool) -> dict[str, Any]:
    limit = request.reject_limit
    return {
        "domain": request.domain,
        "mode": request.wishes.load_mode,
        "backfill_refs": sorted(request.wishes.backfill_refs),
        "backfill_mode": request.wishes.backfill_mode,
        "skip_facts": request.skip_facts,
        "sheet": domain.sheet,
        "pk": list(domain.pk),
        "period": None if request.period is None else str(request.period),
        "max_files": request.max_files,
        "max_rejects": str(limit.rows) if limit.share is None else f"{float(limit.share * 100):g}%",
        "reader": request.reader,
        "accept": sorted(request.accept),
        "withhold_values": withholds,
        **({"without_plugins": sorted(request.without_plugins)} if request.without_plugins else {}),
    }


def _hash_configuration(configuration: Configuration, report: Report) -> str:
    off = sorted(each.plugin for each in report.plugins_off)
    depends = {
        "domain": describe(configuration.domain),
        "plugins": {name: dict(block) for name, block in configuration.plugins.items()},
        **({"off": off} if off else {}),
    }
    text = json.dumps(depends, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
