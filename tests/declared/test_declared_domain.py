"""A domain without code: data_sources.yml alone takes a sheet to a real warehouse."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

ROWS = [
    ["2024年11月", 12, "南京路店", "上海", "直营", "1,000.50", "12.5%", "是", "x"],
    [202411, "0012", "南京路店", "(空白)", "直 营", None, 0.1, "否", None],
    ["2024-11", "３", "解放碑店", "(空白)", "加盟", -3, None, None, None],
    ["合计", None, None, None, None, 997.5, None, None, None],
]


def test_a_sheet_arrives_as_declared_and_a_second_run_changes_nothing(place: Any) -> None:
    place.write(ROWS)
    ddl = place.tool("ddl", "sales")
    assert ddl.exit_code == 0, ddl.output
    place.database.execute(ddl.stdout)
    for _ in range(2):
        ended = place.run("--execute")
        assert ended.exit_code == 0, ended.output
        facts = 'SELECT "月度", "店铺代码", "城市", "类型", "销售额", "毛利率", "营业" FROM "门店销售" ORDER BY id'
        month = datetime.date(2024, 11, 1)
        assert place.database.rows(facts) == [
            (month, "0012", "上海", "直营", Decimal("1000.50"), Decimal("0.125000"), True),
            (month, "0012", None, "直营", 0, Decimal("0.100000"), False),
            (month, "0003", None, "加盟", -3, None, None),
        ]
        shops = 'SELECT "店铺代码", "店铺名称", "城市", "首次" FROM "店铺" ORDER BY 1'
        assert place.database.rows(shops) == [
            ("0003", "解放碑店", None, "2024-11"),
            ("0012", "南京路店", "上海", "2024-11"),
        ]
    assert "References: 0 inserted" in ended.output


def test_a_cell_that_cannot_be_understood_is_a_reject_as_in_any_domain(place: Any) -> None:
    place.write([*ROWS, ["2024-13", None, None, None, "租赁", "#REF!", 12, "也许", None]])
    ended = place.run("--output", "json")
    assert ended.exit_code == 3
    rejects = json.loads(ended.stdout)["rejects"]
    assert [(reject["cell"], reject["reason"]) for reject in rejects] == [
        ("A7", "month_out_of_range"),
        ("B7", "missing_value"),
        ("E7", "unknown_choice"),
        ("F7", "error_value"),
        ("G7", "out_of_range"),
        ("H7", "not_a_boolean"),
    ]


def test_the_plan_of_a_declared_domain_needs_no_database_and_names_its_tables(place: Any) -> None:
    place.write(ROWS)
    ended = place.run("--skip-facts")
    assert ended.exit_code == 0, ended.output
    assert "Skip facts: True" in ended.stdout
    assert '"店铺"' in ended.stdout


def test_its_ledger_names_no_package_but_wdh_and_a_changed_declaration_is_another_input(place: Any) -> None:
    place.write(ROWS)
    place.database.execute(place.tool("ddl", "sales").stdout)
    assert place.run("--execute").exit_code == 0
    ((versions,),) = place.database.rows("SELECT versions FROM wdh_runs")
    assert versions.keys() == {"wdh"}
    place.config.write_text(place.config.read_text(encoding="utf-8").replace("width: 4", "width: 5"), encoding="utf-8")
    again = place.run("--execute", "--skip-unchanged")
    assert again.exit_code == 0, again.output
    codes = place.database.rows('SELECT DISTINCT "店铺代码" FROM "门店销售" ORDER BY 1')
    assert codes == [("00003",), ("00012",), ("0003",), ("0012",)]


def test_a_fault_of_the_columns_is_told_with_its_line_before_a_workbook_is_opened(place: Any) -> None:
    text = place.config.read_text(encoding="utf-8").replace("width: 4", "widht: 4")
    place.config.write_text(text, encoding="utf-8")
    for ended in (place.run(), place.tool("check")):
        assert ended.exit_code == 2
        assert (
            "data_sources.yml:11:41 domains.sales.columns.店铺代码.widht: is not a key here; did you mean"
            in ended.output
        )


def test_a_domain_that_neither_a_package_nor_the_file_has_is_told_so(place: Any) -> None:
    text = place.config.read_text(encoding="utf-8").replace("    columns:", "    colums:")
    place.config.write_text(text, encoding="utf-8")
    ended = place.run()
    assert ended.exit_code == 2
    assert "The domain 'sales' is not installed" in ended.output
    assert "columns" in ended.output
