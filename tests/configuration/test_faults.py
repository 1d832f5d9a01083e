"""Every fault of a configuration is told at once, with its line and column and what to write instead.

Each file of the folder ``faulty`` is one test: it ends in the faults it has, after ``#! ``, as the operator reads them
behind the file's name. A file dropped there is a test. The domain ``shops`` has its package (see
support.configurations), ``sales`` is one that has none and must declare its columns; any other is not known.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.configurations import MINIMAL, NOTHING, ORIGIN, SALES, SHOP_REFS, SHOPS, list_faults, write_configuration

from wdh.configuration import Provided, find_faults
from wdh.domain.loading import JUDGES
from wdh.references.picks import PICKS

FAULTY = sorted((Path(__file__).parent / "faulty").glob("*.yml"))
MARK = "#! "


@pytest.mark.parametrize("path", FAULTY, ids=[path.stem for path in FAULTY])
def test_all_faults_of_a_file_are_told_with_their_places(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    expected = [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]
    found = [
        str(fault).removeprefix(f"{path.name}:")
        for fault in find_faults(path, {"shops": SHOPS, "sales": SALES}, judges=JUDGES)
    ]
    assert found == expected
    assert expected


def test_a_pick_that_there_is_not_is_told_with_all_those_that_there_are(tmp_path: Path) -> None:
    text = MINIMAL + "    refs: {shops: {columns: {店铺名称: {from: 名称, pick: mostfrequent}}}}\n"
    (fault,) = list_faults(tmp_path, text)
    message = f"the text 'mostfrequent' is none of {', '.join(PICKS)}; did you mean most_frequent?"
    assert fault == f"data_sources.yml:6:53 domains.shops.refs.shops.columns.店铺名称.pick: {message}"


def test_the_folder_of_faulty_files_is_found() -> None:
    assert len(FAULTY) > 40


def test_a_file_without_faults_has_none(tmp_path: Path) -> None:
    assert list_faults(tmp_path, MINIMAL) == []


def test_a_fault_is_a_value_with_file_line_column_path_and_message(tmp_path: Path) -> None:
    path = write_configuration(tmp_path, MINIMAL.replace("table", "tabel"))
    (fault,) = find_faults(path, {"shops": SHOPS})
    assert (fault.file, fault.line, fault.column, fault.path) == (str(path), 4, 5, "domains.shops.tabel")
    assert fault.message == "is not a key here; did you mean table?"


def test_a_domain_whose_package_is_not_loaded_may_have_keys_of_its_own(tmp_path: Path) -> None:
    path = write_configuration(tmp_path, MINIMAL + "    company_ids: {a: 1}\n    refs: {towns: {schema: x}}\n")
    assert find_faults(path) == ()


PLUGINS = {
    "refs of the wrong type": (
        Provided([], None, ORIGIN),  # type: ignore[arg-type]
        f"{ORIGIN}, hook provide_refs: refs: returned a list; it must return a mapping or None",
    ),
    "refs with a key that is no text": (
        Provided({"a": {1: 2}}, None, ORIGIN),
        f"{ORIGIN}, hook provide_refs: refs: returned a mapping with a key that is no str",
    ),
    "settings of the wrong type": (
        Provided(None, "x", ORIGIN),  # type: ignore[arg-type]
        f"{ORIGIN}, hook provide_settings: settings: returned a str; it must return a mapping or None",
    ),
    "settings that take a key of ours": (
        Provided(None, {"table": {}}, ORIGIN),
        (
            f"{ORIGIN}, hook provide_settings: settings.table: returned a key that is one of wdh's own; choose another "
            "name"
        ),
    ),
    "settings with a key that is no text": (
        Provided(None, {1: {}}, ORIGIN),  # type: ignore[dict-item]
        f"{ORIGIN}, hook provide_settings: settings.1: returned a mapping with a key that is no str",
    ),
    "settings that are no contract": (
        Provided(None, {"x": {"type": "text"}}, ORIGIN),
        (
            f"{ORIGIN}, hook provide_settings: settings.x: returned what is no JSON Schema: "
            "'text' is not valid under any of the given schemas"
        ),
    ),
    "settings that refer to nothing": (
        Provided(None, {"x": {"$ref": "#/$defs/y", "default": 1}}, ORIGIN),
        (
            f"{ORIGIN}, hook provide_settings: settings.x: PointerToNowhere: '/$defs/y' does not exist within "
            "{'$ref': '#/$defs/y', 'default': 1}"
        ),
    ),
    "a default that breaks its own contract": (
        Provided(None, {"x": {"type": "string", "default": 3}}, ORIGIN),
        f"{ORIGIN}, hook provide_settings: domains.shops.x: the default must be text, not the number 3",
    ),
    "a misspelt key in refs": (
        Provided({"a": {"table": "x", "key": ["k"], "updateable": []}}, None, ORIGIN),
        f"{ORIGIN}, hook provide_refs: domains.shops.refs.a.updateable: is not a key here; did you mean updatable?",
    ),
    "refs without a table": (
        Provided({"a": {"key": ["k"]}}, None, ORIGIN),
        f"{ORIGIN}, hook provide_refs: domains.shops.refs.a.table: is missing",
    ),
    "a value of no JSON kind": (
        Provided({"a": {"table": "x", "key": {"k"}}}, None, ORIGIN),
        f"{ORIGIN}, hook provide_refs: domains.shops.refs.a.key: must be a list, not a set",
    ),
    "a column without a rule": (
        Provided({"a": {"table": "x", "key": ["k"], "updatable": ["u"]}}, None, ORIGIN),
        (
            f"{ORIGIN}, hook provide_refs: domains.shops.refs.a.updatable[0]: the column 'u' has no rule in columns; "
            "known: k"
        ),
    ),
}


@pytest.mark.parametrize(("provided", "expected"), PLUGINS.values(), ids=PLUGINS.keys())
def test_a_fault_of_a_package_names_its_distribution_and_no_line(
    tmp_path: Path, provided: Provided, expected: str
) -> None:
    assert list_faults(tmp_path, MINIMAL, provided=provided) == [f"{expected}; correct the package or ask its author"]


OWN_CONTRACTS = {
    "a choice without a value": ({"enum": ["a", "b"]}, "", "has no value; one of a, b is wanted"),
    "a full-width colon": (
        {"type": "object"},
        "a：b",
        "must be a mapping, not the text 'a：b'; a full-width ： is no colon to YAML, which wants a : and a blank",
    ),
    "too few": ({"minItems": 2}, "[1]", "must have at least 2 entries or characters"),
    "a pattern": ({"pattern": "^P"}, "x", "the text 'x' cannot stand here: it does not match ^P"),
    "a rule without words of ours": ({"const": 3}, "4", "3 was expected"),
    "alternatives": (
        {"anyOf": [{"type": "integer"}, {"const": "x"}]},
        "1.5",
        "1.5 is not valid under any of the given schemas",
    ),
    "a pattern of keys": (
        {"type": "object", "patternProperties": {"^x": True}, "additionalProperties": False},
        "{x1: 1, y: 2}",
        "is not a key here; there are none here",
    ),
}


@pytest.mark.parametrize(("contract", "written", "expected"), OWN_CONTRACTS.values(), ids=OWN_CONTRACTS.keys())
def test_a_contract_of_a_package_is_explained_whatever_it_demands(
    tmp_path: Path, contract: dict[str, object], written: str, expected: str
) -> None:
    (fault,) = list_faults(
        tmp_path, MINIMAL + f"    own: {written}\n", provided=Provided(None, {"own": contract}, ORIGIN)
    )
    assert fault.startswith("data_sources.yml:6:")
    assert fault.split(": ", 1)[1] == expected


def test_a_contract_that_refers_to_another_place_is_never_fetched(tmp_path: Path) -> None:
    provided = Provided(None, {"own": {"$ref": "http://localhost:1/x.json", "default": 1}}, ORIGIN)
    (fault,) = list_faults(tmp_path, MINIMAL, provided=provided)
    said = f"{ORIGIN}, hook provide_settings: settings.own: Unresolvable: http://localhost:1/x.json"
    assert fault == f"{said}; correct the package or ask its author"


def test_a_fault_that_only_file_and_package_make_together_points_into_the_file(tmp_path: Path) -> None:
    """The file makes a column the key that the package picks by majority: the file's line is the one to change."""
    text = MINIMAL + "    refs:\n      shops:\n        key: [店铺名称]\n"
    assert list_faults(
        tmp_path, text, provided=Provided({"shops": SHOP_REFS["shops"] | {"depends_on": []}}, {}, ORIGIN)
    ) == [
        (
            "data_sources.yml:8:9 domains.shops.refs.shops.key: a key column is taken as it stands; write "
            f"店铺名称: 名称 (domains.shops.refs.shops.columns.店铺名称, from {ORIGIN})"
        )
    ]


