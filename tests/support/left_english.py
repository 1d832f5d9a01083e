"""The English that is left in a sentence which is said in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable

_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|'[^']*'|`[^`]*`|\{[^}]*\}|\[[^\]]*\]")
_NAME = re.compile(r"--[a-z-]+|[A-Za-z0-9]*(?:[_./:=+*\\-]+[A-Za-z0-9]+)+")
_COMMANDS = (
    *("wdh demo", "wdh inspect", "wdh migrate", "pip install", "pip uninstall", "python -m pip install"),
    *("from wdh import hookimpl", "from wdh import hooks", "CSV UTF-8", "JSON Schema", "Excel 2003"),
)
_RUN = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]+)+")


def find_english(sentence: str, values: Iterable[str] = ()) -> list[str]:
    """Give the runs of English words outside of quotes, names, commands, and ``values`` that are repeated."""
    for value in sorted((*_COMMANDS, *values), key=len, reverse=True):
        sentence = sentence.replace(value, "…")
    return _RUN.findall(_NAME.sub("…", _QUOTED.sub("…", sentence)))
