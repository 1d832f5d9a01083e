"""No type is left to luck: in a column of any type a value arrives as it was sent, or nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.every_type import FORMS, LIMITED, OWN, TAKES_NOTHING, Tried, base_types, try_type

pytestmark = pytest.mark.once

SEVERAL = (
    *("numeric(10,2)", "varchar(3)", "char(4)", "timetz(0)", "timestamptz(0)", "interval(0)", "interval year to month"),
    *("money", "oid", "int4", "float4", "date", "bool", "name", "bytea", "jsonb", "inet", "uuid", "tsvector", "xid"),
)


@pytest.fixture(scope="module")
def place(postgres_server: Any) -> Iterator[Any]:
    with postgres_server.fresh_database() as database:
        yield database


def losses_of(tried: list[Tried]) -> list[str]:
    return [loss for one in tried for loss in one.losses]


def test_every_base_type_keeps_what_it_is_sent_or_refuses_it(place: Any) -> None:
    """A type of a later server must show here: it takes some of the texts, or nobody may write it."""
    tried = {kind: try_type(place.connect, kind) for kind in (*base_types(place.connect), *LIMITED)}
    assert losses_of([one for one in tried.values() if one is not None]) == []
    takes_nothing = {kind for kind, one in tried.items() if one is None or not one.arrived}
    without_library = {"xml"} & takes_nothing  # a server may be built without it
    assert takes_nothing - TAKES_NOTHING == without_library


@pytest.mark.whole
def test_an_array_of_every_base_type_keeps_what_it_is_sent_or_refuses_it(place: Any) -> None:
    tried = [try_type(place.connect, kind, form="array") for kind in (*base_types(place.connect), *LIMITED)]
    assert losses_of([one for one in tried if one is not None]) == []


@pytest.mark.many
@pytest.mark.parametrize("form", [form for form in FORMS if form != "plain"])
def test_what_is_made_of_a_type_keeps_what_it_is_sent_or_refuses_it(place: Any, form: str) -> None:
    tried = [one for kind in SEVERAL if (one := try_type(place.connect, kind, form=form)) is not None]
    assert losses_of(tried) == []
    assert sum(one.arrived for one in tried) > 100
    assert len(tried) == len([kind for kind in SEVERAL if kind not in LIMITED or form != "range"]) - (form == "range")


def test_the_samples_are_of_types_that_there_are(place: Any) -> None:
    """A name that is misspelt would never be tried; regdatabase is newer than some servers."""
    assert set(OWN) - {*base_types(place.connect), "regdatabase"} == set()
