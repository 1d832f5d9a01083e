"""Twelve thousand rows as the business really sends them: every cell against the truth that they were made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.annuity_month import AnnuityMonth, make_month
from support.batches import cut_batch, make_batch
from support.workbooks import write_rows
from support.workspaces import Workspace

import wdh_annuity_performance
from wdh import Facts, RunContext
from wdh.testing.database import Database

pytestmark = pytest.mark.once

ROWS = 12_000
DOMAIN = "annuity_performance"
CONFIGURATION = """\
domains:
  annuity_performance:
    pattern: (?P<year>\\d{2})年(?P<month>\\d+)月年金规模收入数据
    sheet: 规模明细
    schema: public
    table: 规模明细
    pk: [月度, 业务类型, 计划类型]
    company_ids:
      by_plan: plans.csv
      by_account: accounts.yml
      by_name: names.csv
      by_account_name: account_names.csv
"""
FILES = {
    "by_plan": "plans.csv",
    "by_account": "accounts.yml",
    "by_name": "names.csv",
    "by_account_name": "account_names.csv",
}


def read(month: AnnuityMonth) -> list[Facts]:
    """Let the domain transform the month in batches, as a run does."""
    headers = list(month.rows[0].cells)
    batch = make_batch({header: [row.cells[header] for row in month.rows] for header in headers})
    context = RunContext(DOMAIN, {"company_ids": dict(month.company_ids)}, pk=("月度", "业务类型", "计划类型"))
    places = range(4000, len(month.rows), 4000)
    return [wdh_annuity_performance.transform(part, context) for part in cut_batch(batch, places)]


def cases(parts: Iterable[Facts], code: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for note in (note for facts in parts for note in facts.notes if note.code == code):
        counted.update(note.cases)
    return counted


def exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, (int, float)) else value


@pytest.mark.parametrize("has_account_names", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_row_is_refused_and_every_value_is_what_was_meant(seed: int, has_account_names: bool) -> None:
    """0 rejects; ids, names, offices, months and codes of every row; temporary ids only where the chain ends."""
    month = make_month(seed, rows=ROWS, has_account_names=has_account_names)
    parts = read(month)
    assert [reject for facts in parts for reject in facts.rejects] == []
    found = {name: [exact(value) for facts in parts for value in facts.columns[name]] for name in month.rows[0].truth}
    for name, values in found.items():
        wrong = [
            (row.cells, row.truth[name], value)
            for row, value in zip(month.rows, values, strict=True)
            if row.truth[name] != value
        ]
        assert wrong[:3] == [], name
    made = Counter(row.truth["客户名称"] for row in month.rows if str(row.truth["company_id"]).startswith("IN_"))
    assert cases(parts, "temporary_company_id") == made
    nobody = Counter(row.truth["计划代码"] for row in month.rows if row.truth["company_id"] is None)
    assert cases(parts, "no_company_id") == nobody


def test_the_rows_are_such_as_the_business_has() -> None:
    """87 % blank names among single plans, no name in collective ones, and each end of the chain many times."""
    month = make_month(1, rows=ROWS, has_account_names=True)
    single = [row for row in month.rows if row.truth["计划类型"] == "单一计划"]
    blank = sum(row.cells["客户名称"] in (None, 0) or len(row.cells["客户名称"]) <= 4 for row in single)
    assert 0.85 < blank / len(single) < 0.89
    collective = [row.truth for row in month.rows if row.truth["计划类型"] == "集合计划"]
    assert 1400 < len(collective) < 1660
    assert {(truth["客户名称"], truth["company_id"]) for truth in collective} == {(None, None)}
    ends = Counter(str(row.truth["company_id"])[:1] for row in single)
    assert min(ends["6"], ends["I"], ends["N"]) > 100


def test_rates_offices_and_typing_errors_are_told() -> None:
    """Each large rate by its cell; each unknown office, each replaced code and each name from a plan by its rows."""
    month = make_month(1, rows=ROWS, has_account_names=False)
    parts, letter = read(month), "J"
    large = {f"{letter}{number} 5.5" for number, row in enumerate(month.rows, 2) if row.truth["当期收益率"] > 1}
    assert set(cases(parts, "rate_above_1")) == large
    assert large
    strange = Counter(
        row.cells["机构"] or "(空白)"
        for row in month.rows
        if row.cells["机构"] in ("火星", None) and row.cells["机构代码"] != "G05"
    )
    assert cases(parts, "default_office") == strange
    wrong = Counter(row.cells["计划号"] for row in month.rows if row.cells["计划号"] != row.truth["计划代码"])
    assert cases(parts, "replaced_value") == {f"{code} → {code[1:]}": rows for code, rows in wrong.items()}
    assert set(wrong) == {"1P0290", "1P0807"}


def write_mapping(path: Path, values: Mapping[str, str]) -> None:
    if path.suffix == ".yml":
        path.write_text("".join(f'"{key}": "{value}"\n' for key, value in values.items()), encoding="utf-8")
    else:
        lines = ("key,company_id", *(f"{key},{value}" for key, value in values.items()))
        path.write_text("\r\n".join(lines), encoding="utf-8-sig")


@pytest.fixture(scope="module")
def month() -> AnnuityMonth:
    return make_month(3, rows=ROWS, has_account_names=True)


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory, month: AnnuityMonth) -> Path:
    """The month's workbook, the configuration, and the mappings beside it."""
    folder = tmp_path_factory.mktemp("month")
    write_delivery(folder, month)
    return folder


