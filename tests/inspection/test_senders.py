"""From a sheet that nobody described to a loaded table, by what inspection proposes and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML
from support.senders import SENDERS, Sender

from wdh.command.main import main as tool_command
from wdh.command.run import main as job_command

pytestmark = pytest.mark.once


def tool(*arguments: str) -> Any:
    ended = CliRunner().invoke(tool_command, arguments)
    assert ended.exit_code == 0, ended.output
    return ended


@pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)
def test_what_inspection_proposes_loads_every_fact_and_rejects_what_it_said(
    tmp_path: Path, database: Any, sender: Sender
) -> None:
    """Nobody edits the configuration: `wdh inspect`, `wdh ddl`, `wdh-run --execute`, and the facts are there.

    Both readers find the same: by one, the proposal is printed, and by the other it is a document.
    """
    path = sender.write(tmp_path / "2024年11月报表.xlsx")
    said = json.loads(tool("inspect", str(path), "--output", "json", "--reader", "openpyxl").stdout)
    printed = tool("inspect", str(path)).stdout.partition("data_sources.yml\n")[2]
    assert YAML(typ="safe").load(printed) == {"domains": {"new_domain": said["proposal"]}}
    assert (said["facts"], said["expected"]["rows"]) == (sender.facts, sender.rejects), said
    config = tmp_path / "data_sources.yml"
    config.write_text(printed, encoding="utf-8")
    database.execute(tool("ddl", "new_domain", "--config", str(config)).stdout)
    job = ["--domain", "new_domain", "--config", str(config), "--data-dir", str(tmp_path), "--dsn", database.dsn]
    allowed = ["--max-rejects", str(sender.rejects)] if sender.rejects else []
    ended = CliRunner().invoke(job_command, [*job, *allowed, "--execute", "--output", "json"])
    assert ended.exit_code == 0, ended.output
    (workbook,) = json.loads(ended.stdout)["workbooks"]
    assert (workbook["facts"], workbook["rejected"]) == (sender.facts, sender.rejects)
    table = '"' + said["table"].replace('"', '""') + '"'
    assert database.rows("SELECT count(*) FROM " + table) == [(sender.facts,)]
    if sender.holds is not None:
        name, values = sender.holds
        held = database.rows(f'SELECT "{name}" FROM {table} ORDER BY id')
        assert [value for (value,) in held] == list(values)
