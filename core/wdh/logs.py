"""Logs: past-tense events with fields. The report is not a log.

Events go to the standard library's logger ``wdh``, so that a program that uses wdh decides what becomes of them; the
command line sends them to stderr with :func:`configure_logs`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import Any, Literal, TextIO

from wdh.words.language import in_english
from wdh.words.printable import show_controls, show_lines

LogFormat = Literal["console", "json"]

_QUOTING = {
    "file_not_read_ahead": "why",
    "helper_gave_up": "why",
    "plugin_failed": "error",
    "rows_not_shared": "why",
}
"""Events of which a field has the words of an exception: of a plugin, or about a cell."""

_withholds: ContextVar[bool] = ContextVar("withholds", default=False)
Event = tuple[int, str, str, dict[str, Any]]
"""The level of an event, the name of its logger, its own name, and its fields."""

_kept: ContextVar[list[Event] | None] = ContextVar("kept", default=None)


@contextmanager
def withholding() -> Iterator[None]:
    """Log for the time of the block without the words that may repeat values of cells."""
    token = _withholds.set(True)
    try:
        yield
    finally:
        _withholds.reset(token)


@contextmanager
def keeping() -> Iterator[list[Event]]:
    """Keep the events of the block, to be logged by :func:`log_again`, in another process perhaps."""
    events: list[Event] = []
    token = _kept.set(events)
    try:
        yield events
    finally:
        _kept.reset(token)


def log_again(events: Iterable[Event]) -> None:
    """Log events that were kept."""
    for level, name, event, fields in events:
        Log(name)._tell(level, event, fields)


class Log:
    """Writes events: ``log.info("workbook_read", file=…, facts=…)``. Costs little where no handler listens."""

    def __init__(self, name: str = "wdh") -> None:
        self._name = name

    def debug(self, event: str, **fields: Any) -> None:
        """Tell of a detail."""
        self._tell(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Tell of something that was done."""
        self._tell(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Tell of something that somebody should look at."""
        self._tell(logging.WARNING, event, fields)

    def _tell(self, level: int, event: str, fields: dict[str, Any]) -> None:
        if (kept := _kept.get()) is not None:
            kept.append((level, self._name, event, fields))
            return
        logger = logging.getLogger(self._name)
        if logger.isEnabledFor(level):
            if _withholds.get() and event in _QUOTING:
                fields |= {_QUOTING[event]: "(withheld)"}
            _wrap(logger).log(level, event, **in_english(fields))


def _wrap(logger: logging.Logger) -> Any:
    import structlog  # here, as it takes a third of the time that wdh needs to start

    return structlog.wrap_logger(
        logger,
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[structlog.stdlib.render_to_log_kwargs],
    )


def _escape(logger: Any, method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ARG001 - structlog's form
    return {name: _show(name, value) for name, value in fields.items()}


def _show(name: str, value: Any) -> Any:
    if name == "exception":
        return show_lines(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return show_controls(value if isinstance(value, str) else repr(value))


class _Formatter(logging.Formatter):
    """Writes events as structlog does, which is imported for the first of them: most runs have none of their level."""

    def __init__(self, form: LogFormat) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        return self._structured.format(record)

    @cached_property
    def _structured(self) -> logging.Formatter:
        import structlog

        is_json = self._form == "json"
        renderer: Any = (
            structlog.processors.JSONRenderer()
            if is_json
            else structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), pad_event_to=22, exception_formatter=structlog.dev.plain_traceback
            )
        )
        escaping: list[Any] = [] if is_json else [_escape]  # JSON has escapes of its own
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                *escaping,
                renderer,
            ],
        )


class _Foreign(logging.Formatter):
    """Writes what other libraries log or warn of, which may quote a workbook."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        return show_lines(super().format(record))


class _StderrHandler(logging.StreamHandler):  # type: ignore[type-arg]  # which Python 3.10 cannot take
    """Writes to what is standard error then: a package may close it, and it is opened again."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # which it has once and for all else
        """Standard error as it is now."""
        return sys.stderr


def hear_progress() -> None:
    """Show the events of progress, whatever the level of the others is."""
    logging.getLogger("wdh.progress").setLevel(logging.INFO)


def configure_logs(*, level: str, form: LogFormat) -> None:
    """Send events of ``level`` and above to stderr. Called once, by the command line."""
    handler = _StderrHandler()
    handler.setFormatter(_Formatter(form))
    logger = logging.getLogger("wdh")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logging.getLogger("wdh.progress").setLevel(logging.NOTSET)
    logger.propagate = False
    logging.captureWarnings(capture=True)
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Foreign())
