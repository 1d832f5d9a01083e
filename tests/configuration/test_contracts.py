"""The published contracts are what an editor needs: valid, documented key by key, and the same that wdh checks."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from wdh.references.picks import PICKS
from wdh.settings import ColumnRule, Discovery, Domain, Reference, Validation
from wdh_schemas import CONTRACTS, NAMES, read_contract

ENTRY = {"pattern": "x", "table": "销售", "pk": ["月度"]}


def keys(contract: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every documented key of a contract: the properties, but for those that only forbid under a condition."""
    if isinstance(contract, list):
        for item in contract:
            yield from keys(item, path)
    if isinstance(contract, dict):
        for name, item in contract.items():
            if name == "properties":
                yield from ((f"{path}.{key}", entry) for key, entry in item.items())
                for key, entry in item.items():
                    yield from keys(entry, f"{path}.{key}")
            elif name not in ("if", "then", "else", "allOf", "examples", "default"):
                yield from keys(item, path)


def published() -> Draft202012Validator:
    """The contract of the whole file, as an editor reads it: by the names of the files alone."""
    registry = Registry().with_resources(
        (f"{name}.schema.json", DRAFT202012.create_resource(read_contract(name))) for name in CONTRACTS
    )
    return Draft202012Validator(read_contract("data_sources"), registry=registry)


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_is_valid_draft_2020_12_and_is_in_the_package(name: str) -> None:
    contract = read_contract(name)
    assert contract["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(contract)
    assert files("wdh_schemas").joinpath(f"{name}.schema.json").is_file()


def test_every_contract_in_the_folder_is_listed() -> None:
    found = {entry.name for entry in files("wdh_schemas").iterdir() if entry.name.endswith(".schema.json")}
    assert found == {f"{name}.schema.json" for name in NAMES}


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_key_has_a_title_a_description_and_examples(name: str) -> None:
    found = list(keys(read_contract(name)))
    assert len(found) >= 15
    bare = [path for path, entry in found if not {"title", "description", "examples"} <= entry.keys()]
    assert bare == []


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_example_and_default_is_what_its_key_allows(name: str) -> None:
    registry = published()._registry
    for path, entry in keys(read_contract(name)):
        # A reference to the same file needs the file around it.
        whole = {**entry, "$defs": read_contract(name).get("$defs", {})}
        shown = [*entry["examples"], *([entry["default"]] if "default" in entry else [])]
        for value in shown:
            faults = [error.message for error in Draft202012Validator(whole, registry=registry).iter_errors(value)]
            assert faults == [], (path, value)


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"company_ids": {"by_plan": {"Z0003": "600001001"}}},
        {"refs": {"plans": {"schema": "档案"}, "portfolios": None}},
        {"refs": {"plans": {"columns": {"备注": {"from": "月度", "format": "%y%m_新建"}, "x": None}}}},
        {"schema": None, "sheet": 3, "validation": {"max_file_age_days": None}},
    ],
)
def test_an_editor_accepts_what_a_domain_may_say(extra: dict[str, Any]) -> None:
    assert list(published().iter_errors({"domains": {"any": ENTRY | extra}})) == []


@pytest.mark.parametrize(
    "file",
    [
        {},
        {"domains": {}},
        {"domain": {"any": ENTRY}},
        {"domains": {"any": {"table": "x"}}},
        {"domains": {"any": ENTRY | {"refs": {"plans": {"kye": ["a"]}}}}},
        {"domains": {"any": ENTRY | {"refs": {"all": {}}}}},
        {"domains": {"any": ENTRY | {"pk": "月度"}}},
        {"domains": {"any": ENTRY}, "discovery": {"depth": 3}},
    ],
)
def test_an_editor_underlines_what_is_wrong(file: dict[str, Any]) -> None:
    assert list(published().iter_errors(file))


def test_the_keys_defaults_and_choices_of_the_contracts_are_those_of_the_values() -> None:
    """What the documentation in the editor calls the default is what wdh uses where the file is silent."""
    sources, refs = read_contract("data_sources"), read_contract("refs")
    domain, entry, rule = sources["$defs"]["domain"]["properties"], refs["$defs"]["entry"], refs["$defs"]["rule"]
    compared = [
        (sources["properties"]["discovery"]["properties"], Discovery),
        (domain["validation"]["properties"], Validation),
        (domain, Domain),
        (entry["properties"], Reference),
        (rule["properties"], ColumnRule),
    ]
    for properties, kind in compared:
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        for key in properties.keys() & fields.keys():
            if "default" in properties[key] and fields[key].default is not msgspec.NODEFAULT:
                default = fields[key].default
                assert properties[key]["default"] == (list(default) if isinstance(default, tuple) else default), key
            if key != "pick" and "enum" in properties[key]:
                assert tuple(properties[key]["enum"]) == get_args(get_type_hints(kind)[key]), key
    assert properties["pick"]["enum"] == list(PICKS)
    assert properties.keys() - fields.keys() == {"from"}
    assert compared[0][0].keys() == {field.name for field in msgspec.structs.fields(Discovery)}
