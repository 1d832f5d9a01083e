"""Names of domains, references and tables as Dagster takes them: letters of ASCII, digits and underscores.

The name of a business is data and may be in any script. What Dagster allows is left as it is; of any other name each
character that it does not allow is written as its number, so that two names never become one.
"""

from __future__ import annotations

import re
from typing import Final

FACTS: Final = "facts"
"""The last part of the key of a domain's facts; a reference of this name is written otherwise."""

_ALLOWED: Final = re.compile(r"[A-Za-z0-9_]+")
_WRITTEN: Final = re.compile(r"_u[0-9a-f]+_")


def write_name(name: str) -> str:
    """Write a name with the characters that Dagster allows: ``年金`` as ``_u5e74__u91d1_``. No two become one."""
    if _ALLOWED.fullmatch(name) and not _WRITTEN.search(name):
        return name
    return "".join(each if each.isascii() and each.isalnum() else _write(each) for each in name)


def write_reference(name: str) -> str:
    """Write a reference's name, so that it is neither that of the facts nor, with a check's behind it, that of one."""
    if name != FACTS and not name.startswith(f"{FACTS}_"):
        return write_name(name)
    return _write(name[0]) + "".join(each if each.isalnum() and each.isascii() else _write(each) for each in name[1:])


def _write(character: str) -> str:
    return f"_u{ord(character):x}_"
