"""Whoever listens hears Ctrl-C, and nobody else is disturbed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.lines import line_to

from wdh.process import interrupts
from wdh.registry.time_limits import TookTooLong, limit_time
from wdh.testing.database import Database

IN_VAIN = 40


@pytest.fixture(autouse=True)
def default_handler() -> Iterator[None]:
    """Let this process have Python's own handler, as a command has that is started at a terminal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_a_handler_of_the_programs_own_stays_and_hears_it() -> None:
    heard = []
    signal.signal(signal.SIGINT, lambda *_: heard.append("own"))
    with interrupts.listen():
        press_ctrl_c()
        assert heard == ["own"]
        assert not interrupts.came()
        interrupts.check()


def test_a_signal_that_is_ignored_stays_so() -> None:
    """A shell's background jobs ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interrupts.listen():
        press_ctrl_c()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_outside_the_main_thread_nobody_listens() -> None:
    def work() -> None:
        with interrupts.listen():
            found.append(signal.getsignal(signal.SIGINT))

    found: list[Any] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]


def test_everything_is_put_back() -> None:
    """The handler, the descriptor that signals are written to, and the hook for dropped exceptions."""
    ear, mouth = socket.socketpair()
    with ear, mouth:
        mouth.setblocking(False)
        former = signal.set_wakeup_fd(mouth.fileno())
        hook, threads = sys.unraisablehook, threading.active_count()
        with interrupts.listen(), interrupts.listen():
            assert threading.active_count() == threads + 1
        assert signal.set_wakeup_fd(former) == mouth.fileno()
        assert (sys.unraisablehook, threading.active_count()) == (hook, threads)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_signal_is_not_taken_for_it() -> None:
    with interrupts.listen():
        with pytest.raises(TookTooLong), limit_time(0.05):
            time.sleep(10)
        time.sleep(0.3)
        assert not interrupts.came()


def test_it_is_raised_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.listen():
        press_ctrl_c()


def test_what_is_held_is_brought_to_its_end() -> None:
    done = []

    def work() -> None:
        with interrupts.held():
            press_ctrl_c()
            done.append("all of it")

    with interrupts.listen():
        with pytest.raises(KeyboardInterrupt):
            work()
        assert done == ["all of it"]


def test_who_holds_asks_and_a_release_raises_nothing() -> None:
    with interrupts.listen():
        interrupts.hold()
        press_ctrl_c()
        with interrupts.held():
            press_ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
        interrupts.release()
        assert interrupts.came()
        with pytest.raises(KeyboardInterrupt):
            interrupts.hold()


def test_time_limits_are_short_from_then_on() -> None:
    with interrupts.listen():
        assert interrupts.hurried(60) == 60
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()
        assert interrupts.hurried(60) < 1 < interrupts.hurried(60) + 1
        assert interrupts.hurried(0.1) == 0.1


def run_program(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    start = "import os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    command = [sys.executable, "-c", start + textwrap.dedent(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=IN_VAIN, check=False)


def test_one_that_python_drops_is_raised_once_more() -> None:
    """Python drops what is raised in a __del__, and prints it."""
    done = run_program("""
        import time
        from wdh.process.interrupts import listen

        class Dropping:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0)

        try:
            with listen():
                Dropping()
                time.sleep(30)
        except KeyboardInterrupt:
            print("heard")
        """)
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_the_end_of_a_copy_that_finds_no_room_on_the_line(database: Database) -> None:
    """psycopg2 sends it with the interpreter's lock held: had it to wait, no thread would hear anything."""
    database.execute("CREATE TABLE t (v text)")
    with line_to(database.parameters, is_silence=lambda message: message[:1] == b"d") as line:
        done = run_program(
            """
            import socket, subprocess, sys
            from contextlib import closing, suppress
            from wdh.process import interrupts
            from wdh.apply.staging import send_copy
            from wdh.sql.identifiers import Target
            from wdh.sql.statements import copy_rows
            from wdh.warehouse import connect, find_address

            def chunks(number):
                yield b"x" * 9000 + b"\\n"
                with socket.socket(fileno=os.dup(number)) as own:
                    for size in (65536, 1):
                        with suppress(BlockingIOError):
                            while own.send(bytes(size), socket.MSG_DONTWAIT):
                                pass
                subprocess.Popen(["sh", "-c", f"sleep 0.3; kill -INT {os.getpid()}"])

            with interrupts.listen():
                try:
                    with connect(find_address(sys.argv[1], {})) as connection, connection.cursor() as cursor:
                        send_copy(cursor, copy_rows(Target("public", "t"), ("v",)), chunks(connection.fileno()))
                except KeyboardInterrupt:
                    print("heard")
            """,
            line.dsn(database.parameters),
        )
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_one_that_is_put_off_and_one_that_follows_are_raised_once() -> None:
    """Two presses at once, the first of which comes while psycopg2 decodes: a second interrupt would break into the
    end that the first one began."""
    done = run_program("""
        import time
        from wdh.process.interrupts import listen

        decoding = compile("os.kill(os.getpid(), signal.SIGINT); seen = 1", "decoding", "exec")
        with listen():
            exec(decoding, {"__name__": "encodings.pretended", "os": os, "signal": signal})
            try:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(30)
            except KeyboardInterrupt:
                time.sleep(1)
                print("heard once")
        """)
    assert (done.stdout, done.stderr) == ("heard once\n", "")
