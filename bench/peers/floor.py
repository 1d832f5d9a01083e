"""The floor: the fast reader only iterating, then psql, which loads clean files and runs the backfill's SQL.

Arguments: workbook, dsn, folder of the clean files, psql. Nothing is cleaned, derived, checked or deleted, no table
is locked, and no run is recorded: what remains is what no loader can do without.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from python_calamine_plus import load_workbook

REFERENCES = {"年金计划": "年金计划号", "组合计划": "组合代码"}
FACTS = "规模明细"


def read(workbook: str) -> int:
    """Iterate all rows of the sheet."""
    book = load_workbook(workbook)
    try:
        return sum(1 for _ in book.stream_sheet_by_name(FACTS))
    finally:
        book.close()


def backfill(table: str, key: str, columns: str, *, source: Path) -> str:
    """Write the script that inserts the rows of a clean file whose key the table lacks."""
    names = columns.split(", ")
    same = f'd."{key}" = s."{key}"'
    chosen = ", ".join(f"s.{name}" for name in names)
    return (
        f'CREATE TEMP TABLE "stage" ON COMMIT DROP AS SELECT {columns} FROM "{table}" WITH NO DATA;\n'
        f"\\copy \"stage\" FROM '{source}'\n"
        f'INSERT INTO "{table}" ({columns}) SELECT {chosen} FROM "stage" s\n'
        f' WHERE NOT EXISTS (SELECT 1 FROM "{table}" d WHERE {same}) ORDER BY s."{key}"\n'
        f'    ON CONFLICT ("{key}") DO NOTHING;\n'
        f'DROP TABLE "stage";\n'
    )


def script(clean: Path) -> str:
    """Write everything that psql has to do, as one transaction."""
    columns = {table: (clean / f"{table}.columns").read_text(encoding="utf-8") for table in (*REFERENCES, FACTS)}
    steps = [backfill(table, key, columns[table], source=clean / f"{table}.copy") for table, key in REFERENCES.items()]
    steps.append(f"\\copy \"{FACTS}\" ({columns[FACTS]}) FROM '{clean / FACTS}.copy'\n")
    return "BEGIN;\n" + "".join(steps) + "COMMIT;\n"


def main() -> None:
    """Read, then load."""
    workbook, dsn, clean, psql = sys.argv[1:]
    read(workbook)
    command = [psql, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", dsn, "--file", "-"]
    subprocess.run(command, input=script(Path(clean)), check=True, encoding="utf-8")


if __name__ == "__main__":
    main()