def test_a_package_that_answers_nothing_leaves_all_to_the_file(tmp_path: Path) -> None:
    text = MINIMAL + "    refs: {new: {table: x, key: [k]}}\n    tint: red\n"
    assert list_faults(tmp_path, text, provided=NOTHING) == [
        (
            "data_sources.yml:7:5 domains.shops.tint: is not a key here; known: description, pattern, path_pattern, "
            "exclude, select, sheet, sheets, text, constants, corrections, drop_rows, computed, checks, unpivot, "
            "header, header_row, schema, table, pk, period, lineage, after, guards, headers, provisional, columns, "
            "totals, refs, required_columns, validation"
        )
    ]


def test_a_package_whose_transform_takes_columns_may_get_some_or_none(tmp_path: Path) -> None:
    taking = Provided(None, None, ORIGIN, "taken")
    assert list_faults(tmp_path, MINIMAL, provided=taking) == []
    assert list_faults(tmp_path, MINIMAL + "    columns: {月度: month}\n", provided=taking) == []


def test_a_package_without_a_transform_needs_columns(tmp_path: Path) -> None:
    (fault,) = list_faults(tmp_path, MINIMAL, provided=Provided(None, None, ORIGIN, "needed"))
    assert fault == (
        f"{ORIGIN}, hook transform: domains.shops.columns: is missing, and the package has no transform (marked with "
        "@hookimpl) that would read the sheet; correct the package or ask its author"
    )
