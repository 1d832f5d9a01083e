"""One way to be wrong: the package, and how it is run. docs/faults.md has what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = """import datetime
from wdh import Columns, Facts, Note, OutcomeUnknown, Reject, Target, custom, hookimpl, integer, text
"""
TRANSFORM = """
@hookimpl
def transform(batch):
    return Facts.from_rows(row.fact({"a": row["a"], "b": row["b"]}) for row in batch.rows())
"""


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A package that is ``wrong`` in one way, in the words of the page; ``source`` is its module behind HEAD.

    ``run`` are further words of the command; ``tool`` are those of another command. ``value`` is that of its entry
    point, ``settings`` the YAML of its own block. ``rival``: another package claims the same name. ``requires`` is what
    its metadata asks for. ``entry_points`` is its entry_points.txt, where that is torn. ``domain`` is the module of the
    domain whose run a plugin is asked about and told of.
    """

    wrong: str
    source: str
    run: tuple[str, ...] = ()
    tool: tuple[str, ...] = ()
    value: str | None = None
    entry_points: str | None = None
    settings: str = ""
    rival: bool = False
    requires: str = ""
    domain: str = TRANSFORM

    @property
    def executes(self) -> bool:
        """Whether it needs a warehouse."""
        return "--execute" in self.run
