"""The values of a caller's rows, as the warehouse is sent them: each exactly, or refused with its column and type.

Texts, numbers, booleans, days and moments go as they are, whatever subclass they come in (a member of an IntEnum, a
float of numpy). A time of day, a duration or a UUID goes as the text that PostgreSQL has for it. Some
depend on the column: a mapping goes as JSON into json, jsonb and texts, a list as an array where the column is one and
else as JSON, bytes into bytea.
"""

from __future__ import annotations

import datetime
import numbers
import operator
import re
import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from decimal import Decimal, InvalidOperation
from enum import Enum
from itertools import chain
from json.encoder import encode_basestring
from typing import Any

from wdh.facts import FactValue
from wdh.facts.copytext import copy_value, read_copy_text
from wdh.words.language import say

PLAIN = frozenset((type(None), str, int, float, bool, Decimal, datetime.date, datetime.datetime))
"""The types, exactly, that need no second look."""

Kind = str | None
"""A column's type in PostgreSQL's words, a domain taken off; None: nobody has asked."""

_DEPENDENT = (Mapping, list, tuple, bytes, bytearray, memoryview)
_DOCUMENTS = frozenset(("json", "jsonb", "text", "citext", "varchar", "bpchar"))
_QUOTED_ELEMENT = re.compile(r'[{},"\\\s]|\A(?:null)?\Z', re.IGNORECASE | re.ASCII)


def find_strange_types(rows: Sequence[Sequence[object]]) -> frozenset[type]:
    """Find the types of values that :func:`adapt_columns` has to look at."""
    return frozenset(map(type, chain.from_iterable(rows))) - PLAIN


def depend_on_columns(types: Set[type]) -> bool:
    """Say whether values of some types are sent in one way to one column, and in another way to another."""
    return any(issubclass(kind, _DEPENDENT) for kind in types)


def adapt_rows(
    columns: Sequence[str], rows: Sequence[Sequence[object]], kinds: Mapping[str, str]
) -> tuple[tuple[FactValue, ...], ...]:
    """Turn values into what their columns are sent. ``kinds`` are the types of the columns that are known.

    Raises ValueError, with the column and the type of the value, for what would not arrive as it is.
    """
    adapted = [_adapt_column(name, [row[place] for row in rows], kinds.get(name)) for place, name in enumerate(columns)]
    return tuple(zip(*adapted, strict=True))


def _adapt_column(name: str, values: Sequence[object], kind: Kind) -> Sequence[FactValue]:
    try:
        return [value if type(value) in PLAIN else adapt_value(value, kind) for value in values]  # type: ignore[misc]
    except RecursionError as error:
        raise ValueError(say("{name}: a value is nested too deeply, or contains itself", name=name)) from error
    except ValueError as error:
        raise ValueError(say("{name}: {error}", name=name, error=error)) from error


def adapt_value(value: object, kind: Kind = None) -> FactValue:
    """Turn one value into what a column of type ``kind`` is sent. Raises ValueError."""
    if type(value) in PLAIN:
        return value  # type: ignore[return-value]
    for types, write in _WRITERS:
        if isinstance(value, types):
            return write(value, kind)
    return _adapt_foreign(value, kind)


def _adapt_foreign(value: Any, kind: Kind) -> FactValue:
    """Take what is known by its marks alone, as its library need not be there: numpy's booleans, psycopg2's Json."""
    if type(value).__module__ == "numpy" and getattr(getattr(value, "dtype", None), "kind", None) == "b":
        return bool(value)
    if type(value).__module__ == "psycopg2._json":
        return _document(value.dumps(value.adapted), value.adapted, kind)
    raise ValueError(
        say(
            "{value} is nothing that wdh sends; give a str, number, bool, date, datetime, time, timedelta, "
            "UUID, dict, list or bytes, or the text that PostgreSQL reads it from",
            value=show_type(value),
        )
    )


def show_type(value: object) -> str:
    """Name the type of a value: ``a set``, ``a pandas.Series``."""
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _adapt_integer(value: numbers.Integral, kind: Kind) -> int:  # noqa: ARG001 - as all of them
    try:
        return int(operator.index(value))
    except TypeError as error:  # a duration of numpy calls itself a whole number
        raise ValueError(say("{value!r} is no whole number", value=value)) from error


def _adapt_real(value: numbers.Real, kind: Kind) -> Decimal:  # noqa: ARG001
    try:
        return Decimal(str(value))  # a float32 of numpy says 0.1, and would be 0.10000000149011612 as a float
    except InvalidOperation as error:
        raise ValueError(say("{value!r} is no decimal number", value=value)) from error


