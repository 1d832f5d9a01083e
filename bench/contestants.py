"""Who is measured: wdh with either reader, the floor, and the peers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbooks import DOMAIN, Workbook

from wdh.warehouse.embedded.home import find_programs

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Arena:
    """What a contestant is started with: the workbook, the database, the floor's clean files, the peers' Python."""

    workbook: Workbook
    dsn: str
    clean: Path
    peers_python: Path


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way of doing the whole job. ``schema`` is where its tables are; a peer is measured at fewer sizes."""

    name: str
    title: str
    command: tuple[str, ...]
    schema: str = "public"
    is_peer: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    def line(self, arena: Arena) -> list[str]:
        """Give the command line."""
        words = {
            "WORKBOOK": str(arena.workbook.path),
            "CONFIGURATION": str(arena.workbook.configuration),
            "DSN": arena.dsn,
            "CLEAN": str(arena.clean),
            "PEERS": str(arena.peers_python),
        }
        return [words.get(word, word) for word in self.command]


def program(name: str) -> str:
    """Give the path of a console script of this environment."""
    return str(Path(sys.executable).with_name(name))


def _wdh(name: str, title: str, reader: str) -> Contestant:
    command = (program("wdh-run"), "--domain", DOMAIN, "--execute", "--reader", reader, "--file", "WORKBOOK")
    return Contestant(name, title, (*command, "--config", "CONFIGURATION", "--dsn", "DSN"))


def earlier(command: str) -> Contestant:
    """Give an earlier wdh, by the path of its wdh-run."""
    return replace(_wdh("before", "wdh before", "fast"), command=(command, *CONTESTANTS[0].command[1:]))


def _peer(name: str, title: str, *, script: str, schema: str = "public") -> Contestant:
    return Contestant(name, title, ("PEERS", str(PEERS / script), "WORKBOOK", "DSN"), schema, is_peer=True)


def _floor() -> Contestant:
    psql = str(find_programs() / "psql")
    command = (sys.executable, str(PEERS / "floor.py"), "WORKBOOK", "DSN", "CLEAN", psql)
    return Contestant("floor", "floor: iterate + `psql \\copy` + the same SQL", command)


CONTESTANTS = (
    _wdh("wdh", "wdh, fast reader", "fast"),
    _wdh("wdh-openpyxl", "wdh, openpyxl reader", "openpyxl"),
    _floor(),
    _peer("polars", "fastexcel + polars + COPY", script="polars_copy.py"),
    _peer("duckdb", "DuckDB: read_xlsx + its extension for PostgreSQL", script="duckdb_xlsx.py"),
    _peer("dlt-arrow", "dlt, arrow, merge", script="dlt_arrow.py", schema="peer"),
    _peer("dlt-dicts", "dlt, dicts, merge", script="dlt_dicts.py", schema="peer"),
    _peer("pandas", "pandas.read_excel + to_sql", script="pandas_default.py"),
    _peer("pandas-multi", 'pandas.read_excel + to_sql(method="multi")', script="pandas_multi.py"),
    _peer("pangres", "pangres", script="pangres_upsert.py", schema="peer"),
    _peer("handwritten", "hand-written psycopg2, row at a time", script="handwritten.py"),
)
