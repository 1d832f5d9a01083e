"""Workspaces as ``wdh demo`` writes them, smaller, with the commands as a user runs them on a test's database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from support.reports import find_faults
from wdh.command.main import main as tool_command
from wdh.command.run import main as job_command
from wdh.testing.database import Database


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The report of a run that was asked for ``--output json`` and succeeded."""
        assert self.code == 0, self.err + self.out
        document: dict[str, Any] = json.loads(self.out)
        assert find_faults(document) == []
        return document


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a configuration and workbooks, and a database."""

    folder: Path
    database: Database

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "data_sources.yml"

    def job(self, domain: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run ``wdh-run`` for a domain."""
        places = ["--config", str(self.config), "--data-dir", str(self.folder)]
        return self.run(job_command, "--domain", domain, *places, *arguments, environment=environment)

    def report(self, domain: str, *arguments: str) -> dict[str, Any]:
        """Run ``wdh-run`` for a domain, and give the report for programs; it must succeed."""
        return self.job(domain, "--output", "json", *arguments).report

    def tool(self, *arguments: str) -> Ended:
        """Run ``wdh``."""
        return self.run(tool_command, *arguments, environment=None)

    def create_tables(self, *domains: str) -> None:
        """Create the tables of these domains as ``wdh ddl`` says."""
        for domain in domains:
            ddl = self.tool("ddl", domain, "--config", str(self.config))
            assert ddl.code == 0, ddl.err
            self.database.execute(ddl.out)

    def add(self, text: str) -> None:
        """Add text to the end of the configuration."""
        self.config.write_text(self.config.read_text(encoding="utf-8") + text, encoding="utf-8")

    def run(self, command: Any, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        """Run a command."""
        variables = {"WDH_DATABASE__URI": self.database.dsn, "COLUMNS": "200"} | dict(environment or {})
        program = "wdh-run" if command is job_command else "wdh"
        result = CliRunner().invoke(command, arguments, env=variables, prog_name=program)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)
