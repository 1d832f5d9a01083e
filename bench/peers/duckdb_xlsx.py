"""DuckDB alone: read_xlsx, SQL, and its extension for PostgreSQL, which COPYs. Arguments: workbook, dsn.

Every cell is read as text, as for polars_copy.py. What is left out is in cleaning.py; besides, error cells become NULL,
and existing references are not filled. The extensions come from wheels, as a machine without DuckDB's own server of
extensions has them; without them this peer cannot run, and says so.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

import cleaning
import duckdb

KEYS = {cleaning.PLANS: "年金计划号", cleaning.PORTFOLIOS: "组合代码"}
_INVISIBLE = "\u200b\u3000 \t\r\n"
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
_PLAIN = "".join(map(chr, range(0x21, 0x7F)))


def find_extension(name: str) -> str:
    """Give the file of an extension. Ends the run where it is not installed."""
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    found = [] if package is None else [*Path(package.origin).parent.rglob(f"{name}.duckdb_extension")]
    if not found:
        sys.exit(f"DuckDB's extension {name} is not installed")
    return str(found[0])


def quoted(text: str) -> str:
    """Write a text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def named(columns: Iterable[str]) -> str:
    """List columns."""
    return ", ".join(f'"{column}"' for column in columns)


def clean_cell(name: str, column: str) -> str:
    """Trim a cell; what counts as empty is NULL, and full-width characters of all but names are made plain ones."""
    text = f'trim("{name}", {quoted(_INVISIBLE)})'
    nothing = ", ".join(map(quoted, sorted(cleaning.NOTHING)))
    if column in cleaning.TEXTS:
        plain = f"regexp_replace({text}, '\\s+', ' ', 'g')"
    else:  # translate() is slow, and few cells have a character that is longer than a byte
        translated = f"translate({text}, {quoted(_WIDE)}, {quoted(_PLAIN)})"
        plain = f"CASE WHEN strlen({text}) > length({text}) THEN {translated} ELSE {text} END"
    return f'CASE WHEN {text} NOT IN ({nothing}) THEN {plain} END AS "{column}"'


def read_month() -> str:
    """Read months, in nine spellings, as their first days."""
    parts = "regexp_extract(\"月度\", '^(\\d{4}|\\d{2})\\D?(\\d{1,2})', ['year', 'month'])"
    year, month = (f"({parts}).{part}::INTEGER" for part in ("year", "month"))
    return (
        "CASE WHEN \"月度\" SIMILAR TO '\\d{5}' "
        "THEN date_trunc('month', DATE '1899-12-30' + TRY_CAST(\"月度\" AS INTEGER))::DATE "
        f"ELSE make_date(CASE WHEN {year} < 100 THEN 2000 ELSE 0 END + {year}, {month}, 1) END"
    )


def read_amount(name: str) -> str:
    """Read amounts; one in brackets is negative."""
    return f"regexp_replace(regexp_replace(\"{name}\", '[,¥ ]', '', 'g'), '^\\((.*)\\)$', '-\\1')::DOUBLE"


def read_rate() -> str:
    """Read rates, with or without a percent sign."""
    number = "rtrim(\"当期收益率\", '%')::DOUBLE"
    return f"CASE WHEN suffix(\"当期收益率\", '%') THEN {number} / 100 ELSE {number} END"


def read_identifier(name: str) -> str:
    """Read a code without -, _ and blanks, in capitals."""
    return f"upper(regexp_replace(\"{name}\", '[-_ ]', '', 'g'))"


