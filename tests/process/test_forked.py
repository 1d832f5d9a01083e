"""A helper that is forked does what one that is started does, and shares nothing with the process that it comes from.

Each test has a fresh process: that of the tests has threads, and so it is never forked.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wdh.process import forked, helper
from wdh.process.helper import Helper, spare

TESTS = Path(__file__).parents[1]
BEGIN = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin by ignoring it
sys.path.insert(0, sys.argv[1])
from support import other_process as work
from wdh.process import forked, helper
from wdh.process.helper import Helper, HelperEnded, spare
helper.count_processors = lambda: 2
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


@contextmanager
def started(body: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program, and kill it where it does not end."""
    command = [sys.executable, "-c", BEGIN + textwrap.dedent(body), str(TESTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


def tell(body: str) -> str:
    """Run a program, and give what it printed. All that holds its streams must end with it."""
    with started(body) as program:
        said, complained = program.communicate(timeout=30)
    assert (program.returncode, complained) == (0, "")
    return said


def test_it_does_one_work_after_the_other_without_a_start() -> None:
    said = tell("""
        with spare():
            assert Helper.is_at_hand()
            own = Helper()
            assert not Helper.is_at_hand()
            own.ask(work.count, 3)
            own.ask(work.write, own.facts.fileno(), b"facts")
            print([own.receive() for _ in range(4)], own._process.pid != os.getpid(), type(own._process).__name__)
            own.facts.seek(0)
            print(own.facts.read())
            own.close()
            other = Helper()
            print(type(other._process).__name__)
            other.close()
    """)
    assert said == "[0, 1, 2, 5] True Forked\nb'facts'\nPopen\n"


def test_it_has_a_session_and_files_of_its_own() -> None:
    """Not even those that whoever called the program left open, as a shell's <(…) does."""
    said = tell("""
        import tempfile
        kept = tempfile.NamedTemporaryFile()
        with spare():
            own = Helper()
            own.ask(work.describe_itself)
            session, files = own.receive()
            own.close()
        print(session != os.getsid(0), {kept.name, os.readlink("/proc/self/fd/1")}.isdisjoint(files.values()))
        print(files[0].startswith("pipe:"), files[2] == os.readlink("/proc/self/fd/2"))
    """)
    assert said == "True True\nTrue True\n"


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("own.ask(work.leave, 3); own.receive()", "ended with code 3"),
        ("own.ask(work.count, 9, 1.0); os.kill(own._process.pid, signal.SIGKILL)", "signal 9 (SIGKILL"),
        ("own.ask(work.count, 9, 1.0); own.kill()", "signal 9 (SIGKILL"),
        ("own.ask(work.answer_rudely, ValueError)", "gave an answer that cannot be read"),
    ],
)
def test_its_end_is_told_as_that_of_any_other(order: str, told: str) -> None:
    said = tell(f"""
        helper._GRACE = 0.2
        with spare():
            own = Helper()
            {order}
            try:
                own.receive()
            except HelperEnded as error:
                print(error)
            own.close()
            try:
                os.kill(own._process.pid, 0)
            except ProcessLookupError:
                print("gone")
    """)
    assert told in said
    assert said.endswith("gone\n")


def test_a_fault_of_its_own_ends_it_and_not_the_program_twice() -> None:
    """It must never go on with the work of the program, whose code it is in the middle of."""
    with started("""
        with spare():
            own = Helper()
            own.ask(work.fail)
            try:
                own.receive()
            except HelperEnded as error:
                print(error)
            own.close()
        print("once")
    """) as program:
        said, complained = program.communicate(timeout=30)
    assert said.count("once") == 1
    assert complained.endswith("ValueError: of its own\n")
    assert "ended with code" in said


def test_what_stands_for_the_input_of_the_program_is_not_its_own() -> None:
    said = tell("""
        import io
        sys.stdin = io.TextIOWrapper(io.BytesIO(b"of the program"))
        with spare():
            own = Helper()
            own.ask(work.count, 1)
            print(own.receive())
            own.close()
    """)
    assert said == "0\n"


def test_an_interruption_of_the_keyboard_is_no_business_of_it() -> None:
    said = tell("""
        with spare():
            own = Helper()
            own.ask(work.count, 2, 0.1)
            first = own.receive()
            os.kill(own._process.pid, signal.SIGINT)
            print(first, own.receive())
            own.close()
    """)
    assert said == "0 1\n"


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("busy", ["", "own = Helper(); own.ask(work.count, 100_000, 0.01); own.receive()"])
def test_nothing_is_left_of_a_program_that_is_ended(ended_by: signal.Signals, busy: str) -> None:
    """Neither of a helper that works nor of one that was never asked."""
    with started(f"""
        import time
        with spare():
            print(helper._here.spare.process.pid, flush=True)
            {busy or "pass"}
            time.sleep(60)
    """) as program:
        assert program.stdout is not None
        os.kill(int(program.stdout.readline()), 0)
        program.send_signal(ended_by)
        program.communicate(timeout=30)  # which waits for all that hold its standard error, the helper too
    assert program.returncode == -ended_by


def test_one_that_is_never_asked_ends_with_the_block() -> None:
    said = tell("""
        with spare():
            pid = helper._here.spare.process.pid
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            print("gone", Helper.is_at_hand())
    """)
    assert said == "gone False\n"


@pytest.mark.parametrize(
    "before",
    [
        "threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "helper.count_processors = lambda: 1",
        "from pathlib import Path; forked._THREADS = Path('none')",
        "sys.platform = 'darwin'",
        "sys.__stdin__ = None",
        "def refuse(): raise BlockingIOError\nos.fork = refuse",
    ],
    ids=["threads", "one processor", "no /proc", "another system", "no input", "no room"],
)
def test_without_one_a_helper_is_started_as_ever(before: str) -> None:
    said = tell(f"""
        files = sorted(os.listdir("/proc/self/fd"))
{textwrap.indent(before, " " * 8)}
        with spare():
            print(Helper.is_at_hand(), sorted(os.listdir("/proc/self/fd")) == files)
            own = Helper()
            own.ask(work.count, 1)
            print(own.receive(), type(own._process).__name__)
            own.close()
    """)
    assert said == "False True\n0 Popen\n"


def test_the_process_of_the_tests_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper, "count_processors", lambda: 2)
    waits = threading.Event()
    thread = threading.Thread(target=waits.wait)
    thread.start()
    with spare():
        assert not Helper.is_at_hand()
    waits.set()
    thread.join()
    assert forked.can_fork() == (len(list(Path("/proc/self/task").iterdir())) == 1)
