"""The knowledge of the guards, and their findings, as frozen values."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, field
from msgspec.structs import fields, replace

from wdh.errors import DataError
from wdh.settings import Guards
from wdh.words.language import join, say

GUARDS: Final = tuple(each.name for each in fields(Guards))
"""The names of the guards, as ``--accept`` takes them."""

Figure = Mapping[str, str | int]
"""One row of a table: what stands under each heading."""


class Watch(Struct, frozen=True):
    """The guards of a run, and all that they are told beside the plan.

    ``accept`` names the guards that may be passed this once; ``today`` is the day of the run. ``declares``: the
    columns, and so their aliases, stand in data_sources.yml. ``unread`` are the headers that nothing reads, each with
    its file, sheet and cell. ``defaults`` are the declared columns that have a value where the sheet lacks them.
    """

    guards: Guards
    accept: frozenset[str]
    today: datetime.date
    declares: bool
    unread: Mapping[str, str] = field(default_factory=dict)
    defaults: frozenset[str] = frozenset()


class Vanished(Struct, frozen=True):
    """A fact column that has no header in the delivery, and had values before.

    ``replaced`` counts its values in the facts that are about to be replaced; ``recorded``: one of the domain's latest
    runs had some. ``near`` is the header that may be meant, ``place`` where that stands; None: none is near.
    """

    column: str
    replaced: int
    recorded: bool = False
    near: str | None = None
    place: str | None = None


class Breach(Struct, frozen=True):
    """The finding of one guard. ``sentence`` says it without a value of the workbook or the warehouse.

    ``figures`` are the table beside it, and ``more`` the rows left out of it. ``refuses``: the run ends here, unless
    ``is_accepted``. ``advice`` says what to do.
    """

    name: str
    sentence: str
    figures: tuple[Figure, ...] = ()
    more: int = 0
    refuses: bool = True
    advice: str = ""
    is_accepted: bool = False


class Judged(Struct, frozen=True):
    """The findings of all guards. ``accepted`` are those that were passed, ``unneeded`` those accepted for nothing."""

    breaches: tuple[Breach, ...] = ()
    accepted: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()

    @property
    def refusing(self) -> tuple[Breach, ...]:
        """The breaches that end the run."""
        return tuple(breach for breach in self.breaches if breach.refuses and not breach.is_accepted)


NOTHING_FOUND: Final = Judged()


class GuardRefused(DataError):
    """A guard said no before the first write. ``breaches`` are all that was found."""

    def __init__(self, breaches: Sequence[Breach]) -> None:
        refusing = [breach for breach in breaches if breach.refuses and not breach.is_accepted]
        names = tuple(breach.name for breach in refusing)
        super().__init__(join("\n", _lines(refusing)), guards=names)
        self.breaches = tuple(breaches)
        self.discreet = join("\n", _lines([replace(breach, figures=()) for breach in refusing]))
        """The message without a value of the workbook or the warehouse."""
        self.quoting()


def decide(breaches: Sequence[Breach], accept: frozenset[str]) -> Judged:
    """Part what was found into what is accepted and what is not."""
    judged = tuple(
        replace(breach, is_accepted=True) if breach.refuses and breach.name in accept else breach for breach in breaches
    )
    accepted = tuple(dict.fromkeys(breach.name for breach in judged if breach.is_accepted))
    return Judged(judged, accepted, tuple(sorted(accept.difference(accepted))))


def _lines(refusing: Sequence[Breach]) -> Iterator[str]:
    for breach in refusing:
        yield say("{breach}: {sentence}", breach=breach.name, sentence=breach.sentence)
        for figure in breach.figures:
            yield "    " + join(", ", (say(name) + f" {value}" for name, value in figure.items()))
        if breach.figures and breach.more:
            yield say("    … and {more:,} more", more=breach.more)
        if breach.advice:
            yield "  " + breach.advice
    accept = " ".join(f"--accept {name}" for name in dict.fromkeys(breach.name for breach in refusing))
    yield say(
        "Nothing was written. Mend the delivery; or, if it is right as it is, run once more with {accept}.",
        accept=accept,
    )
