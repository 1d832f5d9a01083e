"""Both domains over the same workbooks, on a real server: what the sheets say arrives, once."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from support.workspaces import Workspace

from wdh.context import RunContext
from wdh.registry import load_domain
from wdh.testing.database import Database
from wdh.workbook import open_sheet
from wdh_annuity_performance import demo
from wdh_annuity_performance.demo.layouts import INCOME

pytestmark = pytest.mark.once

ROWS = 700
DOMAINS = ("annuity_performance", "annuity_income")
REFERENCES = ("年金计划", "组合计划", "产品线", "组织架构", "customer.客户明细")
DEFAULT_PLANS = {"集合计划": "AN001", "单一计划": "AN002"}
DEFAULT_PORTFOLIOS = {"集合计划": "QTAN001", "单一计划": "QTAN002", "职业年金": "QTAN003"}
PRODUCT_LINES = {"企年投资": "PL201", "企年受托": "PL202", "职年投资": "PL203", "职年受托": "PL204"}


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deliveries of the demonstration, smaller, with its configuration."""
    folder = tmp_path_factory.mktemp("demo")
    demo.write_workbooks(folder, rows=ROWS)
    text = demo.with_income(demo.write_configuration("annuity_performance"))
    (folder / "data_sources.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def workspace(deliveries: Path, database: Database) -> Workspace:
    """The deliveries and a database with the tables of both domains."""
    workspace = Workspace(deliveries, database)
    workspace.create_tables(*DOMAINS)
    return workspace


def expected(line: Mapping[str, Any]) -> dict[str, Any]:
    """What the domain's description makes of a line of the demonstration, which has no company ids."""
    kind, business = str(line["计划类型"]), str(line["业务类型"])
    return {name: value for name, value in line.items() if name not in ("年金账户号", "company_id")} | {
        "计划代码": line["计划代码"] or DEFAULT_PLANS.get(kind),
        "组合代码": line["组合代码"] or DEFAULT_PORTFOLIOS[kind],
        "产品线代码": line["产品线代码"] or PRODUCT_LINES[business],
    }


def comparable(value: Any) -> Any:
    """A fact's value as it can be compared: numbers exactly."""
    return Decimal(repr(value)) if isinstance(value, (int, float)) else value


@pytest.mark.parametrize("reader", ["openpyxl", "fast"])
@pytest.mark.parametrize("place", range(len(demo.DELIVERIES)))
def test_every_fact_of_the_demonstration_is_what_its_line_says(deliveries: Path, place: int, reader: Any) -> None:
    """No reject, no row lost, no cent changed, in all four workbooks and with both readers."""
    hooks, delivery = load_domain("annuity_income"), demo.DELIVERIES[place]
    path = deliveries / "数据采集" / delivery.name
    with open_sheet(path, sheet=demo.INCOME_SHEET, reader=reader, required_columns=(), batch_rows=64) as sheet:
        parts = [hooks.transform(batch, RunContext("annuity_income")) for batch in sheet.batches()]
    assert [reject for facts in parts for reject in facts.rejects] == []
    assert sum(facts.totals for facts in parts) == 1
    found = {
        number: {name: comparable(column[index]) for name, column in facts.columns.items()}
        for facts in parts
        for index, number in enumerate(facts.row_numbers)
    }
    rows = enumerate(demo.income_rows(delivery, rows=ROWS), 1)
    lines = {number: expected(row.line) for number, row in rows if row.line is not None}
    assert len(lines) == ROWS // 4
    assert {number: {name: row[name] for name in lines[number]} for number, row in found.items()} == lines


def test_both_domains_load_the_same_workbooks_and_a_second_run_adds_nothing(workspace: Workspace) -> None:
    """One after the other into one warehouse; the plans that the first brought are not brought again."""
    for domain in DOMAINS:
        assert workspace.report(domain, "--execute", "--max-files", "3")["executed"]
    before = {table: workspace.database.rows(f"SELECT t::text FROM {table} t ORDER BY 1") for table in REFERENCES}
    assert all(before.values())
    sums = workspace.database.rows('SELECT count(*), sum("固费"), sum("税") FROM "收入明细"')
    assert sums[0][0] == 3 * (ROWS // 4)
    again = workspace.report("annuity_income", "--execute", "--max-files", "3")
    rows = {(step["operation"], step["table"]): step["rows"] for step in again["steps"]}
    assert {rows["INSERT_MISSING", table.split(".")[-1]] for table in REFERENCES} == {0}
    assert rows["DELETE", "收入明细"] == rows["INSERT", "收入明细"] == sums[0][0]
    assert workspace.database.rows('SELECT count(*), sum("固费"), sum("税") FROM "收入明细"') == sums
    after = {table: workspace.database.rows(f"SELECT t::text FROM {table} t ORDER BY 1") for table in REFERENCES}
    assert after == before


def test_the_warehouse_has_the_very_sums_of_the_sheet(workspace: Workspace) -> None:
    workspace.report("annuity_income", "--execute", "--period", "2024-11")
    lines = [row.line for row in demo.income_rows(demo.DELIVERIES[-1], rows=ROWS) if row.line is not None]
    wanted = tuple(sum(line[name] for line in lines) for name in ("固费", "浮费", "回补", "税"))  # type: ignore[misc]
    (found,) = workspace.database.rows('SELECT sum("固费"), sum("浮费"), sum("回补"), sum("税") FROM "收入明细"')
    assert found == wanted


@pytest.fixture
def changed(workspace: Workspace, tmp_path: Path) -> Callable[[Mapping[str, Any]], Workspace]:
    """Change cells of 收入明细 in the workbook of November, which then stands alone."""

    def change(cells: Mapping[str, Any]) -> Workspace:
        book = load_workbook(workspace.folder / "数据采集" / demo.DELIVERIES[-1].name)
        for name, value in cells.items():
            book[demo.INCOME_SHEET][name] = value
        book.save(tmp_path / "2024年11月年金终稿数据.xlsx")
        (tmp_path / "data_sources.yml").write_bytes(workspace.config.read_bytes())
        return Workspace(tmp_path, workspace.database)

    return change


def test_blank_fees_are_0_in_the_warehouse(changed: Callable[[Mapping[str, Any]], Workspace]) -> None:
    """An empty cell, a dash and 无 in the first three rows; what is beside them is as before."""
    header = [field.header for field in INCOME.fields]
    letter = get_column_letter(header.index("浮费") + 1)
    workspace = changed({f"{letter}2": None, f"{letter}3": "—", f"{letter}4": "无"})
    assert workspace.report("annuity_income", "--execute")["rejects"] == []
    lines = [row.line for row in demo.income_rows(demo.DELIVERIES[-1], rows=ROWS) if row.line is not None]
    wanted = [Decimal(0)] * 3 + [line["浮费"] for line in lines[3:]]
    found = workspace.database.rows('SELECT "浮费" FROM "收入明细" ORDER BY annuity_income_id')
    assert [fee for (fee,) in found] == wanted


def test_a_bad_cell_stops_the_run_and_is_named(changed: Callable[[Mapping[str, Any]], Workspace]) -> None:
    """Exit code 3, nothing written, and the cell in the report; the other domain's sheet is not touched by it."""
    header = [field.header for field in INCOME.fields]
    fee, kind = (get_column_letter(header.index(name) + 1) for name in ("固费", "计划类型"))
    workspace = changed({f"{fee}7": "#REF!", f"{kind}9": None})
    ended = workspace.job("annuity_income", "--execute", "--output", "json")
    assert ended.code == 3
    rejects = json.loads(ended.out)["rejects"]
    assert [(reject["cell"], reject["reason"]) for reject in rejects] == [
        (f"{fee}7", "error_value"),
        (f"{kind}9", "missing_value"),
    ]
    assert workspace.database.rows('SELECT count(*) FROM "年金计划"') == [(0,)]
    assert workspace.report("annuity_performance", "--execute")["rejects"] == []


def test_a_customers_tags_are_a_json_array(workspace: Workspace) -> None:
    workspace.report("annuity_income", "--execute", "--period", "2024-11", "--skip-facts")
    rows = workspace.database.rows("SELECT DISTINCT jsonb_typeof(tags), tags ->> 0 FROM customer.客户明细")
    assert rows == [("array", "2411新建")]


def test_what_is_null_in_a_reference_is_filled_and_nothing_else_is_changed(workspace: Workspace) -> None:
    """Also a jsonb and an integer."""
    workspace.report("annuity_income", "--execute", "--period", "2024-11", "--skip-facts")
    rows = "SELECT to_jsonb(t) - 'updated_at' FROM customer.客户明细 t ORDER BY company_id"
    before = workspace.database.rows(rows)
    workspace.database.execute('UPDATE customer.客户明细 SET tags = NULL, "关联计划数" = NULL, "主拓机构" = NULL')
    fill = ("--execute", "--period", "2024-11", "--skip-facts", "--backfill-mode", "fill_null_only")
    filled = workspace.report("annuity_income", *fill, "--backfill-refs", "customers")
    assert [step["rows"] for step in filled["steps"] if step["operation"] == "UPDATE_NULL_ONLY"] == [len(before)]
    assert workspace.database.rows(rows) == before


def test_a_scope_is_replaced_and_no_other(workspace: Workspace) -> None:
    """月度, 业务类型 and 计划类型 name what a new delivery replaces."""
    workspace.report("annuity_income", "--execute", "--period", "2024-10")
    workspace.database.execute("""UPDATE "收入明细" SET "业务类型" = '团养'""")
    workspace.report("annuity_income", "--execute", "--period", "2024-11")
    months = workspace.database.rows('SELECT "月度", count(*) FROM "收入明细" GROUP BY 1 ORDER BY 1')
    assert months == [(datetime.date(2024, month, 1), ROWS // 4) for month in (10, 11)]


def test_the_demonstrations_configuration_has_no_fault(workspace: Workspace) -> None:
    """wdh check knows the keys of both domains."""
    ended = workspace.tool("check", "--config", str(workspace.config))
    assert ended.code == 0, ended.err + ended.out


def test_the_tables_are_as_described(workspace: Workspace) -> None:
    """Made by wdh ddl a second time, which must change nothing."""
    workspace.create_tables(*DOMAINS)
    columns = workspace.database.rows(
        """SELECT column_name, data_type, numeric_precision, numeric_scale, is_nullable
             FROM information_schema.columns WHERE table_name = '收入明细'
              AND column_name IN ('固费', '浮费', '回补', '税', '月度', '业务类型', '计划类型')"""
    )
    amounts = {name for name, *rest in columns if rest == ["numeric", 18, 4, "NO"]}
    assert amounts == {"固费", "浮费", "回补", "税"}
    assert {nullable for *_, nullable in columns} == {"NO"}
