"""fastexcel into polars, expressions over whole columns, COPY: the fastest that a person writes today.

Arguments: workbook, dsn. Every cell is read as text, because by inference from the first rows a later "1,234.50"
becomes NULL. What is left out is in cleaning.py; besides, error cells become NULL, and an amount that cannot be read
stops the run without naming its cell.
"""

from __future__ import annotations

import hashlib
import io
import sys
from typing import Any

import cleaning
import fastexcel
import polars as pl
import psycopg2

KEYS = {cleaning.PLANS: "年金计划号", cleaning.PORTFOLIOS: "组合代码"}
FILLED = {
    cleaning.PLANS: ("计划全称", "计划类型", "客户名称", "company_id"),
    cleaning.PORTFOLIOS: ("组合名称", "组合类型"),
}
_INVISIBLE = "\u200b\u3000 \t\r\n"


def read_facts(workbook: str) -> pl.DataFrame:
    """Read and clean the facts."""
    sheet = fastexcel.read_excel(workbook).load_sheet(cleaning.FACTS, dtypes="string").to_polars()
    sheet = sheet.rename(cleaning.clean_header)
    stripped = sheet.select(pl.all().str.strip_chars(_INVISIBLE))
    blanked = stripped.select(pl.when(~pl.all().is_in([*cleaning.NOTHING])).then(pl.all()))
    rows = blanked.drop_nulls(["客户名称", "月度"]).lazy()
    facts = rows.select(
        read_month(),
        *(pl.col(name).str.replace_all(r"\s+", " ") for name in cleaning.TEXTS),
        *(wide(name).str.strip_chars(_INVISIBLE) for name in cleaning.CODES),
        *(read_amount(name) for name in cleaning.AMOUNTS),
        *(wide(name).str.replace_all("[-_ ]", "").str.to_uppercase() for name in ("计划代码", "company_id")),
        wide("组合代码").str.replace("^F([0-9A-Z]+)$", "$1"),
        read_rate(),
    ).collect()
    names = facts["客户名称"].unique()
    ids = [f"IN_{hashlib.md5(name.encode()).hexdigest()[:16].upper()}" for name in names]  # noqa: S324
    return facts.with_columns(
        pl.col("计划代码").fill_null(pl.col("计划类型").replace_strict(cleaning.DEFAULT_PLANS, default="AN002")),
        pl.col("company_id").fill_null(pl.col("客户名称").replace_strict(names, ids)),
    ).select(cleaning.COLUMNS)


def wide(name: str) -> pl.Expr:
    """Make full-width characters of a column plain ones."""
    return pl.col(name).str.normalize("NFKC")


def read_amount(name: str) -> pl.Expr:
    """Read amounts; one in brackets is negative."""
    text = wide(name).str.replace_all("[,¥ ]", "")
    return text.str.replace(r"^\((.*)\)$", "-$1").cast(pl.Float64)


def read_rate() -> pl.Expr:
    """Read rates, with or without a percent sign."""
    text = wide("当期收益率")
    number = text.str.strip_suffix("%").cast(pl.Float64)
    return pl.when(text.str.ends_with("%")).then(number / 100).otherwise(number)


def read_month() -> pl.Expr:
    """Read months as their first days."""
    parts = pl.col("月度").str.extract_groups(r"^(\d{4}|\d{2})\D?(\d{1,2})")
    year, month = (parts.struct.field(part).cast(pl.Int32) for part in "12")
    return pl.date(pl.when(year < 100).then(year + 2000).otherwise(year), month, 1).alias("月度")


def derive_plans(facts: pl.DataFrame) -> pl.DataFrame:
    """Derive the plans: the first value of each column, the office of the largest fact."""
    kinds = pl.col("业务类型").unique()
    return facts.group_by(pl.col("计划代码").alias("年金计划号"), maintain_order=True).agg(
        first("计划名称", "计划全称"),
        first("计划类型"),
        first("客户名称"),
        first("company_id"),
        pl.col("机构代码").sort_by("期末资产规模", nulls_last=False).last().alias("主拓代码"),
        kinds.filter(kinds.is_in(cleaning.QUALIFICATIONS)).sort().str.join("+").alias("管理资格"),
        note(),
    )


def derive_portfolios(facts: pl.DataFrame) -> pl.DataFrame:
    """Derive the portfolios: the first value of each column."""
    return (
        facts.drop_nulls("组合代码")
        .group_by("组合代码", maintain_order=True)
        .agg(first("计划代码", "年金计划号"), first("组合名称"), first("组合类型"), note())
    )


def first(column: str, name: str | None = None) -> pl.Expr:
    """Pick the first value of a column that is there."""
    return pl.col(column).drop_nulls().first().alias(name or column)


def note() -> pl.Expr:
    """Note the month of the last fact."""
    return pl.col("月度").last().dt.strftime("%y%m_新建").alias("备注")


def copy(cursor: Any, table: str, rows: pl.DataFrame) -> None:
    """COPY a frame as CSV."""
    names = ", ".join(f'"{name}"' for name in rows.columns)
    text = io.BytesIO()
    rows.write_csv(text, include_header=False)
    text.seek(0)
    cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN (FORMAT csv)', text)


def stage(cursor: Any, table: str, rows: pl.DataFrame) -> None:
    """COPY a frame into a temporary table with the columns of another."""
    names = ", ".join(f'"{name}"' for name in rows.columns)
    cursor.execute(f'CREATE TEMP TABLE stage ON COMMIT DROP AS SELECT {names} FROM "{table}" WITH NO DATA')
    copy(cursor, "stage", rows)


def backfill(cursor: Any, table: str, rows: pl.DataFrame) -> None:
    """Insert what is missing, fill what is NULL."""
    stage(cursor, table, rows)
    key, names = KEYS[table], ", ".join(f'"{name}"' for name in rows.columns)
    filled = ", ".join(f'"{name}" = coalesce(d."{name}", s."{name}")' for name in FILLED[table])
    empty = " OR ".join(f'(d."{name}" IS NULL AND s."{name}" IS NOT NULL)' for name in FILLED[table])
    cursor.execute(f'UPDATE "{table}" d SET {filled} FROM stage s WHERE d."{key}" = s."{key}" AND ({empty})')
    cursor.execute(f'INSERT INTO "{table}" ({names}) SELECT {names} FROM stage ON CONFLICT ("{key}") DO NOTHING')
    cursor.execute("DROP TABLE stage")


def main() -> None:
    """Read, derive, backfill, delete the scopes, COPY."""
    workbook, dsn = sys.argv[1:]
    facts = read_facts(workbook)
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        backfill(cursor, cleaning.PLANS, derive_plans(facts))
        backfill(cursor, cleaning.PORTFOLIOS, derive_portfolios(facts))
        stage(cursor, cleaning.FACTS, facts.select(cleaning.KEY).unique())
        same = " AND ".join(f'd."{name}" = s."{name}"' for name in cleaning.KEY)
        cursor.execute(f'DELETE FROM "{cleaning.FACTS}" d USING stage s WHERE {same}')
        copy(cursor, cleaning.FACTS, facts)


if __name__ == "__main__":
    main()
