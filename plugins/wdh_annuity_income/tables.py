"""The tables of the domain, as ``wdh ddl`` writes them where a warehouse has none yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wdh import Table
from wdh_annuity.tables import NAME, REFERENCE_TABLES, STAMPS

_AMOUNT: Final = "numeric(18,4) NOT NULL"

FACTS: Final = Table(
    identity="annuity_income_id",
    columns={
        "月度": "date NOT NULL",
        "业务类型": f"{NAME} NOT NULL",
        "计划类型": f"{NAME} NOT NULL",
        "计划代码": f"{NAME} NOT NULL",
        "计划名称": NAME,
        "组合类型": NAME,
        "组合代码": NAME,
        "组合名称": NAME,
        "客户名称": NAME,
        "固费": _AMOUNT,
        "浮费": _AMOUNT,
        "回补": _AMOUNT,
        "税": _AMOUNT,
        "机构代码": NAME,
        "机构名称": NAME,
        "产品线代码": NAME,
        "年金账户名": NAME,
        "company_id": "varchar(50)",
        **STAMPS,
    },
    # Many rows share a scope: an index, and not a unique one.
    indexes=(("月度", "业务类型", "计划类型"),),
)

TABLES: Final[Mapping[str, Table]] = {"facts": FACTS, **REFERENCE_TABLES}
