"""What the sample workbooks say is what arrives as facts: the whole way from the file through the domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from wdh.context import RunContext
from wdh.facts import Facts
from wdh.registry import load_domain
from wdh.registry.hooks import Hooks
from wdh.workbook import open_sheet
from wdh_annuity_performance import demo
from wdh_annuity_performance.demo.lines import Line

pytestmark = pytest.mark.once

ROWS = 700
REQUIRED = ("计划代码", "客户名称", "期末资产规模")
DEFAULT_PLANS = {"集合计划": "AN001", "单一计划": "AN002"}
DEFAULT_PORTFOLIOS = {"集合计划": "QTAN001", "单一计划": "QTAN002", "职业年金": "QTAN003"}
PRODUCT_LINES = {"企年投资": "PL201", "企年受托": "PL202", "职年投资": "PL203", "职年受托": "PL204"}


@pytest.fixture(scope="module")
def hooks() -> Hooks:
    """The domain as a run finds it."""
    return load_domain("annuity_performance")


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The four deliveries."""
    return demo.write_workbooks(tmp_path_factory.mktemp("demo"), rows=ROWS)


def read(path: Path, hooks: Hooks, *, reader: Any) -> list[Facts]:
    """Read a workbook and let the domain judge it, batch by batch."""
    context = RunContext("annuity_performance")
    with open_sheet(path, sheet="规模明细", reader=reader, required_columns=REQUIRED, batch_rows=256) as sheet:
        assert reader in ("auto", sheet.reader), "the reader asked for would not read what is written here"
        return [hooks.transform(batch, context) for batch in sheet.batches()]


def fact_rows(batches: list[Facts]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The facts one by one, with the sheet's row numbers."""
    for facts in batches:
        for index, number in enumerate(facts.row_numbers):
            yield number, {name: values[index] for name, values in facts.columns.items()}


def expected(line: Line, *, has_company: bool) -> Mapping[str, Any]:
    """What the domain's description makes of a line; a company id left out is a temporary one."""
    kind, business = str(line["计划类型"]), str(line["业务类型"])
    company = line["company_id"] if has_company else None
    values = {name: value for name, value in line.items() if name != "流失(含待遇支付)"}
    return values | {
        "流失_含待遇支付": line["流失(含待遇支付)"],
        "计划代码": line["计划代码"] or DEFAULT_PLANS.get(kind),
        "组合代码": line["组合代码"] or DEFAULT_PORTFOLIOS[kind],
        "产品线代码": line["产品线代码"] or PRODUCT_LINES[business],
        "company_id": company or "IN_",
    }


def comparable(name: str, value: Any) -> Any:
    """A fact's value as it can be compared: numbers exactly, temporary ids by their mark, (空白) as blank."""
    if isinstance(value, (int, float)):
        return Decimal(repr(value))
    if name == "company_id":
        return "IN_" if value.startswith("IN_") else value
    return None if value == "(空白)" else value


@pytest.mark.parametrize("reader", ["openpyxl", "fast"])
@pytest.mark.parametrize("place", range(len(demo.DELIVERIES)))
def test_every_fact_of_the_demonstration_is_what_its_line_says(
    workbooks: tuple[Path, ...], hooks: Hooks, place: int, reader: str
) -> None:
    """No reject, no row lost, no cent and no zero changed, in all four workbooks and with both readers."""
    batches = read(workbooks[place], hooks, reader=reader)
    assert [reject for facts in batches for reject in facts.rejects] == []
    rows = enumerate(demo.delivery_rows(demo.DELIVERIES[place], rows=ROWS), 1)
    lines = {number: row.line for number, row in rows if row.line is not None}
    facts = dict(fact_rows(batches))
    assert facts.keys() == lines.keys()
    for number, line in lines.items():
        wanted = expected(line, has_company=demo.DELIVERIES[place].layout is not demo.WITHOUT_COMPANY)
        seen = {name: comparable(name, facts[number][name]) for name in wanted}
        assert seen == dict(wanted), number


def test_totals_are_counted_and_are_no_facts(workbooks: tuple[Path, ...], hooks: Hooks) -> None:
    """Each 小计 and each 合计 of the first month."""
    assert sum(facts.totals for facts in read(workbooks[0], hooks, reader="auto")) == ROWS // 500 + 1


def test_the_faulty_workbook_is_rejected_in_just_its_bad_cells(tmp_path: Path, hooks: Hooks) -> None:
    """Each planted fault becomes a reject with its cell; no other row is refused."""
    faults = demo.write_faulty_workbook(tmp_path / "faulty.xlsx")
    batches = read(tmp_path / "faulty.xlsx", hooks, reader="auto")
    assert {reject.cell for facts in batches for reject in facts.rejects} == {fault.cell for fault in faults}
    assert sum(map(len, batches)) == 40 - len(faults)


def test_the_bad_cells_of_a_large_workbook_are_its_rejects(tmp_path: Path, hooks: Hooks) -> None:
    """As many as asked, where the function says; every other row of the large layout is a fact."""
    bad = demo.write_performance_workbook(tmp_path / "large.xlsx", 5200, plans=50, portfolios=150, bad_cells=13)
    batches = read(tmp_path / "large.xlsx", hooks, reader="auto")
    assert {reject.cell for facts in batches for reject in facts.rejects} == set(bad)
    assert sum(map(len, batches)) == 5200 - 13
