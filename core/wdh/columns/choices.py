"""Columns with few values: one of a list, or yes and no."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, TypeVar

from msgspec import Struct

from wdh.columns.outcomes import Bad, Kind, Outcome, RawValue
from wdh.columns.reasons import Reason, bad, quoted
from wdh.columns.shapes import is_general, read_literal
from wdh.columns.texts import Text
from wdh.facts import FactValue
from wdh.facts.number_formats import choose_section
from wdh.words.characters import squeeze
from wdh.words.language import say
from wdh.words.spelling import did_you_mean

_ALLOWED_SHOWN = 8


class Choice(Struct, frozen=True):
    """One of a few values. ``spellings`` maps each known spelling, in squeezed form, to its value."""

    spellings: Mapping[str, str]

    is_label: ClassVar[bool] = True
    sql_type: ClassVar[str] = "text"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read a choice; numbers are compared as the sheet shows them."""
        shown = Text().read(cell, number_format)
        if not isinstance(shown, str):
            return shown
        value = self.spellings.get(squeeze(shown))
        return self._refuse(shown) if value is None else value

    def _refuse(self, shown: str) -> Bad:
        values = list(dict.fromkeys(self.spellings.values()))
        more = "" if len(values) <= _ALLOWED_SHOWN else ", …"
        return bad(
            Reason.UNKNOWN_CHOICE,
            value=quoted(shown),
            allowed=", ".join(values[:_ALLOWED_SHOWN]) + more,
            near=did_you_mean(shown, values) or say(": correct it."),
        )


class Boolean(Struct, frozen=True):
    """Yes or no. ``spellings`` maps each known spelling, in squeezed form and capitals, to its meaning."""

    spellings: Mapping[str, bool]

    is_label: ClassVar[bool] = True
    sql_type: ClassVar[str] = "boolean"

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read TRUE and FALSE, 1 and 0, and the spellings of the column."""
        if isinstance(cell, bool):
            return cell
        text = _show(cell, number_format) if isinstance(cell, (int, float, Decimal)) else str(cell)
        if not squeeze(text):
            return None
        value = self.spellings.get(squeeze(text).upper())
        if value is None:
            return bad(Reason.NOT_A_BOOLEAN, value=quoted(cell), allowed=", ".join(self.spellings))
        return value


class Mapped(Struct, frozen=True):
    """Texts or codes of which some stand for others. ``spellings`` maps a known one, in squeezed form, to its value."""

    kind: Kind
    spellings: Mapping[str, FactValue]

    @property
    def is_label(self) -> bool:
        """As the kind below is."""
        return self.kind.is_label

    @property
    def sql_type(self) -> str:
        """As the kind below has it."""
        return self.kind.sql_type

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read as the kind below does, and look the result up; what is not there stays."""
        value = self.kind.read(cell, number_format)
        return self.spellings.get(squeeze(value), value) if isinstance(value, str) else value


def _show(number: int | float | Decimal, number_format: str | None) -> str:
    """Give the word that a format shows for a number (``"是";;"否"``), or the number."""
    chosen = choose_section(number_format, Decimal(str(number))) if number_format and math.isfinite(number) else None
    word = None if chosen is None or is_general(chosen[0]) else read_literal(chosen[0])
    return f"{number:.15g}" if word is None else word


Meaning = TypeVar("Meaning", bound=FactValue)


def spellings_of(values: Iterable[tuple[str, Meaning]]) -> dict[str, Meaning]:
    """Key pairs of a spelling and its value by the squeezed spelling.

    Raises ValueError where two spellings of different values become the same.
    """
    squeezed: dict[str, Meaning] = {}
    for spelling, value in values:
        if squeezed.setdefault(squeeze(spelling), value) != value:
            raise ValueError(
                say(
                    "the spelling {spelling!r} stands for {squeezed!r} and {value!r}",
                    spelling=spelling,
                    squeezed=squeezed[squeeze(spelling)],
                    value=value,
                )
            )
    return squeezed