def write_delivery(folder: Path, month: AnnuityMonth) -> None:
    rows = [list(month.rows[0].cells), *(list(row.cells.values()) for row in month.rows)]
    write_rows(folder / "24年11月年金规模收入数据.xlsx", rows)
    for link, name in FILES.items():
        write_mapping(folder / name, month.company_ids[link])
    (folder / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")


def test_the_month_arrives_in_the_warehouse_and_again(
    deliveries: Path, month: AnnuityMonth, database: Database
) -> None:
    """One command, no reject, every cell; the second run inserts nothing new and leaves the same facts."""
    workspace = Workspace(deliveries, database)
    assert workspace.tool("check", "--config", str(workspace.config)).code == 0
    workspace.create_tables(DOMAIN)
    report = workspace.report(DOMAIN, "--execute")
    assert report["executed"]
    names = list(month.rows[0].truth)
    query = f"SELECT {', '.join(names)} FROM 规模明细 ORDER BY annuity_performance_id"
    facts = database.rows(query)
    assert len(facts) == ROWS
    wrong = [
        (name, row.truth[name], value)
        for row, fact in zip(month.rows, facts, strict=True)
        for name, value in zip(names, fact, strict=True)
        if row.truth[name] != value
    ]
    assert wrong[:3] == []
    again = workspace.report(DOMAIN, "--execute")
    assert {step["rows"] for step in again["steps"] if step["operation"] == "INSERT_MISSING"} == {0}
    assert Counter(database.rows(query)) == Counter(facts)


def test_a_changed_mapping_file_makes_another_run(tmp_path: Path, database: Database) -> None:
    """--skip-unchanged knows the files beside the configuration; a known company replaces its temporary id."""
    month = make_month(4, rows=200, has_account_names=True)
    write_delivery(tmp_path, month)
    workspace = Workspace(tmp_path, database)
    workspace.create_tables(DOMAIN)
    skipping = ("--execute", "--skip-unchanged")
    assert workspace.report(DOMAIN, *skipping)["executed"]
    assert workspace.report(DOMAIN, *skipping)["unchanged_since"] is not None
    temporary = "SELECT DISTINCT 客户名称 FROM 规模明细 WHERE company_id LIKE 'IN\\_%'"
    names = [name for (name,) in database.rows(temporary)]
    write_mapping(tmp_path / "names.csv", dict.fromkeys(names, "600000000"))
    assert workspace.report(DOMAIN, *skipping)["unchanged_since"] is None
    assert (len(names) > 3, database.rows(temporary)) == (True, [])
    assert database.rows("SELECT count(*) FROM 规模明细") == [(200,)]


def test_an_old_scope_says_why_the_nameless_rows_are_refused(deliveries: Path, database: Database) -> None:
    """pk with company_id, as before: one sentence says what to change, and an explicit null is a fault of the file."""
    workspace = Workspace(deliveries, database)
    ended = workspace.job(DOMAIN, "--pk", "月度,计划代码,company_id")
    assert ended.code == 3
    assert "Nobody knows the row's company, so company_id would be NULL, and it is part of pk" in ended.out + ended.err
    text = workspace.config.read_text(encoding="utf-8").replace("业务类型, 计划类型]", "计划代码, company_id]")
    other = workspace.folder / "old.yml"
    other.write_text(text + "    unknown_company: null\n", encoding="utf-8")
    checked = workspace.tool("check", "--config", str(other))
    assert checked.code == 2
    assert "unknown_company: is null, so company_id may be NULL, and pk has company_id" in checked.out
