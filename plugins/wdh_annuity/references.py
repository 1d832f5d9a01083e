"""The reference tables that follow from the facts: refs blocks, in the YAML's own form."""

from __future__ import annotations

from typing import Any, Final

BLANK: Final = ("(空白)",)
"""The texts that a pivot table writes for a group without a name."""

_FIRST_SEEN: Final = {"from": "月度", "pick": "first", "format": "%y%m_新建"}
_QUALIFICATIONS: Final = {
    "from": "业务类型",
    "pick": "concat_distinct",
    "order": ["企年受托", "企年投资", "职年受托", "职年投资"],
    "separator": "+",
}


def make_references(size: str) -> dict[str, Any]:
    """Give plans and portfolios; the fact column ``size`` says which of several facts is the largest."""
    return {
        "plans": {
            "schema": "public",
            "table": "年金计划",
            "key": ["年金计划号"],
            "updatable": ["计划全称", "计划类型", "客户名称", "company_id"],
            "columns": {
                "年金计划号": "计划代码",
                "计划全称": "计划名称",
                "计划类型": "计划类型",
                "company_id": "company_id",
                "客户名称": {"from": "客户名称", "pick": "most_frequent", "tie_break": size},
                "主拓代码": {"from": "机构代码", "pick": "max_by", "by": size},
                "主拓机构": {"from": "机构名称", "pick": "max_by", "by": size},
                "管理资格": {**_QUALIFICATIONS},
                "备注": _FIRST_SEEN,
            },
            "blank": [*BLANK],
        },
        "portfolios": {
            "schema": "public",
            "table": "组合计划",
            "key": ["组合代码"],
            "updatable": ["组合名称", "组合类型", "运作开始日"],
            "columns": {
                "组合代码": "组合代码",
                "年金计划号": "计划代码",
                "组合名称": "组合名称",
                "组合类型": "组合类型",
                # No sheet says it, so it starts as NULL; it is named here because it may be filled.
                "运作开始日": {"pick": "constant", "value": None},
                "备注": _FIRST_SEEN,
            },
            "required": ["年金计划号"],
            "depends_on": ["plans"],
            "blank": [*BLANK],
        },
    }


def make_further_references(size: str) -> dict[str, Any]:
    """Give product lines, organizations and customers; ``size`` is as for :func:`make_references`."""
    return {
        "product_lines": {
            "schema": "public",
            "table": "产品线",
            "key": ["产品线代码"],
            "updatable": ["产品线"],
            "columns": {"产品线代码": "产品线代码", "产品线": "业务类型"},
            "blank": [*BLANK],
        },
        "organizations": {
            "schema": "public",
            "table": "组织架构",
            "key": ["机构代码"],
            "updatable": ["机构名称"],
            "columns": {"机构代码": "机构代码", "机构名称": "机构名称"},
            "blank": [*BLANK],
        },
        "customers": {
            "schema": "customer",
            "table": "客户明细",
            "key": ["company_id"],
            "updatable": ["客户名称", "主拓机构", "管理资格", "年金计划类型", "关联计划数", "tags"],
            "columns": {
                "company_id": "company_id",
                "客户名称": {"from": "客户名称", "pick": "most_frequent", "tie_break": size},
                "主拓机构": {"from": "机构名称", "pick": "max_by", "by": size},
                "管理资格": {**_QUALIFICATIONS},
                "年金计划类型": {"from": "计划类型", "pick": "concat_distinct", "separator": "+"},
                "关联计划数": {"from": "计划代码", "pick": "count_distinct"},
                "tags": {"from": "月度", "pick": "template", "format": '["{:%y%m}新建"]'},
            },
            "blank": [*BLANK],
        },
    }
