"""The data_sources.yml of the demonstration: every key a newcomer is likely to change, each with its reason."""

from __future__ import annotations

_TEXT = r"""# Which workbooks go where. `wdh check` names every fault in this file by line and column.
domains:
  __DOMAIN__:
    description: Monthly scale of annuity plans and portfolios

    # A regular expression searched in file names. The groups year (2 or 4 digits) and month (1 to 12) tell the month.
    pattern: '(?P<year>\d{2}|\d{4})年(?P<month>\d{1,2})月年金终稿数据'
    # The newest month by the calendar; of one month, the file in the highest of the folders V1, V2, …
    select: latest_by_year_month
    # A sheet's name, or its place counted from 0.
    sheet: 规模明细

    # Where the facts go. A run replaces the rows of every combination of pk that its workbook contains.
    schema: public
    table: 规模明细
    pk: [月度, 业务类型, 计划类型]

    # Columns without which a sheet is refused, and the fewest rows that make a delivery.
    required_columns: [计划代码, 客户名称, 期末资产规模]
    validation:
      min_rows: 100

    # The tables that the facts refer to; rows missing there are added first. updatable columns may be filled
    # where they are NULL (--backfill-mode fill_null_only); what is there already is never changed.
    refs:
      plans:
        schema: public
        table: 年金计划
        key: [年金计划号]
        updatable: [计划全称, 计划类型, 客户名称, company_id]
      portfolios:
        schema: public
        table: 组合计划
        key: [组合代码]
        updatable: [组合名称, 组合类型, 运作开始日]

discovery:
  file_extensions: [.xlsx, .xlsm]
  exclude_directories: [temp, backup, archive, .git, __pycache__]
  ignore_patterns: ['~$*', '*.tmp', '*.bak', '*.eml', '.*']
  max_depth: 10
  follow_symlinks: false
"""

_INCOME = r"""
  # The same workbooks have a second sheet, which is another domain's: wdh-run --domain annuity_income. Its tables are
  # not made by wdh demo, but by: wdh ddl annuity_income. What is not said here is the domain's own default.
  annuity_income:
    description: Monthly income from annuity plans
    pattern: '(?P<year>\d{2}|\d{4})年(?P<month>\d{1,2})月年金终稿数据'
    sheet: 收入明细
    schema: public
    table: 收入明细
    pk: [月度, 业务类型, 计划类型]
"""


def write_configuration(domain: str) -> str:
    """Write the configuration for the demonstration's workbooks, with ``domain`` as the domain's name."""
    return _TEXT.replace("__DOMAIN__", domain)


def with_income(configuration: str) -> str:
    """Add the domain of the second sheet to the demonstration's domains."""
    before, rest = configuration.split("\ndiscovery:", 1)
    return f"{before}{_INCOME}\ndiscovery:{rest}"
