"""The request for a run, the functions that its caller is told by, and the limit of rejects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from wdh.apply import DEFAULT_LOCK_TIMEOUT
from wdh.apply.applying import Warehouse
from wdh.apply.forecast import ChangeList
from wdh.approval import Approval, SigningKey
from wdh.discovery import Depots, Months
from wdh.errors import DataError
from wdh.intake import STOPPING
from wdh.intake.ahead import AUTO_WORKERS
from wdh.intake.tally import Intake, rejected_rows
from wdh.plan import Plan
from wdh.plan.planning import Wishes
from wdh.registry import DEFAULT_TIME_LIMIT
from wdh.words.language import say_count
from wdh.workbook import ReaderName


class RejectLimit(Struct, frozen=True):
    """The limit of rejected rows at which the run stops: a number, or a share of the data rows (0 … 1)."""

    rows: int = 0
    share: Fraction | None = None

    def exceeded(self, rejected: int, *, data_rows: int) -> bool:
        """Say whether ``rejected`` of ``data_rows`` are too many."""
        if self.share is None:
            return rejected > self.rows
        return rejected > self.share * data_rows


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The options of one run. ``sheet``, ``pk`` and ``period`` None or empty leave it to the configuration.

    ``skip_unchanged``: do nothing where a committed run had just this to do. ``lock_tries``: how often the tables
    are asked for where others hold them for longer than ``lock_timeout``. ``time_limit``: how many seconds an
    import or a call of a plugin may take; 0: any time. ``lock_timeout`` and ``statement_timeout`` are PostgreSQL's
    (``10s``, ``2min``, ``0``: for ever); None: the session's own. ``withhold_values``: what the run tells is to be
    without what cells hold, as it is where the configuration says so. ``accept`` names the guards that may say no,
    this once. ``forecast``: ask the warehouse what the plan would do, as is done where the configuration says so.
    ``writes_plan``: the report is to have the plan as a document to be approved; ``approved``: the one that the
    plan must be equal to; ``signing_key`` signs the first, and checks the signature of the second.
    ``without_plugins`` are plugins for every domain that are neither asked nor told, by the names of their entry
    points. ``recalls``: the report is to have the earlier runs of the domain, where the warehouse is asked anyway.
    ``workers`` is how many processes read workbooks at the same time; 1: this one reads them all; ``auto``: as many
    as there are processors. ``changes`` is to list every change of references, where the warehouse is asked and
    values are not withheld. ``data_dir`` and ``files`` are paths here, which stand for what lies elsewhere as
    ``depots`` says; what it fetched stays until it is closed.
    """

    domain: str
    config: Path
    data_dir: Path
    execute: bool = False
    skip_facts: bool = False
    wishes: Wishes = field(default_factory=Wishes)
    sheet: str | int | None = None
    pk: tuple[str, ...] = ()
    max_files: int | None = None
    files: tuple[Path, ...] = ()
    period: Months | None = None
    reader: ReaderName = "auto"
    reject_limit: RejectLimit = field(default_factory=RejectLimit)
    lock_timeout: str = DEFAULT_LOCK_TIMEOUT
    lock_tries: int = 1
    statement_timeout: str | None = None
    skip_unchanged: bool = False
    time_limit: float = DEFAULT_TIME_LIMIT
    withhold_values: bool = False
    accept: frozenset[str] = frozenset()
    forecast: bool = False
    writes_plan: bool = False
    approved: Approval | None = None
    signing_key: SigningKey | None = None
    without_plugins: frozenset[str] = frozenset()
    recalls: bool = False
    workers: int | str = AUTO_WORKERS
    changes: ChangeList | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    depots: Depots = field(default_factory=Depots, repr=False)


def stopping_reason(intake: Intake) -> str | None:
    """Give the reason of a reject that stops the run whatever the limit."""
    return next((reject.reason for reject in intake.rejects if reject.reason in STOPPING), None)


class Neighbour(Struct, frozen=True):
    """A cell of a row: the letter and the header of its column, and its text."""

    letter: str
    header: str
    text: str


class Beside(Struct, frozen=True):
    """A cell by its ``row`` and ``letter``, with the ``cells`` beside it, itself among them."""

    row: int
    cells: tuple[Neighbour, ...]
    letter: str


class TooManyRejects(DataError):
    """The workbooks hold more cells that cannot be understood than the run may leave out. ``intake`` has them all.

    ``beside`` shows the first of them where it stands; None: that is not known, or not to be told.
    """

    def __init__(self, intake: Intake) -> None:
        rows = rejected_rows(intake)
        if reason := stopping_reason(intake):
            message = say_count(
                "{rows} row cannot be loaded; nothing was written. Mend the cells and run again; no --max-rejects lets "
                "a {reason} pass.",
                "{rows} rows cannot be loaded; nothing was written. Mend the cells and run again; no --max-rejects "
                "lets a {reason} pass.",
                rows,
                rows=rows,
                reason=reason,
            )
        else:
            message = say_count(
                "{rows} row cannot be loaded; nothing was written. Mend the cells and run again, or allow that many "
                "rejected rows with --max-rejects.",
                "{rows} rows cannot be loaded; nothing was written. Mend the cells and run again, or allow that many "
                "rejected rows with --max-rejects.",
                rows,
                rows=rows,
            )
        super().__init__(message, rejected_rows=rows)
        self.intake = intake
        self.beside: Beside | None = None


OpenWarehouse = Callable[[], Warehouse]
"""A caller's function that names the warehouse; a plan alone does not call it."""
OnRows = Callable[[str, int], None]
"""A caller's function that is told the name of a file and how many more of its rows were read."""
OnPlan = Callable[[Plan], None]
"""A caller's function that is shown the plan."""
