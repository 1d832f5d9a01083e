"""A package's mistakes in the process around it are undone and told, and none of them ends a run as if it were done."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Command = Callable[..., Any]
TRANSFORM = "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), hook transform "
IMPORT = "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), import of wdh_shops "

PRINTED = {
    "print": "print('word 1')",
    "a process": "import subprocess; subprocess.run(['echo', 'word 2'], check=True)",
    "a descriptor": "import os; os.write(1, b'word 3\\n')",
    "a buffer": "sys.stdout.buffer.write(b'word 4\\n')",
    "a library of C": "import ctypes; ctypes.CDLL(None).puts(b'word 5'); ctypes.CDLL(None).fflush(None)",
    "a thread": "import threading; t = threading.Thread(target=print, args=('word 6',)); t.start(); t.join()",
    "the first stream": "print('word 7', file=sys.__stdout__)",
    "no line": "print('word 8', end='')",
}


def test_standard_output_is_the_reports_alone_whoever_prints(command: Command) -> None:
    done = command("--output", "json", body="\n".join(PRINTED.values()))
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert [place for number, place in enumerate(PRINTED, 1) if f"word {number}" not in done.stderr] == []
    assert [remark.partition(", which")[0] for remark in report["remarks"]] == [
        TRANSFORM + "printed to standard output"
    ]
    assert "plugin='wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), hook transform'" in done.stderr


def test_what_is_printed_at_import_and_at_the_end_is_no_part_of_the_report(command: Command) -> None:
    done = command("--output", "json", top="print('at import')", end="print('at the end')")
    report = json.loads(done.stdout)
    assert ("at import" in done.stderr, "at the end" in done.stderr) == (True, True)
    assert report["remarks"][0].startswith(IMPORT + "printed")
    assert "hook run_finished" in done.stderr


def test_what_a_package_prints_cannot_steer_the_terminal(command: Command) -> None:
    done = command(body="print('\\x1b[2Jgone\\u202e')")
    assert "\\x1b[2Jgone\\u202e" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_what_is_printed_about_the_lower_rows_of_a_large_sheet_is_told_too(command: Command) -> None:
    """A helper process takes them: standard output is nobody's there."""
    done = command("--output", "json", body="print(batch.row_numbers[-1], 'is the last')", rows=30_000)
    assert json.loads(done.stdout)["workbooks"][0]["facts"] == 30_000
    assert "30001 is the last" in done.stderr


CHANGED = {
    "the working directory": "import os; os.chdir('/')",
    "the umask": "import os; os.umask(0)",
    "the locale": "import locale; locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')",
    "how signals are handled": "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])",
    "sys.path": "sys.path.insert(0, '/nowhere'); sys.path = ['/nowhere']",
    "a standard stream": "import io; sys.stdout = io.StringIO()",
    "the decimal context": "import decimal; decimal.getcontext().prec = 3",
}
STATE = """
import atexit, decimal, locale, os, signal, sys
OUT = sys.stdout
def state():
    mask = os.umask(0o077)
    os.umask(mask)
    signals = [str(signal.getsignal(signal.SIGINT))[:30], sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))]
    python = [sys.path, decimal.getcontext().prec, sys.stdout is OUT]
    return [os.getcwd(), mask, locale.setlocale(locale.LC_ALL), *signals, *python]
"""
SHOW = "print('STATE', state(), file=sys.stderr)"


@pytest.mark.parametrize("place", ["transform", "import"])
def test_what_a_package_changes_in_the_process_is_changed_back_and_told(command: Command, place: str) -> None:
    changes = "\n".join(CHANGED.values())
    top = f"{STATE}\n{SHOW}"
    if place == "import":
        done = command("--output", "json", top=f"{top}\n{changes}", body=SHOW, end=SHOW)
    else:
        done = command("--output", "json", top=top, body=f"{SHOW}\n{changes}", end=SHOW)
    assert done.returncode == 0, done.stderr
    remarks = json.loads(done.stdout)["remarks"]
    by = IMPORT if place == "import" else TRANSFORM
    assert [what for what in CHANGED if not any(r.startswith(by) and what in r for r in remarks)] == []
    assert len(remarks) == done.stderr.count("plugin_misbehaved") == len(CHANGED)
    first, *others = [line for line in done.stderr.splitlines() if line.startswith("STATE")]
    assert others == [first] * 2


