"""The tables of the domain, as ``wdh ddl`` writes them where a warehouse has none yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wdh import Table
from wdh_annuity.tables import NAME, REFERENCE_TABLES, STAMPS

_AMOUNT: Final = "numeric(20,4)"

FACTS: Final = Table(
    identity="annuity_performance_id",
    columns={
        "月度": "date NOT NULL",
        "业务类型": NAME,
        "计划类型": NAME,
        "计划代码": f"{NAME} NOT NULL",
        "计划名称": NAME,
        "组合类型": NAME,
        "组合代码": NAME,
        "组合名称": NAME,
        "客户名称": NAME,
        "期初资产规模": _AMOUNT,
        "期末资产规模": _AMOUNT,
        "供款": _AMOUNT,
        "流失_含待遇支付": _AMOUNT,
        "流失": _AMOUNT,
        "待遇支付": _AMOUNT,
        "投资收益": _AMOUNT,
        "当期收益率": "numeric(12,6)",
        "机构代码": NAME,
        "机构名称": NAME,
        "产品线代码": NAME,
        "年金账户号": "varchar(50)",
        "年金账户名": NAME,
        "company_id": "varchar(50)",
        **STAMPS,
    },
    # Several rows may share a scope, one for each portfolio: an index, and not a unique one.
    indexes=(("月度", "计划代码", "company_id"),),
)

TABLES: Final[Mapping[str, Table]] = {"facts": FACTS, **REFERENCE_TABLES}
