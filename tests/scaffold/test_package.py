"""What a new package consists of: complete, its author's own, and without a figure of the workbook it came from."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import ANY

import openpyxl
import pytest
from openpyxl.cell import WriteOnlyCell
from support.distributions import write_distribution
from support.workbooks import write_rows

from wdh.columns import Columns
from wdh.configuration import find_faults
from wdh.errors import SetupError
from wdh.inspection import Inspection, deduce_pattern, inspect_sheet
from wdh.scaffold import (
    PackageNames,
    check_name,
    example_sheet,
    find_checkout,
    make_own_wheel,
    plan_package,
    plan_plugin,
    write_package,
)
from wdh.scaffold.package import made_for
from wdh.testing import facts_of
from wdh_annuity_performance import demo

pytestmark = pytest.mark.once

HOSTILE = [
    "a'b",
    'a"b',
    "a'\"b",
    "a\\b",
    "{a}",
    "%(a)s",
    "${a}",
    "#",
    "yes",
    "0012",
    "a: b",
    "=1+1",
    "`a`|b",
    "xmin",
    "id",
    "很" * 22,
    "多\n行",
]
CHOICES = ["战略重点", "一般往来"]
SECRETS = [["机密公司甲", "Q7731", 918273.45], ["机密公司乙", "Q7732", 564738.91], ["机密公司丙", "Q7733", 102938.47]]


def plan_from(found: Inspection) -> Mapping[PurePosixPath, bytes]:
    return plan_package(PackageNames("test_domain"), found, source=found.file)


def load_module(path: Path) -> ModuleType:
    """Import a module that imports from wdh only."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_with_ruff(folder: Path) -> None:
    for command in (["format", "--diff"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(folder)],
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def performance(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    folder = tmp_path_factory.mktemp("deliveries")
    demo.write_demo("annuity_performance", folder, 20241101)
    (path,) = folder.rglob("*24年9月*.xlsx")
    return inspect_sheet(path)


def test_a_package_without_a_workbook_is_a_complete_example_of_sales_by_shop(tmp_path: Path) -> None:
    contents = plan_package(PackageNames("shop-sales"), example_sheet(), source=None)
    assert set(map(str, contents)) == {
        ".gitignore",
        "README.md",
        "data_sources.yml",
        "pyproject.toml",
        "setup.cfg",
        "tests/cases/2024年11月门店销售.expected.yml",
        "tests/cases/2024年11月门店销售.xlsx",
        "tests/test_conformance.py",
        "tests/test_job.py",
        "tox.ini",
        "wdh_shop_sales/__init__.py",
        "wdh_shop_sales/columns.py",
        "wdh_shop_sales/py.typed",
        "wdh_shop_sales/references.py",
    }
    write_package(tmp_path / "wdh-shop-sales", contents)
    check_with_ruff(tmp_path)
    setup = ConfigParser()
    setup.read(tmp_path / "wdh-shop-sales" / "setup.cfg", encoding="utf-8")
    assert setup["metadata"]["name"] == "wdh-shop-sales"
    assert setup["options.entry_points"]["wdh.domains"].strip() == "shop-sales = wdh_shop_sales"
    tox = (tmp_path / "wdh-shop-sales" / "tox.ini").read_text(encoding="utf-8")
    assert "env_list = py310, py311, py312, py313, types\nskip_missing_interpreters = true\n" in tox


def test_a_plugins_package_is_a_complete_example_that_keeps_small_deliveries_out(tmp_path: Path) -> None:
    contents = plan_plugin(PackageNames("small-deliveries"))
    assert set(map(str, contents)) == {
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "setup.cfg",
        "tests/test_conformance.py",
        "tests/test_job.py",
        "tox.ini",
        "wdh_small_deliveries/__init__.py",
        "wdh_small_deliveries/py.typed",
    }
    write_package(tmp_path / "wdh-small-deliveries", contents)
    check_with_ruff(tmp_path)
    setup = ConfigParser()
    setup.read(tmp_path / "wdh-small-deliveries" / "setup.cfg", encoding="utf-8")
    assert setup["options.entry_points"]["wdh.plugins"].strip() == "small-deliveries = wdh_small_deliveries"
    module = load_module(tmp_path / "wdh-small-deliveries" / "wdh_small_deliveries" / "__init__.py")
    assert module.skip_facts(facts_of([{"a": 1}]), {"least": 2}) == "1 facts are fewer than 2"
    assert module.skip_facts(facts_of([{"a": 1}]), {"least": 1}) is None
    assert module.skip_facts(facts_of([]), None) is None


@pytest.mark.parametrize(
    ("wdh", "versions"),
    [
        ("0.2.0", ">=0.2,<0.3"),
        ("0.2.7", ">=0.2,<0.3"),
        ("0.9.1+local", ">=0.9,<0.10"),
        ("0.3.0rc1", ">=0.3.0rc1,<0.4"),
        ("1.0.0", ">=1.0,<2"),
        ("2.4.1", ">=2.4,<3"),
    ],
)
def test_a_package_asks_for_the_versions_that_its_hooks_stay_the_same_in(wdh: str, versions: str) -> None:
    assert made_for(wdh) == versions


@pytest.mark.parametrize("contents", [plan_plugin(PackageNames("gate")), None])
def test_a_package_says_so_for_itself_and_for_its_tests(contents: Mapping[PurePosixPath, bytes] | None) -> None:
    found = contents or plan_package(PackageNames("shops"), example_sheet(), source=None)
    setup = ConfigParser()
    setup.read_string(found[PurePosixPath("setup.cfg")].decode("utf-8"))
    versions = made_for(version("wdh"))
    assert setup["options"]["install_requires"].strip() == f"wdh{versions}"
    assert setup["options.extras_require"]["test"].strip() == f"wdh[testing]{versions}"


def test_the_jobs_test_gives_the_warehouse_by_a_variable_and_not_on_a_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every list of processes, and every traceback, shows the arguments of a command."""
    write_package(tmp_path / "wdh-x", plan_package(PackageNames("shops"), example_sheet(), source=None))
    module = load_module(tmp_path / "wdh-x" / "tests" / "test_job.py")
    seen: list[tuple[list[str], Mapping[str, str]]] = []

    def run(command: list[Any], **options: Any) -> subprocess.CompletedProcess[str]:
        seen.append(([str(word) for word in command], options.get("env") or {}))
        return subprocess.CompletedProcess(command, 0, "References: 0 inserted, 0 filled.", "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("SOME_OTHER", "x")
    dsn = "postgresql://u:geheim@127.0.0.1/x"
    environment = {"WDH_DATABASE__URI": dsn}
    module.test_the_sample_arrives_and_a_second_run_changes_nothing(
        SimpleNamespace(dsn=dsn, environment=environment, execute=lambda _: None, rows=lambda _: ANY)
    )
    jobs = [(words, env) for words, env in seen if words[0].endswith("wdh-run")]
    assert len(jobs) == 2
    assert not [words for words, _ in seen if "geheim" in " ".join(words)]
    assert all(env["WDH_DATABASE__URI"] == dsn and env["SOME_OTHER"] == "x" for _, env in jobs)


def test_the_module_holds_what_was_proposed_and_looks_as_a_formatter_leaves_it(
    tmp_path: Path, performance: Inspection
) -> None:
    write_package(tmp_path / "wdh-x", plan_from(performance))
    check_with_ruff(tmp_path)
    facts = load_module(tmp_path / "wdh-x" / "wdh_test_domain" / "columns.py").FACTS
    assert isinstance(facts, Columns)
    assert facts.names == tuple(one.name for one in performance.columns)
    choices = {one.name for one in performance.columns if one.kind == "choice"}
    assert {column.name for column in facts if repr(column).startswith("choice(")} == set() != choices
    assert [repr(column) for column in facts if column.name not in choices] == [
        repr(one.declaration.column()) for one in performance.columns if one.kind != "choice"
    ]
    references = load_module(tmp_path / "wdh-x" / "wdh_test_domain" / "references.py").REFERENCES
    assert [refs["key"] for refs in references.values()] == [[one.key] for one in performance.references]
    assert [str(fault) for fault in find_faults(tmp_path / "wdh-x" / "data_sources.yml")] == []


def test_the_sample_has_the_shape_of_the_workbook(tmp_path: Path, performance: Inspection) -> None:
    """Inspected in its turn, it proposes the same kinds and the same references, and nothing in it is a reject."""
    write_package(tmp_path / "wdh-x", plan_from(performance))
    (path,) = (tmp_path / "wdh-x" / "tests" / "cases").glob("*.xlsx")
    again = inspect_sheet(path)
    assert [(one.header, one.kind) for one in again.columns] == [(one.header, one.kind) for one in performance.columns]
    assert [(one.key, set(one.columns), one.depends_on) for one in again.references] == [
        (one.key, set(one.columns), one.depends_on) for one in performance.references
    ]
    assert (again.expected.cells, again.totals, again.header_row) == (0, 1, 2)
    assert path.name.startswith("【for年金分战区经营分析】24年9月")
    assert deduce_pattern(path.stem).month == 9


def test_the_package_is_the_same_each_time(performance: Inspection) -> None:
    first, second = plan_from(performance), plan_from(performance)
    texts = [path for path in first if path.suffix != ".xlsx"]
    assert [first[path] for path in texts] == [second[path] for path in texts]


def test_no_name_code_or_figure_of_the_workbook_gets_into_the_package(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["月度", "客户名称", "客户代码", "资产规模", "客户类型"],
        *([202411, *SECRETS[n % 3], CHOICES[n % 7 % 2]] for n in range(60)),
    ]
    found = inspect_sheet(write_rows(tmp_path / "2024年11月.xlsx", rows))
    assert [one.key for one in found.references] == ["客户代码"]
    assert [one.name for one in found.columns if one.kind == "choice"] == ["客户类型"]
    contents = plan_from(found)
    for path, content in contents.items():
        whole = content
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                whole = b"".join(map(package.read, package.namelist()))
        text = whole.decode("utf-8")
        assert not [str(value) for row in (*SECRETS, CHOICES) for value in row if str(value) in text], path


def write_hostile(path: Path) -> Path:
    """Write three rows under these headers, none of which is a formula."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("a'b{}%$`|")
    header = [WriteOnlyCell(page, value=name) for name in HOSTILE]
    for cell in header:
        cell.data_type = "s"
    page.append(header)
    for number in range(3):
        page.append([f"值{number}"] * len(HOSTILE))
    book.save(path)
    return path


def test_hostile_names_come_out_right(tmp_path: Path) -> None:
    found = inspect_sheet(write_hostile(tmp_path / "a'{}%$.xlsx"))
    write_package(tmp_path / "wdh-x", plan_from(found))
    check_with_ruff(tmp_path / "wdh-x")
    facts = load_module(tmp_path / "wdh-x" / "wdh_test_domain" / "columns.py").FACTS
    assert facts.names == tuple(one.name for one in found.columns)
    assert len(facts.names) == len(HOSTILE)
    assert facts.headers == tuple(one.header for one in found.columns)
    assert [str(fault) for fault in find_faults(tmp_path / "wdh-x" / "data_sources.yml")] == []
    compile((tmp_path / "wdh-x" / "tests" / "test_job.py").read_text(encoding="utf-8"), "test", "exec")
    (sample,) = (tmp_path / "wdh-x" / "tests" / "cases").glob("*.xlsx")
    assert [one.header for one in inspect_sheet(sample).columns] == [one.header for one in found.columns]


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("Shops", "shops"),
        ("my shop", "my_shop"),
        ("9lives", "lives"),
        ("门店", "shop_sales"),
        ("a--b", "a_b"),
        ("../x", "x"),
        ("", "shop_sales"),
        ("a" * 41, "a" * 40),
        ("a.b", "a_b"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused_with_one_that_can(name: str, instead: str) -> None:
    with pytest.raises(SetupError, match=f"cannot be the name of a domain.*such as {instead}$"):
        check_name(name)


@pytest.mark.parametrize(
    "name", ["conformance", "job", "columns", "references", "wdh", "test", "tests", "cases", "domains", "null", "yes"]
)
def test_no_file_of_a_package_takes_the_place_of_another_whatever_the_domain_is_called(
    tmp_path: Path, name: str
) -> None:
    """A name that is a file's, a module's or YAML's own as well makes the same files, without a fault."""
    contents = plan_package(check_name(name), example_sheet(), source=None)
    usual = plan_package(PackageNames("shops"), example_sheet(), source=None)
    assert {str(path).replace(f"wdh_{name}", "wdh_shops") for path in contents} == set(map(str, usual))
    assert b"DomainConformance" in contents[PurePosixPath("tests/test_conformance.py")]
    assert b"wdh-run" in contents[PurePosixPath("tests/test_job.py")]
    write_package(tmp_path / "package", contents)
    assert [str(fault) for fault in find_faults(tmp_path / "package" / "data_sources.yml")] == []


@pytest.mark.parametrize("name", ["annuity_performance", "annuity-performance"])
def test_a_domain_that_an_installed_package_claims_is_refused(name: str) -> None:
    with pytest.raises(SetupError, match="is there already, in wdh 0"):
        check_name(name)


@pytest.mark.parametrize(("name", "kind"), [("period_lock", "domain"), ("annuity-income", "plugin")])
def test_a_plugin_and_a_domain_cannot_have_the_same_module(name: str, kind: str) -> None:
    with pytest.raises(SetupError, match="is there already, in wdh 0"):
        check_name(name, kind=kind)


def test_a_plugins_name_that_cannot_be_one_is_refused_with_one_that_can() -> None:
    with pytest.raises(SetupError, match="cannot be the name of a plugin.*such as small_deliveries$"):
        check_name("关账", kind="plugin", such_as="small_deliveries")


@pytest.mark.parametrize("name", ["conformance", "job", "wdh", "test", "tests", "null", "yes", "a" * 40])
def test_the_files_of_a_plugin_are_the_same_whatever_it_is_called(name: str) -> None:
    contents = plan_plugin(check_name(name, kind="plugin"))
    usual = plan_plugin(PackageNames("gate"))
    assert {str(path).replace(f"wdh_{name}", "wdh_gate") for path in contents} == set(map(str, usual))
    compile(contents[PurePosixPath("tests/test_job.py")], "test", "exec")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (None, False),
        ('{"url": "file://FOLDER/a%20b.whl", "archive_info": {}}', False),
        ('{"url": "file://FOLDER", "dir_info": {}}', False),
        ('{"url": "file://FOLDER", "dir_info": {"editable": true}}', True),
        ('{"url": "file://FOLDER/gone", "dir_info": {"editable": true}}', False),
    ],
)
def test_a_checkout_that_can_be_edited_is_what_the_installer_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str | None, found: bool
) -> None:
    install_wdh(tmp_path / "site", monkeypatch, origin=written and written.replace("FOLDER", str(tmp_path)))
    assert find_checkout() == (tmp_path if found else None)
    assert (make_own_wheel() is None) == found


