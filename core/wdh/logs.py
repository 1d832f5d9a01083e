"""Logs: past-tense events with fields. The report is not a log.

Events go to the standard library's logger ``wdh``, so that a program that uses wdh decides what becomes of them; the
command line sends them to stderr with :func:`configure_logs`.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

import structlog

LogFormat = Literal["console", "json"]


def get_logger() -> Any:
    """Give the logger of wdh: ``log.info("workbook_read", file=…, facts=…)``."""
    return structlog.wrap_logger(
        logging.getLogger("wdh"),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
    )


def configure_logs(*, level: str, form: LogFormat) -> None:
    """Send events of ``level`` and above to stderr. Called once, by the command line."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=22)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logger = logging.getLogger("wdh")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
