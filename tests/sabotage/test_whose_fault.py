"""A value is the sender's fault only where a cell holds it, and a reject quotes the cell whatever was made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.sabotages import Sabotage
from support.workspaces import Ended

from .conftest import install, run

pytestmark = pytest.mark.once

MADE = "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), hook transform: "
ANSWER = "@hookimpl\ndef transform(batch):\n    return "
REFS = """
@hookimpl
def provide_refs():
    v = {"from": "b", "pick": "max"}
    return {"places": {"schema": "public", "table": "places", "key": ["k"], "columns": {"k": "a", "v": v}}}
"""


class Domain:
    """A domain whose source a test gives, over the rows x 1, y 2, z 3."""

    def __init__(self, site: Path, folder: Path, request: pytest.FixtureRequest) -> None:
        self._site, self._folder, self._request = site, folder, request

    def run(self, source: str, *arguments: str) -> Ended:
        domain = Sabotage("", source, run=arguments)
        install(self._site, "shops", "domains", domain)
        return run(domain, self._folder, self._request)


@pytest.fixture
def domain(site: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Domain:
    return Domain(site, tmp_path, request)


def facts(values: str) -> str:
    return f"{ANSWER}Facts(batch.row_numbers, {{'a': ['x', 'x', 'y'], 'b': {values}}})\n"


def rejects(ended: Ended) -> list[tuple[Any, Any]]:
    return [(reject["cell"], reject["value"]) for reject in json.loads(ended.out)["rejects"]]


def test_a_reject_quotes_the_cell_though_the_package_rewrote_the_batch(domain: Domain) -> None:
    source = (
        "import dataclasses\nfrom wdh import integer\nREAD = Columns(integer('b'))\n"
        "@hookimpl\ndef transform(batch):\n"
        "    made = {**batch.columns, 'b': [f'no. {cell}' for cell in batch.columns['b']]}\n"
        "    return READ.clean(dataclasses.replace(batch, columns=made))\n"
    )
    assert rejects(domain.run(source)) == [("B2", "1"), ("B3", "2"), ("B4", "3")]


def test_a_reject_of_the_packages_own_making_quotes_the_cell_too(domain: Domain) -> None:
    source = (
        "from wdh import Reject\n@hookimpl\ndef transform(batch):\n"
        "    made = [Reject(batch.file, 'shops', row, f'B{row}', 'b', 'made up', 'odd', 'Odd.') for row in (2, 3)]\n"
        "    return Facts([4], {'a': ['z'], 'b': [3]}, tuple(made))\n"
    )
    assert rejects(domain.run(source)) == [("B2", "1"), ("B3", "2")]


@pytest.mark.parametrize(("cell", "code"), [("nan", 3), ("0", 2)])
def test_a_value_that_cannot_be_stored_is_the_cells_fault_only_where_the_cell_holds_it(
    domain: Domain, monkeypatch: pytest.MonkeyPatch, cell: str, code: int
) -> None:
    monkeypatch.setattr(f"{run.__module__}.ROWS", f"a,b\nx,{cell}\n")
    ended = domain.run(f"{ANSWER}Facts([2], {{'a': ['x'], 'b': [float('nan')]}})\n")
    assert ended.code == code
    said = "B2: b: nan is not a finite number. Mend the cell" if code == 3 else f"{MADE}returned nan in column 'b'"
    assert said in ended.err


def test_a_value_that_the_warehouse_does_not_take_is_told_with_the_package_that_made_it(domain: Domain) -> None:
    ended = domain.run(facts("['1', 'much too long', '3']"), "--execute")
    assert ended.code == 3
    assert (
        "'much too long' has 13 characters, and character varying(3) keeps 3 (shops.csv, sheet shops, B3)" in ended.err
    )
    assert f"{MADE}gave 'much too long' for shops.csv, sheet shops, B3, where no cell holds it; if that" in ended.err


def test_a_value_that_its_cell_holds_is_told_without_the_package(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{run.__module__}.ROWS", "a,b\nx, much too long \n")
    ended = domain.run(f"{ANSWER}Facts([2], {{'a': ['x'], 'b': ['much too long']}})\n", "--execute")
    assert ended.code == 3
    assert "'much too long' has 13 characters" in ended.err
    assert "hook transform" not in ended.err


def test_a_value_that_a_pick_cannot_use_is_told_with_the_package_that_made_it(domain: Domain) -> None:
    ended = domain.run(facts("[1, 'two', 3]") + REFS)
    assert ended.code == 3
    assert f"{MADE}gave 'two' for shops.csv, sheet shops, B3, where no cell holds it" in ended.err
    assert ended.err.count("hook transform") == 1
