"""Who counts as a user of the embedded server when the last one is to stop it."""

from __future__ import annotations

from contextlib import closing
from threading import Timer

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case
from psycopg2.extensions import make_dsn

from wdh.warehouse import Address, open_connection
from wdh.warehouse.embedded.home import Home
from wdh.warehouse.embedded.server import embedded_server, enter, is_last, leave


class Lingering(Connection):
    """A connection that the server still lists for a while after it was closed."""

    def close(self) -> None:
        """Not yet."""

    def end(self) -> None:
        """Close it."""
        super().close()


def place_of(address: Address) -> dict[str, str]:
    return {name: value for name, value in address.parameters.items() if name != "dbname"}


def test_another_client_counts(made_home: Home) -> None:
    with embedded_server(made_home.path) as address, closing(enter(place_of(address))) as client:
        assert not is_last(client)


def test_a_client_that_took_its_leave_does_not_count_though_it_is_still_listed(made_home: Home) -> None:
    with embedded_server(made_home.path) as address:
        last = enter(place_of(address))
        other = psycopg2.connect(make_dsn(**address.parameters), connection_factory=Lingering)
        other.autocommit = True
    # the server knows the block's own client no more, and has been left running for these two
    leave(other)
    assert not other.closed
    assert is_last(last)
    other.end()
    last.close()


@pytest.mark.parametrize(("seconds", "alone"), [(0.3, True), (30, False)])
def test_a_connection_that_is_about_to_close_gets_a_second(made_home: Home, seconds: float, alone: bool) -> None:
    with embedded_server(made_home.path) as address:
        last = enter(place_of(address))
        foreign = open_connection(address)
    closing_soon = Timer(seconds, foreign.close)
    closing_soon.start()
    try:
        assert is_last(last) is alone
    finally:
        closing_soon.cancel()
        foreign.close()
        last.close()
