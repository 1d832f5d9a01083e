"""The names of a package's parts: found without regard to their spelling."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote


def fold_name(name: str) -> str:
    """Bring a part's name to the form by which it is compared (ECMA-376 part 2, 6.2.2.3 and 6.3.5).

    Names are one, too, that only some readers take for one: by case or composition outside ASCII, by a backslash, by
    slashes in front or doubled.
    """
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", unquote(name)).casefold()).replace("\\", "/")
    return "/".join(segment for segment in plain.split("/") if segment not in ("", "."))


def resolve_target(source: str, target: str) -> str:
    """Name the part that a relation of the part ``source`` (empty: of the package) leads to."""
    folder = posixpath.dirname(source.replace("\\", "/"))
    return posixpath.normpath(posixpath.join("/", folder, target.strip().replace("\\", "/"))).lstrip("/")


def name_relations(source: str) -> str:
    """Name the part that holds the relations of ``source`` (empty: of the package)."""
    folder, name = posixpath.split(source.replace("\\", "/"))
    return posixpath.join(folder, "_rels", f"{name}.rels")


class PartNames:
    """The parts that a package holds, by any spelling of their names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._folded: dict[str, list[str]] = {}
        for name in names:
            self._folded.setdefault(fold_name(name), []).append(name)

    def find(self, name: str) -> str | None:
        """Give a part's name as the package spells it; None: there is no such part, or more than one."""
        if name in self._names:
            return name
        found = self._folded.get(fold_name(name), [])
        return found[0] if len(found) == 1 else None
