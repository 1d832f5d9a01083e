"""The tables of the domain, as ``wdh ddl`` writes them where a warehouse has none yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wdh import Table

_NAME: Final = "varchar(255)"
_AMOUNT: Final = "numeric(20,4)"
_STAMPS: Final = {
    "created_at": "timestamp with time zone DEFAULT now()",
    "updated_at": "timestamp with time zone DEFAULT now()",
}

FACTS: Final = Table(
    identity="annuity_performance_id",
    columns={
        "月度": "date NOT NULL",
        "业务类型": _NAME,
        "计划类型": _NAME,
        "计划代码": f"{_NAME} NOT NULL",
        "计划名称": _NAME,
        "组合类型": _NAME,
        "组合代码": _NAME,
        "组合名称": _NAME,
        "客户名称": _NAME,
        "期初资产规模": _AMOUNT,
        "期末资产规模": _AMOUNT,
        "供款": _AMOUNT,
        "流失_含待遇支付": _AMOUNT,
        "流失": _AMOUNT,
        "待遇支付": _AMOUNT,
        "投资收益": _AMOUNT,
        "当期收益率": "numeric(12,6)",
        "机构代码": _NAME,
        "机构名称": _NAME,
        "产品线代码": _NAME,
        "年金账户号": "varchar(50)",
        "年金账户名": _NAME,
        "company_id": "varchar(50) NOT NULL",
        **_STAMPS,
    },
    # Several rows may share a scope, one for each portfolio: an index, and not a unique one.
    indexes=(("月度", "计划代码", "company_id"),),
)

PLANS: Final = Table(
    identity="annuity_plans_id",
    columns={
        "年金计划号": f"{_NAME} NOT NULL",
        "计划简称": _NAME,
        "计划全称": _NAME,
        "主拓代码": "varchar(10)",
        "计划类型": _NAME,
        "客户名称": _NAME,
        "company_id": "varchar(50)",
        "管理资格": _NAME,
        "计划状态": _NAME,
        "主拓机构": "varchar(10)",
        "组合数": "integer",
        "是否统括": "smallint",
        "备注": "text",
        **_STAMPS,
    },
    unique=(("年金计划号",),),
)

PORTFOLIOS: Final = Table(
    identity="portfolio_plans_id",
    columns={
        "年金计划号": _NAME,
        "组合代码": f"{_NAME} NOT NULL",
        "组合名称": _NAME,
        "组合简称": _NAME,
        "组合状态": _NAME,
        "运作开始日": "date",
        "组合类型": _NAME,
        "子分类": _NAME,
        "受托人": _NAME,
        "是否存款组合": "smallint",
        "是否外部组合": "smallint",
        "是否PK组合": "smallint",
        "投资管理人": _NAME,
        "受托管理人": _NAME,
        "投资组合代码": _NAME,
        "投资组合名称": _NAME,
        "备注": "text",
        **_STAMPS,
    },
    unique=(("组合代码",),),
    indexes=(("年金计划号",),),
)

TABLES: Final[Mapping[str, Table]] = {"facts": FACTS, "plans": PLANS, "portfolios": PORTFOLIOS}
