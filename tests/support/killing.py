"""A command that is killed by SIGKILL at a message to the server that is chosen: before it gets there, or behind it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from support.lines import line_to
from support.operator import Ended, Operator
from wdh.testing.database import Database

COMMIT: Final = "COMMIT"


@dataclass(frozen=True, slots=True)
class Stroke:
    """The moment of a kill: at the first query that begins with ``query``, once ``commits`` were sent.

    ``query`` empty: whichever comes. ``is_forwarded``: the server still gets the query.
    """

    name: str
    query: str
    commits: int = 0
    is_forwarded: bool = False


INSIDE: Final = (
    Stroke("before its first rows", "COPY"),
    Stroke("before it is recorded", 'COPY "public"."wdh_runs"'),
    Stroke("before COMMIT", COMMIT),
)
SENT: Final = Stroke("once COMMIT was sent", COMMIT, is_forwarded=True)
BETWEEN: Final = Stroke("between two commits", "", commits=1)


def kill_at(words: Sequence[str], database: Database, stroke: Stroke) -> Ended:
    """Run ``wdh-run`` and kill it at this moment; give how it ended, by itself if the moment never came."""
    started = threading.Event()
    commits = 0

    def is_moment(message: bytes) -> bool:
        nonlocal commits
        text = message[5:].decode("utf-8", "replace").lstrip() if message[:1] == b"Q" else None
        if text is not None and commits >= stroke.commits and text.startswith(stroke.query):
            started.wait()
            operator.process.kill()
            operator.process.wait()
            return not stroke.is_forwarded
        commits += text is not None and text.startswith(COMMIT)
        return False

    with line_to(database.parameters, is_silence=is_moment) as line:
        operator = Operator(words, environment={"WDH_DATABASE__URI": line.dsn(database.parameters)})
        started.set()
        return operator.end()
