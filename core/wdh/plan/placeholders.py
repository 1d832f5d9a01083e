"""Whether a domain's own statement and its parameters can be sent, told as psycopg2 would find out when it sends them.

psycopg2 puts parameters into the text on the client's side: ``%s`` takes the next of a sequence, ``%(name)s`` one of
a mapping, ``%%`` is a percent sign. Without parameters (None) the text goes as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from wdh.words.printable import is_encodable

Parameters = Sequence[object] | Mapping[str, object]

_PERCENT: Final = re.compile(r"%(?:%|s|\((?P<name>[^)]*)\)s)?")
"""A percent sign with what psycopg2 understands behind it; alone where there is nothing of the kind."""


def find_fault(sql: str, parameters: Parameters | None) -> str | None:
    """Say why a statement cannot be sent with its parameters; None: it can, and the server has its say.

    Whether psycopg2 knows a parameter's type is not asked here: only a connection can tell.
    """
    if fault := _find_unsendable(sql):
        return f"has {fault} in its text"
    if parameters is None:
        return None
    is_named = isinstance(parameters, Mapping)
    for value in parameters.values() if isinstance(parameters, Mapping) else parameters:
        if isinstance(value, str) and (fault := _find_unsendable(value)):
            return f"has {fault} in the parameter {value!r}"
    found = [match for match in _PERCENT.finditer(sql) if match[0] != "%%"]
    bare = next((match for match in found if match[0] == "%"), None)
    if bare is not None:
        shown = sql[bare.start() : bare.start() + 20]
        return f"has a bare % beside parameters, at {shown!r}; write %% for a percent sign, and %s for a parameter"
    if any((match["name"] is not None) is not is_named for match in found):
        wanted = "%(name)s, as the parameters are a mapping" if is_named else "%s, as the parameters are a sequence"
        return f"mixes placeholders and parameters of two kinds; write {wanted}"
    return _find_misfit([match["name"] for match in found], parameters)


def _find_misfit(names: Iterable[str], parameters: Parameters) -> str | None:
    names = list(names)
    if isinstance(parameters, Mapping):
        missing = [name for name in dict.fromkeys(names) if name not in parameters]
        return f"has no parameter for {', '.join(f'%({name})s' for name in missing)}" if missing else None
    if len(names) != len(parameters):
        return f"has {len(names)} placeholders (%s) and {len(parameters)} parameters"
    return None


def _find_unsendable(text: str) -> str | None:
    if "\0" in text:
        return "a NUL character"
    return None if is_encodable(text) else "a character that is no Unicode (a lone surrogate)"
