"""A sound file becomes frozen values: what it says, completed by the domain's defaults, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.configurations import MINIMAL, NOTHING, ORIGIN, SHOP_SETTINGS, SHOPS, write_configuration

from wdh.configuration import Provided, load_configuration, written_domains
from wdh.errors import PluginError, SetupError
from wdh.settings import ColumnRule, Configuration, Discovery, Domain, Reference, Validation
from wdh.sql.identifiers import Target

TOWNS = Reference(
    "towns",
    Target("public", "城市"),
    ("城市代码",),
    (ColumnRule("城市代码", "城市代码"), ColumnRule("城市名称", "城市")),
)
SHOP_RULES = (
    ColumnRule("店铺代码", "代码"),
    ColumnRule("店铺名称", "名称", "most_frequent", tie_break="销售额"),
)


def load(folder: Path, text: str, *, provided: Provided = SHOPS) -> Configuration:
    return load_configuration(write_configuration(folder, text), domain="shops", provided=provided)


def target(folder: Path, refs: str) -> Target:
    """Where the shops go when the file's refs block says ``refs``."""
    configuration = load(folder, MINIMAL + f"    refs: {refs}\n")
    return next(ref.target for ref in configuration.domain.refs if ref.name == "shops")


def test_a_file_that_says_the_least_gets_every_default(tmp_path: Path) -> None:
    configuration = load(tmp_path, MINIMAL, provided=NOTHING)
    assert configuration == Configuration(
        tmp_path / "data_sources.yml",
        Domain("shops", "shops", 0, Target(None, "销售"), ("月度",)),
        Discovery(),
    )


def test_a_file_that_says_everything_is_taken_by_its_word(tmp_path: Path) -> None:
    text = """\
        # yaml-language-server: $schema=data_sources.schema.json
        domains:
          shops:
            description: "sales"
            pattern: '(?P<year>\\d{4})年(?P<month>\\d+)月'
            select: latest_by_year_month_and_version
            sheet: 规模明细
            schema: 档案
            table: 销售
            pk: [月度, 店铺代码]
            required_columns: [月度]
            validation: {min_rows: 2.0, max_file_age_days: 1.5}
            refs:
              people:
                schema: 档案
                table: 人员
                key: [编号, 店铺代码]
                updatable: [姓名]
                mode: insert_and_fill
                columns:
                  编号: 员工编号
                  姓名: {from: 姓名, pick: max_by, by: 销售额}
                  类型: {from: 类型, pick: concat_distinct, order: [a, b], separator: "/"}
                  来源: {pick: constant, value: 1.0}
                  备注: {from: 月度, format: "%y%m_新建"}
                depends_on: [shops]
                blank: ["(空白)"]
                required: [姓名]
                on_key_conflict: reject
        discovery:
          file_extensions: [.xlsx]
          exclude_directories: []
          ignore_patterns: ["~$*"]
          max_depth: 3.0
          follow_symlinks: true
          version_folders: 'R(?P<version>\\d+)'
    """
    configuration = load(tmp_path, text, provided=Provided({"shops": {"table": "店铺", "key": ["k"]}}, None, ORIGIN))
    people = Reference(
        "people",
        Target("档案", "人员"),
        ("编号", "店铺代码"),
        (
            ColumnRule("店铺代码", "店铺代码"),
            ColumnRule("编号", "员工编号"),
            ColumnRule("姓名", "姓名", "max_by", by="销售额"),
            ColumnRule("类型", "类型", "concat_distinct", order=("a", "b"), separator="/"),
            ColumnRule("来源", None, "constant", value=1.0),
            ColumnRule("备注", "月度", format="%y%m_新建"),
        ),
        ("姓名",),
        "insert_and_fill",
        ("shops",),
        ("(空白)",),
        ("姓名",),
        "reject",
    )
    assert configuration.domain == Domain(
        "shops",
        r"(?P<year>\d{4})年(?P<month>\d+)月",
        "规模明细",
        Target("档案", "销售"),
        ("月度", "店铺代码"),
        (Reference("shops", Target(None, "店铺"), ("k",), (ColumnRule("k", "k"),)), people),
        "sales",
        "latest_by_year_month_and_version",
        ("月度",),
        Validation(2, 1.5),
    )
    assert configuration.discovery == Discovery((".xlsx",), (), ("~$*",), 3, True, r"R(?P<version>\d+)")
    assert [type(configuration.discovery.max_depth), type(configuration.domain.validation.min_rows)] == [int, int]


def test_without_a_refs_block_the_references_are_the_domains_own(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL).domain.refs == (
        TOWNS,
        Reference("shops", Target("public", "店铺"), ("店铺代码",), SHOP_RULES, ("店铺名称",), depends_on=("towns",)),
    )


@pytest.mark.parametrize("refs", ["{}", "{shops: {}}", "{shops: {mode: insert_missing}}"])
def test_what_the_file_leaves_out_comes_from_the_domain(tmp_path: Path, refs: str) -> None:
    assert load(tmp_path, MINIMAL + f"    refs: {refs}\n").domain == load(tmp_path, MINIMAL).domain


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        ("{shops: {schema: 档案}}", Target("档案", "店铺")),
        ("{shops: {table: 门店}}", Target(None, "门店")),
        ("{shops: {schema: 档案, table: 门店}}", Target("档案", "门店")),
        ('{shops: {schema: "", table: 门店}}', Target(None, "门店")),
        ('{shops: {schema: "  "}}', Target(None, "店铺")),
        ("{shops: {schema: null}}", Target(None, "店铺")),
        ("{shops: {schema: }}", Target(None, "店铺")),
        ("{towns: {table: 县}}", Target("public", "店铺")),
    ],
)
def test_a_table_in_the_file_brings_its_schema_or_none(tmp_path: Path, refs: str, expected: Target) -> None:
    assert target(tmp_path, refs) == expected


