"""The private folder of fetched files: nobody else may enter it, and it is gone however the run ends."""

from __future__ import annotations

import gc
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wdh.discovery.depot.spool import Spool, remove_left_behind

RUN = """
import os, sys
from wdh.discovery.depot.spool import Spool
spool = Spool()
(spool.folder / "values").write_text("x")
print(spool.folder, flush=True)
sys.stdin.read()
"""


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def begin(spools: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN],
        env={**os.environ, "TMPDIR": str(spools)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def watcher_of(process: subprocess.Popen[str]) -> int:
    """The process that waits for the end of another."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    (watcher,) = children.split()
    return int(watcher)


def test_only_its_owner_may_enter_it(spools: Path) -> None:
    spool = Spool()
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    assert spool.folder.parent == spools
    spool.close()
    assert list(spools.iterdir()) == []


def test_it_goes_with_its_object(spools: Path) -> None:
    spool = Spool()
    (spool.folder / "values").write_text("x")
    del spool
    gc.collect()
    assert list(spools.iterdir()) == []


def test_a_spool_that_is_not_used_makes_no_folder(spools: Path) -> None:
    spool = Spool()
    assert not spool.is_made
    spool.close()
    assert list(spools.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_is_gone_when_the_run_is_killed(spools: Path, number: signal.Signals) -> None:
    process, folder = begin(spools)
    assert (folder / "values").exists()
    process.send_signal(number)
    process.communicate()
    wait_until(lambda: not folder.exists())


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the watching process by /proc")
def test_a_later_run_removes_what_was_left_and_no_folder_in_use(spools: Path) -> None:
    """Where the watching process was killed, too, as all of a service are; a run that goes on keeps its folder."""
    left, folder = begin(spools)
    os.kill(watcher_of(left), signal.SIGKILL)
    end(left)
    running, used = begin(spools)
    wait_until(lambda: not folder.exists())
    remove_left_behind(spools)
    assert (used / "values").exists()
    end(running)
    wait_until(lambda: not used.exists())


def test_what_others_planted_is_left_alone(spools: Path, tmp_path: Path) -> None:
    """Links, files and folders without a lock are none of wdh's, whatever their names are."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / ".lock").touch()
    (spools / "wdh-depot-1").symlink_to(kept)
    (spools / "wdh-depot-2").touch()
    (spools / "wdh-depot-3").mkdir()
    remove_left_behind(spools)
    assert len(list(spools.iterdir())) == 3
    assert (kept / ".lock").exists()
    for path in list(spools.iterdir()):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
