"""No error, address or traceback shows a password, least of all a badly written one."""

from __future__ import annotations

import traceback

import pytest

from wdh.errors import SetupError
from wdh.warehouse import connect, find_address

SECRET = "Geheim7"  # noqa: S105 - nobody's
NOWHERE = "127.0.0.1:1"

WRONG = [
    f"postgresql://etl:{SECRET}%@db.example/wh",
    f"postgresql://etl:{SECRET}%zz@db.example/wh",
    f"postgresql://etl:%00{SECRET}@db.example/wh",
    f"postgresql://etl:100%{SECRET}@db.example/wh",
    f"postgresql://etl:x@{SECRET}@db.example/wh",
    f"postgresql://etl:{SECRET}@@db.example/wh",
    f"postgresql://etl:{SECRET}/x@db.example/wh",
    f"postgresql://etl:x/{SECRET}@db.example/wh",
    f"postgresql://etl:1234/{SECRET}@db.example/wh",
    f"postgresql://etl:x?{SECRET}@b@db.example/wh",
    f"postgresql://etl:x?a/{SECRET}@db.example/wh",
    f"postgresql://etl:{SECRET}@[::1/wh",
    f"postgresql://etl:{SECRET}@db.example:port/wh",
    f"postgresql://etl:{SECRET}@db.example:99999/wh",
    f"postgresql://etl@db.example:{SECRET}/wh",
    f"postgresql://etl:{SECRET}@db.example/wh?unknown=1",
    f"postgresql://etl@db.example/wh?pasword={SECRET}",
    f"postgresql://etl@db.example/wh?{SECRET}",
    f"postgresql+psycopg2://etl:{SECRET}@db.example/wh",
    f"mysql://etl:{SECRET}@db.example/wh",
    f"host=db.example password=a {SECRET}",
    f"host=db.example password='{SECRET}",
    f"host=db.example {SECRET}=x",
    f"host=postgresql://etl:{SECRET}@db.example",
    f"host=etl:{SECRET}@db.example",
    f"dbname=postgresql://etl:{SECRET}@db.example/wh",
    f"etl:{SECRET}@db.example/wh",
    f"postgresql://etl:{SECRET}\0@db.example/wh",
    f"postgresql://etl:{SECRET}\udcff@db.example/wh",
    SECRET,
]

RIGHT = [
    f"postgresql://etl:{SECRET}@{NOWHERE}/wh",
    f"postgresql://etl:{SECRET}%40x@{NOWHERE}/wh",
    f"postgresql://etl:x?{SECRET}@{NOWHERE}/wh",
    f"postgresql://etl@{NOWHERE}/wh?password={SECRET}",
    f"postgresql://etl@{NOWHERE}/wh?password=a@{SECRET}",
    f"host=127.0.0.1 port=1 password={SECRET}",
    f"host=127.0.0.1 port=1 password='a b {SECRET}'",
    f"host=127.0.0.1 port=1 sslpassword={SECRET}",
]


def everything_about(error: BaseException) -> str:
    """All that a log, a report or a debugger's traceback could show of an error and what led to it."""
    found, chain = "".join(traceback.format_exception(error)), [error]
    while chain:
        one = chain.pop()
        found += f"{one!r}{one}{one.args!r}{getattr(one, 'facts', None)!r}"
        chain += [other for other in (one.__cause__, one.__context__) if other is not None]
    return found


@pytest.mark.parametrize("dsn", WRONG)
@pytest.mark.parametrize("source", ["--dsn", "WDH_DATABASE__URI"])
def test_a_wrong_connection_string_is_refused_without_being_repeated(dsn: str, source: str) -> None:
    with pytest.raises(SetupError) as caught:
        find_address(dsn if source == "--dsn" else None, {source: dsn})
    told = everything_about(caught.value)
    assert SECRET not in told
    assert caught.value.message.startswith((source, f"the host of {source}"))
    assert "postgresql://user@host:5432/database" in caught.value.message


@pytest.mark.parametrize("dsn", RIGHT)
def test_a_server_that_cannot_be_reached_is_told_without_the_password(dsn: str) -> None:
    address = find_address(dsn, {})
    assert SECRET not in f"{address!r}{address}{[address]}"
    with pytest.raises(SetupError) as caught, connect(address):
        pass
    told = everything_about(caught.value)
    assert SECRET not in told
    assert "127.0.0.1" in told


OWN = [
    {"WDH_DATABASE__HOST": f"etl:{SECRET}@db.example"},
    {"WDH_DATABASE__HOST": f"postgresql://etl:{SECRET}@db.example/wh"},
    {"WDH_DATABASE__HOST": "db.example", "WDH_DATABASE__PORT": SECRET},
    {"WDH_DATABASE__HOST": "db.example", "WDH_DATABASE__PASSWORD": f"{SECRET}\udcff"},
    {"WDH_DATABASE__HOST": "db.example", "WDH_DATABASE__DB": f"postgresql://etl:{SECRET}@db.example/wh"},
]


@pytest.mark.parametrize("environment", OWN)
def test_a_wrong_variable_is_refused_without_being_repeated(environment: dict[str, str]) -> None:
    with pytest.raises(SetupError, match="WDH_DATABASE__") as caught:
        find_address(None, environment)
    assert SECRET not in everything_about(caught.value)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "5432x", "５４３２", "1e3"])
def test_a_port_is_a_number_that_a_port_can_have(port: str) -> None:
    with pytest.raises(SetupError, match="port that is not a number from 1 to 65535"):
        find_address(f"host=h port={port}", {})
