"""A password in each place that one can come from, and a search for what is left of it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from psycopg2.extensions import make_dsn

SECRET = "Gk7qX@m2zKd:/?#[]Wv8pL\"T9hJb'Jp4rN\\ %41%zz密码🔑Rt5sQ"  # noqa: S105 - nobody's
"""Everything in it that a connection string, a URI, a password file or a log could stumble over."""

_WORDS = re.findall(r"[A-Za-z0-9]{5}", SECRET) + re.findall("[^\0-\x7f]{2,}", SECRET)
"""Its parts by which even a piece of it is known, such as what follows an ``@`` and is taken for a host."""


def traces(left: bytes) -> list[str]:
    """Give the forms of the password, or of a part of it, that stand in ``left``."""
    return [form for form in sorted(_forms()) if form.encode() in left]


def _forms() -> Iterator[str]:
    for word in _WORDS:
        yield from (word, quote(word), quote(word).lower(), ascii(word)[1:-1], json.dumps(word)[1:-1])
    for shift in range(3):
        core = base64.b64encode(b"\0" * shift + SECRET.encode()).decode()[4:-4]
        yield from (core, core.translate(str.maketrans("+/", "-_")))
    yield SECRET.encode().hex()


Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """What the user gave: arguments, variables, and files of his own, which may hold the password."""

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


Source = Callable[[Settings, Path], Given]


def _uri(place: Settings, password: str) -> str:
    others = "&".join(f"{name}={quote(place[name], safe='')}" for name in ("host", "port"))
    return f"postgresql://{place['user']}{password}@/{place['dbname']}?{others}"


def _uri_flag(place: Settings, home: Path) -> Given:  # noqa: ARG001 - every source has the same form
    return Given(("--dsn", _uri(place, ":" + quote(SECRET, safe=""))))


def _uri_flag_query(place: Settings, home: Path) -> Given:  # noqa: ARG001
    return Given(("--dsn", _uri(place, "") + "&password=" + quote(SECRET, safe="")))


def _key_value_flag(place: Settings, home: Path) -> Given:  # noqa: ARG001
    return Given(("--dsn", make_dsn(**place, password=SECRET)))


def _uri_variable(place: Settings, home: Path) -> Given:  # noqa: ARG001
    return Given(environment={"WDH_DATABASE__URI": _uri(place, ":" + quote(SECRET, safe=""))})


def _key_value_variable(place: Settings, home: Path) -> Given:  # noqa: ARG001
    return Given(environment={"WDH_DATABASE__URI": make_dsn(**place, password=SECRET)})


def _own_variables(place: Settings, home: Path) -> Given:  # noqa: ARG001
    own = {"host": "HOST", "port": "PORT", "user": "USER", "dbname": "DB"}
    variables = {f"WDH_DATABASE__{name}": place[keyword] for keyword, name in own.items()}
    return Given(environment={**variables, "WDH_DATABASE__PASSWORD": SECRET})


def _libpq(place: Settings) -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    return {name: place[keyword] for keyword, name in names.items()}


def _pgpassword(place: Settings, home: Path) -> Given:  # noqa: ARG001
    return Given(environment={**_libpq(place), "PGPASSWORD": SECRET})


def _write_private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


_PASSFILE_LINE = "*:*:*:*:" + SECRET.replace("\\", "\\\\").replace(":", "\\:") + "\n"


def _passfile(place: Settings, home: Path) -> Given:
    named = _write_private(home / "passwords", _PASSFILE_LINE)
    return Given(environment={**_libpq(place), "PGPASSFILE": str(named)})


def _home_passfile(place: Settings, home: Path) -> Given:
    _write_private(home / ".pgpass", _PASSFILE_LINE)
    return Given(environment=_libpq(place))


def _service(place: Settings, home: Path) -> Given:
    lines = [f"{name}={value}" for name, value in {**place, "password": SECRET}.items()]
    named = _write_private(home / "services", "\n".join(["[warehouse]", *lines, ""]))
    return Given(environment={"PGSERVICEFILE": str(named), "PGSERVICE": "warehouse"})


SOURCES: Mapping[str, Source] = {
    "--dsn, a URI": _uri_flag,
    "--dsn, a URI with a query": _uri_flag_query,
    "--dsn, keys and values": _key_value_flag,
    "WDH_DATABASE__URI, a URI": _uri_variable,
    "WDH_DATABASE__URI, keys and values": _key_value_variable,
    "WDH_DATABASE__PASSWORD": _own_variables,
    "PGPASSWORD": _pgpassword,
    "PGPASSFILE": _passfile,
    ".pgpass": _home_passfile,
    "PGSERVICEFILE": _service,
}
