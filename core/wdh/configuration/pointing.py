"""An error that comes of a setting only at work, with the line of the file that has it."""

from __future__ import annotations

from pathlib import Path

from wdh.configuration.document import Document, Unreadable, read_document
from wdh.configuration.faults import KeyPath, show_path
from wdh.errors import SetupError


def point_at(error: SetupError, path: Path, *, domain: str) -> SetupError:
    """Put line and column in front of an error of a run of ``domain``; give the error itself where there are none.

    The error's facts say what it is about: ``setting`` is the way to a key of the file or of the domain's entry,
    ``table_name`` a table that some key of the domain, of the ledger or of a plugin names.
    """
    if type(error) is not SetupError or not {"setting", "table_name"} & error.facts.keys():
        return error
    try:
        document = read_document(path)
    except (Unreadable, SetupError):
        return error
    found = _find_key(document, error, domain=domain)
    if found is None:
        return error
    line, column = document.places[found].value
    said = error.message.removeprefix(f"{error.facts.get('setting')}").lstrip(":").lstrip()
    return SetupError(f"{path.name}:{line}:{column} {show_path(found)}: {said}", **error.facts)


def _find_key(document: Document, error: SetupError, *, domain: str) -> KeyPath | None:
    setting, table = error.facts.get("setting"), error.facts.get("table_name")
    for path in document.places:
        if setting is not None and show_path(path) in (setting, f"domains.{domain}.{setting}"):
            return path
        is_asked = path[:2] == ("domains", domain) or path[:1] in (("ledger",), ("plugins",))
        if table is not None and is_asked and path[-1] == "table" and _value(document, path) == table:
            return path
    return None


def _value(document: Document, path: KeyPath) -> object:
    value = document.value
    for step in path:
        value = value[step]
    return value
