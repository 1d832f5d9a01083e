"""One way to be wrong: the package, how it is run, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HEAD = (
    "from wdh import Columns, DataError, Facts, FactRow, Note, OutcomeUnknown, Reject, Table, Target, custom, hookimpl\n"
)
TRANSFORM = """
@hookimpl
def transform(batch):
    return Facts.from_rows(row.fact({"a": row["a"], "b": row["b"]}) for row in batch.rows())
"""


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A package that is ``wrong`` in one way, in words for the page; ``source`` is its module behind HEAD.

    ``says`` is the sentence on stderr. ``run`` are the words of the command behind its usual ones; ``points`` is the value
    of its entry point, ``settings`` YAML of its own block; ``rival`` another package that claims the same name, and
    ``requires`` what its metadata asks for. ``points_text`` is its entry_points.txt, where that is torn. ``apart``: it
    is run in a process of its own, as it would harm the tests'.
    """

    wrong: str
    source: str
    says: str
    code: int = 2
    run: tuple[str, ...] = ()
    tool: tuple[str, ...] = ()
    points: str | None = None
    points_text: str | None = None
    settings: str = ""
    rival: bool = False
    requires: str = ""
    apart: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def executes(self) -> bool:
        """Whether it needs a warehouse."""
        return "--execute" in self.run
