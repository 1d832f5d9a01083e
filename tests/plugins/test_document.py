"""The plugin that docs/plugins.md shows does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from support.workspaces import Workspace

from wdh_period_lock.settings import CONTRACTS

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"
DOMAIN = "annuity_performance"


def test_the_plugin_of_the_page_vetoes_notes_and_writes_down_how_runs_ended(
    workspace: Workspace, install: Any, tmp_path: Path
) -> None:
    (source,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    install("gate", source)
    assert workspace.report(DOMAIN)["vetoes"] == []
    log = tmp_path / "runs.txt"
    workspace.add(f"plugins:\n  gate:\n    log: {log}\n    least: 161\n")
    (veto,) = workspace.report(DOMAIN, "--execute")["vetoes"]
    assert veto == "160 facts of annuity_performance (2024-11-01) are fewer than 161 (wdh-gate 1.2.0)"
    workspace.config.write_text(
        workspace.config.read_text(encoding="utf-8").replace("least: 161", "least: 160"), encoding="utf-8"
    )
    report = workspace.report(DOMAIN)
    assert {"code": "gate", "sentence": "160 facts passed the gate.", "cases": {}} in report["notes"]
    assert log.read_text(encoding="utf-8").splitlines() == [
        f"{DOMAIN} not loaded ['{veto}']",
        f"{DOMAIN} not loaded []",
    ]
    assert workspace.report(DOMAIN, "--execute")["facts"]["loaded"]
    assert workspace.job(DOMAIN, "--file", "nothing.xlsx").code == 2
    *_, loaded, failed = log.read_text(encoding="utf-8").splitlines()
    assert loaded == f"{DOMAIN} loaded []"
    assert failed.startswith(f"{DOMAIN} failed with exit code 2 ")
    assert "nothing.xlsx" in failed


def test_the_page_has_every_setting_of_the_lock() -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert re.findall(r"^    (\w+):", block, re.MULTILINE) == list(CONTRACTS)
