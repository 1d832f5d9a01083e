"""Cells that are written as no Excel writes them: each is a reject that names it, by either reader; none is loaded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.workbooks import sheet_xml, write_package

COLUMNS = ("月度", "店号", "店铺名称", "类型", "销售额", "毛利率", "营业")
GOOD = ("<v>202411</v>", "<v>12</v>", "<f>1</f><v>5</v>", "", "<v>5</v><extLst/>", "<f>0.1</f><v>0.1</v>", "")
FAULTS = {
    "A3": ("<v>-1</v>", "s", "damaged_value"),
    "C3": ("<v>Err:502</v>", "e", "error_value"),
    "D3": ("<v>#BUSY!</v>", "e", "error_value"),
    "E3": ("<v>1,5</v>", "", "damaged_value"),
    "F3": ("<f>A1-A1</f><v>0</v>", "", "formula_without_value"),
    "G3": ("<v>1</v><v>0</v>", "b", "damaged_value"),
}


def cell(name: str, inner: str, kind: str = "") -> str:
    mark = f' t="{kind}"' if kind else ""
    return f'<c r="{name}"{mark}>{inner}</c>'


@pytest.mark.parametrize("reader", ["openpyxl", "fast"])
def test_an_odd_cell_is_a_reject_planned_and_executed(place: Any, reader: str) -> None:
    header = "".join(
        cell(f"{c}1", f"<is><t>{name}</t></is>", "inlineStr") for c, name in zip("ABCDEFG", COLUMNS, strict=True)
    )
    good = "".join(cell(f"{c}2", inner) for c, inner in zip("ABCDEFG", GOOD, strict=True) if inner)
    faulty = "".join(cell(name, inner, kind) for name, (inner, kind, _) in FAULTS.items())
    faulty = faulty.replace('<c r="C3"', f'{cell("B3", "<v>13</v>")}<c r="C3"')
    rows = f'<row r="1">{header}</row><row r="2">{good}</row><row r="3">{faulty}</row>'
    path = place.folder / "2024年11月门店销售.xlsx"
    calculation = '<calcPr fullCalcOnLoad="1"/>'
    write_package(path, {"销售": sheet_xml(rows)}, shared=["<t>甲</t>"], calculation=calculation)
    place.database.execute(place.tool("ddl", "sales").stdout)
    for mode in ((), ("--execute",)):
        ended = place.run("--reader", reader, "--output", "json", *mode)
        assert ended.exit_code == 3, ended.output
        rejects = json.loads(ended.stdout)["rejects"]
        assert [(reject["cell"], reject["reason"]) for reject in rejects] == [
            (name, reason) for name, (_, _, reason) in FAULTS.items()
        ]
        assert place.database.rows('SELECT count(*) FROM "门店销售"') == [(0,)]
