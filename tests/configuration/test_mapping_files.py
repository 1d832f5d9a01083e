"""Mappings of settings that stand in files beside the configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.configurations import MINIMAL, write_configuration

from wdh.configuration import Provided, find_faults, load_configuration
from wdh.errors import SetupError
from wdh.settings import Lookup, MappingTable
from wdh.sql.identifiers import Target

TEXTS = {"type": "object", "additionalProperties": {"type": "string"}, "default": {}}
OWNERS: Mapping[str, Any] = {
    "owners": {
        "type": "object",
        "properties": {"by_name": {**TEXTS, "mapping_file": "number"}, "by_town": TEXTS},
        "default": {},
        "derives": {"number": "P_*"},
    },
    "otherwise": {"type": ["string", "null"], "leaves_null": "月度"},
}
PROVIDED = Provided(None, OWNERS, "shops 1.0")


def configure(folder: Path, owners: str, **files: str | bytes) -> Path:
    """Write a configuration whose owners are as given, and the files beside it."""
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        (folder / name.replace("_", ".")).write_bytes(data)
    return write_configuration(folder, MINIMAL + f"    owners: {owners}\n")


def read(path: Path) -> Mapping[str, Any]:
    settings = load_configuration(path, domain="shops", provided=PROVIDED).domain.settings["owners"]
    assert isinstance(settings, Mapping)
    return settings


def faults(path: Path) -> list[str]:
    return [str(fault) for fault in find_faults(path, {"shops": PROVIDED})]


@pytest.mark.parametrize(
    "files",
    [
        {"a_csv": 'name,number\n甲,0012\n\n"乙,丙", 7 \r\n'},
        {"a_csv": b"\xef\xbb\xbfname,number\r\n" + "甲,0012\r\n乙,7\r\n甲,0012\r\n".replace("乙", '"乙,丙"').encode()},
        {"a_csv": '甲: "0012"\n"乙,丙": "7"\n'},
    ],
    ids=["csv", "csv of Excel, with a line twice", "yaml"],
)
def test_a_text_names_the_file_of_a_mapping(tmp_path: Path, files: dict[str, str | bytes], request: Any) -> None:
    """YAML and CSV are the same to who reads the settings, and the file itself is found from the configuration on."""
    if "yaml" in request.node.callspec.id:
        files = {"a_yml": files["a_csv"]}
    name = next(iter(files)).replace("_", ".")
    path = configure(tmp_path, f"{{by_name: {name}, by_town: {{x: y}}}}", **files)
    assert faults(path) == []
    assert read(path) == {"by_name": {"甲": "0012", "乙,丙": "7"}, "by_town": {"x": "y"}}


def test_twenty_thousand_names_are_read(tmp_path: Path) -> None:
    lines = "".join(f"甲{number},{number}\n" for number in range(20_000))
    assert len(read(configure(tmp_path, "{by_name: a.csv}", a_csv="name,number\n" + lines))["by_name"]) == 20_000


def test_a_mapping_goes_on_in_a_file_and_a_table_and_its_own_entries_win(tmp_path: Path) -> None:
    table = "{schema: 档案, table: 店, key: 名, value: 号}"
    sources = f'{{by_name: {{甲: "7", from_table: {table}, from_file: a.csv}}, by_town: {{from_table: x}}}}'
    path = configure(tmp_path, sources, a_csv="name,number\n甲,1\n乙,2\n")
    assert faults(path) == []
    assert read(path) == {"by_name": {"甲": "7", "乙": "2"}, "by_town": {"from_table": "x"}}
    domain = load_configuration(path, domain="shops", provided=PROVIDED).domain
    lookup = Lookup(Target("档案", "店"), {"名": "名"}, "号")
    assert domain.tables == (MappingTable(("owners", "by_name"), lookup, "P_*"),)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from_table: {table: 店, key: 名}", "by_name.from_table.value: is missing"),
        ("from_table: {table: 店, key: 名, values: 号}", "from_table.values: is not a key here; did you mean value?"),
        ("from_table: 店", "by_name.from_table: must be a mapping"),
        ("from_table: {table: pg_class, key: oid, value: relname}", "by_name.from_table.table: "),
        ("from_table: {table: 店, key: " + "长" * 22 + ", value: 号}", "by_name.from_table.key: "),
        ("from_file: [a.csv]", "by_name.from_file: must be text, the name of a file, not a list"),
        ("from_file: b.csv", "by_name.from_file: the file "),
    ],
)
def test_a_fault_of_a_source_is_named_with_its_line(tmp_path: Path, source: str, said: str) -> None:
    (fault,) = faults(configure(tmp_path, f"{{by_name: {{{source}}}}}"))
    assert fault.startswith("data_sources.yml:")
    assert said in fault


def test_a_mapping_that_may_not_be_a_file_is_none(tmp_path: Path) -> None:
    (fault,) = faults(configure(tmp_path, "{by_town: a.csv}", a_csv="name,number\n甲,1\n"))
    assert "by_town: must be a mapping" in fault


CSV = {
    "a sentinel as a key": ("name,number\n甲,1\n__EMPTY__,2\n", "a.csv:3:1 '__EMPTY__' stands for nothing"),
    "a sentinel as a value": ("name,number\n甲,NULL\n", "a.csv:2:1 'NULL' stands for nothing"),
    "another header": ("name,id\n甲,1\n", "a.csv:1:1 the first line must be a header"),
    "no header": ("甲,1\n", "a.csv:1:1 the first line must be a header"),
    "nothing": ("", "a.csv:1:1 the first line must be a header"),
    "one value": ("name,number\n甲\n", "a.csv:2:1 the line must have two values, and has 1"),
    "a blank value": ("name,number\n甲,\n", "a.csv:2:1 the line must have two values, and has 1"),
    "three values": ("name,number\n甲,1,2\n", "a.csv:2:1 the line must have two values, and has 3"),
    "two meanings": ("name,number\n甲,1\n乙,2\n甲,3\n", "a.csv:4:1 '甲' has another number in line 2"),
    "two meanings for who compares": ("name,number\nＡ 店,1\nA店,3\n", "a.csv:3:1 'A店' has another number in line 2"),
    "an open quote": ('name,number\n甲,1\n"乙,2\n', "a.csv:3:1 the line is not CSV"),
    "another encoding": ("name,number\n甲,1\n".encode("gbk"), "a.csv:2:1 the file is not UTF-8"),
    "NUL": ("name,number\n甲\0,1\n", "a.csv:2:1 "),
}


@pytest.mark.parametrize(("text", "said"), CSV.values(), ids=CSV)
def test_a_fault_of_a_csv_file_is_named_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = configure(tmp_path, "{by_name: a.csv}", a_csv=text)
    (fault,) = faults(path)
    assert fault.startswith(said)
    with pytest.raises(SetupError) as raised:
        read(path)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('甲: "1"\n乙: __EMPTY__\n', "a.yml:2:1 '__EMPTY__' stands for nothing"),
        ("甲: 12\n", "a.yml:1:4 甲: must be text, not the number 12: put it in quotes"),
        ('甲: "1"\n甲: "2"\n', "a.yml:2:1 甲: the key is there twice"),
        ("[甲]\n", "a.yml:1:1 the file must be a mapping, with a value and what stands for it"),
    ],
)
def test_a_fault_of_a_yaml_file_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = faults(configure(tmp_path, "{by_name: a.yml}", a_yml=text))
    assert fault.startswith(said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("b.csv", "cannot be read: No such file or directory"),
        ("a.txt", "the file's name ends in none of .csv, .yml, .yaml"),
        ("pipe.csv", "cannot be read: it is no plain file"),
        ("pipe.yml", "cannot be read: it is no plain file"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault_of_the_configuration(tmp_path: Path, name: str, said: str) -> None:
    if name.startswith("pipe"):
        os.mkfifo(tmp_path / name)  # opening it would wait for somebody to write
    (fault,) = faults(configure(tmp_path, f"{{by_name: {name}}}"))
    assert fault.startswith("data_sources.yml:")
    assert "domains.shops.owners.by_name: " in fault
    assert said in fault


def test_a_sentinel_in_the_configuration_itself_is_a_fault_as_well(tmp_path: Path) -> None:
    (fault,) = faults(configure(tmp_path, '{by_name: {"__EMPTY__": "1", 甲: "2"}}'))
    assert fault.startswith("data_sources.yml:")
    assert "'__EMPTY__' stands for nothing" in fault


@pytest.mark.parametrize(("written", "is_fault"), [("null", True), ("x", False)])
def test_a_null_that_would_stand_in_the_scope_is_a_fault(tmp_path: Path, written: str, is_fault: bool) -> None:
    """pk names the column, and a fact that is NULL there could never be replaced."""
    path = write_configuration(tmp_path, MINIMAL + f"    otherwise: {written}\n")
    found = faults(path)
    assert bool(found) is is_fault
    assert all("domains.shops.otherwise: is null, so 月度 may be NULL, and pk has 月度" in fault for fault in found)
    assert faults(write_configuration(tmp_path, MINIMAL)) == []
