"""Two domains without code that share a table of references, a month of each, and what decides when they run."""

from __future__ import annotations

import os
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.lines import reach
from support.workbooks import write_rows

from wdh.integrations.job import Ended, Line, run_job
from wdh.testing.database import Database

CONFIGURATION = r"""
domains:
  门店销售:
    pattern: '(?P<year>\d{4})年(?P<month>\d{1,2})月销售'
    sheet: 销售
    table: 门店销售
    pk: [月度]
    totals: [合计]
    columns: {月度: {kind: month, required: true}, 店号: {kind: code, required: true}, 店名: text, 金额: amount}
    refs:
      店铺:
        table: 店铺
        key: [店号]
        columns: {店号: 店号, 店名: 店名}
  returns:
    pattern: '(?P<year>\d{4})年(?P<month>\d{1,2})月退货'
    sheet: 退货
    table: returns
    pk: [月度, 店号]
    columns: {月度: {kind: month, required: true}, 店号: {kind: code, required: true}, 金额: amount}
    refs:
      shops:
        table: 店铺
        key: [店号]
        columns: {店号: 店号}
"""
TABLES = """
CREATE TABLE "店铺" ("店号" text PRIMARY KEY, "店名" text);
CREATE TABLE "门店销售" ("月度" date NOT NULL, "店号" text REFERENCES "店铺", "店名" text, "金额" numeric);
CREATE TABLE returns ("月度" date NOT NULL, "店号" text REFERENCES "店铺", "金额" numeric);
"""
SALES = [["月度", "店号", "店名", "金额"], [202411, "0001", "东店", 10.5], [202411, "0002", "西店", 20]]
RETURNS = [["月度", "店号", "金额"], [202411, "0002", 3], [202411, "0003", 4]]
WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SESSIONS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'wdh'"


@dataclass(frozen=True, slots=True)
class Office:
    """A folder with workbooks and their configuration, and the warehouse, which the environment names."""

    folder: Path
    database: Database
    lines: list[Line] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "data_sources.yml"

    def write_sales(self, *rows: list[Any]) -> None:
        """Write the workbook of the sales of November, with these rows below those that it always has."""
        write_rows(self.folder / "2024年11月销售.xlsx", [*SALES, *rows], sheet="销售")

    def run(self, *words: str, on_line: Callable[[Line], None] | None = None, **environment: str) -> Ended:
        """Run ``wdh-run`` for the sales as an integration does."""
        places = ["--domain", "门店销售", "--config", str(self.config), "--data-dir", str(self.folder)]
        told = on_line or self.lines.append
        return run_job([*places, *words], environment={**os.environ, **environment}, on_line=told)

    def facts(self, table: str = "门店销售") -> int:
        """Count the facts."""
        return int(self.database.rows(f'SELECT count(*) FROM "{table}"')[0][0])

    def runs(self) -> int:
        """Count the runs that the ledger has."""
        return int(self.database.rows("SELECT count(*) FROM wdh_runs")[0][0])


@pytest.fixture
def office(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The folder and its warehouse, with all tables and nothing in them."""
    for name in [name for name in os.environ if re.match("WDH_|PG|DAGSTER_", name)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WDH_DATABASE__URI", database.dsn)
    made = Office(tmp_path, database)
    made.config.write_text(CONFIGURATION, encoding="utf-8")
    made.write_sales()
    write_rows(tmp_path / "2024年11月退货.xlsx", RETURNS, sheet="退货")
    database.execute(TABLES)
    return made


@contextmanager
def deaf_after_commit(database: Database) -> Iterator[str]:
    """Give the address of the database by a way that is cut after the first COMMIT, once the server has obeyed it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        is_cut = threading.Event()
        threads: list[threading.Thread] = []

        def accept() -> None:
            try:
                while True:
                    client, _ = listener.accept()
                    thread = threading.Thread(target=_pass_on, args=(client, reach(database.parameters), is_cut))
                    thread.start()
                    threads.append(thread)
            except OSError:  # the listener is closed
                return

        accepting = threading.Thread(target=accept)
        accepting.start()
        way = {"host": "127.0.0.1", "port": listener.getsockname()[1], "sslmode": "disable", "gssencmode": "disable"}
        parameters = {name: value for name, value in database.parameters.items() if name != "hostaddr"}
        try:
            yield Database({**parameters, **way}).dsn
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def _pass_on(client: socket.socket, server: socket.socket, is_cut: threading.Event) -> None:
    has_loaded = False
    with client, server:
        while True:
            for source in select.select([client, server], [], [])[0]:
                heard = source.recv(65536)
                if not heard:
                    return
                (server if source is client else client).sendall(heard)
                has_loaded = has_loaded or b"COPY " in heard
                is_commit = source is client and heard.startswith(b"Q") and b"COMMIT" in heard
                if is_commit and has_loaded and not is_cut.is_set():
                    is_cut.set()
                    server.recv(65536)
                    return