def test_the_wheel_of_what_is_installed_has_its_files_and_none_of_the_installer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_wdh(tmp_path / "site", monkeypatch, origin='{"url": "https://example.org/a.whl", "archive_info": {}}')
    wheel = make_own_wheel()
    assert wheel is not None
    assert wheel.name == "wdh-9.9.0-py3-none-any.whl"
    with zipfile.ZipFile(io.BytesIO(wheel.content)) as archive:
        record = archive.read("wdh-9.9.0.dist-info/RECORD").decode().splitlines()
        own = {"wdh_part/a.py", "wdh-9.9.0.dist-info/METADATA", "wdh-9.9.0.dist-info/WHEEL"}
        assert {*archive.namelist()} == own | {"wdh-9.9.0.dist-info/entry_points.txt", "wdh-9.9.0.dist-info/RECORD"}
    assert [line for line in record if line.startswith("wdh_part/a.py,sha256=")] != []
    assert "wdh-9.9.0.dist-info/RECORD,," in record


def install_wdh(site: Path, monkeypatch: pytest.MonkeyPatch, *, origin: str | None) -> None:
    """Install a distribution named wdh, with a script, bytecode and what pip adds."""
    modules = {"wdh_part.a": "x"}
    information = write_distribution(site, "wdh", version="9.9.0", entry_points={}, modules=modules)
    more = ["wdh-9.9.0.dist-info/INSTALLER", "wdh_part/a.pyc", "../bin/wdh"]
    if origin is not None:
        more.append("wdh-9.9.0.dist-info/direct_url.json")
        (information / "direct_url.json").write_text(origin, encoding="utf-8")
    (site.parent / "bin").mkdir()
    for name in more[:3]:
        (site / name).write_text("pip", encoding="utf-8")
    with (information / "RECORD").open("a", encoding="utf-8") as record:
        record.writelines(f"{name},,\n" for name in (*more, "wdh-9.9.0.dist-info/RECORD"))
    monkeypatch.syspath_prepend(str(site))


def test_a_module_that_is_there_is_refused() -> None:
    with pytest.raises(SetupError, match="there is a module wdh_schemas already"):
        check_name("schemas")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SetupError, match="is there already"):
        write_package(tmp_path, {PurePosixPath("mine.txt"): b"yours"})
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"
    with pytest.raises(SetupError, match="is there already"):
        write_package(tmp_path / "mine.txt", {})
    (tmp_path / "empty").mkdir()
    write_package(tmp_path / "empty", {PurePosixPath("a/b.txt"): b"x"})
    assert (tmp_path / "empty" / "a" / "b.txt").read_bytes() == b"x"