def _adapt_datetime(value: datetime.datetime, kind: Kind) -> datetime.datetime:  # noqa: ARG001
    text = value.isoformat(sep=" ")
    try:
        plain = datetime.datetime.fromisoformat(text)
    except ValueError:
        plain = None
    if plain is None or plain.isoformat(sep=" ") != text:
        raise ValueError(
            say("{value!r} is no moment to the microsecond, which is all that PostgreSQL keeps", value=value)
        )
    return plain


def _adapt_duration(value: datetime.timedelta, kind: Kind) -> str:  # noqa: ARG001
    """Write a duration as PostgreSQL shows it: https://www.postgresql.org/docs/current/datatype-datetime.html."""
    if getattr(value, "nanoseconds", 0):
        raise ValueError(say("{value!r} has nanoseconds, and PostgreSQL keeps microseconds", value=value))
    minutes, seconds = divmod(value.seconds, 60)
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    time = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{fraction}"
    if not value.days:
        return time
    sign = "+" if value.days < 0 else ""
    days = f"{value.days} day{'' if value.days == 1 else 's'}"
    return f"{days} {sign}{time}" if value.seconds or value.microseconds else days


def _adapt_bytes(value: bytes | bytearray | memoryview, kind: Kind) -> str:
    if kind not in (None, "bytea"):
        raise ValueError(
            say("{value} goes into a bytea column, and this one is {kind}", value=show_type(value), kind=kind)
        )
    return "\\x" + bytes(value).hex()


def _adapt_list(value: Sequence[object], kind: Kind) -> str:
    if kind is not None and kind.endswith("[]"):
        return write_array(value, kind.removesuffix("[]"))
    return _document(_write_json(value), value, kind)


def _document(text: str, value: object, kind: Kind) -> str:
    if kind is not None and kind not in _DOCUMENTS:
        told = {"value": show_type(value), "kind": kind}
        raise ValueError(
            say("{value} goes into a json, jsonb, text or array column, and this one is {kind}", **told)
            if isinstance(value, (list, tuple))
            else say("{value} goes into a json, jsonb or text column, and this one is {kind}", **told)
        )
    return text


def _refuse_member(value: Enum, kind: Kind) -> FactValue:  # noqa: ARG001
    raise ValueError(
        say("{value!r} is a member of an Enum; give its value or its name, whichever the column has", value=value)
    )


_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any, Kind], FactValue]], ...] = (
    (str, lambda value, _: str.__str__(value)),
    (numbers.Integral, _adapt_integer),
    (float, lambda value, _: float.__float__(value)),
    (numbers.Real, _adapt_real),
    (Decimal, lambda value, _: Decimal(value)),
    (datetime.datetime, _adapt_datetime),
    (datetime.date, lambda value, _: datetime.date(value.year, value.month, value.day)),
    (datetime.time, lambda value, _: value.isoformat()),
    (datetime.timedelta, _adapt_duration),
    (uuid.UUID, lambda value, _: str(value)),
    (Enum, _refuse_member),
    (Mapping, lambda value, kind: _document(_write_json(value), value, kind)),
    ((list, tuple), _adapt_list),
    ((bytes, bytearray, memoryview), _adapt_bytes),
)
"""How each type is sent; the first that a value is an instance of counts."""


def write_array(values: Sequence[object], kind: str) -> str:
    """Write an array as PostgreSQL shows it: https://www.postgresql.org/docs/current/arrays.html, "Array Input".

    As a parameter of a statement, too: a program may have told psycopg2 to send its lists as something else.
    """
    return "{" + ",".join(_write_element(value, kind) for value in values) + "}"


def _write_element(value: object, kind: str) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (list, tuple)):
        if not value:
            raise ValueError(say("a list is empty inside a list, which no array can be"))
        return write_array(value, kind)
    text = read_copy_text(copy_value(adapt_value(value, kind))) or ""
    if _QUOTED_ELEMENT.search(text) is None:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write_json(value: object) -> str:
    """Write JSON: numbers digit by digit, days and moments as ISO 8601, a UUID as its text, anything else refused."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(_write_member(key, item) for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_write_json(item) for item in value) + "]"
    if isinstance(value, (bytes, bytearray, memoryview, datetime.timedelta)):
        raise ValueError(
            say("{value} inside a document has no form that everybody writes; give a text", value=show_type(value))
        )
    return _write_scalar(adapt_value(value))


def _write_member(key: object, value: object) -> str:
    if not isinstance(key, str):
        raise ValueError(
            say("{key} is a key of a document, {key_2!r}; JSON has texts as keys only", key=show_type(key), key_2=key)
        )
    return f"{_write_scalar(str.__str__(key))}: {_write_json(value)}"


def _write_scalar(value: FactValue) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime.date, str)):
        text = value if isinstance(value, str) else value.isoformat()
        copy_value(text)  # raises ValueError for a character that no text of PostgreSQL can have
        return encode_basestring(text)
    copy_value(value)  # raises ValueError for a number that is not finite
    return str(value)
