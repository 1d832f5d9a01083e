"""A domain whose package does what each test says, and the command as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest
from support.distributions import write_distribution
from support.workbooks import write_rows

Ran = subprocess.CompletedProcess[str]
Command = Callable[..., Ran]

HEAD = """
import sys
from wdh.facts import Facts
from wdh.hookspecs import hookimpl

{top}

@hookimpl
def transform(batch):
{body}
    return Facts.from_rows(row.fact({{"a": row["a"]}}) for row in batch.rows())

@hookimpl
def run_finished(report):
{end}
"""
CONFIG = 'domains: {shops: {pattern: "shops.*", table: sales, pk: [a]}}\n'


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run ``wdh-run`` for a domain whose transform has ``body``, its module ``top``, and run_finished ``end``."""

    def run(*arguments: str, body: str = "pass", top: str = "", end: str = "pass", rows: int = 3, uri: str = "") -> Ran:
        site = tmp_path / "site"
        source = HEAD.format(top=dedent(top), body=indent(dedent(body), "    "), end=indent(dedent(end), "    "))
        write_distribution(
            site, "wdh-shops", entry_points={"wdh.domains": {"shops": "wdh_shops"}}, modules={"wdh_shops": source}
        )
        config = tmp_path / "data_sources.yml"
        config.write_text(CONFIG, encoding="utf-8")
        write_rows(tmp_path / "shops.xlsx", [["a"]] + [[f"v{row}"] for row in range(rows)])
        program = "from wdh.command.run import main; main()"
        places = ["--domain", "shops", "--config", str(config), "--data-dir", str(tmp_path)]
        return subprocess.run(
            [sys.executable, "-c", program, *places, *arguments],
            env=os.environ | {"PYTHONPATH": str(site), "WDH_DATABASE__URI": uri, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run
