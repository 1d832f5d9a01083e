"""A shop whose deliveries are loaded, shown and loaded again, each by the command that a user would type."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.workbooks import write_sheets
from support.workspaces import Ended, Workspace
from wdh.command.run import main as job_command
from wdh.testing.database import Database

Fact = tuple[str, ...]
Table = Counter[Fact]
Rows = Sequence[Sequence[object]]
COLUMNS = ("月度", "店铺", "品", "金额")
_READ = 'SELECT "月度"::text, "店铺", "品", "金额"::text, source_row::text FROM "销售"'

_DOMAIN = """
  {name}:
    pattern: '(?P<year>\\d{{4}})-(?P<month>\\d{{2}})'
    table: 销售
    columns:
      月度: {{kind: month, required: true}}
      店铺: {{kind: text, required: true}}
      品: {{kind: text}}
      金额: {{kind: amount, scale: 2}}
    lineage: {{run: run_id, file: source_file, row: source_row}}
    refs:
      shops: {{table: 店铺, key: [店铺], updatable: [品], columns: {{店铺: 店铺, 品: 品}}, created_by_run: by_run}}
"""
KEEPING_ROWS = "    sheet: 明细\n    pk: [月度, 店铺]\n"
BY_MONTH = "    sheet: 明细\n    pk: [月度]\n"

SHOPS: Mapping[str, tuple[str, ...]] = {
    "scopes of month and shop": (KEEPING_ROWS,),
    "scopes of a month": (BY_MONTH,),
    "whole periods": (KEEPING_ROWS + "    guards: {left_behind: delete}\n",),
    "provisional shops": (KEEPING_ROWS + '    provisional: {店铺: "T*"}\n',),
    "several sheets": ("    sheets: [仓库*]\n    pk: [月度]\n",),
    "the month of the file's name": (KEEPING_ROWS + "    constants: {月度: {file: '(?P<value>\\d{4}-\\d{2})'}}\n",),
    "the month of a folder's name": (KEEPING_ROWS + "    constants: {月度: {folder: '(?P<value>\\d{4}-\\d{2})'}}\n",),
    "two domains of one table": (KEEPING_ROWS, BY_MONTH),
}
"""What is written of each domain of a shop, by what is special about it."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A configuration, a folder and a database. ``kind`` is one of SHOPS."""

    workspace: Workspace
    kind: str

    @property
    def database(self) -> Database:
        return self.workspace.database

    @property
    def domains(self) -> Sequence[str]:
        return ["sales", "returns"][: len(SHOPS[self.kind])]

    @property
    def month_is_outside(self) -> bool:
        """Whether the month stands in a name, not in the rows."""
        return "name" in self.kind

    def open(self) -> None:
        """Write the configuration, and make the tables anew."""
        self.database.execute("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public")
        parts = zip(self.domains, SHOPS[self.kind], strict=True)
        text = "domains:" + "".join(_DOMAIN.format(name=name) + more for name, more in parts)
        self.workspace.config.write_text(text, encoding="utf-8")
        self.workspace.create_tables(self.domains[0])

    def read_otherwise(self) -> None:
        """Let the configuration read the same cells as other facts, or as at first again."""
        text = self.workspace.config.read_text(encoding="utf-8")
        one, other = "品: {kind: text}", "品: {kind: text, blank: [甲]}"
        one, other = (one, other) if one in text else (other, one)
        self.workspace.config.write_text(text.replace(one, other), encoding="utf-8")

    def write(self, path: Path, sheets: Mapping[str, Rows], *, without: str | None = None) -> None:
        """Write a delivery, with the month outside or in each row; ``without`` one column."""
        left_out = {without, "月度" if self.month_is_outside else None}
        places = [place for place, name in enumerate(COLUMNS) if name not in left_out]
        path.parent.mkdir(exist_ok=True)
        write_sheets(
            path,
            {name: [[row[place] for place in places] for row in [COLUMNS, *rows]] for name, rows in sheets.items()},
        )

    def load(self, domain: str, *arguments: str) -> str:
        """Load deliveries, whatever the guards say to it; give the id of the run."""
        places = ["--config", str(self.workspace.config)]
        ended = self.execute(["--execute", "--domain", domain, "--output", "json", *places, *arguments])
        run_id: str = ended.report["run_id"]
        return run_id

    def execute(self, arguments: Sequence[str]) -> Ended:
        """Run ``wdh-run``, and again with the guards accepted that it names."""
        ended = self.workspace.run(job_command, *arguments)
        if ended.code == 3 and (names := re.findall(r"--accept (\w+)", ended.err + ended.out)):
            accepted = [word for name in dict.fromkeys(names) for word in ("--accept", name)]
            ended = self.workspace.run(job_command, *arguments, *accepted)
        return ended

    def show(self, run_id: str) -> str:
        """Print what ``wdh history show`` prints."""
        places = ["--config", str(self.workspace.config), "--data-dir", str(self.workspace.folder)]
        ended = self.workspace.tool("history", "show", run_id, *places)
        assert ended.code == 0, ended.err
        return ended.out

    def obey(self, command: str) -> str | None:
        """Do what a printed command says: see the forecast, then execute. Give what goes wrong; None: nothing."""
        program, *words = shlex.split(command)
        assert (program, words[0]) == ("wdh-run", "--forecast"), command
        forecast = self.workspace.run(job_command, *words)
        if forecast.code:
            return f"the forecast ends with {forecast.code}: {forecast.err}"
        ended = self.execute(["--execute", *words[1:]])
        return f"{command} ends with {ended.code}: {ended.err}" if ended.code else None

    def facts(self) -> Table:
        """Give all facts, but for the run and the file that they came from."""
        return Counter(self.database.rows(_READ))

    def facts_of(self, run_id: str) -> Table:
        """Give the facts that a run brought, as far as they are there."""
        return Counter(self.database.rows(f"{_READ} WHERE run_id::text = %s", (run_id,)))
