"""A server that asks for the password, with a database for each way in which a run can end, and the command itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.clusters import temporary_directory
from support.secrecy import SECRET, Given

from wdh.command.main import main as tool_command
from wdh.testing.database import Database
from wdh.warehouse.embedded.server import embedded_server
from wdh_annuity_performance import demo

DATABASES = {
    "good": "SELECT 1",
    "refusing": 'ALTER TABLE "规模明细" ADD CONSTRAINT closed CHECK ("期末资产规模" IS NULL)',
    "killing": """
        CREATE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NEW; END';
        CREATE TRIGGER kill BEFORE INSERT ON "规模明细" FOR EACH ROW EXECUTE FUNCTION kill()""",
}


@dataclass(frozen=True, slots=True)
class Guarded:
    """A server on which ``etl`` has the secret as password, and ``stranger`` another one."""

    parameters: Mapping[str, Any]
    log: Path

    def place(self, database: str, *, user: str = "etl", port: str | None = None) -> dict[str, str]:
        """What a user must know of it but the password."""
        own = {"host": str(self.parameters["host"]), "port": port or str(self.parameters["port"])}
        return {**own, "user": user, "dbname": database}

    def database(self, name: str) -> Database:
        """One of its databases, for the superuser, who needs no password."""
        return Database({**self.parameters, "dbname": name})


@dataclass(frozen=True, slots=True)
class Workspace:
    """Folders of one run: its workbooks and configuration, and wherever it could leave something."""

    inputs: Path
    left: Path
    home: Path

    def start(self, given: Given, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the installed command as a user does, in folders of its own."""
        for name in ("work", "temp"):
            (self.left / name).mkdir(exist_ok=True)
        places = ["--config", str(self.inputs / "data_sources.yml"), "--data-dir", str(self.inputs)]
        places += ["--report-dir", str(self.left / "report")]
        command = [str(Path(sys.executable).with_name("wdh-run")), "--domain", "annuity_performance", *places]
        return subprocess.Popen(
            [*command, *arguments, *given.arguments],
            cwd=self.left / "work",
            env=self._environment(given),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _environment(self, given: Given) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "WDH_", "XDG_"))}
        places = {"HOME": str(self.home), "TMPDIR": str(self.left / "temp"), "LC_ALL": "C.UTF-8"}
        return {**own, **places, **given.environment}

    def leftovers(self, *, but: Sequence[Path]) -> dict[str, bytes]:
        """Every file below the folders of the run and the home, without those that the user put there."""
        files = [path for place in (self.left, self.home) for path in place.rglob("*") if path.is_file()]
        return {path.name: path.read_bytes() for path in files if path not in but}


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small delivery with its configuration."""
    folder = tmp_path_factory.mktemp("inputs")
    demo.write_workbooks(folder, rows=120)  # the configuration asks for a hundred at least
    (folder / "data_sources.yml").write_text(demo.write_configuration("annuity_performance"), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def guarded(inputs: Path) -> Iterator[Guarded]:
    """The server; its databases have the tables of the domain."""
    with temporary_directory("wdh-guarded-") as directory:
        rules = directory / "rules.conf"
        rules.write_text("local all etl,stranger scram-sha-256\nlocal all postgres trust\n")
        with embedded_server(directory / "postgres", settings={"hba_file": str(rules), "fsync": "off"}) as address:
            server = Guarded(dict(address.parameters), directory / "postgres")
            _fill(server, inputs)
            yield server


def _fill(server: Guarded, inputs: Path) -> None:
    ddl = CliRunner().invoke(tool_command, ["ddl", "annuity_performance", "--config", str(inputs / "data_sources.yml")])
    assert ddl.exit_code == 0, ddl.stderr
    maintenance = server.database("postgres")
    for role, password in (("etl", SECRET), ("stranger", "another")):
        maintenance.execute(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD %s", (password,))
    for name, statement in DATABASES.items():
        maintenance.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        server.database(name).execute(ddl.stdout)
        server.database(name).execute(statement)


@pytest.fixture
def workspace(tmp_path: Path, inputs: Path) -> Workspace:
    left, home = tmp_path / "left", tmp_path / "home"
    left.mkdir()
    home.mkdir()
    return Workspace(inputs, left, home)
