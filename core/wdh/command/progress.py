"""The progress of a run, drawn on a terminal or logged for those who read logs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from wdh.errors import assert_never
from wdh.logs import Log, hear_progress
from wdh.process import progress
from wdh.process.progress import OnProgress, Stage
from wdh.report.widths import cut
from wdh.words.language import say
from wdh.words.printable import show_controls

if TYPE_CHECKING:
    from rich.progress import Progress, Task
    from rich.text import Text

log = Log("wdh.progress")

FORMS: Final = ("auto", "bar", "log", "off")
_BETWEEN: Final = 10.0
"""Seconds between two log events about one file or table."""
_LONGEST: Final = 26


@contextmanager
def show_progress(form: str, *, log_format: str) -> Iterator[None]:
    """Show the progress of the block: as ``bar`` on stderr, as ``log`` events, or not at all (``off``).

    ``auto`` draws where stderr is a terminal, and else logs the events, which are shown if ``--log-level`` says so;
    with ``log`` they are shown in any case.
    """
    if form == "off":
        yield
        return
    if form == "bar" or (form == "auto" and sys.stderr.isatty() and log_format != "json"):
        with _drawing() as on_progress, progress.listening(on_progress):
            yield
        return
    if form == "log":
        hear_progress()
    with progress.listening(_Logged().hear):
        yield


class _Logged:
    """Logs how far each file and table is, now and then and when it is done."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self._rows: dict[str, int] = {}

    def hear(self, stage: Stage, name: str, rows: int, of: int | None) -> None:
        """Log an event if it is time for one."""
        if stage == "asking":
            return
        now = time.monotonic()
        begun = self._begun.setdefault(name, now)
        self._rows[name] = done = self._rows.get(name, 0) + rows
        is_over = stage == "read" or (stage == "writing" and done == of)
        if is_over or now - self._told.get(name, begun) >= _BETWEEN:
            self._told[name] = now
            of, seconds = None if stage == "read" else of, now - begun
            speed = round(done / seconds) if seconds else None
            percent = round(100 * done / of) if of else None
            left = round(max(of - done, 0) * seconds / done) if of and done else None
            if stage == "writing":
                log.info(
                    "rows_written", table=name, rows=done, rows_per_second=speed, percent=percent, seconds_left=left
                )
            else:
                log.info("rows_read", file=name, rows=done, rows_per_second=speed, percent=percent, seconds_left=left)


@contextmanager
def _drawing() -> Iterator[OnProgress]:
    from rich.console import Console, RenderableType
    from rich.constrain import Constrain
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)

    class Drawn(Progress):
        """Bars that leave room for the ^C that a terminal writes: on a line of its own, it would not be wiped away."""

        def get_renderables(self) -> Iterator[RenderableType]:
            """Draw all bars."""
            yield Constrain(self.make_tasks_table(self.tasks), console.width - len("^C") - 1)

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=10),
        TaskProgressColumn(show_speed=False),
        *_make_counts(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Drawn(*columns, console=console, transient=True, refresh_per_second=4) as drawn:
        yield _make_drawer(drawn)


def _make_drawer(drawn: Progress) -> OnProgress:
    tasks: dict[str, Any] = {}
    asked: list[str] = []

    def hear(stage: Stage, name: str, rows: int, of: int | None) -> None:
        if asked and stage != "asking":  # the server has answered
            drawn.remove_task(tasks.pop(asked.pop()))
        if name not in tasks:
            tasks[name] = drawn.add_task(cut(_say_stage(stage, show_controls(name)), _LONGEST), total=of)
            if stage == "asking":
                asked.append(name)
        drawn.advance(tasks[name], rows)
        if stage == "read":  # blank rows were expected, too
            drawn.update(tasks[name], total=drawn.tasks[drawn.task_ids.index(tasks[name])].completed)

    return hear


def _say_stage(stage: Stage, name: str) -> str:
    match stage:
        case "reading" | "read":
            return say("reading {file}", file=name)
        case "asking":
            return say("asking {server}", server=name)
        case "writing":
            return say("writing {table}", table=name)
        case _:
            assert_never(stage)


def _make_counts() -> tuple[Any, Any]:
    """Make the columns of how many rows are done, and how many a second."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Rows(ProgressColumn):
        """How many rows are done, where rows are counted."""

        def render(self, task: Task) -> Text:
            """Write it."""
            return Text(f"{task.completed:,}" if task.completed else "")

    class Speed(ProgressColumn):
        """How many rows a second."""

        def render(self, task: Task) -> Text:
            """Write it, where it is known."""
            speed = task.finished_speed or task.speed
            return Text("" if not speed else say("{rows} rows/s", rows=f"{speed:,.0f}"))

    return Rows(), Speed()
