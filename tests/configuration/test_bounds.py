"""No configuration makes wdh work for minutes, ask for gigabytes, or fail with a fault of its own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from support.configurations import MINIMAL, ORIGIN, SALES, list_faults, write_configuration

from wdh.configuration import Provided, document, find_faults, load_configuration
from wdh.domain.loading import JUDGES
from wdh.errors import SetupError
from wdh.words import expressions

MIB = 1024 * 1024
PATIENCE = 60
"""Seconds; without bounds each of these takes minutes, or more memory than there is."""

FLOODS = {
    "a list of texts and numbers": (
        "    required_columns: [" + ",".join(f"a{i},{i}" for i in range(30_000)) + "]\n",
        "the list has more than 5000 entries, which no key here needs",
    ),
    "a list with one thing twice": (
        "    required_columns: [" + ",".join(f"a{i % 100_000}" for i in range(100_001)) + "]\n",
        "the list has more than 5000 entries, which no key here needs",
    ),
    "a mapping of many keys": (
        "    columns:\n" + "".join(f"      c{i}: text\n" for i in range(50_000)),
        "the mapping has more than 5000 keys, which none here needs",
    ),
    "values in many lists": (
        "    x:\n" + "".join(f"      k{i}: [{'1,' * 1000}]\n" for i in range(100)),
        "the file has more than 2000 values, which no configuration needs",
    ),
    "keys inside of keys": ("    x:\n      " + "? " * 100_000 + "\n", "nested more than 32 deep"),
    "lists inside of lists": ("    x: " + "[" * 200_000, "nested more than 32 deep"),
    "a long tag": ("    x: " + "!" * 900_000 + " 1\n", "a ! and more than 300 characters without a blank stand here"),
    "a long alias": ("    x: *" + "a" * 100_000 + "\n", "names no anchor above it; write &aaa"),
    "a long anchor twice": (
        "    x: [&" + "a" * 100_000 + " 1, &" + "a" * 100_000 + " 1]\n",
        "is there twice, first in",
    ),
    "a long text": (
        "    description: " + "a" * 100_000 + "\n",
        "domains.shops.description: is 100000 characters long, and no text here has more than 10000",
    ),
    "one key again and again": ("    x: {" + "? a : b, " * 20_000 + "}\n", "more than 2000 values"),
    "aliases that double": (
        "    a0: &a0 [x]\n" + "".join(f"    a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)),
        "data_sources.yml:20:16 with what *a13 stands for, the file has more than 50000 values",
    ),
    "merge keys that double": (
        "    a0: &a0 {}\n" + "".join(f"    a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 60)),
        "the file has more than 50000 values",
    ),
    "aliases of a long text": (
        f"    a: &a {'a' * 9000}\n    b: [{'*a,' * 4000}]\n",
        "data_sources.yml:7:354 with what *a stands for, the file has more than 1048576 characters",
    ),
    "aliases that go deeper": (
        "    a0: &a0 [x]\n" + "".join(f"    a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 60)),
        "nested more than 32 deep",
    ),
    "merge keys that go deeper": (
        "    a0: &a0 {x: y}\n" + "".join(f"    a{i}: &a{i} {{<<: *a{i - 1}}}\n" for i in range(1, 60)),
        "mappings are merged more than 32 deep",
    ),
    "merge keys of many keys": (
        "".join(f"    a{n}: &a{n} {{{','.join(f'k{n}_{i}: 1' for i in range(3000))}}}\n" for n in (1, 2))
        + "    b: {<<: [*a1, *a2]}\n",
        "data_sources.yml:8:9 the mapping has more than 5000 keys with those it merges",
    ),
    "a merge key of very many mappings": (
        f"    a: &a {{{','.join(f'k{i}: 1' for i in range(4000))}}}\n    e: &e {{}}\n"
        "    b: {<<: [" + "{<<: [*a]}," * 20 + "*e," * 4900 + "]}\n",
        "data_sources.yml:8:141 with what *a stands for, the file has more than 50000 values",
    ),
}


@pytest.mark.parametrize("case", FLOODS)
def test_a_flood_is_refused_in_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    text, fault = FLOODS[case]
    if "2000 values" in fault:
        monkeypatch.setattr(document, "MAX_VALUES", 2000)
    path = write_configuration(tmp_path, "")
    path.write_text(MINIMAL + text[:MIB], encoding="utf-8")
    began = time.process_time()
    faults = [*map(str, find_faults(path, {"shops": Provided(None, None, ORIGIN)}, judges=JUDGES)[:2])]
    assert fault in faults[-1]
    assert all(each.startswith("data_sources.yml:") and len(each) < 1000 for each in faults)
    assert time.process_time() - began < PATIENCE


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("9" * 3000, "is too large a number; if it is text, put it in quotes"),
        ("0x" + "f" * 5000, "is too large a number; if it is text, put it in quotes"),
        ("1e999", "1e999 is too large a number; if it is text, put it in quotes"),
        ("-1e999", "-1e999 is too large a number; if it is text, put it in quotes"),
        ("9" * 900, "must be at most 1048576, not 9999"),
        ("1e300", "must be at most 1048576, not 1e+300"),
    ],
    ids=["many digits", "many hexadecimal digits", "infinity", "minus infinity", "digits", "exponent"],
)
def test_a_number_beyond_all_use_is_a_fault_of_its_line(tmp_path: Path, written: str, fault: str) -> None:
    (line,) = list_faults(tmp_path, MINIMAL + f"    validation:\n      min_rows: {written}\n")
    assert line.startswith("data_sources.yml:7:17 domains.shops.validation.min_rows: ")
    assert fault in line


@pytest.mark.parametrize(
    ("escape", "code"), [(r"\0", "U+0000"), (r"\uD800", "U+D800"), (r"\uDFFF", "U+DFFF")], ids=["NUL", "high", "low"]
)
def test_a_character_that_no_text_can_have_is_a_fault_of_its_line(tmp_path: Path, escape: str, code: str) -> None:
    """YAML's escapes write it; it would end the run where it is stored or printed."""
    (line,) = list_faults(tmp_path, MINIMAL + f'    description: "a{escape}"\n')
    assert line == (
        f"data_sources.yml:6:18 domains.shops.description: has the character {code}, which no text can have; remove it"
    )
    (line,) = list_faults(tmp_path, MINIMAL + f'    "a{escape}": 1\n')
    assert (
        line
        == f"data_sources.yml:6:5 domains.shops: the key has the character {code}, which no text can have; remove it"
    )


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        ("{kind: code, width: 2000000000}", "width: must be at most 100, not 2000000000"),
        ("{kind: amount, scale: 2000000000}", "scale: must be at most 100, not 2000000000"),
        ("{kind: amount, precision: 2000000000}", "precision: must be at most 1000, not 2000000000"),
        ("{kind: text, max_length: 2000000000}", "max_length: must be at most 10485760, not 2000000000"),
        (f"{{kind: text, default: {'a' * 1001}}}", "default: has 1001 characters, and at most 1000 can stand here"),
    ],
    ids=["width", "scale", "precision", "max_length", "default"],
)
def test_a_column_asks_for_no_more_than_a_cell_can_use(tmp_path: Path, column: str, fault: str) -> None:
    path = write_configuration(tmp_path, "")
    path.write_text(
        f"domains:\n  sales:\n    pattern: x\n    table: t\n    pk: [a]\n    columns:\n      a: {column}\n", "utf-8"
    )
    (line,) = map(str, find_faults(path, {"sales": SALES}, judges=JUDGES))
    assert line.endswith(f"domains.sales.columns.a.{fault}")


