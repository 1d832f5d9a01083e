"""Plugins hear of every run that succeeded, once it was reported; nothing they do then changes how it ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.workspaces import Workspace

DOMAIN = "annuity_performance"
HEAD = "from wdh import DataError, PluginError, hookimpl\nimport json, pathlib\n"


@pytest.fixture
def told(tmp_path: Path, install: Any) -> Any:
    """Install a plugin that writes down whatever it hears; give what it has heard, in order."""
    book = tmp_path / "told.jsonl"
    install(
        "bell",
        HEAD + "@hookimpl\ndef run_finished(domain, report, settings):\n"
        f"    with pathlib.Path({str(book)!r}).open('a') as book:\n"
        "        print(json.dumps([domain, report, settings]), file=book)\n",
    )
    return lambda: [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []


def test_a_plan_a_commit_and_an_unchanged_run_are_told_with_the_report_for_programs(
    workspace: Workspace, told: Any
) -> None:
    runs: tuple[tuple[str, ...], ...] = ((), ("--execute",), ("--execute", "--skip-unchanged"))
    shown = [workspace.report(DOMAIN, *arguments) for arguments in runs]
    assert told() == [[DOMAIN, report, None] for report in shown]
    assert [report["executed"] for _, report, _ in told()] == [False, True, False]
    assert told()[2][1]["unchanged_since"] == told()[1][1]["run_id"]


def test_a_run_that_failed_is_not_told_as_one_that_finished(workspace: Workspace, told: Any) -> None:
    assert workspace.job(DOMAIN, "--file", "nothing.xlsx").code == 2
    assert told() == []


FAILING = {
    "raises": ("raise ValueError('no bell')", "hook run_finished: raised ValueError: no bell"),
    "exits": ("raise SystemExit(3)", "hook run_finished: raised SystemExit: 3"),
    "raises in wdh's own words": ("raise DataError('no bell')", "hook run_finished: raised DataError: no bell"),
    "blames itself": ("raise PluginError('bell: no clapper')", "bell: no clapper"),
    "is interrupted": ("raise KeyboardInterrupt", "hook run_finished: was interrupted"),
    "returns something": ("return True", "hook run_finished: returned a value of type bool (True); return nothing"),
}


@pytest.mark.parametrize(("statement", "said"), FAILING.values(), ids=FAILING)
def test_what_a_plugin_does_wrong_is_told_and_changes_nothing(
    workspace: Workspace, install: Any, statement: str, said: str
) -> None:
    """The run is committed, the report complete, the exit code 0; stderr and the log name the plugin."""
    install("broken", HEAD + f"@hookimpl\ndef run_finished(): {statement}\n")
    ended = workspace.job(DOMAIN, "--execute", "--output", "json", "--log-format", "json", "--log-level", "WARNING")
    assert ended.report["executed"]
    assert workspace.database.rows('SELECT count(*) FROM "规模明细"') == [(160,)]
    logged = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    (event,) = [line for line in logged if line["event"] == "plugin_failed"]
    assert event["hook"] == "run_finished"
    assert said in event["error"]
    assert f"Plugin: {event['error']}\nThe run is over all the same, as it was reported.\n" in ended.err


def test_where_values_are_withheld_what_a_plugin_says_as_it_fails_is_so_too(workspace: Workspace, install: Any) -> None:
    """It knows the report alone, and may read the workbook by itself."""
    install("broken", HEAD + "@hookimpl\ndef run_finished(): raise ValueError('no bell')\n")
    ended = workspace.job(DOMAIN, "--withhold-values", "--log-format", "json", "--log-level", "WARNING")
    assert ended.code == 0
    assert "run_finished" in ended.err
    assert "no bell" not in ended.out + ended.err


def test_one_that_fails_keeps_no_other_from_hearing_and_spoils_no_others_report(
    workspace: Workspace, install: Any, told: Any
) -> None:
    for name in ("first", "zlast"):  # one on either side, in whatever order distributions are found
        install(name, HEAD + "@hookimpl\ndef run_finished(report):\n    report.clear()\n    raise ValueError\n")
    report = workspace.report(DOMAIN)
    assert told() == [[DOMAIN, report, None]]


def test_one_that_sleeps_is_woken_after_its_time(workspace: Workspace, install: Any) -> None:
    install("sleeper", HEAD + "import time\n@hookimpl\ndef run_finished(): time.sleep(60)\n")
    ended = workspace.job(DOMAIN, "--hook-timeout", "0.5")
    assert ended.code == 0
    assert "hook run_finished: took longer than the 0.5 s" in ended.err
