"""A package with a domain, as its author has it: installed, with a configuration, a case, and the one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from support.distributions import write_distribution

from wdh.testing.database import Server

GOOD = """
from wdh import Columns, Facts, Reject, Table, amount, code, hookimpl, month, text

FACTS = Columns(
    month("月度", required=True),
    code("店铺代码", width=4, required=True),
    text("店铺名称"),
    amount("销售额", scale=2),
    totals=["合计"],
)


@hookimpl
def provide_refs():
    return {
        "shops": {
            "table": "店铺",
            "key": ["店铺代码"],
            "updatable": ["店铺名称"],
            "columns": {
                "店铺代码": "店铺代码",
                "店铺名称": {"from": "店铺名称", "pick": "most_frequent", "tie_break": "销售额"},
                "大名": {"from": "店铺名称", "pick": "max_by", "by": "销售额"},
                "初月": {"from": "月度", "pick": "first", "format": "%y%m"},
            },
        }
    }


@hookimpl
def provide_tables():
    shop = {"店铺代码": "text NOT NULL", "店铺名称": "text", "大名": "text", "初月": "text"}
    facts = {"月度": "date", "店铺代码": "text", "店铺名称": "text", "销售额": "numeric(20, 2)"}
    return {"facts": Table(facts, identity="id"), "shops": Table(shop, unique=(("店铺代码",),))}


@hookimpl
def transform(batch):
    return FACTS.clean(batch)
"""
"""A domain that keeps every law."""

CONFIGURATION = """
domains:
  shops:
    pattern: sales
    sheet: 销售
    table: 门店销售
    pk: [月度, 店铺代码]
"""

CASE = """
columns: [月度, 店铺代码, 店铺名称, 销售额]
rows:
  - [202411, 0001, 南京路店, 1234.50]
  - [202411, 0002, 淮海路店, 99]
  - [202411, 0001, 南京路, 1]
  - [202411, 0003, 外滩店, "#REF!"]
  - [202411, 0001, 南京路店, 7]
  - [202411, 0002, 淮海路, 98]
  - [202411, 0004, 豫园店, null]
  - [合计, null, null, 1440.50]
  - [202412, 0002, 淮海路店, 5]
"""

ONE_LINE = """
from wdh.testing import DomainConformance


class TestConformance(DomainConformance):
    domain = "shops"
"""

Project = Callable[..., pytest.RunResult]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, postgres_server: Server) -> Project:
    """Write the package and run its tests with pytest; ``cases`` are files below tests/cases by name.

    ``process``: in a new process, as pytest-xdist remembers the first sys.path that it saw.
    """
    monkeypatch.setenv("WDH_TEST_DSN", postgres_server.dsn)
    site = str(pytester.mkdir("site"))
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", site)  # for processes that are started

    def run(
        *arguments: str,
        source: str = GOOD,
        configuration: str = CONFIGURATION,
        cases: dict[str, str] | None = None,
        tests: str = ONE_LINE,
        process: bool = False,
    ) -> pytest.RunResult:
        if not list(Path("site").iterdir()):
            lines = {"wdh.domains": {"shops": "wdh_shops"}}
            write_distribution(Path("site"), "wdh-shops", entry_points=lines, modules={"wdh_shops": source})
            write("data_sources.yml", configuration)
            write("tests/test_conformance.py", tests)
            for name, text in ({"sales.yml": CASE} if cases is None else cases).items():
                write(f"tests/cases/{name}", text)
        # In this process wdh is imported already, and where it is installed to be edited nothing can rewrite it.
        known = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
        start = pytester.runpytest_subprocess if process else pytester.runpytest_inprocess
        return start("-W", "error", "-W", known, "-p", "no:cacheprovider", *arguments)

    return run


def write(name: str, text: str) -> None:
    """Write a file of the project."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