def _brought(contract: Any) -> Provided:
    return Provided(None, {"codes": contract}, ORIGIN)


@pytest.mark.parametrize(
    "contract",
    [
        {"type": "object", "additionalProperties": {"pattern": "^(a|aa)+$"}},
        {"type": "object", "patternProperties": {"^(a|aa)+$": {}}},
        {"type": "object", "patternProperties": {"^(a|aa)+$": {}}, "additionalProperties": False},
        {"type": "object", "propertyNames": {"pattern": "^(a|aa)+$"}},
    ],
    ids=["pattern", "patternProperties", "additionalProperties", "propertyNames"],
)
def test_a_pattern_of_a_packages_contract_is_stopped_and_is_the_packages_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contract: Any
) -> None:
    monkeypatch.setattr(expressions, "SECONDS", 0.1)
    hostile = "a" * 200 + "!"
    (line,) = list_faults(
        tmp_path, MINIMAL + f"    codes:\n      ? {hostile}\n      : {hostile}\n", provided=_brought(contract)
    )
    assert line.startswith(
        f"{ORIGIN}, hook provide_settings: settings.codes: the pattern '^(a|aa)+$' takes too long to compare with 'aaa"
    )


@pytest.mark.parametrize(
    "contract", [{"pattern": "(?:a?){4000000000}"}, {"patternProperties": {"(?:a{65535}){65535}": {}}}]
)
def test_a_pattern_that_is_none_is_told_whether_a_value_meets_it_or_not(tmp_path: Path, contract: Any) -> None:
    """The package jsonschema meets it only at work, and then raises what nobody expects."""
    for text in (MINIMAL, MINIMAL + "    codes: {a: b}\n"):
        (line,) = list_faults(tmp_path, text, provided=_brought(contract))
        assert line.startswith(
            f"{ORIGIN}, hook provide_settings: settings.codes: returned what is no JSON Schema: the pattern "
        )


def test_a_list_of_a_packages_contract_has_no_entry_twice_as_json_schema_means_it(tmp_path: Path) -> None:
    """1 is 1.0, and true is no 1; mappings are compared whatever the order of their keys."""
    contract = {"type": "array", "uniqueItems": True}
    assert list_faults(tmp_path, MINIMAL + "    codes: [1, true, [1], '1', null]\n", provided=_brought(contract)) == []
    for twice in ("[1, 1.0]", "[{a: 1, b: 2}, {b: 2, a: 1}]"):
        (line,) = list_faults(tmp_path, MINIMAL + f"    codes: {twice}\n", provided=_brought(contract))
        assert line.endswith(" is there twice")


def test_what_is_refused_by_check_is_refused_by_a_run_with_the_same_line(tmp_path: Path) -> None:
    path = write_configuration(tmp_path, MINIMAL.replace("pattern: shops", "pattern: '(?:a{65535}){65535}'"))
    with pytest.raises(SetupError, match=r"data_sources.yml:3:14 domains.shops.pattern: repeats so much"):
        load_configuration(path, domain="shops", provided=Provided(None, None, ORIGIN))
