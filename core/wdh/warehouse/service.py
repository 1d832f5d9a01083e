"""libpq's service file: what it says of a server, which is what the user wants and no default may override.

https://www.postgresql.org/docs/current/libpq-pgservice.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path


def read_service(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Give the keywords and values that the files libpq reads have for a service; empty where it is not found.

    What is wrong with a file libpq says, when it is asked to connect.
    """
    return next((found for path in _files(environment) if (found := _read(path, name))), {})


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    if named := environment.get("PGSERVICEFILE"):
        yield Path(named)
    elif home := environment.get("HOME"):
        yield Path(home, ".pg_service.conf")
    if folder := environment.get("PGSYSCONFDIR"):
        yield Path(folder, "pg_service.conf")


def _read(path: Path, name: str) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    found, is_ours = {}, False
    for line in map(str.strip, lines):
        if line.startswith("["):
            if is_ours:
                break
            is_ours = line == f"[{name}]"
        elif is_ours and not line.startswith("#"):
            keyword, _, value = line.partition("=")
            found[keyword] = value
    return found