ENDS = {
    "os._exit": "import os; os._exit(0)",
    "its own name": "from os import _exit; _exit(0)",
    "sys.exit": "sys.exit(0)",
    "exit": "raise SystemExit",
    "exec": "import os; os.execvp('true', ['true'])",
    "exec with an environment": "import os; os.execle('/bin/true', 'true', {})",
    "within a try": "import os\ntry: os._exit(0)\nexcept Exception: pass",
}


@pytest.mark.parametrize("place", ["transform", "import"])
@pytest.mark.parametrize("code", ENDS.values(), ids=ENDS)
def test_a_package_that_ends_the_process_is_told_with_its_stage_and_is_never_exit_0(
    command: Command, code: str, place: str
) -> None:
    done = command(**{"body" if place == "transform" else "top": code})
    assert (done.returncode, done.stdout) == (2, "")
    assert "hook transform: " in done.stderr if place == "transform" else "importing wdh_shops" in done.stderr
    assert "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops)" in done.stderr
    if "_exit(0)" in code and place == "transform":
        assert (
            "would have ended the process with os._exit(0), and was kept from it; nothing was written." in done.stderr
        )


@pytest.mark.server
def test_a_package_that_ends_the_process_after_the_commit_says_that_what_was_written_stays(
    command: Command, database: Any
) -> None:
    database.execute("CREATE TABLE sales (a text)")
    done = command("--execute", end="import os; os._exit(0)", uri=database.dsn)
    assert "Committed" in done.stdout
    assert "hook run_finished: would have ended the process with os._exit(0)" in done.stderr
    assert "what the run committed stays" in done.stderr
    assert database.rows("SELECT count(*) FROM sales") == [(3,)]


def test_a_process_that_a_package_forks_may_end_as_it_likes(command: Command) -> None:
    code = """
        import os
        if (pid := os.fork()) == 0:
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    """
    done = command(body=code)
    assert done.returncode == 0, done.stderr


LATE = {
    "as the process ends": "import atexit; atexit.register(print, 'word 1')",
    "from a thread that goes on": "import threading, time\n"
    "def late():\n    time.sleep(0.2)\n    print('word 2', flush=True)\n"
    "threading.Thread(target=late).start()",
    "from a library of C that keeps it": "import ctypes; ctypes.CDLL(None).puts(b'word 3')",
}


@pytest.mark.once
@pytest.mark.parametrize("place", ["top", "body", "end"])
def test_what_is_printed_once_the_report_is_out_is_no_part_of_it(command: Command, place: str) -> None:
    done = command("--output", "json", **{place: "\n".join(LATE.values())})
    assert json.loads(done.stdout)["workbooks"][0]["facts"] == 3
    assert done.returncode == 0
    assert [late for number, late in enumerate(LATE, 1) if f"word {number}" not in done.stderr] == []


CLOSED = {
    "the stream": ("body", "sys.stdout.close()"),
    "both streams": ("end", "sys.stdout.close(); sys.stderr.close()"),
    "the descriptors": ("top", "import os; os.close(1); os.close(2)"),
    "another file": ("body", "import os; os.close(1); assert os.open(os.devnull, os.O_WRONLY) == 1"),
}


@pytest.mark.once
@pytest.mark.parametrize(("place", "code"), CLOSED.values(), ids=CLOSED)
def test_a_standard_stream_that_a_package_closes_is_opened_again_and_told(
    command: Command, code: str, place: str
) -> None:
    done = command("--output", "json", **{place: code})
    assert json.loads(done.stdout)["workbooks"][0]["facts"] == 3
    assert done.returncode == 0
    assert "replaced or closed a standard stream; it was put back" in done.stderr
