"""examples/annual: won and lost contracts, two sheets to a table each, by YAML alone; every cell is the generator's."""

from __future__ import annotations

import datetime
import random
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from click.testing import CliRunner
from support.scripts import DOCS

from wdh.command.main import main as tool
from wdh.command.run import main as job

EXAMPLE = DOCS.parent / "examples" / "annual"
HEADERS = {
    "企年受托": [
        "月度",
        "客户全称",
        "公司代码",
        "计划号",
        "计划类型",
        "受托人",
        "机构",
        "计划规模",
        "年缴规模",
        "备注",
    ],
    "企年投资": [
        "机构名称",
        "备注",
        "上报月份",
        "上报客户名称",
        "company_id",
        "年金计划号",
        "计划类型",
        "原受托人",
        "计划规模",
        "年缴规模",
        "机构代码",
    ],
}
OURS = (
    "上报月份",
    "上报客户名称",
    "company_id",
    "年金计划号",
    "计划类型",
    "原受托人",
    "机构名称",
    "机构代码",
    "计划规模",
    "年缴规模",
    "备注",
)
SAME = {
    "月度": "上报月份",
    "客户全称": "上报客户名称",
    "公司代码": "company_id",
    "计划号": "年金计划号",
    "受托人": "原受托人",
    "机构": "机构名称",
}
LINES = {"企年受托": "PL202", "企年投资": "PL201"}
PLANS = {"600000001": "P0001", "600000002": "P0002"}
"""The single plan of companies that have one; 600000003 has two."""

Fact = dict[str, Any]


def invent(chance: random.Random, row: int) -> tuple[dict[str, Any], Fact]:
    """Make a row as it is typed, by our names, and the fact that must come of it."""
    company = chance.choice([None, "600000001", "600000002", "600000003"])
    kind, typed_kind = chance.choice([("集合计划", "集合"), ("单一计划", "单一"), ("单一计划", "单一计划")])
    plan, typed_plan = chance.choice([(None, None), ("P0290", "1P0290"), ("S7", "s-7")])
    size, yearly = Decimal(chance.randrange(10**9)) / 100, Decimal(chance.randrange(10**6))
    trustee = chance.choice([("甲养老", "甲养老"), (None, "无")])
    office, office_code, typed_office = chance.choice(
        [("北京", "G01", "北京"), (None, "G00", "null"), ("火星", "G00", "火星")]
    )
    typed = {
        "上报月份": chance.choice(["2024年11月", 202411, "24.11", "2024年11", "24-11-15", "20241115"]),
        "上报客户名称": f" 客户{row} ",
        "company_id": company,
        "年金计划号": typed_plan,
        "计划类型": typed_kind,
        "原受托人": trustee[1],
        "机构名称": typed_office,
        "计划规模": f"{size:,.2f}",
        "年缴规模": float(yearly),
        "备注": None,
        "机构代码": chance.choice([None, "G17"]),
    }
    fact = typed | {
        "上报月份": datetime.date(2024, 11, 1),
        "上报客户名称": f"客户{row}",
        "年金计划号": PLANS.get(company or "") if plan is None and kind == "单一计划" else plan,
        "计划类型": kind,
        "原受托人": trustee[0],
        "机构名称": office,
        "机构代码": office_code,
        "计划规模": size,
        "年缴规模": yearly,
    }
    return typed, fact


def write_book(path: Path, *, seed: int, rows: int) -> dict[str, list[Fact]]:
    """Write a workbook with the four sheets; give the facts of each of the two words in their names."""
    chance, book = random.Random(seed), openpyxl.Workbook()  # noqa: S311 - a seed, no secret
    truth: dict[str, list[Fact]] = {"中标": [], "流失": []}
    for word, facts in truth.items():
        for line, headers in HEADERS.items():
            sheet = book.create_sheet(f"{line}{word}({'解约' if word == '流失' else '空白'})")
            sheet.append(["台账登记"])
            sheet.append([*headers, f"{word}日期"])
            for row in range(1, rows + 1):
                typed, fact = invent(chance, row)
                day = datetime.date(2024, 11, chance.randrange(1, 29))
                sheet.append([*(typed[SAME.get(header, header)] for header in headers), day])
                if "机构代码" in headers:
                    fact["机构代码"] = typed["机构代码"] or fact["机构代码"]
                facts.append(fact | {"业务类型": line, "产品线代码": LINES[line], f"{word}日期": day})
            sheet.append(["合计", *[None] * 6])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return truth


def test_won_and_lost_contracts_arrive_cell_by_cell_and_a_second_delivery_replaces_them(
    tmp_path: Path, database: Any
) -> None:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    config = ["--config", str(tmp_path / "data_sources.yml")]
    for domain in ("annual_award", "annual_loss"):
        database.execute(CliRunner().invoke(tool, ["ddl", domain, *config]).stdout)
    database.execute('CREATE TABLE "年金计划" ("年金计划号" text, "计划类型" text, company_id text)')
    plans = [*((plan, company) for company, plan in PLANS.items()), ("P3", "600000003"), ("P4", "600000003")]
    for number, company in plans:
        database.execute(f"INSERT INTO \"年金计划\" VALUES ('{number}', '单一计划', '{company}')")
    database.execute((EXAMPLE / "plans.sql").read_text(encoding="utf-8"))
    write_book(tmp_path / "202411/V1/战区台账登记.xlsx", seed=1, rows=2)
    truth = write_book(tmp_path / "202411/V2/战区台账登记.xlsx", seed=2, rows=15)
    write_book(tmp_path / "202411/V2/战区台账登记回复.xlsx", seed=3, rows=1)
    run = ["--domains", "all", *config, "--data-dir", str(tmp_path), "--execute"]
    for _ in range(2):
        ended = CliRunner().invoke(job, run, env=database.environment)
        assert ended.exit_code == 0, ended.output
    for word, facts in truth.items():
        columns = ("业务类型", "产品线代码", *OURS, f"{word}日期")
        chosen = ", ".join(f'"{column}"' for column in columns)
        found = database.rows(f'SELECT {chosen} FROM "{word}客户明细"')
        assert sorted(found, key=repr) == sorted(
            (tuple(fact[column] for column in columns) for fact in facts), key=repr
        )
    assert database.rows('SELECT count(*) FROM "年金客户"') == [(3,)]
