"""A line that goes silent, at any message of an apply, leaves the old state or the new one, and holds nobody up."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import Any

from borrowed import Strike, Striking
from experiment import Finding, Place
from faults import KEYS, new_state, old_state, reset, state
from links import Link, Workshop, workshops
from warehouse import a_run, make_tables

from wdh.apply import apply_plan
from wdh.command.failures import is_interruption
from wdh.errors import WdhError
from wdh.process import interrupts
from wdh.warehouse import find_address, open_connection

WORKSHOPS = 6
_PATIENCE = 20
"""Seconds until a client, or its session, is taken for one that hangs. Here both should be gone after four."""

_INTERRUPTED, _ROLLED_BACK, _UNKNOWN = 130, 4, 5


@dataclass(frozen=True, slots=True)
class Silence:
    """One case: before which message the line falls silent, whether the server still hears, what ends the run."""

    message: int
    is_heard: bool
    is_interrupted: bool
    unique: bool


def prove_silent_lines(place: Place, *, cases: int, seed: int) -> Finding:
    """Let the line fall silent at random messages; press Ctrl-C in every other case, else leave it to time limits."""
    random = Random(seed)
    with workshops(place, WORKSHOPS) as shops:
        has_cables = shops[0].cable is not None
        counts = {unique: _count_messages(shops[0].place, unique=unique) for unique in (True, False)}
        silences = [
            Silence(
                random.randint(1, counts[unique := number % 4 < 2]),
                is_heard=has_cables and random.random() < 0.5,
                is_interrupted=number % 2 == 0 or not has_cables,
                unique=unique,
            )
            for number in range(cases)
        ]
        shares = [silences[number :: len(shops)] for number in range(len(shops))]
        with ProcessPoolExecutor(len(shops), mp_context=multiprocessing.get_context("fork")) as pool:
            found = list(pool.map(_losses, shops, shares))
    slowest = max(seconds for _, seconds in found)
    way = "network namespaces" if has_cables else "proxies that stop, so that Ctrl-C alone ends the run"
    return Finding(
        "2: apply is atomic",
        "silent lines at random messages, ended by Ctrl-C or by time limits; then a second run",
        cases,
        cases,
        sum(losses for losses, _ in found),
        f"{way}; the slowest client was gone after {slowest:.1f} s",
    )


def _count_messages(place: Place, *, unique: bool) -> int:
    _prepare(place, unique=unique)
    with a_run(KEYS, scope="S") as plan, place.connect() as connection:
        counting = Striking(connection, None, other=connection)
        apply_plan(plan, counting)  # type: ignore[arg-type]
    return counting.sent


def _prepare(place: Place, *, unique: bool) -> None:
    place.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    make_tables(place, unique=unique)
    reset(place)


def _losses(shop: Workshop, silences: Sequence[Silence]) -> tuple[int, float]:
    """Try the cases one after the other; count broken promises, and tell how long the slowest client took."""
    losses, slowest = 0, 0.0
    for silence in silences:
        _prepare(shop.place, unique=silence.unique)
        with shop.link() as link:
            code, seconds = _run_client(link, silence)
        slowest = max(slowest, seconds)
        wrong = _judge(shop.place, code, silence=silence)
        if wrong:
            print(silence, wrong, file=sys.stderr, flush=True)
            losses += 1
    return losses, slowest


def _judge(place: Place, code: int | None, *, silence: Silence) -> str | None:
    allowed = {
        _INTERRUPTED if silence.is_interrupted else _ROLLED_BACK: [old_state()],
        _UNKNOWN: [old_state(), new_state(KEYS)],
    }
    if code not in allowed:
        return f"the client ended with {code}"
    if not _is_let_go(place):
        return "the server still holds the session"
    if state(place) not in allowed[code]:
        return "neither the old state nor the new one"
    with a_run(KEYS, scope="S") as plan, place.connect() as connection:
        apply_plan(plan, connection, lock_timeout="1s")
    return None if state(place) == new_state(KEYS) else "the second run did not reach the new state"


def _is_let_go(place: Place) -> bool:
    end = time.monotonic() + _PATIENCE
    others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while place.rows(others):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _run_client(link: Link, silence: Silence) -> tuple[int | None, float]:
    """Run the apply in a process of its own; give its exit code (None: it hung) and its seconds in the silence."""
    told, tells = os.pipe()
    goes_on, go_on = os.pipe()
    client = os.fork()
    if not client:
        _be_client(link, silence, tells=tells, goes_on=goes_on)
    os.close(tells)  # now the end of the client is the end of the file
    os.read(told, 1)
    link.silence(silence.is_heard)
    began = time.monotonic()
    os.write(go_on, b"!")
    if silence.is_interrupted:
        time.sleep(0.2)
        os.kill(client, signal.SIGINT)
    code = _wait(client)
    for descriptor in (told, goes_on, go_on):
        os.close(descriptor)
    return code, time.monotonic() - began


def _wait(client: int) -> int | None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        ended, status = os.waitpid(client, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(client, signal.SIGKILL)
    os.waitpid(client, 0)
    return None


def _be_client(link: Link, silence: Silence, *, tells: int, goes_on: int) -> None:
    def wait_for_silence(connection: Any, other: Any) -> None:  # noqa: ARG001 - every fault has the same form
        os.write(tells, b"!")
        os.read(goes_on, 1)

    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        link.enter()
        code = _apply(link, Strike(wait_for_silence, silence.message))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _apply(link: Link, strike: Strike) -> int:
    with interrupts.listen():
        try:
            with closing(open_connection(find_address(link.dsn, {}))) as connection, a_run(KEYS, scope="S") as plan:
                apply_plan(plan, Striking(connection, strike, other=connection))  # type: ignore[arg-type]
        except (WdhError, KeyboardInterrupt) as error:
            return _INTERRUPTED if is_interruption(error) else getattr(error, "exit_code", 1)
    return 0
