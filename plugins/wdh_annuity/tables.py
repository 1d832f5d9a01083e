"""The reference tables of the business, as ``wdh ddl`` writes them where a warehouse has none yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wdh import Table

NAME: Final = "varchar(255)"
STAMPS: Final = {
    "created_at": "timestamp with time zone DEFAULT pg_catalog.now()",
    "updated_at": "timestamp with time zone DEFAULT pg_catalog.now()",
}

PLANS: Final = Table(
    identity="annuity_plans_id",
    columns={
        "年金计划号": f"{NAME} NOT NULL",
        "计划简称": NAME,
        "计划全称": NAME,
        "主拓代码": "varchar(10)",
        "计划类型": NAME,
        "客户名称": NAME,
        "company_id": "varchar(50)",
        "管理资格": NAME,
        "计划状态": NAME,
        "主拓机构": "varchar(10)",
        "组合数": "integer",
        "是否统括": "smallint",
        "备注": "text",
        **STAMPS,
    },
    unique=(("年金计划号",),),
)

PORTFOLIOS: Final = Table(
    identity="portfolio_plans_id",
    columns={
        "年金计划号": NAME,
        "组合代码": f"{NAME} NOT NULL",
        "组合名称": NAME,
        "组合简称": NAME,
        "组合状态": NAME,
        "运作开始日": "date",
        "组合类型": NAME,
        "子分类": NAME,
        "受托人": NAME,
        "是否存款组合": "smallint",
        "是否外部组合": "smallint",
        "是否PK组合": "smallint",
        "投资管理人": NAME,
        "受托管理人": NAME,
        "投资组合代码": NAME,
        "投资组合名称": NAME,
        "备注": "text",
        **STAMPS,
    },
    unique=(("组合代码",),),
    indexes=(("年金计划号",),),
)

PRODUCT_LINES: Final = Table(
    identity="product_lines_id",
    columns={"产品线代码": f"{NAME} NOT NULL", "产品线": NAME, **STAMPS},
    unique=(("产品线代码",),),
)

ORGANIZATIONS: Final = Table(
    identity="organizations_id",
    columns={"机构代码": f"{NAME} NOT NULL", "机构名称": NAME, **STAMPS},
    unique=(("机构代码",),),
)

CUSTOMERS: Final = Table(
    identity="customers_id",
    columns={
        "company_id": "varchar(50) NOT NULL",
        "客户名称": NAME,
        "主拓机构": NAME,
        "管理资格": NAME,
        "年金计划类型": NAME,
        "关联计划数": "integer",
        "tags": "jsonb",
        **STAMPS,
    },
    unique=(("company_id",),),
)

REFERENCE_TABLES: Final[Mapping[str, Table]] = {
    "plans": PLANS,
    "portfolios": PORTFOLIOS,
    "product_lines": PRODUCT_LINES,
    "organizations": ORGANIZATIONS,
    "customers": CUSTOMERS,
}
"""By the names that the refs have."""
