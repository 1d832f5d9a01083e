"""The sheet that a new domain is about where no workbook was given: sales by shop."""

from __future__ import annotations

from typing import Any

from wdh.inspection import Declaration, Expected, FoundColumn, FoundReference, Inspection, Scope

_COLUMNS: tuple[tuple[str, str, dict[str, Any], tuple[str, ...]], ...] = (
    ("月度", "month", {"required": True}, ()),
    ("店铺代码", "code", {"aliases": ["店号"], "width": 4, "required": True}, ("0000",)),
    ("店铺名称", "text", {"max_length": 255}, ()),
    ("城市", "text", {"max_length": 255}, ()),
    ("销售额", "amount", {"scale": 2}, ()),
    ("毛利率", "percent", {}, ()),
)


def example_sheet() -> Inspection:
    """Describe the example as if it had been inspected."""
    columns = tuple(
        FoundColumn(Declaration(name, kind, options), name, "ABCDEF"[place], (), shapes=shapes)
        for place, (name, kind, options, shapes) in enumerate(_COLUMNS)
    )
    shops = FoundReference(
        name="shops",
        table="店铺",
        key="店铺代码",
        columns={"店铺名称": "most_frequent", "城市": "first"},
        parents={},
        depends_on=(),
        keys=0,
        evidence=(),
    )
    return Inspection(
        file="2024年11月门店销售.xlsx",
        sheet="销售",
        table="门店销售",
        sheets=("销售",),
        header_row=2,
        rows=0,
        facts=0,
        totals=1,
        blank=0,
        hidden=0,
        columns=columns,
        left_out=(),
        expected=Expected(0, 0, ()),
        scope=Scope(("月度", "店铺代码"), ""),
        references=(shops,),
    )
