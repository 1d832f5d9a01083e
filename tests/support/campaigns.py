"""Two domains of monthly files that share a reference table, with all that a command over their months must come to."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from support.workspaces import Workspace
from wdh.testing.database import Database

DOMAINS: Final = ("sales", "stock")
FILES: Final = {"sales": "销售", "stock": "库存"}
_DOMAIN: Final = """
  {name}:
    pattern: '{word}(?P<year>20\\d\\d)(?P<month>\\d\\d)\\.csv$'
    table: {word}
    pk: [月度]
    constants: {{月度: {{file: '(?P<value>20\\d{{4}})'}}}}
    columns:
      月度: {{kind: month, required: true}}
      店号: {{kind: code, width: 4, required: true}}
      店名: text
      金额: {{kind: amount, scale: 2}}
    refs:
      shops:
        table: 店铺
        key: [店号]
        updatable: [店名]
        mode: insert_and_fill
        columns: {{店号: 店号, 店名: {{from: 店名, pick: first}}}}
"""
CONFIG: Final = "defaults: {select: latest_by_year_month}\ndomains:" + "".join(
    _DOMAIN.format(name=name, word=word) for name, word in FILES.items()
)
Contents = Mapping[str, Sequence[tuple[Any, ...]]]
QUESTIONS: Final = {
    **{
        word: f'SELECT "月度"::text, "店号", "店名", "金额"::text FROM "{word}" ORDER BY 1, 2'
        for word in FILES.values()
    },
    "店铺": 'SELECT "店号", "店名" FROM "店铺" ORDER BY 1',
    "wdh_runs": (
        "SELECT domain, file ->> 'period', (file ->> 'facts')::int FROM wdh_runs"
        " CROSS JOIN jsonb_array_elements(files) f(file) WHERE file ? 'sheet' ORDER BY 1, 2"
    ),
}
"""What each table holds, without what differs from run to run; of the ledger, the months that were committed."""


def months_of(count: int) -> tuple[str, ...]:
    """Name the first months from January 2023 on, as ``2023-01``."""
    return tuple(f"{2023 + number // 12}-{number % 12 + 1:02}" for number in range(count))


def make_campaign(folder: Path, database: Database, *, months: int, shops: int = 12) -> Workspace:
    """Write the configuration and the months of both domains, and create their tables."""
    workspace = Workspace(folder, database)
    folder.mkdir(parents=True, exist_ok=True)
    workspace.config.write_text(CONFIG, encoding="utf-8")
    for domain in DOMAINS:
        for month in months_of(months):
            write_month(folder, domain, month, shops=shops)
    create_tables(database)
    return workspace


def write_month(folder: Path, domain: str, month: str, *, shops: int = 12, seed: str = "") -> Path:
    """Write the file of a month, the same each time for the same seed. Each month has shops that no other has."""
    chance = random.Random(f"{domain} {month} {seed}")  # noqa: S311 - values of a test
    year, number = map(int, month.split("-"))
    first = (year - 2023) * 120 + number * 10
    rows = [
        (f"{shop:04}", f"店{shop}" if chance.random() < 0.7 else "", f"{chance.randrange(10**6) / 100:.2f}")
        for shop in range(first, first + shops)
    ]
    path = folder / f"{FILES[domain]}{month.replace('-', '')}.csv"
    path.write_text("\n".join(["店号,店名,金额", *map(",".join, rows)]), encoding="utf-8")
    return path


def create_tables(database: Database) -> None:
    """Create the tables of both domains."""
    columns = '"月度" date NOT NULL, "店号" text NOT NULL REFERENCES "店铺" ("店号"), "店名" text, "金额" numeric'
    facts = (f'CREATE TABLE "{word}" ({columns})' for word in FILES.values())
    database.execute("; ".join(['CREATE TABLE "店铺" ("店号" text PRIMARY KEY, "店名" text)', *facts]))


def command(workspace: Workspace, *more: str) -> list[str]:
    """Give the words that load all months of both domains, each in a transaction of its own."""
    places = ["--config", str(workspace.config), "--data-dir", str(workspace.folder)]
    period = ["--period", "2023-01:2024-12", "--commit", "each"]
    return ["--domains", ",".join(DOMAINS), *period, *places, "--execute", *more]


def contents(database: Database) -> Contents:
    """Give all that is in the tables, in order."""
    return {name: database.rows(question) for name, question in QUESTIONS.items()}
