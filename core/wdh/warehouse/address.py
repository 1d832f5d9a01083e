"""Finds the address of the warehouse: the first that the command line and the environment name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wdh.warehouse.dsn import SECRETS, check_parameters, parse_dsn
from wdh.warehouse.embedded.home import default_home, server_version
from wdh.warehouse.strays import refuse_strays
from wdh.words.language import join, later, say

URI_VARIABLE = "WDH_DATABASE__URI"
HOME_VARIABLE = "WDH_EMBEDDED_DIR"

VARIABLES = {
    "WDH_DATABASE__HOST": "host",
    "WDH_DATABASE__PORT": "port",
    "WDH_DATABASE__USER": "user",
    "WDH_DATABASE__PASSWORD": "password",
    "WDH_DATABASE__DB": "dbname",
}
"""wdh's own variables and the libpq keyword that each one sets."""

LIBPQ_PLACES = {
    "PGSERVICE": "service",
    "PGHOST": "host",
    "PGHOSTADDR": "hostaddr",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "user",
}
"""libpq's variables that name a place. The others (PGPASSWORD, PGSSLMODE, PGOPTIONS …) only say how to go there."""


DEFAULT_PORT = "5432"
_NAMES = ((later("database {name}"), "dbname"), (later("user {name}"), "user"))


@dataclass(frozen=True, slots=True)
class Address:
    """A place to connect to. Its ``repr`` and ``str`` are ``described``: they never show a password.

    ``parameters`` are libpq keywords, possibly with secrets: for the driver only. For keywords that are not among them
    libpq looks where it always does (PG* variables, service file, .pgpass). ``home`` is the directory of the embedded
    server that has to run first; None for any other server.
    """

    parameters: Mapping[str, str] = field(hash=False)
    source: str
    described: str
    home: Path | None = None

    def __repr__(self) -> str:
        return f"<Address: {self.described}>"

    def __str__(self) -> str:
        return self.described

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that no text may show."""
        return tuple(self.parameters[name] for name in SECRETS if self.parameters.get(name))


def find_address(flag_dsn: str | None, environment: Mapping[str, str]) -> Address:
    """Find the warehouse. The first hit wins:

    1. ``flag_dsn`` (None: the flag was not given), a PostgreSQL URI or a ``key=value`` connection string;
    2. ``WDH_DATABASE__URI``, of the same forms;
    3. any of ``WDH_DATABASE__HOST``, ``__PORT``, ``__USER``, ``__PASSWORD``, ``__DB``;
    4. any of libpq's own PGSERVICE, PGHOST, PGHOSTADDR, PGPORT, PGDATABASE, PGUSER;
    5. the embedded PostgreSQL, in ``WDH_EMBEDDED_DIR`` or the user's data directory.

    A variable that is empty or blank counts as not set; an empty flag is a mistake, as a run that was given a server
    must not quietly use another. Opens no connection. Raises SetupError, whose text repeats no part of a value; before
    4., too, where only a name says the place that wdh does not read (see :func:`refuse_strays`).
    """
    if flag_dsn is not None:
        return _server(parse_dsn(flag_dsn, source="--dsn"), environment, source="--dsn")
    if uri := _value(environment, URI_VARIABLE):
        return _server(parse_dsn(uri, source=URI_VARIABLE), environment, source=URI_VARIABLE)
    if own := {name: value for name in VARIABLES if (value := _value(environment, name))}:
        parameters = {VARIABLES[name]: value for name, value in own.items()}
        return _server(check_parameters(parameters, source="WDH_DATABASE__…"), environment, source=next(iter(own)))
    refuse_strays(environment, Path())
    if places := [name for name in LIBPQ_PLACES if _value(environment, name)]:
        return _server({}, environment, source=places[0])
    return embedded_address(environment)


def embedded_address(environment: Mapping[str, str], *, home: Path | None = None) -> Address:
    """Give the address of the embedded PostgreSQL, whatever else is set; ``home`` overrides where its data are.

    Starts nothing; whether the wheel is installed is found out when the server is started.
    """
    named = _value(environment, HOME_VARIABLE)
    source = HOME_VARIABLE if home is None and named else "embedded"
    place = (home or (Path(named).expanduser() if named else default_home())).absolute()
    version = server_version()
    server = say("embedded PostgreSQL {version}", version=version) if version else say("embedded PostgreSQL")
    return Address({}, source, say("{server} in {place}", server=server, place=place), place)


def _server(parameters: Mapping[str, str], environment: Mapping[str, str], *, source: str) -> Address:
    described = say("{parameters} (from {source})", parameters=_describe(parameters, environment), source=source)
    if parameters.get("host") and "hostaddr" not in parameters:
        parameters = {**parameters, "hostaddr": ""}  # or a PGHOSTADDR of the environment would lead to another machine
    return Address(parameters, source, described)


def _describe(parameters: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Say what libpq will do with ``parameters``: what they leave open comes from the PG* variables.

    A service file is not read here, so with a service only what overrides it is said.
    """
    service = parameters.get("service") or _value(environment, "PGSERVICE")
    variables = {} if service else {keyword: _value(environment, name) for name, keyword in LIBPQ_PLACES.items()}
    known = {keyword: value for keyword, value in (variables | dict(parameters)).items() if value}
    server = say("PostgreSQL of service {service}", service=service) if service else "PostgreSQL"
    names = [say(text, name=known[keyword]) for text, keyword in _NAMES if keyword in known]
    return join(", ", [server + _describe_place(known, service=service), *names])


def _describe_place(known: Mapping[str, str], *, service: str) -> str:
    host = known.get("host") or known.get("hostaddr", "")
    port = known.get("port", "")
    if service and not host:
        return say(" on port {port}", port=port) if port else ""
    if not host or host.startswith(("/", "@")):
        if not host:
            return say(" on the local socket, port {port}", port=port or DEFAULT_PORT)
        return say(" on the local socket {host}, port {port}", host=host, port=port or DEFAULT_PORT)
    shown = f"[{host}]" if ":" in host else host
    return say(" on {shown}:{port}", shown=shown, port=port or DEFAULT_PORT)


def _value(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    return value if value.strip() else ""
