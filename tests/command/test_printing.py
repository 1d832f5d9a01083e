"""What cannot be printed changes neither what a run did nor its exit code; stderr says what became of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wdh.report.reporters import REPORTERS

ROWS = 300
COMMITTED = "The run was committed, but its report could not be printed: "
PLANNED = "The run was planned, but its report could not be printed: "
FULL = "No space left on device."
CLOSED = "standard output is closed."

pytestmark = [
    pytest.mark.once,
    pytest.mark.many,
    pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full"),
]


def shell(workspace: Any, redirection: str, *arguments: str, module: str = "run") -> subprocess.CompletedProcess[str]:
    """Run the command as a shell does, with its streams redirected."""
    program = f"from wdh.command.{module} import main; main()"
    script = f'exec "$@" {redirection}'
    command = ["sh", "-c", script, "sh", sys.executable, "-c", program, *arguments]
    environment = os.environ | workspace.database.environment
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False)


def run(workspace: Any, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``wdh-run`` so."""
    places = ["--config", str(workspace.config), "--data-dir", str(workspace.folder)]
    return shell(workspace, redirection, "--domain", "annuity_performance", *places, *arguments)


def facts(workspace: Any) -> int:
    return int(workspace.database.rows('SELECT count(*) FROM "规模明细"')[0][0])


@pytest.mark.parametrize("output", REPORTERS)
@pytest.mark.parametrize(("redirection", "reason"), [(">/dev/full", FULL), (">&-", CLOSED)])
def test_a_committed_run_whose_report_cannot_be_printed(
    workspace: Any, redirection: str, reason: str, output: str
) -> None:
    done = run(workspace, redirection, "--execute", "--output", output)
    assert (done.returncode, done.stderr) == (0, f"{COMMITTED}{reason}\n")
    assert facts(workspace) == ROWS


@pytest.mark.parametrize(("redirection", "reason"), [(">/dev/full", FULL), (">&-", CLOSED)])
def test_a_plan_that_cannot_be_printed(workspace: Any, redirection: str, reason: str) -> None:
    done = run(workspace, redirection)
    assert (done.returncode, done.stderr) == (0, f"{PLANNED}{reason}\n")


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "2>&- <&-"])
@pytest.mark.parametrize("verbose", [(), ("--log-level", "INFO"), ("--debug", "--log-format", "json")])
def test_a_run_that_can_say_nothing_on_stderr(workspace: Any, redirection: str, verbose: tuple[str, ...]) -> None:
    done = run(workspace, redirection, "--execute", "--output", "json", *verbose)
    assert done.returncode == 0
    assert json.loads(done.stdout)["executed"] is True
    assert facts(workspace) == ROWS


@pytest.mark.parametrize("redirection", [">/dev/full 2>&1", ">&- 2>&-", ">&- 2>&- <&-", ">/dev/full 2>&-"])
def test_a_run_that_can_say_nothing_at_all(workspace: Any, redirection: str) -> None:
    done = run(workspace, redirection, "--execute")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert facts(workspace) == ROWS


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", ">/dev/full 2>&1", ">&- 2>&-"])
def test_a_run_that_fails_keeps_its_own_exit_code(workspace: Any, redirection: str) -> None:
    workspace.database.execute('DROP TABLE "规模明细"')
    assert run(workspace, redirection, "--execute").returncode == 2
    assert run(workspace, redirection, "--execute", "--debug").returncode == 2


def test_rejects_that_cannot_be_printed_are_still_exit_3(workspace: Any) -> None:
    workspace.database.execute('ALTER TABLE "规模明细" ALTER COLUMN "期末资产规模" TYPE numeric(4, 2)')
    done = run(workspace, ">/dev/full", "--execute", "--output", "json")
    assert done.returncode == 3
    assert done.stderr.startswith("The output could not be printed: No space left on device.\n")
    assert "Data" in done.stderr


def test_a_reader_that_goes_away_after_the_first_line_is_told_nothing(workspace: Any) -> None:
    done = run(workspace, "| head -1", "--execute")
    assert done.stderr == ""
    assert facts(workspace) == ROWS


@pytest.mark.parametrize(("redirection", "reason"), [(">/dev/full", FULL), (">&-", CLOSED)])
def test_other_commands_say_that_their_output_is_lost(workspace: Any, redirection: str, reason: str) -> None:
    for arguments in (
        ["ddl", "annuity_performance", "--config", str(workspace.config)],
        ["check", "--config", str(workspace.config)],
        ["history", "--config", str(workspace.config)],
        ["domains"],
    ):
        done = shell(workspace, redirection, *arguments, module="main")
        assert (done.returncode, done.stderr) == (0, f"The output could not be printed: {reason}\n"), arguments


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system with room for a few pages."""
    with tempfile.TemporaryDirectory(prefix="wdh-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("this account may mount nothing")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def test_a_report_directory_without_room_is_told_and_left_without_half_a_report(workspace: Any) -> None:
    """report.json of an earlier run is not left standing for this one's, and nothing is left of what was begun."""
    with small_disk() as folder:
        (folder / "report.json").write_text("of an earlier run")
        (folder / "filler").write_bytes(bytes(8192))
        done = run(workspace, "", "--execute", "--report-dir", str(folder))
        left = {path.name for path in folder.iterdir()}
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"The report could not be written to {folder}: No space left on device.\n"
    assert "Committed" in done.stdout
    assert left == {"filler"}
    assert facts(workspace) == ROWS


def test_a_report_directory_without_room_for_the_rejects(workspace: Any) -> None:
    workspace.database.execute('ALTER TABLE "规模明细" ALTER COLUMN "期末资产规模" TYPE numeric(4, 2)')
    with small_disk() as folder:
        done = run(workspace, "", "--execute", "--report-dir", str(folder))
        left = {path.name: path.read_text() for path in folder.iterdir()}
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"The report could not be written to {folder}: No space left on device.\n")
    assert "\nNo workbook to mend could be " in done.stderr
    assert "\nData: " in done.stderr
    assert set(left) <= {"report.json"}
    assert all(json.loads(text) for text in left.values())
