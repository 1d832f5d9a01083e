"""docs/configuration.md is what the contracts say, key by key, and what it quotes is YAML that means the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.scripts import DOCS, load_writer

from wdh.configuration import find_faults
from wdh.configuration.document import read_document
from wdh_schemas import CONTRACTS, read_contract


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    return load_writer("write_configuration")


def test_the_page_is_current(writer: ModuleType) -> None:
    """If this fails, run python docs/write_configuration.py and look at what it changed."""
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == writer.write_page()


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_key_and_its_description_is_on_the_page(writer: ModuleType, name: str) -> None:
    page = writer.write_page()
    for key, entry in _keys(read_contract(name)):
        assert f"| `{key}` |" in page
        assert entry["description"].replace("|", "\\|") in page


def test_values_are_quoted_in_yaml_that_means_the_same(writer: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "quoted.yml"
    for value in _examples():
        path.write_text(f"value: {writer._yaml(value)}\n", encoding="utf-8")
        assert read_document(path).value == {"value": value}


def test_the_example_of_shared_blocks_is_read_as_the_page_says(writer: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "data_sources.yml"
    path.write_text(writer.HEAD.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert find_faults(path) == ()
    shops, kiosks, stock = read_document(path).value["domains"].values()
    assert kiosks == {**shops, "pattern": "摊位销售", "table": "摊位销售"}
    assert stock["validation"] == shops["validation"]


def _keys(contract: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(contract, list):
        for item in contract:
            yield from _keys(item)
    if isinstance(contract, dict):
        for name, item in contract.items():
            if name == "properties":
                yield from ((key, entry) for key, entry in item.items() if "description" in entry)
            if name not in ("if", "then", "else", "examples", "default"):
                yield from _keys(item)


def _examples() -> Iterator[Any]:
    for name in CONTRACTS:
        for _, entry in _keys(read_contract(name)):
            yield from entry.get("examples", ())
            yield from [entry["default"]] if "default" in entry else []
