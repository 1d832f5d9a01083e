"""Where an operator sits: a small delivery, a database with the tables it needs, and the real command."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.clients import wait_until
from support.operator import Operator
from wdh.testing.database import Database

ROWS = 300
FACTS = "规模明细"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an operator sits: workbooks, a database, and processes that are ended when the test is over."""

    folder: Path
    database: Database
    stack: ExitStack

    def run(self, *arguments: str, dsn: str | None = None) -> Operator:
        """Start ``wdh-run --execute`` against the database, by another way where ``dsn`` is given."""
        return self.start("--execute", *arguments, "--dsn", dsn or self.database.dsn)

    def start(self, *arguments: str, environment: dict[str, str] | None = None) -> Operator:
        """Start ``wdh-run``."""
        places = ["--config", str(self.folder / "data_sources.yml"), "--data-dir", str(self.folder)]
        operator = Operator(["--domain", "annuity_performance", *places, *arguments], environment=environment)
        self.stack.callback(operator.process.kill)
        return operator

    def backend(self, operator: Operator, *, condition: str = "true") -> int:
        """Wait until the run's session is there and in the condition asked for, and give its process number."""
        found: list[Any] = []

        def is_there() -> bool:
            assert not operator.is_over(), operator.end()
            query = f"SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'wdh' AND {condition}"
            found[:] = self.database.rows(query, (self.database.name,))
            return bool(found)

        wait_until(is_there, seconds=60)
        return int(found[0][0])

    def facts(self) -> int:
        """Count the facts."""
        return int(self.database.rows(f"SELECT count(*) FROM {FACTS}")[0][0])

    def wait_until_gone(self) -> None:
        """Wait until the server has ended the sessions of the runs."""
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name = 'wdh'"
        wait_until(lambda: not self.database.rows(query, (self.database.name,)), seconds=60)