def read_facts(database: duckdb.DuckDBPyConnection, workbook: str) -> None:
    """Read and clean the facts into a table."""
    sheet = database.sql(
        f"FROM read_xlsx({quoted(workbook)}, sheet={quoted(cleaning.FACTS)}, all_varchar=true, stop_at_empty=false)"
    )
    cells = ", ".join(clean_cell(name, cleaning.clean_header(name)) for name in sheet.columns)
    plans = " ".join(f"WHEN {quoted(kind)} THEN {quoted(code)}" for kind, code in cleaning.DEFAULT_PLANS.items())
    read = {
        "月度": read_month(),
        **{name: read_amount(name) for name in cleaning.AMOUNTS},
        "计划代码": f"coalesce({read_identifier('计划代码')}, CASE \"计划类型\" {plans} ELSE 'AN002' END)",
        "company_id": f"coalesce({read_identifier('company_id')}, 'IN_' || upper(left(md5(\"客户名称\"), 16)))",
        "组合代码": "regexp_replace(\"组合代码\", '^F([0-9A-Z]+)$', '\\1')",
        "当期收益率": read_rate(),
    }
    columns = ", ".join(f'{read[name]} AS "{name}"' if name in read else f'"{name}"' for name in cleaning.COLUMNS)
    database.execute(
        f"CREATE TABLE facts AS WITH cells AS (SELECT {cells} FROM sheet) "
        f'SELECT {columns} FROM cells WHERE "客户名称" IS NOT NULL AND "月度" IS NOT NULL'
    )


def derive(database: duckdb.DuckDBPyConnection) -> None:
    """Derive plans and portfolios: the first value of each column, the office of the largest fact."""
    kinds = " || ".join(
        f"CASE WHEN bool_or(\"业务类型\" = '{kind}') THEN '+{kind}' ELSE '' END" for kind in cleaning.QUALIFICATIONS
    )
    note = "strftime(last(\"月度\"), '%y%m') || '_新建'"
    database.execute(
        f'CREATE TABLE "{cleaning.PLANS}" AS SELECT "计划代码" AS "年金计划号", any_value("计划名称") AS "计划全称", '
        'any_value("计划类型") AS "计划类型", any_value("客户名称") AS "客户名称", '
        "any_value(company_id) AS company_id, "
        f'arg_max("机构代码", "期末资产规模") AS "主拓代码", ltrim({kinds}, \'+\') AS "管理资格", {note} AS "备注" '
        "FROM facts GROUP BY 1"
    )
    database.execute(
        f'CREATE TABLE "{cleaning.PORTFOLIOS}" AS SELECT "组合代码", any_value("计划代码") AS "年金计划号", '
        f'any_value("组合名称") AS "组合名称", any_value("组合类型") AS "组合类型", {note} AS "备注" '
        'FROM facts WHERE "组合代码" IS NOT NULL GROUP BY 1'
    )


def load(database: duckdb.DuckDBPyConnection) -> None:
    """Insert the references that are missing, delete the scopes, insert the facts, in one transaction."""
    database.execute("BEGIN")
    for table, key in KEYS.items():
        columns = named(name for name, *_ in database.execute(f'DESCRIBE "{table}"').fetchall())
        database.execute(
            f'INSERT INTO warehouse.public."{table}" ({columns}) SELECT {columns} FROM "{table}" '
            f'ANTI JOIN warehouse.public."{table}" USING ("{key}")'
        )
    scopes = database.execute(f"SELECT DISTINCT {named(cleaning.KEY)} FROM facts").fetchall()
    values = ", ".join(f"(DATE '{month}', {quoted(plan)}, {quoted(company)})" for month, plan, company in scopes)
    delete = f'DELETE FROM public."{cleaning.FACTS}" WHERE ({named(cleaning.KEY)}) IN (VALUES {values})'
    database.execute(f"CALL postgres_execute('warehouse', {quoted(delete)})")
    database.execute(
        f'INSERT INTO warehouse.public."{cleaning.FACTS}" ({named(cleaning.COLUMNS)}) '
        f"SELECT {named(cleaning.COLUMNS)} FROM facts"
    )
    database.execute("COMMIT")


def main() -> None:
    """Read, derive, load."""
    workbook, dsn = sys.argv[1:]
    database = duckdb.connect()
    for name in ("excel", "postgres_scanner"):
        database.load_extension(find_extension(name))
    database.execute(f"ATTACH {quoted(dsn)} AS warehouse (TYPE postgres)")
    read_facts(database, workbook)
    derive(database)
    load(database)


if __name__ == "__main__":
    main()
