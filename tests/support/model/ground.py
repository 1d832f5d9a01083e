"""The real things the machine plays on: tables in a database, workbooks and a data_sources.yml on disk."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its classes in lower case

from ..workbooks import write_rows
from .domain import NAME, SHEET
from .expectation import Sources
from .rows import COLUMNS, Row, Sheets
from .tables import CHECKS, DEFAULT, SCHEMAS, TYPES, Constraint, Name

FILES = ("2024年10月持有.xlsx", "2024年11月持有.xlsx")
QUICK = "-c synchronous_commit=off"
"""Only a crash of the whole server could tell the difference, and none is made here."""


def quoted(name: Name) -> str:
    """Quote a table of the model; its names hold nothing that would need more."""
    return '"{}"."{}"'.format(*name)


@dataclass(frozen=True, slots=True)
class Ground:
    """A database of its own, by its dsn, a folder, and a session that belongs to nobody's run (autocommit)."""

    dsn: str
    folder: Path
    session: Connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Have a new connection, closed at the end."""
        with closing(psycopg2.connect(self.dsn, options=QUICK)) as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Have what is executed meanwhile committed together, at the end."""
        self.execute("BEGIN")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self.execute("ROLLBACK")
            raise

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> None:
        """Execute a statement, and commit it."""
        with self.session.cursor() as cursor:
            cursor.execute(sql, values or None)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Give the rows of a query."""
        with self.session.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def reset(self, stock: Mapping[Name, Sequence[Row]]) -> None:
        """Drop whatever is there, a run ledger too, and make the tables anew with these rows."""
        schemas = self.rows(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        )
        drops = "".join(f'DROP SCHEMA "{schema}" CASCADE;' for (schema,) in schemas)
        self.execute("SET client_min_messages = warning;" + drops + "".join(_create_schema(s) for s in SCHEMAS))
        for name, rows in stock.items():
            marks = ", ".join(["%s"] * len(TYPES[name[1]]))
            columns = ", ".join(f'"{column}"' for column in TYPES[name[1]])
            for row in rows:
                self.execute(f"INSERT INTO {quoted(name)} ({columns}) VALUES ({marks})", tuple(row.values()))
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def contents(self, name: Name) -> Counter[tuple[Any, ...]]:
        """Give all rows of a table, with how often each is there; generated keys left out."""
        columns = ", ".join(f'"{column}"' for column in TYPES[name[1]])
        return Counter(self.rows(f"SELECT {columns} FROM {quoted(name)}"))

    def constrain(self, name: Name, constraint: Constraint) -> None:
        """Lay a constraint on a table."""
        self.execute(f"ALTER TABLE {quoted(name)} {_constraint_sql(name, constraint)}")

    def release(self, name: Name, constraint: Constraint) -> None:
        """Take a constraint away again."""
        if constraint.kind == "not null":
            self.execute(f'ALTER TABLE {quoted(name)} ALTER COLUMN "{constraint.columns[0]}" DROP NOT NULL')
        else:
            self.execute(f'ALTER TABLE {quoted(name)} DROP CONSTRAINT "{constraint_name(constraint)}"')

    def configure(self, sources: Sources) -> Path:
        """Write data_sources.yml."""
        path = self.folder / "data_sources.yml"
        path.write_text(configuration_text(sources), encoding="utf-8")
        return path

    def deliver(self, sheets: Sheets, *, batch: str) -> Path:
        """Write the workbooks into a folder of their own; every row bears the name of the delivery."""
        folder = self.folder / batch
        folder.mkdir()
        for sheet, file in zip(sheets, FILES, strict=False):
            rows = [(*row.written, None if row.kind == "blank" else batch) for row in sheet]
            write_rows(folder / file, [COLUMNS, *rows], sheet=SHEET)
        return folder


def constraint_name(constraint: Constraint) -> str:
    """Name a constraint within its table."""
    return "_".join(("c", constraint.kind, *constraint.columns, constraint.form)).replace(" ", "_").lower()


def _constraint_sql(name: Name, constraint: Constraint) -> str:
    if constraint.kind == "not null":
        return f'ALTER COLUMN "{constraint.columns[0]}" SET NOT NULL'
    named = f'ADD CONSTRAINT "{constraint_name(constraint)}"'
    if constraint.kind == "unique":
        columns = ", ".join(f'"{column}"' for column in constraint.columns)
        return f"{named} UNIQUE ({columns}) {constraint.form}"
    column, comparison, limit = CHECKS[name[1]]
    value = f"'{limit}'" if isinstance(limit, str) else str(limit)
    return f'{named} CHECK ("{column}" {comparison} {value})'


def _create_schema(schema: str) -> str:
    tables = "".join(
        f"CREATE TABLE {quoted((schema, table))} (id int GENERATED ALWAYS AS IDENTITY, {_columns(types)});"
        for table, types in TYPES.items()
    )
    return f'CREATE SCHEMA "{schema}"; {tables}'


def _columns(types: Mapping[str, str]) -> str:
    return ", ".join(
        f'"{column}" {kind}' + (f" DEFAULT '{DEFAULT[column]}'" if column in DEFAULT else "")
        for column, kind in types.items()
    )


def configuration_text(sources: Sources) -> str:
    """Write out what data_sources.yml says."""
    lines = [
        "domains:",
        f"  {NAME}:",
        r"    pattern: '(?P<year>\d{4})年(?P<month>\d{1,2})月持有'",
        f"    sheet: {SHEET}",
        "    table: 事实",
        "    pk: [月度, 计划代码]",
        """    guards: {shrink: "off", vanished_columns: "off"}""",
        *([f"    schema: {sources.schema}"] if sources.schema else []),
        "    refs:",
    ]
    for name, ref in sources.refs.items():
        lines += [
            f"      {name}:",
            *([f"        schema: {ref.schema}"] if ref.schema else []),
            f"        key: [{', '.join(ref.key)}]",
            f"        updatable: [{', '.join(ref.updatable)}]",
            f"        mode: {ref.mode}",
            f"        on_key_conflict: {ref.on_key_conflict}",
        ]
    return "\n".join(lines) + "\n"
