"""Kinds of column that a package brings: a function of its own reads the cells."""

from __future__ import annotations

import datetime
import inspect
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from msgspec import Struct

from wdh.columns.outcomes import Bad, Outcome, RawValue
from wdh.columns.reasons import Reason, bad
from wdh.facts import FactValue, Refusal
from wdh.words.characters import trim, unstorable_character
from wdh.words.language import say

ReadCell = Callable[..., FactValue | Refusal]
"""Reads the value of a cell, and its ``number_format`` where it has an argument of this name."""

_TYPES: Final = frozenset((type(None), str, int, float, bool, Decimal, datetime.date, datetime.datetime))
_FIGURE: Final = re.compile(
    r"(?:numeric|decimal|integer|int[248]?|bigint|smallint|real|float[48]?|double\s+precision|money)\b", re.IGNORECASE
)
_SQL_TYPE: Final = re.compile(r'[\w"][\w" .]*(?:\(\s*\d+\s*(?:,\s*-?\d+\s*)?\))?[\w ]*(?:\[\])*')
_CODE: Final = re.compile(r"\S+")


class Custom(Struct, frozen=True):
    """Cells as the function ``ask`` reads them, for a column of ``sql_type``. ``takes_format``: it asks for formats."""

    name: str
    ask: ReadCell
    sql_type: str
    takes_format: bool

    @property
    def is_label(self) -> bool:
        """True for all but numbers: its cells name things."""
        return _FIGURE.match(self.sql_type) is None

    def read(self, cell: RawValue, number_format: str | None) -> Outcome:
        """Read as the function does: text without blanks around it; what is left blank is NULL.

        Raises what the function raises, and TypeError or ValueError for an answer that no column could take.
        """
        value = trim(cell) if isinstance(cell, str) else cell
        if value == "":
            return None
        answer = self.ask(value, number_format=number_format) if self.takes_format else self.ask(value)
        if isinstance(answer, Refusal):
            return self._refuse(answer)
        if type(answer) not in _TYPES:
            raise TypeError(
                say(
                    "the function of column {name!r} returned {answer!r} for {cell!r}; it returns None, a str, "
                    "int, float, bool, Decimal, date or datetime, each exactly, or a Refusal",
                    name=self.name,
                    answer=answer,
                    cell=cell,
                )
            )
        return self._check(answer, cell)

    def _refuse(self, answer: Refusal) -> Bad:
        told = (answer.reason, answer.sentence)
        if not all(isinstance(text, str) and text.strip() for text in told) or not _CODE.fullmatch(answer.reason):
            raise ValueError(
                say(
                    "the function of column {name!r} returned {answer!r}; its reason is a code for programs "
                    "without blanks, its sentence says what to do",
                    name=self.name,
                    answer=answer,
                )
            )
        return Bad(answer.reason, answer.sentence)

    def _check(self, answer: FactValue, cell: RawValue) -> Outcome:
        if isinstance(answer, str):
            character = unstorable_character(answer)
            if character is None:
                return answer or None
            if isinstance(cell, str) and unstorable_character(cell) == character:
                return bad(Reason.NOT_STORABLE, character=character)
            raise ValueError(
                say(
                    "the function of column {name!r} returned {answer!r}, which has {character}",
                    name=self.name,
                    answer=answer,
                    character=character,
                )
            )
        if isinstance(answer, (float, Decimal)) and not math.isfinite(answer):
            raise ValueError(
                say(
                    "the function of column {name!r} returned {answer!r} for {cell!r}; return None where there "
                    "is no value, or a Refusal",
                    name=self.name,
                    answer=answer,
                    cell=cell,
                )
            )
        return answer


def make_custom(name: str, read: ReadCell, sql_type: str) -> Custom:
    """Make the kind of a column. Raises TypeError and ValueError for what cannot be one."""
    if not callable(read):
        raise TypeError(say("{name}: read is a function of the value of a cell, not {read!r}", name=name, read=read))
    if not isinstance(sql_type, str) or _SQL_TYPE.fullmatch(sql_type.strip()) is None:
        raise ValueError(
            say(
                "{name}: sql_type is the name of a type in PostgreSQL, such as varchar(34), not {sql_type!r}",
                name=name,
                sql_type=sql_type,
            )
        )
    return Custom(name, read, sql_type.strip(), takes_format=_takes_format(name, read))


def _takes_format(name: str, read: ReadCell) -> bool:
    try:
        parameters = list(inspect.signature(read).parameters.values())
    except ValueError:  # a function of C that does not say
        return False
    more = [each.name for each in parameters[1:] if each.default is each.empty and each.name != "number_format"]
    kinds = {each.kind for each in parameters}
    more = [] if kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} else more
    if not parameters or more:
        raise TypeError(
            say("{name}: read takes the value of a cell, and number_format if it likes, and nothing else", name=name)
        )
    return any(each.name == "number_format" for each in parameters[1:])
