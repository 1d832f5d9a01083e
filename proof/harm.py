"""The ways in which one apply is harmed. Each says whether the new state must be there all the same."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from borrowed import Fault, Strike, Striking
from disk import full_disk
from experiment import Place
from proxy import Cut, proxied
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
from warehouse import FACTS

from wdh.apply import apply_plan
from wdh.errors import OutcomeUnknown, WdhError
from wdh.plan import Plan

Harm = Callable[[Place, Plan], bool]
"""Applies a plan and does it harm meanwhile; True: it was committed all the same. Raises Unexpected."""


class Unexpected(Exception):
    """The apply ended in another way than it must."""


def strike(place: Place, plan: Plan, *, fault: Fault, message: int) -> bool:
    """Let a fault come before a message of the client."""
    with place.connect() as connection, place.connect() as other:
        other.autocommit = True
        _expect_failure(plan, Striking(connection, Strike(fault, message), other=other))
    return False


def kill_client(
    place: Place,
    plan: Plan,  # noqa: ARG001 - the process that dies makes its own: files must not be shared with it
    *,
    message: int,
    make_plan: Callable[[], AbstractContextManager[Plan]],
) -> bool:
    """Kill the client's process, with no chance to say goodbye, before one of its messages."""
    child = os.fork()
    if not child:
        _apply_and_die(place, message, make_plan=make_plan)
    _, status = os.waitpid(child, 0)
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        raise Unexpected(f"the client was not killed before message {message}")
    return False


def _apply_and_die(place: Place, message: int, *, make_plan: Callable[[], AbstractContextManager[Plan]]) -> None:
    def die(connection: Connection, other: Connection) -> None:  # noqa: ARG001 - every fault has the same form
        os.kill(os.getpid(), signal.SIGKILL)

    try:
        with make_plan() as plan:
            strike(place, plan, fault=die, message=message)
    finally:
        os._exit(1)


def cut_line(place: Place, plan: Plan, *, query: int, is_forwarded: bool) -> bool:
    """Cut the line at a query: before the server gets it, or after it has done it, its reply lost."""
    with proxied(place, Cut(query, is_forwarded)) as (detour, heard), detour.connect() as connection:
        error = _expect_failure(plan, connection)
    is_commit = heard[-1] == "COMMIT"
    if is_commit != isinstance(error, OutcomeUnknown):
        raise Unexpected(f"cut at {heard[-1]!r}: {error!r}")
    return is_commit and is_forwarded


def queries(place: Place, plan: Plan) -> int:
    """Count the queries of an undisturbed apply."""
    with proxied(place, Cut(0, False)) as (detour, heard), detour.connect() as connection:
        apply_plan(plan, connection)
    assert heard[-1] == "COMMIT"
    return len(heard)


def cancel_waiting(place: Place, plan: Plan) -> bool:
    """Cancel from another session while a statement runs: the one that waits for a lock."""
    with place.connect() as holder, place.connect() as connection:
        holder.cursor().execute(f"LOCK TABLE {FACTS.sql}")
        canceller = threading.Thread(target=_cancel, args=(place, connection.info.backend_pid))
        canceller.start()
        try:
            _expect_failure(plan, connection, lock_timeout="0")
        finally:
            canceller.join()
    return False


def _cancel(place: Place, pid: int) -> None:
    waiting = f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid} AND wait_event_type = 'Lock'"
    while not place.rows(waiting):
        time.sleep(0.01)
    place.rows(f"SELECT pg_cancel_backend({pid})")


def leave_no_room(place: Place, plan: Plan, *, told: set[str]) -> bool:
    """Let the disk be full; how that was done is added to ``told``."""
    with full_disk(place) as how, place.connect() as connection:
        told.add(how)
        error = _expect_failure(plan, connection)
    if getattr(error, "facts", {}).get("sqlstate") != "53100":
        raise Unexpected(f"the disk was full, and what was said is {error!r}")
    return False


def _expect_failure(plan: Plan, connection: object, **options: str) -> BaseException:
    try:
        apply_plan(plan, connection, **options)  # type: ignore[arg-type]
    except (WdhError, KeyboardInterrupt) as error:
        return error
    raise Unexpected("the apply went through")
