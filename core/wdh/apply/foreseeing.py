"""A forecast at a warehouse: in one transaction that the server keeps from writing, and that waits for no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply.applying import Warehouse
from wdh.apply.faults import refuse_faults
from wdh.apply.forecast import ChangeList, Forecast, forecast
from wdh.apply.guards import NOTHING_FOUND, Judged, Watch, watch_forecast
from wdh.apply.history import RecordedRun, recall_runs
from wdh.apply.look import look_at
from wdh.apply.session import begin_reading
from wdh.errors import DatabaseError
from wdh.logs import Log
from wdh.plan import Plan
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import say
from wdh.words.printable import sentence

if TYPE_CHECKING:
    from psycopg2 import Error

log = Log()

_NO_WAIT = "1ms"
_LOCK_NOT_AVAILABLE, _CANCELED = "55P03", "57014"


class Foreseen(Struct, frozen=True):
    """A plan as the warehouse's tables resolve it, what it would do there, and what the guards say to that.

    ``history`` are the latest runs of its domain; None: nobody asked, or they cannot be read.
    """

    plan: Plan
    forecast: Forecast
    judged: Judged
    history: tuple[RecordedRun, ...] | None = None


def forecast_at(
    warehouse: Warehouse,
    plan: Plan,
    *,
    statement_timeout: str | None = None,
    watch: Watch | None = None,
    ledger: Target | None = None,
    recalls: bool = False,
    changes: ChangeList | None = None,
) -> Foreseen:
    """Forecast ``plan`` in a READ ONLY, REPEATABLE READ transaction, each of whose statements may take the time given.

    ``watch`` is what the guards look at (None: there are none), and ``ledger`` where earlier runs are recorded.
    ``recalls``: these are to be read, too. ``changes`` is as for :func:`wdh.apply.forecast.forecast`.

    Raises SetupError where the tables do not fit the plan, DatabaseError where the server does not answer. What the
    role may not write is no fault here, and said in ``unknown``.
    """
    import psycopg2

    log.info("warehouse_asked", database=warehouse.described)
    try:
        with warehouse.connect() as connection:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:
                begin_reading(
                    cursor, lock_timeout=_NO_WAIT, statement_timeout=statement_timeout, time_zone=plan.time_zone
                )
                foreseen = _foresee(plan, cursor, watch=watch, ledger=ledger, changes=changes)
                if ledger is None or not recalls:
                    return foreseen
                return replace(foreseen, history=recall_runs(cursor, ledger, domain=plan.domain))
    except psycopg2.Error as error:
        raise _refused(error, statement_timeout) from error


def _foresee(
    plan: Plan, cursor: Cursor, *, watch: Watch | None, ledger: Target | None, changes: ChangeList | None
) -> Foreseen:
    look = look_at(plan, cursor)
    refuse_faults(look.faults.without_denied)
    made = forecast(look.plan, cursor, tables=look.tables, changes=changes)
    denied = (say("--execute would be refused: {fault}", fault=fault) for fault in look.faults.denied)
    judged = NOTHING_FOUND
    if watch is not None:
        judged = watch_forecast(look.plan, cursor, watch=watch, forecast=made, tables=look.tables, ledger=ledger)
    return Foreseen(look.plan, replace(made, unknown=(*made.unknown, *denied)), judged)


def _refused(error: Error, statement_timeout: str | None) -> DatabaseError:
    said = sentence((str(error).strip() or type(error).__name__).splitlines()[0])
    if error.pgcode == _LOCK_NOT_AVAILABLE:
        said += say(
            " Another session keeps all others off the table (ALTER TABLE, TRUNCATE …); run again when it is done."
        )
    elif error.pgcode == _CANCELED and statement_timeout is not None:
        said += say(
            " One question took longer than --statement-timeout {statement_timeout}.",
            statement_timeout=statement_timeout,
        )
    return DatabaseError(
        say("the forecast could not be made: {said} Nothing was written.", said=said), sqlstate=error.pgcode
    ).quoting()