def test_lists_and_rules_of_columns_replace_and_columns_are_merged(tmp_path: Path) -> None:
    text = (
        MINIMAL + "    refs: {shops: {depends_on: [], columns: {店铺名称: 名字, 备注: {pick: constant, value: x}}}}\n"
    )
    shops = load(tmp_path, text).domain.refs[1]
    assert shops.depends_on == ()
    assert shops.columns == (
        ColumnRule("店铺代码", "代码"),
        ColumnRule("店铺名称", "名字"),
        ColumnRule("备注", None, "constant", value="x"),
    )


def test_null_switches_a_reference_or_a_rule_off(tmp_path: Path) -> None:
    text = MINIMAL + "    refs: {towns: null, shops: {depends_on: [], updatable: [], columns: {店铺名称: null}}}\n"
    (shops,) = load(tmp_path, text).domain.refs
    assert (shops.name, shops.columns) == ("shops", (ColumnRule("店铺代码", "代码"),))


def test_own_keys_are_completed_key_by_key_and_keep_codes_as_written(tmp_path: Path) -> None:
    text = MINIMAL + '    shop_ids: {by_name: {分店: "0002"}, by_code: {"0012": "600000001"}}\n'
    assert load(tmp_path, text).domain.settings == {
        "shop_ids": {"by_name": {"总店": "0001", "分店": "0002"}, "by_code": {"0012": "600000001"}},
        "rounding": 2,
    }


def test_the_defaults_of_a_package_are_copied_and_not_shared(tmp_path: Path) -> None:
    before = json.dumps(SHOP_SETTINGS)
    settings = load(tmp_path, MINIMAL).domain.settings
    settings["shop_ids"]["by_name"]["总店"] = "changed"
    assert json.dumps(SHOP_SETTINGS) == before


def test_all_faults_come_in_one_setup_error_one_per_line(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as caught:
        load(tmp_path, MINIMAL.replace("table", "tabel") + "    select: newest\n")
    assert str(caught.value).split("\n") == [
        f"{tmp_path / 'data_sources.yml'} has 2 faults:",
        "data_sources.yml:4:5 domains.shops.tabel: is not a key here; did you mean table?",
        (
            "data_sources.yml:6:13 domains.shops.select: the text 'newest' is none of latest_by_year_month, "
            "latest_by_mtime, latest_by_year_month_and_version"
        ),
    ]
    assert type(caught.value) is SetupError
    assert [fault.line for fault in caught.value.facts["faults"]] == [4, 6]  # type: ignore[attr-defined]


def test_a_fault_of_the_package_makes_a_plugin_error(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=f"^{ORIGIN}, hook provide_refs: refs: returned a str"):
        load(tmp_path, MINIMAL, provided=Provided("x", None, ORIGIN))  # type: ignore[arg-type]


def test_of_very_many_faults_the_first_fifty_are_shown_and_all_are_facts(tmp_path: Path) -> None:
    codes = "".join(f"        k{number}: {number}\n" for number in range(120))
    with pytest.raises(SetupError) as caught:
        load(tmp_path, MINIMAL + "    shop_ids:\n      by_name:\n" + codes)
    lines = str(caught.value).split("\n")
    assert (len(lines), lines[-1]) == (52, "… and 70 more")
    assert len(caught.value.facts["faults"]) == 120  # type: ignore[arg-type]


def test_a_file_that_yaml_cannot_read_is_a_setup_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"^data_sources\.yml:1:1 the file is empty"):
        load(tmp_path, "")


def test_an_unknown_domain_is_told_with_those_there_are(tmp_path: Path) -> None:
    path = write_configuration(tmp_path, "domains: {shops: {}, people: {}}\n")
    with pytest.raises(SetupError) as near:
        load_configuration(path, domain="shop", provided=NOTHING)
    assert str(near.value) == f"the domain 'shop' is not in {path}: did you mean shops? The file has shops, people"
    with pytest.raises(SetupError, match=r"add it under domains:, or ask for one that is there\. The file has shops"):
        load_configuration(path, domain="xyz", provided=NOTHING)


def test_the_domains_are_given_in_order_as_they_are_written_and_not_checked(tmp_path: Path) -> None:
    written = written_domains(write_configuration(tmp_path, "domains: {b: 1, a: {x: y}}\n"))
    assert list(written.items()) == [("b", {}), ("a", {"x": "y"})]


@pytest.mark.parametrize("text", ["domains: {}\n", "domains: 3\n", "discovery: {}\n"])
def test_a_file_without_domains_is_a_setup_error(tmp_path: Path, text: str) -> None:
    path = write_configuration(tmp_path, text)
    with pytest.raises(SetupError, match="has no domains; add one"):
        written_domains(path)
    with pytest.raises(SetupError, match="domains"):
        load_configuration(path, domain="shops", provided=NOTHING)


def test_importing_the_configuration_loads_neither_yaml_nor_contracts() -> None:
    """Heavy modules are imported when a file is read: --help must not wait for them."""
    heavy = ("ruamel.yaml", "jsonschema", "referencing")
    program = f"import sys, wdh.configuration; print([name for name in {heavy} if name in sys.modules])"
    plain = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert plain.stdout == "[]\n"
